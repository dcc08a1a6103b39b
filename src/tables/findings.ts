// The findings: the verdict and the numbers of each, the test behind it, and the parts of a claim that has several.
import { knownDistribution } from '../domain/domains.ts';
import type { Effect, Finding, FindingRow } from '../analysis/findings.ts';
import { TRACE_LEVELS } from '../evaluation/types.ts';
import type { StudyResults } from '../study/results.ts';
import { numberCell, textCell } from './cells.ts';
import { prose, upperFirst } from './format.ts';
import { levelName } from './levels.ts';
import { wordsOf } from './names.ts';
import type { About, Cell, Column, Table } from './table.ts';
import { findingTitle } from './titles.ts';

const NOT_TESTED = 'not tested';

const NUMBERS: readonly Column[] = [
  { label: 'Effect [95\u00a0%]', about: { metric: 'effect' } },
  { label: 'n', about: { metric: 'n' } },
];
const P_VALUES: readonly Column[] = [
  { label: 'p', about: { metric: 'p' } },
  { label: 'Holm p', about: { metric: 'p_holm' } },
];

/** The word of a verdict, and its name where only letters and hyphens may be: `not tested`, `not-tested`. */
export function verdictOf(finding: Finding): { readonly word: string; readonly name: string } {
  const { verdict, effect, seeds, observed_in } = finding;
  const name = verdict === 'undecided' && effect === null ? NOT_TESTED.replace(' ', '-') : verdict;
  if (name !== verdict) return { word: NOT_TESTED, name };
  const runs = `${seeds.length} ${seeds.length === 1 ? 'run' : 'runs'}`;
  return { word: observed_in === null ? verdict : `observed in ${observed_in.length} of ${runs}`, name };
}

/** What a card and the row of a finding share; null = not tested. */
export function numbersOf(finding: Finding): Readonly<Record<'effect' | 'n' | 'seeds' | 'p' | 'p_holm', Cell | null>> {
  const { effect, interval, n, seeds, p, p_holm } = finding;
  const tested = verdictOf(finding).word !== NOT_TESTED;
  return {
    effect: effect === null || interval === null ? null : effectCell(effect, interval, n),
    n: numberCell(tested ? n : null, 'integer'),
    seeds: tested && seeds.length > 0 ? textCell(seeds.join(', ')) : null,
    p: numberCell(p, 'p'),
    p_holm: numberCell(p_holm, 'p'),
  };
}

/** `F1a` -> `f1`: the section of a report about a finding. */
export function sectionOf(id: Finding['id']): 'f1' | 'f2' | 'f3' | 'f4' | 'f5' {
  return id.slice(0, 2).toLowerCase() as 'f1';
}

/** The table of all findings, tested or left out; empty if there are none. */
export function findingList(results: StudyResults): Table[] {
  const { findings, left_out } = results;
  if (findings.length === 0 && left_out.length === 0) return [];
  const tested = findings.map((finding) => ({ id: finding.id, row: findingRow(results, finding) }));
  const leftOut = left_out.map((finding) => ({
    id: finding.id,
    row: [idCell(finding.id), ...notTested(results, finding, finding.reason), ...[null, null, null, null, null]],
  }));
  const rows = [...tested, ...leftOut].toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ row }) => row);
  const { problems } = wordsOf(results);
  return [
    {
      id: 'findings',
      title: 'Findings',
      caption:
        `Verdicts follow rules that were fixed before the run (version ${results.rules}): supported or contradicted ` +
        'at 0.05 after Holm over the six findings, undecided otherwise, undertrained when a model that the finding ' +
        'needs did not learn. Fewer than three seeds decide nothing; the verdict is then the number of runs whose ' +
        'estimate agrees with the finding. ' +
        `n: test ${problems}; in F1b, valid plans of all seeds.`,
      dash: 'nothing was tested',
      columns: [
        { label: '' },
        { label: 'Verdict' },
        { label: 'Finding', words: true },
        ...NUMBERS,
        { label: 'Seeds', about: { metric: 'seeds' } },
        ...P_VALUES,
      ],
      groups: [{ heading: '', rows }],
    },
  ];
}

/** The rule and the test of each finding that was tested, and what the test gave. */
export function findingTests({ findings }: StudyResults): Table[] {
  const tested = findings.filter((finding) => verdictOf(finding).word !== NOT_TESTED);
  if (tested.length === 0) return [];
  return [
    {
      id: 'finding-tests',
      title: 'Tests of the findings',
      caption: 'The rule that a finding must meet, the test of the rule, and what the test gave.',
      columns: [
        { label: '' },
        { label: 'Rule', words: true },
        { label: 'Test', words: true },
        { label: 'Result', words: true },
      ],
      groups: [
        {
          heading: '',
          rows: tested.map(({ id, statement, test, detail }) => [
            idCell(id),
            ...[statement, test, detail].map((words) => textCell(prose(words))),
          ]),
        },
      ],
    },
  ];
}

/** One table for each finding whose claim has parts. */
export function findingParts({ findings }: StudyResults): Table[] {
  return findings.flatMap(partsOf);
}

/** The table of the parts of a finding; empty if it has none. */
export function partsOf({ id, rows = [] }: Finding): Table[] {
  if (rows.length === 0) return [];
  return [
    {
      id: `parts-${id.toLowerCase()}`,
      title: `Parts of ${id}`,
      caption: `Each part of the claim with its 95 % interval; Holm over the parts.`,
      columns: [{ label: 'Part' }, ...NUMBERS, ...P_VALUES],
      groups: [
        {
          heading: '',
          rows: rows.map(({ label, effect, interval, n, p, p_holm }) => [
            partCell(id, label),
            effectCell(effect, interval, n),
            numberCell(n, 'integer'),
            numberCell(p, 'p'),
            numberCell(p_holm, 'p'),
          ]),
        },
      ],
      compact: true,
    },
  ];
}

function idCell(id: Finding['id']): Extract<Cell, { kind: 'text' }> {
  return { kind: 'text', text: id, about: { part: id } };
}

function findingRow(results: StudyResults, finding: Finding): (Cell | null)[] {
  const { id, detail } = finding;
  const { word, name } = verdictOf(finding);
  const { effect, n, p, p_holm } = numbersOf(finding);
  const seeds = word === NOT_TESTED ? null : numberCell(finding.seeds.length, 'integer');
  return [
    { ...idCell(id), link: sectionOf(id) },
    ...(word === NOT_TESTED
      ? notTested(results, finding, detail)
      : [verdictCell(word, name), claimCell(results, finding, improvingWords(finding))]),
    ...[effect, n, seeds, p, p_holm],
  ];
}

/** Names the models that a longer training would have made better; empty without any. */
export function improvingWords({ still_improving }: Finding): string {
  return still_improving.length === 0 ? '' : `. Still improving when training ended: ${still_improving.join(', ')}`;
}

/** Verdict and claim of a finding that was not tested. */
function notTested(results: StudyResults, finding: Claim, reason: string): Cell[] {
  return [verdictCell(NOT_TESTED, 'not-tested'), claimCell(results, finding, `. Not tested: ${prose(reason)}`)];
}

type Claim = Pick<Finding, 'id' | 'statement'>;

/** The claim as a sentence, with its rule as a note. */
function claimCell(results: StudyResults, { id, statement }: Claim, more = ''): Cell {
  return textCell(findingTitle(results, id) + more, undefined, prose(statement));
}

function verdictCell(text: string, verdict: string): Cell {
  return { kind: 'text', text, verdict };
}

/** The effect of a finding or of one of its parts, with its interval. */
export function effectCell({ value, unit }: Effect, [low, high]: FindingRow['interval'], n: number): Cell {
  return { kind: 'estimate', value, low, high, unit, n };
}

/** A part is a distribution, a level, or in words: `correct, plans`. */
function partCell(id: Finding['id'], label: string): Cell {
  const distribution = knownDistribution(label);
  const level = TRACE_LEVELS.find((each) => each === label);
  const about: About = {
    part: id,
    ...(distribution !== undefined && { distribution: label }),
    ...(level !== undefined && { level }),
  };
  if (distribution !== undefined) return textCell(distribution.label, about);
  return level === undefined
    ? textCell(label, { ...about, part: `${id}: ${label}` })
    : textCell(upperFirst(levelName(level)), about);
}
