// What a study will cost before it runs: tasks, tokens, floating-point operations, memory, threads and time on this
// machine.
import type { Clock } from '../base/clock.ts';
import { TracelabError } from '../base/errors.ts';
import { sum } from '../base/sum.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import type { OtherLoad } from '../host/load.ts';
import { countParameters } from '../model/config.ts';
import { makeFacts, sampleOf, vocabularySize, withSpeeds } from '../tasks/facts.ts';
import type { Facts, SequenceSpeed } from '../tasks/facts.ts';
import { lengthsOf } from '../tasks/sequence-lengths.ts';
import { measureSpeed } from '../tasks/speed.ts';
import type { SpeedRequest } from '../tasks/speed.ts';
import { trainingWork } from '../tasks/train.ts';
import type { Slots } from '../work/executor.ts';
import { timeBounds } from '../work/bounds.ts';
import type { TimeBounds } from '../work/bounds.ts';
import { nodesOf } from '../work/nodes.ts';
import type { Estimate, Kinds, Unit } from '../work/kind.ts';
import { simulate } from '../work/simulate.ts';
import type { Simulated, SimulationStart } from '../work/simulate.ts';
import type { Limit } from '../work/schedule.ts';
import type { Graph, Task } from '../work/task.ts';
import { alikeTasks, kindOf } from './alike-tasks.ts';
import type { AlikeTasks } from './alike-tasks.ts';
import type { StudyConfig } from './config.ts';
import type { LoadedConfig } from './config-file.ts';
import { checkFit, gibibytes } from './fit.ts';
import type { MemoryPlan } from './fit.ts';
import { sharesOf } from './progress.ts';
import type { Progress } from './progress.ts';
import { scheduleLeft } from './schedule-left.ts';
import type { Midway, ScheduleLeft } from './schedule-left.ts';

export interface PlannedTask {
  readonly id: string;
  readonly kind: string;
  /** Of the training that it is or needs; null without one. */
  readonly condition: string | null;
  readonly finished: boolean;
  readonly tokens: number;
  /** Of the tokens. */
  readonly unit: Unit;
  readonly flops: number;
  /** What is left to do, on one thread of this machine; 0 when finished. */
  readonly seconds: number;
  /** What it will get, and why not more. */
  readonly threads: number;
  readonly limited_by: Limit;
  /** Of its process, with these threads. */
  readonly bytes: number;
}

export interface StudyPlan {
  readonly study: string;
  readonly parameters: number;
  readonly vocabulary: number;
  /** Models of a phase diagram by their layers, with the vocabulary of the study's own size; empty without one. */
  readonly phase_models: readonly { readonly layers: number; readonly parameters: number }[];
  readonly slots: Slots;
  /** Made when they are first asked for. */
  readonly tasks: readonly PlannedTask[];
  readonly training_tokens: number;
  readonly flops: number;
  /** Of a training on one thread. */
  readonly memory: MemoryPlan;
  /** Until all is finished. */
  readonly seconds: { readonly low: number; readonly high: number };
  /** Whether the time is that of the simulated schedule, or lies between bounds: for graphs of many tasks. */
  readonly schedule: 'simulated' | 'bounds';
  readonly speeds: readonly SequenceSpeed[];
}

export interface Planned {
  readonly plan: StudyPlan;
  /** Of what is left of each task, in the graph's order. */
  readonly left: readonly Estimate[];
  /** The same by id, made when they are first asked for. */
  readonly estimates: ReadonlyMap<string, Estimate>;
  /** The same schedule in the middle of the run. */
  readonly scheduled: (midway: Midway) => ScheduleLeft;
  /**
   * Other programs on this machine, just before the speeds were measured; null if they were not measured or are
   * unknown.
   */
  readonly load: OtherLoad | null;
}

/** How this machine is measured. */
export interface Measurements {
  /** Of one thread; default measureSpeed. */
  readonly measure?: (request: SpeedRequest, traces: boolean) => Promise<SequenceSpeed>;
  /** Watches other programs for a moment; default: nobody watches. */
  readonly watchLoad?: () => Promise<OtherLoad | null>;
}

export interface PlanOptions extends Measurements, Pick<LoadedConfig, 'config' | 'where'> {
  readonly graph: Graph;
  readonly kinds: Kinds;
  readonly slots: Slots;
  readonly progress: Progress;
  readonly facts: Facts;
}

/** Tasks of a graph whose schedule is simulated: a second at most. */
const MOST_SIMULATED = 2000;

/** Speeds are measured for a few seconds; tasks that run at the same time slow each other down. */
export const FASTER = 0.85;
export const SLOWER = 1.3;

/** Samples of a study's problems, and the refusal of what cannot run. */
export function factsOf(
  loaded: Pick<LoadedConfig, 'config' | 'where'>,
  clock: Clock,
): { readonly facts: Facts; readonly memory: MemoryPlan } {
  const facts = makeFacts(clock);
  return { facts, memory: checkFit(loaded, facts) };
}

/**
 * Measures this machine for a few seconds and writes nothing.
 * @throws TracelabError MEMORY_MACHINE (environment) when a task does not fit this machine on one thread
 */
export async function planStudy(
  { config, where, graph, kinds, slots, progress, facts, measure = measureSpeed, watchLoad }: PlanOptions,
  memory: MemoryPlan,
): Promise<Planned> {
  const { model, data, train } = config;
  const load = (await watchLoad?.()) ?? null;
  const alike = alikeTasks(graph, kinds);
  const groupAt = (place: number): AlikeTasks => alike.groups[alike.of[place]];
  const lengths = lengthsOf(sampleOf(facts.samples(data), data.generator));
  const speeds: SequenceSpeed[] = [];
  for (const traces of tracesOf(config)) speeds.push(await measure({ model, data, train, lengths }, traces));
  const measured = withSpeeds(facts, speeds);
  const costs = alike.groups.map(({ kind, node }) => kind.estimate(node, measured));
  alike.groups.forEach(({ node }, i) => {
    checkMachine(node.task.id, costs[i], slots, where);
  });
  const whole = graph.tasks.map((_, place) => costs[alike.of[place]]);
  const shares = await sharesOf(progress, graph, kinds, whole);
  const left = whole.map((estimate, place): Estimate => {
    const share = shares.size === 0 ? undefined : shares.get(graph.tasks[place].id);
    return share === undefined ? estimate : { ...estimate, seconds: estimate.seconds * (1 - share) };
  });
  const byId = once((): ReadonlyMap<string, Estimate> => new Map(graph.tasks.map(({ id }, i) => [id, left[i]])));
  const times =
    graph.tasks.length > MOST_SIMULATED ? bounded(graph, left, slots) : simulated(graph, byId(), slots, kinds);
  const { seconds, tasks } = times.of({ finished: progress.finished.keys() });
  const planned = once((): PlannedTask[] =>
    graph.tasks.map(({ id, kind }, place) => {
      const estimate = left[place];
      const { threads, limitedBy: limited_by } = tasks?.get(id) ?? {
        threads: 1,
        limitedBy: tasks === undefined && estimate.threads.length > 1 ? ('cores' as const) : ('usefulness' as const),
      };
      return {
        id,
        kind,
        condition: groupAt(place).condition,
        finished: progress.finished.has(id),
        tokens: estimate.tokens,
        unit: groupAt(place).kind.unit,
        flops: estimate.flops,
        seconds: estimate.seconds,
        threads,
        limited_by,
        bytes: estimate.bytes(threads),
      };
    }),
  );
  const vocabulary = vocabularySize(data);
  const plan: StudyPlan = {
    study: config.study,
    parameters: countParameters(model, vocabulary),
    vocabulary,
    phase_models: (config.phase?.layers ?? []).map((layers) => ({
      layers,
      parameters: countParameters({ ...model, n_layer: layers }, vocabulary),
    })),
    slots,
    get tasks() {
      return planned();
    },
    training_tokens: sum(
      whole.filter((_, place) => groupAt(place).kind.unit === 'trained tokens').map(({ tokens }) => tokens),
    ),
    flops: sum(whole.map(({ flops }) => flops)),
    memory,
    seconds: { low: FASTER * seconds.low, high: SLOWER * seconds.high },
    schedule: tasks === undefined ? 'bounds' : 'simulated',
    speeds,
  };
  const middle = ({ low, high }: TimeBounds): number => (low + high) / 2;
  const scheduled = scheduleLeft(middle(seconds), (start) => middle(times.of(start).seconds));
  return {
    plan,
    left,
    get estimates() {
      return byId();
    },
    scheduled,
    load,
  };
}

/** How long what is left of a graph takes. */
interface Times {
  readonly of: (start: SimulationStart) => {
    readonly seconds: TimeBounds;
    /** Absent without a simulation. */
    readonly tasks?: Simulated['tasks'];
  };
}

function simulated(graph: Graph, estimates: ReadonlyMap<string, Estimate>, slots: Slots, kinds: Kinds): Times {
  const resumable = new Set(graph.tasks.filter(({ kind }) => kindOf(kinds, kind).state.length > 0).map(({ id }) => id));
  return {
    of: (start) => {
      const { seconds, tasks } = simulate(graph, estimates, slots, { ...start, resumable: (id) => resumable.has(id) });
      return { seconds: { low: seconds, high: seconds }, tasks };
    },
  };
}

function bounded(graph: Graph, estimates: readonly Estimate[], slots: Slots): Times {
  return { of: (start) => ({ seconds: timeBounds(graph, estimates, slots, start) }) };
}

/**
 * Operations of the trainings of a graph, which are the same on every machine: parts of a study must be the same
 * everywhere. Needs no speeds and plans no memory.
 */
export function flopsOfTrainings(graph: Graph, facts: Pick<Facts, 'samples'>): (training: Task) => number {
  const nodes = new Map(nodesOf(graph).map((node) => [node.task.id, node]));
  const known = new Map<string, number>();
  return ({ id }) => {
    const node = nodes.get(id);
    const flops = known.get(id) ?? (node ? trainingWork(node, facts).flops : 0);
    known.set(id, flops);
    return flops;
  };
}

/** Which sequences are to be measured: with traces, without, or both. */
function tracesOf({ conditions, phase }: StudyConfig): Set<boolean> {
  return new Set([...conditions, ...(phase?.conditions ?? [])].map(hasTraces));
}

function checkMachine(id: string, { bytes }: Estimate, slots: Slots, where: LoadedConfig['where']): void {
  if (bytes(1) <= slots.bytes) return;
  throw new TracelabError({
    code: 'MEMORY_MACHINE',
    kind: 'environment',
    where: where('model'),
    what: `this machine has too little memory for ${id} on one thread`,
    expected: `at least ${gibibytes(bytes(1))}`,
    got: gibibytes(slots.bytes),
    hint: 'lower model sizes, train.accumulators or train.batch_tokens',
  });
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
