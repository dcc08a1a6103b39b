// How much the first events of a trace lower a model's loss on the reference plan, and what one more event does, by
// training run and over the seeds of a condition.
import { intervalOverSeeds } from '../analysis/comparison.ts';
import { tInterval } from '../base/statistics.ts';
import type { Interval } from '../base/statistics.ts';
import { INFORMATION_SHARES } from '../evaluation/information.ts';
import type { EventKind, InformationSource } from '../evaluation/information.ts';
import type {
  DistributionInformation,
  EventInformation,
  InformationPoint,
  MeanOverMazes,
  SourceInformation,
} from '../evaluation/information-summary.ts';
import type { StudyResults } from '../study/results.ts';
import { numberCell, textCell } from './cells.ts';
import { layoutsSeenWords } from './distributions.ts';
import { distributionLabel } from './format.ts';
import { studyNames } from './run-names.ts';
import type { About, Cell, Column, Table } from './table.ts';

/** A run, or the runs of all seeds of a condition, on one distribution. */
interface Runs {
  readonly heading: string;
  readonly about: About;
  /** One a seed. */
  readonly seeds: readonly DistributionInformation[];
}

/** A mean with its interval; of several seeds the mean of their means. */
export interface MeanWithInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Mazes, of all seeds together. */
  readonly n: number;
}

const SOURCE_LABELS: Readonly<Record<InformationSource, string>> = {
  own: 'Own',
  gold: 'Reference',
  swapped: 'Swapped',
};

const SOURCES_MEANING =
  'Own: the model’s own greedy trace; Reference: A*’s trace of this maze; Swapped: A*’s trace of another test maze.';

/** For captions and pages: what the numbers are about. */
export const CUT_TRACE_WORDS =
  'A model has seen no cut trace in training, and an empty one is cut, too. So a number is a property of this model ' +
  'and not the mutual information of traces and plans. What a swapped trace gives is not about its maze: compare ' +
  'sources.';

/** Name of the source of a trace, for readers. */
export function sourceLabel(source: InformationSource): string {
  return SOURCE_LABELS[source];
}

/** Means over the seeds of each condition that has several. */
export function informationOverSeeds(results: StudyResults): Table[] {
  return curveTables('information-seeds', ', mean over seeds', overSeedsOf(results), results);
}

/** Information of the trace about the plan, for each run; empty without results. */
export function informationByRun(results: StudyResults): Table[] {
  return curveTables('information', '', byRunOf(results), results);
}

/** What one more event does, over the seeds of each condition that has several. */
export function addedEventsOverSeeds(results: StudyResults): Table[] {
  return eventTables('information-events-seeds', ', mean over seeds', overSeedsOf(results), results);
}

/** Information of one more event, for each run; empty without results. */
export function addedEventsByRun(results: StudyResults): Table[] {
  return eventTables('information-events', '', byRunOf(results), results);
}

/** The tables of one checkpoint, of which no study is known. */
export function checkpointInformation(distributions: readonly DistributionInformation[]): Table[] {
  const runs = distributions.map((one): Runs => ({
    heading: distributionLabel(one.distribution),
    about: { distribution: one.distribution },
    seeds: [one],
  }));
  return [...curveTables('information', '', runs), ...eventTables('information-events', '', runs)];
}

/**
 * The mean of one seed, or over seeds: the interval then covers the t interval over seeds and the seeds' mean interval
 * over mazes.
 * @returns null where a seed has fewer than two mazes
 */
export function meanOverSeeds(seeds: readonly MeanOverMazes[]): MeanWithInterval | null {
  const intervals = seeds.flatMap(({ interval }): Interval[] => (interval === null ? [] : [interval]));
  if (seeds.length === 0 || intervals.length < seeds.length) return null;
  const means = tInterval(seeds.map(({ mean }) => mean ?? NaN));
  const [low, high] = intervalOverSeeds(intervals, means, [-Infinity, Infinity]);
  return { mean: means.mean, low, high, n: seeds.reduce((sum, { n }) => sum + n, 0) };
}

function byRunOf(results: StudyResults): Runs[] {
  const names = studyNames(results);
  return (results.information ?? []).flatMap(({ condition, seed, distributions }) =>
    distributions.map((one): Runs => ({
      heading: `${names.run({ condition, seed })}, ${distributionLabel(one.distribution)}`,
      about: { condition, seed, distribution: one.distribution },
      seeds: [one],
    })),
  );
}

function overSeedsOf(results: StudyResults): Runs[] {
  const names = studyNames(results);
  return [...Map.groupBy(results.information ?? [], ({ condition }) => condition)]
    .filter(([, runs]) => runs.length > 1)
    .flatMap(([condition, runs]) =>
      runs[0].distributions.map(({ distribution }): Runs => ({
        heading: `${names.condition(condition)}, ${distributionLabel(distribution)}`,
        about: { condition, distribution },
        seeds: runs.flatMap(({ distributions }) => distributions.filter((one) => one.distribution === distribution)),
      })),
    );
}

function curveTables(id: string, title: string, runs: readonly Runs[], results?: StudyResults): Table[] {
  if (runs.length === 0) return [];
  const point = (seeds: readonly SourceInformation[], i: number, pick: (point: InformationPoint) => MeanOverMazes) =>
    meanOverSeeds(seeds.map(({ points }) => pick(points[i])));
  return [
    {
      id,
      title: `Information of the trace about the plan${title}`,
      caption:
        'The loss on the words of the reference plan after the first events of a trace and `solution`. ' +
        'Information is the loss without an event minus that loss. ' +
        `${intervalWords(runs)} n: mazes that are not left out. No room: mazes left out because the context has no ` +
        'room for the whole trace and the plan. Not applicable: mazes left out because the trace has a word that the ' +
        'model does not know. Rows are named by the trace and the share of its events, rounded down. ' +
        `${SOURCES_MEANING} ${CUT_TRACE_WORDS}${moreWords(runs, results)}`,
      dash: 'no event was given, or fewer than two mazes',
      compact: true,
      columns: [
        { label: 'Trace, events' },
        { label: 'n', about: { metric: 'n' } },
        { label: 'Loss, nats per plan word', about: { metric: 'loss_per_word' } },
        ...informationColumns('Information'),
        { label: 'No room', about: { metric: 'no_room' } },
        { label: 'Not applicable', about: { metric: 'not_applicable' } },
      ],
      groups: runs.map(({ heading, about, seeds }) => ({
        heading,
        about,
        rows: sourcesOf(seeds).flatMap(([source, some]) =>
          INFORMATION_SHARES.map((share, i) => [
            textCell(`${sourceLabel(source)}, ${100 * share} %`, { intervention: `${source}@${share}` }),
            numberCell(
              total(some, ({ n }) => n),
              'integer',
            ),
            natsCell(
              point(some, i, ({ loss_per_word }) => loss_per_word),
              'nats',
            ),
            share === 0
              ? null
              : natsCell(
                  point(some, i, ({ per_word }) => per_word),
                  'nats',
                ),
            share === 0
              ? null
              : natsCell(
                  point(some, i, ({ per_plan }) => per_plan),
                  'nats-per-plan',
                ),
            numberCell(
              total(some, ({ no_room }) => no_room),
              'integer',
            ),
            numberCell(
              total(some, ({ not_applicable }) => not_applicable),
              'integer',
            ),
          ]),
        ),
      })),
    },
  ];
}

function eventTables(id: string, title: string, runs: readonly Runs[], results?: StudyResults): Table[] {
  const sampled = runs.some(({ seeds }) =>
    seeds.some(({ sources }) => sources.some(({ added }) => added.some(({ events }) => events > 0))),
  );
  if (!sampled) return [];
  const of = (seeds: readonly SourceInformation[], kind: EventKind): EventInformation[] =>
    seeds.flatMap(({ added }) => added.filter((one) => one.kind === kind));
  return [
    {
      id,
      title: `Information of one more event${title}`,
      caption:
        'By how much one more event of a trace lowers the loss on the words of the reference plan; below 0 the event ' +
        `raises it. A sample of the events of each trace. ${intervalWords(runs)} A maze counts with the mean of its ` +
        'events of the kind. Events: in the sample, of all mazes. n: mazes with such an event. Rows are named by the ' +
        `trace, the event, and whether its cell is on the reference plan. ${SOURCES_MEANING} ` +
        `${CUT_TRACE_WORDS}${moreWords(runs, results)}`,
      dash: 'fewer than two mazes with such an event',
      compact: true,
      columns: [
        { label: 'Trace, event' },
        { label: 'Events', about: { metric: 'events' } },
        { label: 'n', about: { metric: 'n' } },
        ...informationColumns('Information of the event'),
      ],
      groups: runs.map(({ heading, about, seeds }) => ({
        heading,
        about,
        rows: sourcesOf(seeds).flatMap(([source, some]) =>
          some[0].added.map(({ kind }) => {
            const events = of(some, kind);
            const mean = (pick: (event: EventInformation) => MeanOverMazes) => meanOverSeeds(events.map(pick));
            return [
              textCell(`${sourceLabel(source)}, ${kind}`, { intervention: source, part: kind }),
              numberCell(
                total(events, (one) => one.events),
                'integer',
              ),
              numberCell(
                total(events, ({ per_plan }) => per_plan.n),
                'integer',
              ),
              natsCell(
                mean(({ per_word }) => per_word),
                'nats',
              ),
              natsCell(
                mean(({ per_plan }) => per_plan),
                'nats-per-plan',
              ),
            ];
          }),
        ),
      })),
    },
  ];
}

function informationColumns(label: string): Column[] {
  return [
    { label: `${label}, nats per plan word`, about: { metric: 'information_per_word' } },
    { label: `${label}, nats per plan`, about: { metric: 'information_per_plan' } },
  ];
}

/** Each source with one entry a seed. */
function sourcesOf(seeds: readonly DistributionInformation[]): [InformationSource, SourceInformation[]][] {
  return seeds[0].sources.map(({ source }) => [
    source,
    seeds.flatMap(({ sources }) => sources.filter((one) => one.source === source)),
  ]);
}

function intervalWords(runs: readonly Runs[]): string {
  return runs.some(({ seeds }) => seeds.length > 1)
    ? 'Means over mazes and seeds; the interval covers the 95 % t interval over seeds and the seeds’ mean t interval ' +
        'over mazes. Counts are of all seeds together.'
    : 'Means over mazes with 95 % t intervals.';
}

function moreWords(runs: readonly Runs[], results: StudyResults | undefined): string {
  if (results === undefined) return '';
  const distributions = runs.flatMap(({ seeds }) => seeds.map(({ distribution }) => distribution));
  return `${layoutsSeenWords(results, distributions)}${studyNames(results).note}`;
}

function natsCell(value: MeanWithInterval | null, unit: 'nats' | 'nats-per-plan'): Cell | null {
  if (value === null) return null;
  const { mean, low, high, n } = value;
  return { kind: 'estimate', value: mean, low, high, unit, n };
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
