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
import type { Estimate, Kind, Kinds, TaskNode, Unit } from '../work/kind.ts';
import { SharedSettings } from '../work/shared-settings.ts';
import { simulate } from '../work/simulate.ts';
import type { Simulated, SimulationStart } from '../work/simulate.ts';
import type { Limit } from '../work/schedule.ts';
import type { Graph, Task } from '../work/task.ts';
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
  /** Of what is left of each task. */
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
  const lengths = lengthsOf(sampleOf(facts.samples(data), data.generator));
  const speeds: SequenceSpeed[] = [];
  for (const traces of tracesOf(config)) speeds.push(await measure({ model, data, train, lengths }, traces));
  const costs = costsOf(graph, kinds, withSpeeds(facts, speeds));
  const whole = new Map(graph.tasks.map(({ id }, place) => [id, costs[place].estimate]));
  const left = new Map(whole);
  for (const [id, share] of await sharesOf(progress, graph, kinds, whole)) {
    const estimate = whole.get(id);
    if (estimate) left.set(id, { ...estimate, seconds: estimate.seconds * (1 - share) });
  }
  for (const { estimate, node } of new Set(costs)) checkMachine(node.task.id, estimate, slots, where);
  const times =
    graph.tasks.length > MOST_SIMULATED ? bounded(graph, left, slots) : simulated(graph, left, slots, kinds);
  const { seconds, tasks } = times.of({ finished: progress.finished.keys() });
  const planned = graph.tasks.map(({ id, kind }, place): PlannedTask => {
    const estimate = left.get(id);
    if (!estimate) throw new Error(`no estimate of ${id}`);
    const finished = progress.finished.has(id);
    const { threads, limitedBy: limited_by } = tasks?.get(id) ?? {
      threads: 1,
      limitedBy: tasks === undefined && estimate.threads.length > 1 ? ('cores' as const) : ('usefulness' as const),
    };
    return {
      id,
      kind,
      condition: costs[place].condition,
      finished,
      tokens: estimate.tokens,
      unit: kindOf(kinds, kind).unit,
      flops: estimate.flops,
      seconds: estimate.seconds,
      threads,
      limited_by,
      bytes: estimate.bytes(threads),
    };
  });
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
    tasks: planned,
    training_tokens: sum(planned.filter(({ unit }) => unit === 'trained tokens').map(({ tokens }) => tokens)),
    flops: sum(planned.map(({ flops }) => flops)),
    memory,
    seconds: { low: FASTER * seconds.low, high: SLOWER * seconds.high },
    schedule: tasks === undefined ? 'bounds' : 'simulated',
    speeds,
  };
  const middle = ({ low, high }: TimeBounds): number => (low + high) / 2;
  const scheduled = scheduleLeft(middle(seconds), (start) => middle(times.of(start).seconds));
  return { plan, estimates: left, scheduled, load };
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

function bounded(graph: Graph, estimates: ReadonlyMap<string, Estimate>, slots: Slots): Times {
  return { of: (start) => ({ seconds: timeBounds(graph, estimates, slots, start) }) };
}

function conditionOf(node: TaskNode): string | null {
  const { condition } = node.task.config as { readonly condition?: unknown };
  if (typeof condition === 'string') return condition;
  const model = node.need('model');
  return model ? conditionOf(model) : null;
}

/** What tasks of one kind cost whose settings and needs are equal in what decides an estimate. */
interface Cost {
  readonly estimate: Estimate;
  readonly condition: string | null;
  /** The first of these tasks, which stands for all of them. */
  readonly node: TaskNode;
}

/** By the places of tasks in the graph. */
function costsOf(graph: Graph, kinds: Kinds, facts: Facts): Cost[] {
  const shared = new SharedSettings();
  const settings = new Map<Task['config'], number>();
  const numbers = new Map<string, number>();
  const signatures = new Map<string, number>();
  const known: Cost[] = [];
  return graph.tasks.map((task) => {
    const { id, kind: name, config, needs } = task;
    const kind = kindOf(kinds, name);
    const own = settings.get(config) ?? shared.numberOf(shared.of(kind.estimated ? kind.estimated(config) : config));
    settings.set(config, own);
    let signature = `${name} ${own}`;
    for (const role of Object.keys(needs)) signature += ` ${role} ${signatures.get(needs[role]) ?? needs[role]}`;
    const number = numbers.get(signature) ?? numbers.size;
    signatures.set(id, number);
    if (number < known.length) return known[number];
    numbers.set(signature, number);
    const nodeOf = (need: string): TaskNode | undefined => known.at(signatures.get(need) ?? known.length)?.node;
    const node = { task, need: (role: string) => nodeOf(needs[role] ?? '') };
    known.push({ estimate: kind.estimate(node, facts), condition: conditionOf(node), node });
    return known[number];
  });
}

function kindOf(kinds: Kinds, name: string): Kind {
  const kind = kinds.get(name);
  if (!kind) throw new Error(`no kind ${name}`);
  return kind;
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
