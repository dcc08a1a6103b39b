// Before and after reinforcement learning: greedy completions of all test problems, and sampled groups of the first
// ones.
import type { RlStart } from '../analysis/judged-run.ts';
import { proportion } from '../base/statistics.ts';
import type { Proportion } from '../base/statistics.ts';
import { domainOfDistribution } from '../domain/domains.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { RlConfig } from '../rl/config.ts';
import type { SampledGroups } from '../rl/observe.ts';
import { rewardWords } from '../rl/rewards.ts';
import type { RlResult, StudyResults } from '../study/results.ts';
import { estimateCell, numberCell, proportionCell, textCell } from './cells.ts';
import { layoutsSeenWords, intervalWordsOf } from './distributions.ts';
import { overSeeds } from './estimate.ts';
import { distributionLabel, integer, list, share, upperFirst } from './format.ts';
import { LEVELS, levelName } from './levels.ts';
import { completionsWords, wordsOf } from './names.ts';
import { startLabel, studyNames } from './run-names.ts';
import type { About, Cell, Column, SeedProportion, Table } from './table.ts';

const BEFORE_AFTER = 'Before and after reinforcement learning';

/** What the tables need of a run. */
export type RlEnds = Pick<RlResult, 'steps' | 'before' | 'after' | 'curve'> & { readonly seed?: number };

/** A run, or the runs of all seeds of a condition. */
interface Source {
  readonly heading: string;
  readonly about: About;
  readonly runs: readonly RlEnds[];
}

/** Words of the captions. */
interface Words {
  readonly settings?: Pick<RlConfig, 'reward' | 'length_penalty' | 'group' | 'temperature'>;
  readonly problems: string;
  /** `greedy completions`. */
  readonly completions: string;
  /** Sentences at the end, each with a blank before it. */
  readonly more: string;
}

/** Means over the seeds of each condition that has several. */
export function rlOverSeeds(results: StudyResults): Table[] {
  const names = studyNames(results);
  const sources = [...Map.groupBy(results.rl ?? [], ({ condition, start }) => startLabel(condition, start)).values()]
    .filter((runs) => runs.length > 1)
    .map((runs): Source => {
      const [{ condition, start }] = runs;
      return { heading: names.condition(condition, start), about: { condition, ...aboutStart(start) }, runs };
    });
  return sources.length === 0
    ? []
    : [beforeAfterTable('rl-seeds', `${BEFORE_AFTER}, mean over seeds`, sources, studyWords(results))];
}

/** Before and after reinforcement learning, for each run; empty without results. */
export function rlByRun(results: StudyResults): Table[] {
  const sources = runSources(results);
  return sources.length === 0 ? [] : [beforeAfterTable('rl', BEFORE_AFTER, sources, studyWords(results))];
}

/** @returns no table where no groups were sampled */
export function rlSampledGroups(results: StudyResults): Table[] {
  return sampledTables(runSources(results), studyWords(results));
}

/** Tables of one run, of which no study is known. Its evaluations before and after are greedy. */
export function rlRunTables(run: RlEnds, settings: RlConfig): Table[] {
  const [first] = run.before;
  const problems = domainOfDistribution(first.distribution)?.words.problems ?? 'problems';
  const words = { settings, problems, completions: 'greedy completions', more: '' };
  const sources = [{ heading: '', about: {}, runs: [run] }];
  return [beforeAfterTable('rl', BEFORE_AFTER, sources, words), ...sampledTables(sources, words)];
}

function runSources(results: StudyResults): Source[] {
  const names = studyNames(results);
  return (results.rl ?? []).map((run) => ({
    heading: names.run(run),
    about: { condition: run.condition, seed: run.seed, ...aboutStart(run.start) },
    runs: [run],
  }));
}

/** An early start and the last one differ in nothing else. */
function aboutStart(start: RlStart): About {
  return start === 'early' ? { part: 'early' } : {};
}

/** What early starts are, and which ones they were; empty without any. */
function earlyWords({ rl = [] }: StudyResults): string {
  const starts = rl.flatMap(({ seed, start_step: step, start_trace_valid_strict: traces }) =>
    step === undefined || traces === undefined ? [] : [`seed ${seed} step ${integer(step)} (${share(traces)})`],
  );
  return starts.length === 0
    ? ''
    : ' Early: started from the kept checkpoint whose strictly valid traces on dev are nearest to 55 %: ' +
        `${list(starts)}.`;
}

function studyWords(results: StudyResults): Words {
  return {
    ...(results.config.rl && { settings: results.config.rl }),
    problems: wordsOf(results).problems,
    completions: completionsWords(results),
    more: `${layoutsSeenWords(results)}${earlyWords(results)}${studyNames(results).note}`,
  };
}

/** Shares of completions, in the order of the columns. */
const MEASURES: readonly {
  readonly label: string;
  readonly about: About;
  readonly pick: (summary: DistributionSummary) => Proportion;
}[] = [
  { label: 'Valid plans', about: { metric: 'plan_valid' }, pick: ({ plan_valid }) => plan_valid },
  ...LEVELS.map((level) => ({
    label: `Valid traces, ${levelName(level)}`,
    about: { metric: 'trace_valid', level },
    pick: ({ trace_valid }: DistributionSummary) => trace_valid[level],
  })),
  { label: 'Truncated', about: { metric: 'truncated' }, pick: ({ truncated }) => truncated },
];

function beforeAfterTable(
  id: string,
  title: string,
  sources: readonly Source[],
  { settings, problems, completions, more }: Words,
): Table {
  const steps = [...new Set(sources.flatMap(({ runs }) => runs.map((run) => run.steps)))];
  const trained = `${steps.map(integer).join(' or ')} steps of GRPO`;
  const reward = settings === undefined ? '' : ` The reward is ${rewardWords(settings)}.`;
  const several = sources.some(({ runs }) => runs.length > 1);
  return {
    id,
    title,
    caption:
      `${upperFirst(completions)} of all test ${problems} before and after ${trained}: ${intervalWordsOf(several)}. ` +
      `Valid traces are shares of all completions.${reward}${more}`,
    dash: 'nothing to count',
    columns: columnsOf(MEASURES),
    groups: sources.map(({ heading, about, runs }) => ({
      heading,
      about,
      rows: distributionsOf(runs).flatMap((distribution) =>
        (['before', 'after'] as const).map((end) => [
          headingCell(distribution, end === 'before' ? 0 : runs[0].steps),
          ...MEASURES.map(({ pick }) => estimateCell(overSeeds(sharesOf(runs, distribution, end, pick)))),
        ]),
      ),
    })),
  };
}

/** Distributions that all runs evaluated before and after. */
function distributionsOf(runs: readonly RlEnds[]): GeneratorName[] {
  return runs[0].before
    .map(({ distribution }) => distribution)
    .filter((name) =>
      runs.every(({ before, after }) =>
        [before, after].every((some) => some.some(({ distribution }) => distribution === name)),
      ),
    );
}

/** One proportion a run. */
function sharesOf(
  runs: readonly RlEnds[],
  name: GeneratorName,
  end: 'before' | 'after',
  pick: (summary: DistributionSummary) => Proportion,
): SeedProportion[] {
  return runs.flatMap(({ seed, [end]: summaries }) =>
    summaries.filter(({ distribution }) => distribution === name).map((summary) => ({ ...pick(summary), seed })),
  );
}

/** Numbers of sampled groups, in the order of the columns. */
const GROUP_MEASURES: readonly {
  readonly label: string;
  readonly about: About;
  readonly cell: (groups: SampledGroups) => Cell | null;
}[] = [
  {
    label: 'Groups of equal rewards',
    about: { metric: 'zero_spread' },
    cell: ({ zero_spread, groups }) => proportionCell(proportion(zero_spread, groups)),
  },
  { label: 'Reward', about: { metric: 'reward' }, cell: ({ reward }) => numberCell(reward, 'thousandth') },
  { label: 'Entropy', about: { metric: 'entropy' }, cell: ({ entropy }) => numberCell(entropy, 'nats') },
  { label: 'KL', about: { metric: 'kl' }, cell: ({ kl }) => numberCell(kl, 'nats') },
  {
    label: 'Tokens',
    about: { metric: 'completion_tokens' },
    cell: ({ tokens, completions }) => numberCell(tokens / completions, 'tenth'),
  },
  {
    label: 'Truncated',
    about: { metric: 'truncated' },
    cell: ({ truncated, completions }) => proportionCell(proportion(truncated, completions)),
  },
];

function sampledTables(sources: readonly Source[], { settings, problems, more }: Words): Table[] {
  const groups = sources.map(({ heading, about, runs: [{ curve, steps }] }) => ({
    heading,
    about,
    rows: (curve[0]?.sampled ?? []).flatMap((before) =>
      (curve.at(-1)?.sampled ?? [])
        .filter(({ distribution }) => distribution === before.distribution)
        .flatMap((after) => [sampledRow(before, 0), sampledRow(after, steps)]),
    ),
  }));
  if (groups.every(({ rows }) => rows.length === 0)) return [];
  const drawn =
    settings === undefined
      ? 'Completions'
      : `${integer(settings.group)} completions at temperature ${settings.temperature}`;
  return [
    {
      id: 'rl-sampled',
      title: 'Sampled groups of each distribution',
      caption:
        `${drawn} of each of the first test ${problems}, before and after, rewarded as in training. Groups of ` +
        'equal rewards: share of groups; all their advantages are 0. Truncated: share of completions. Shares: ' +
        `${intervalWordsOf(false)}. Reward: mean of the completions. Entropy, and KL against the start: nats a ` +
        'token. ' +
        'KL at the start is exactly 0. Tokens: mean of a completion. Tokens are clipped in updates only, so ' +
        `there is no clipped share.${more}`,
      dash: 'nothing to count',
      columns: columnsOf(GROUP_MEASURES),
      groups,
    },
  ];
}

function sampledRow(groups: SampledGroups, step: number): (Cell | null)[] {
  return [headingCell(groups.distribution, step), ...GROUP_MEASURES.map(({ cell }) => cell(groups))];
}

function columnsOf(measures: readonly Pick<Column, 'label' | 'about'>[]): Column[] {
  return [{ label: 'Distribution' }, ...measures.map(({ label, about }) => ({ label, about }))];
}

/** `Wilson, before`. */
function headingCell(distribution: GeneratorName, step: number): Cell {
  return textCell(`${distributionLabel(distribution)}, ${step === 0 ? 'before' : 'after'}`, { distribution, step });
}
