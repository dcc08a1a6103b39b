// Verdicts on completions that are no study: of one evaluation by distribution, or of completions from anywhere by
// group.
import type { Domain } from '../domain/domain.ts';
import { domainOf, domainOfDistribution, knownDistribution } from '../domain/domains.ts';
import type { Proportion } from '../base/statistics.ts';
import type { DistributionSummary, Quadrants, TraceLevel, VerdictSummary } from '../evaluation/types.ts';
import type { ErrorExample, ErrorExamples, GroupSummary } from '../evaluation/verify-tally.ts';
import { exactCell, numberCell, proportionCell, textCell } from './cells.ts';
import { NOTHING_COUNTED } from './distributions.ts';
import { integer, upperFirst } from './format.ts';
import { levelName, LEVELS, levelWords, RULE_LEVELS } from './levels.ts';
import { ruleLabel } from './rules.ts';
import type { About, Cell, Column, Group, Table } from './table.ts';

/** Characters of a name that comes from data. */
const NAME = 60;

/** What a column of the tables is about. */
export interface Judged {
  readonly label: string;
  readonly domain: Domain;
  readonly about: About;
  readonly counts: VerdictSummary & Partial<Pick<DistributionSummary, 'truncated' | 'walls_seen' | 'own_search_valid'>>;
  /** Of each broken rule the first; absent where nobody kept them. */
  readonly examples?: ErrorExamples;
}

/** Summaries with the names of their distributions. */
export function judgedDistributions(summaries: readonly DistributionSummary[]): Judged[] {
  return summaries.map((counts) => ({
    ...namesOf(counts.distribution),
    domain: domainOfDistribution(counts.distribution) ?? domainOf(),
    counts,
  }));
}

/** Groups are named by data: by distributions, files, or anything else. */
export function judgedGroups(groups: readonly GroupSummary[]): Judged[] {
  return groups.map((counts) => ({
    ...namesOf(counts.name),
    domain: domainOf(counts.domain),
    counts,
    examples: counts.examples,
  }));
}

function namesOf(name: string): Pick<Judged, 'label' | 'about'> {
  const known = knownDistribution(name);
  return known === undefined
    ? { label: Array.from(name).slice(0, NAME).join(''), about: { part: name } }
    : { label: known.label, about: { distribution: name } };
}

/**
 * @param judged of one domain
 * @param level the only trace level to show; all without it
 */
export function evaluationTable(judged: readonly Judged[], level?: TraceLevel): Table {
  const levels = LEVELS.filter((each) => level === undefined || each === level);
  const row = (
    heading: Cell,
    pick: (counts: Judged['counts']) => Proportion | undefined,
    about?: About,
    cellOf = proportionCell,
  ): (Cell | null)[] => [heading, ...judged.map(({ counts }) => cellOf(pick(counts) ?? NOTHING_COUNTED, about))];
  const traces = (
    of: string,
    metric: string,
    pick: (counts: Judged['counts'], level: TraceLevel) => Proportion,
    own: (counts: Judged['counts']) => Proportion | undefined,
  ): Group => ({
    heading: `Valid traces among ${of}`,
    about: { metric },
    rows: [
      ...levels.map((each) =>
        row(textCell(upperFirst(levelName(each)), { level: each }), (counts) => pick(counts, each)),
      ),
      ...(judged.some(({ counts }) => own(counts) !== undefined)
        ? [row(textCell('Own search', { level: 'own-search' }), own)]
        : []),
    ],
  });
  const { words } = judged.at(0)?.domain ?? domainOf();
  return {
    id: 'verdicts',
    title: 'Verdicts',
    caption:
      'Percent of the completions, 95 % Wilson score interval in brackets, and count/n. ' +
      `${levelWords(words, levels)}.`,
    dash: 'nothing to count, or not measured',
    columns: [{ label: '' }, ...columnsOf(judged)],
    groups: [
      {
        heading: '',
        rows: [
          row(textCell('Valid plans'), ({ plan_valid }) => plan_valid, { metric: 'plan_valid' }),
          row(textCell('Optimal plans'), ({ plan_optimal }) => plan_optimal, { metric: 'plan_optimal' }),
        ],
      },
      traces(
        'all completions',
        'trace_valid',
        ({ trace_valid }, each) => trace_valid[each],
        ({ own_search_valid }) => own_search_valid?.all,
      ),
      traces(
        'completions with a valid plan',
        'trace_valid_given_plan',
        ({ trace_valid_given_plan }, each) => trace_valid_given_plan[each],
        ({ own_search_valid }) => own_search_valid?.given_plan,
      ),
      {
        heading: 'Form of the completions',
        rows: [
          row(textCell('Exact format'), ({ format }) => format, { metric: 'format' }),
          ...(judged.some(({ counts }) => counts.truncated !== undefined)
            ? [
                row(textCell('Truncated'), ({ truncated }) => truncated, { metric: 'truncated' }),
                row(textCell('Layouts seen in training'), (c) => c.walls_seen, { metric: 'layouts_seen' }, exactCell),
              ]
            : []),
        ],
      },
    ],
  };
}

const QUADRANTS: readonly (readonly [label: string, key: keyof Quadrants])[] = [
  ['Plan and trace valid', 'both_valid'],
  ['Plan valid, trace invalid', 'plan_only'],
  ['Plan invalid, trace valid', 'trace_only'],
  ['Plan and trace invalid', 'neither'],
];

/** Counts of completions by validity of plan and trace, at one level or at all. */
export function quadrantTable(judged: readonly Judged[], level?: TraceLevel): Table {
  return {
    id: 'quadrants',
    title: 'Plan against trace',
    caption: 'Number of completions by validity of plan and trace.',
    columns: [{ label: '' }, ...columnsOf(judged)],
    groups: ruleLevels(level).map((each) => ({
      heading: upperFirst(levelName(each)),
      about: { level: each },
      rows: QUADRANTS.map(([label, key]) => [
        textCell(label, { metric: key }),
        ...judged.map(({ counts: { quadrants } }) => numberCell(quadrants[each][key], 'integer')),
      ]),
    })),
  };
}

/** Every rule that was the first to break, the commonest first, with its first example where there is one. */
export function brokenRules(judged: readonly Judged[], level?: TraceLevel): Table {
  const hasExamples = judged.some(({ examples }) => examples !== undefined);
  return {
    id: 'first-errors',
    title: 'First broken rules',
    caption: `Number and share of the completions by the first rule that they break${
      hasExamples ? ', with the first completion that breaks it' : ''
    }.`,
    columns: [
      { label: 'Rule' },
      { label: 'Completions', about: { metric: 'first_error' } },
      { label: 'Share', about: { metric: 'first_error_share' } },
      ...(hasExamples ? [{ label: 'First example', words: true as const }] : []),
    ],
    groups: judged.flatMap(({ label, about, counts, examples }) =>
      kindsOf(level).map(({ kind, name }) => ({
        heading: `${label}: ${name}`,
        about: { ...about, ...(kind !== 'plan' && { level: kind }) },
        rows: sorted(counts, kind).map(([rule, count]) => [
          textCell(ruleLabel(rule), { part: about.part === undefined ? rule : `${about.part}: ${rule}` }),
          numberCell(count, 'integer'),
          numberCell(count / counts.n, 'percent'),
          ...(hasExamples ? [exampleCell(examples?.[kind][rule])] : []),
        ]),
      })),
    ),
  };
}

/** For each kind of rule one sentence: the commonest first broken rule of every column. */
export function commonestRules(judged: readonly Judged[], level: TraceLevel = 'strict'): string[] {
  return kindsOf(level).flatMap(({ kind, name }) => {
    const found = judged.flatMap(({ label, counts }) => {
      const first = sorted(counts, kind).at(0);
      return first === undefined
        ? []
        : [`${label}: ${ruleLabel(first[0])} (${integer(first[1])} of ${integer(counts.n)})`];
    });
    return found.length === 0 ? [] : [`Commonest first broken rule of the ${name}. ${found.join('; ')}`];
  });
}

function columnsOf(judged: readonly Judged[]): Column[] {
  return judged.map(({ label, about }) => ({ label, about }));
}

type Kind = 'plan' | (typeof RULE_LEVELS)[number];

/** What has rules: the plan, and the trace at the levels that name one. */
function kindsOf(level?: TraceLevel): { readonly kind: Kind; readonly name: string }[] {
  return [
    { kind: 'plan', name: 'plan' },
    ...ruleLevels(level).map((kind) => ({ kind, name: `trace, ${levelName(kind)}` })),
  ];
}

function ruleLevels(level?: TraceLevel): (typeof RULE_LEVELS)[number][] {
  return RULE_LEVELS.filter((each) => level === undefined || each === level);
}

function sorted({ first_errors }: VerdictSummary, kind: Kind): (readonly [rule: string, count: number])[] {
  return Object.entries(first_errors[kind])
    .map(([rule, count = 0]) => [rule, count] as const)
    .sort(([, a], [, b]) => b - a);
}

function exampleCell(example: ErrorExample | undefined): Cell | null {
  if (!example) return null;
  const { file, line, id, record, words } = example;
  const place = `${file}:${line}${id === undefined ? '' : ` (${Array.from(id).slice(0, NAME).join('')})`}`;
  if (record === undefined) return textCell(`${place}${words === '' ? '' : `: ...${words}`}`);
  return textCell(`${place} record ${record}${words === '' ? '' : `: ${words}`}`);
}
