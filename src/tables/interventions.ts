// Forced traces: what each intervention does to the plan, by training run and over the seeds of a condition.
import { intervalOverSeeds } from '../analysis/comparison.ts';
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { Proportion } from '../base/statistics.ts';
import { tInterval } from '../base/statistics.ts';
import type { DistributionInterventions, InterventionSummary } from '../evaluation/intervention-summary.ts';
import type { StudyResults } from '../study/results.ts';
import { differenceCell, estimateCell, numberCell, textCell } from './cells.ts';
import { layoutsSeenWords, intervalWordsOf } from './distributions.ts';
import { overSeeds } from './estimate.ts';
import { distributionLabel, lowerFirst } from './format.ts';
import { interventionLabel, interventionLegend } from './intervention-names.ts';
import { studyNames } from './run-names.ts';
import type { About, Cell, NumberForm, Table } from './table.ts';

/** One seed under one intervention; without intervention only what can be counted there. */
type Measured = DistributionInterventions['own'] & Partial<InterventionSummary> & { readonly seed?: number };

interface MeasuredColumn {
  readonly label: string;
  readonly metric: string;
  /** For the caption; empty where the label says all. */
  readonly words: string;
  /** @returns null where nothing was counted, and for what has no mean over seeds */
  readonly of: (seeds: readonly Measured[]) => Cell | null;
}

/** A run, or the runs of all seeds of a condition, on one distribution. */
interface Source {
  readonly heading: string;
  readonly about: About;
  readonly seeds: readonly (DistributionInterventions & { readonly seed?: number })[];
  /** Whose traces `other` forces, where that is known. */
  readonly other?: Condition | null;
}

/** Means over the seeds of each condition that has several. */
export function interventionsOverSeeds(results: StudyResults): Table[] {
  const { interventions = [] } = results;
  const names = studyNames(results);
  const sources = [...Map.groupBy(interventions, ({ condition }) => condition)]
    .filter(([, runs]) => runs.length > 1)
    .flatMap(([condition, runs]) =>
      runs[0].distributions.map(({ distribution }): Source => ({
        heading: `${names.condition(condition)}, ${distributionLabel(distribution)}`,
        about: { condition, distribution },
        seeds: runs.flatMap(({ seed, distributions }) =>
          distributions.filter((each) => each.distribution === distribution).map((each) => ({ ...each, seed })),
        ),
      })),
    );
  return sources.length === 0
    ? []
    : [tableOf('interventions-seeds', 'Forced traces, mean over seeds', sources, studyWords(results, sources))];
}

/** Forced traces, for each run; empty without results. */
export function interventionsByRun(results: StudyResults): Table[] {
  const { interventions = [] } = results;
  const names = studyNames(results);
  const sources = interventions.flatMap(({ condition, seed, other, distributions }) =>
    distributions.map((one): Source => ({
      heading: `${names.run({ condition, seed })}, ${distributionLabel(one.distribution)}`,
      about: { condition, seed, distribution: one.distribution },
      seeds: [one],
      other,
    })),
  );
  return sources.length === 0 ? [] : [tableOf('interventions', 'Forced traces', sources, studyWords(results, sources))];
}

/** The table of one checkpoint, of which no study is known. */
export function checkpointInterventions(distributions: readonly DistributionInterventions[]): Table {
  const sources = distributions.map((one): Source => ({
    heading: distributionLabel(one.distribution),
    about: { distribution: one.distribution },
    seeds: [one],
  }));
  return tableOf('interventions', 'Forced traces', sources);
}

function studyWords(results: StudyResults, sources: readonly Source[]): string {
  const distributions = sources.flatMap(({ seeds }) => seeds.map(({ distribution }) => distribution));
  return `${layoutsSeenWords(results, distributions)}${studyNames(results).note}`;
}

/** Columns in which every cell is empty are left out, with their words. */
function tableOf(id: string, title: string, sources: readonly Source[], words = ''): Table {
  const several = sources.some(({ seeds }) => seeds.length > 1);
  const columns = columnsOf(several);
  const rows = sources.map(rowsOf);
  const shown = columns.filter(({ of }) => rows.some((some) => some.some(({ seeds }) => of(seeds) !== null)));
  const kinds = interventionLegend(
    sources.flatMap(({ seeds }) => seeds.flatMap((each) => each.interventions.map((one) => one.intervention))),
  );
  const said = shown.flatMap((column) => (column.words === '' ? [] : [` ${column.label}: ${column.words}.`]));
  return {
    id,
    title,
    caption:
      'Another trace is forced in the place of the model’s own, and the model writes the plan after it. ' +
      `Shares: ${intervalWordsOf(several)}.${said.join('')} Rows are named by the forced trace. ${kinds}.${words}`,
    dash: 'nothing to count or to compare',
    compact: true,
    columns: [{ label: 'Forced trace' }, ...shown.map(({ label, metric }) => ({ label, about: { metric } }))],
    groups: sources.map(({ heading, about }, i) => ({
      heading,
      about,
      rows: rows[i].map((row) => [row.heading, ...shown.map(({ of }) => of(row.seeds))]),
    })),
  };
}

/** One row without intervention, and one an intervention. */
function rowsOf({ seeds, other }: Source): { readonly heading: Cell; readonly seeds: readonly Measured[] }[] {
  const label = (name: string): string =>
    name === 'other' && other ? `Other (${lowerFirst(conditionLabel(other))})` : interventionLabel(name);
  return [
    {
      heading: textCell('No intervention', { intervention: 'own' }),
      seeds: seeds.map(({ own, seed }) => ({ ...own, seed })),
    },
    ...seeds[0].interventions.map(({ intervention }) => ({
      heading: textCell(label(intervention), { intervention }),
      seeds: seeds.flatMap(({ interventions, seed }) =>
        interventions.filter((one) => one.intervention === intervention).map((one) => ({ ...one, seed })),
      ),
    })),
  ];
}

/** @param several whether some row is a mean over seeds */
function columnsOf(several: boolean): readonly MeasuredColumn[] {
  const share = (
    label: string,
    metric: keyof InterventionSummary,
    words: string,
    pick: (one: Measured) => Proportion | undefined,
  ): MeasuredColumn => ({ label, metric, words, of: (seeds) => shareCell(seeds, pick) });
  const number = (
    label: string,
    metric: keyof InterventionSummary,
    form: NumberForm,
    words: string,
    pick: (one: Measured) => number | undefined,
  ): MeasuredColumn => ({
    label,
    metric,
    words,
    of: (seeds) => (seeds.length === 1 ? numberCell(pick(seeds[0]), form) : null),
  });
  const ofPlans = ({ n }: Measured, value: number | undefined): number | undefined => (n === 0 ? undefined : value);
  return [
    number('n', 'n', 'integer', 'mazes that are not left out', ({ n }) => n),
    share('Valid plans', 'plan_valid', '', ({ plan_valid }) => plan_valid),
    {
      label: 'Change, points',
      metric: 'plan_valid_change',
      words:
        'plan validity minus plan validity without intervention on the same mazes, with ' +
        (several
          ? 'an interval that covers the t interval over seeds and the seeds’ mean Tango interval'
          : 'Tango’s interval'),
      of: changeCell,
    },
    {
      label: 'Holm p',
      metric: 'p_holm',
      words:
        'exact McNemar test of that change, adjusted over the interventions of a distribution; interventions that ' +
        'force the same texts count once',
      of: ([one, ...others]) => (others.length > 0 || one.n === 0 ? null : numberCell(one.compared?.p_holm, 'p')),
    },
    share(
      'Own plan',
      'plan_is_own',
      'the plan that the model writes without intervention',
      ({ plan_is_own }) => plan_is_own,
    ),
    share('A*’s plan', 'plan_is_gold', 'the plan is A*’s, cell by cell', ({ plan_is_gold }) => plan_is_gold),
    share(
      'Follows the trace',
      'follows_trace',
      'the plan is the path that the forced trace spells from its own start to its own goal; of mazes where it ' +
        'spells one',
      ({ follows_trace }) => follows_trace,
    ),
    share(
      'Follows it against the maze',
      'conflict_follows_trace',
      'the same, of mazes where that path is no valid plan',
      ({ conflict_follows_trace }) => conflict_follows_trace,
    ),
    share(
      'Valid against the trace',
      'conflict_plan_valid',
      'the plan is valid; of the same mazes',
      ({ conflict_plan_valid }) => conflict_plan_valid,
    ),
    share(
      'Begins at its start',
      'begins_at_trace_start',
      'the plan begins where the forced trace begins; of mazes that begin elsewhere',
      ({ begins_at_trace_start }) => begins_at_trace_start,
    ),
    share('Truncated', 'truncated', '', ({ truncated }) => truncated),
    number('Plan cells', 'mean_plan_cells', 'tenth', 'mean length of a plan', (one) =>
      ofPlans(one, one.mean_plan_cells),
    ),
    number('Trace events', 'mean_events', 'tenth', 'mean number of well-formed events, forced and written', (one) =>
      ofPlans(one, one.mean_events),
    ),
    number(
      'No room',
      'no_room',
      'integer',
      'mazes left out because the context has no room for a plan',
      ({ no_room }) => no_room,
    ),
    number(
      'Not applicable',
      'not_applicable',
      'integer',
      'mazes left out because the model’s own trace is too short, or a trace has a word that the model does not know',
      ({ not_applicable }) => not_applicable,
    ),
  ];
}

function shareCell(seeds: readonly Measured[], pick: (one: Measured) => Proportion | undefined): Cell | null {
  const shares = seeds.flatMap((one) => {
    const value = pick(one);
    return value === undefined ? [] : [{ ...value, seed: one.seed }];
  });
  return shares.every(({ n }) => n === 0) ? null : estimateCell(overSeeds(shares));
}

/** Mean of the seeds' changes; null where a seed has no maze. */
function changeCell(seeds: readonly Measured[]): Cell | null {
  const compared = seeds.flatMap((one) => (one.n === 0 || one.compared === undefined ? [] : [one.compared]));
  if (compared.length < seeds.length) return null;
  const differences = tInterval(compared.map(({ difference }) => difference));
  return differenceCell(
    differences.mean,
    intervalOverSeeds(
      compared.map(({ interval }) => interval),
      differences,
      [-1, 1],
    ),
  );
}
