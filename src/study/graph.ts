// The experiment as a graph of tasks, written once: data -> training (condition x seed) -> learning curve on dev, and
// test on every distribution -> lengths of its traces; then reinforcement learning, its curve and its test; then
// interventions and the information of traces; then the points of a phase diagram. Everything else (plan, progress,
// resuming, results) folds over this graph.
import { canonicalJson } from '../base/hash.ts';
import type { RlStart } from '../analysis/judged-run.ts';
import { hasTraces, isOwn, ownCondition } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { domainOf } from '../domain/domains.ts';
import { armLabel } from '../tasks/arm.ts';
import type { Arm } from '../tasks/arm.ts';
import type { CurveTask } from '../tasks/curve.ts';
import type { InformationTask } from '../tasks/information.ts';
import type { InterventionsTask } from '../tasks/interventions.ts';
import type { LengthsTask } from '../tasks/lengths.ts';
import type { OwnDataTask } from '../tasks/own-data.ts';
import type { RlCurveTask } from '../tasks/rl-curve.ts';
import { startsOf } from '../tasks/rl-start.ts';
import type { RlTask } from '../tasks/rl.ts';
import type { TestTask } from '../tasks/test.ts';
import type { TrainTask } from '../tasks/train.ts';
import type { DataConfig } from '../data/dataset.ts';
import { SharedSettings } from '../work/shared-settings.ts';
import type { Graph, Task } from '../work/task.ts';
import { rlSettings } from './config-sections.ts';
import type { StudyConfig } from './config.ts';
import { phasePointsOf } from './phase.ts';
import type { PhasePoint } from './phase.ts';

/** Ids of the tasks of one trained model. */
export interface ArmTasks extends Arm {
  /** Its training set, with the study's dev and test sets. */
  readonly data: string;
  readonly train: string;
  readonly curve: string;
  readonly test: string;
}

/** Data, and every arm trained and tested on them. */
export interface TestedTasks {
  readonly data: string;
  readonly arms: readonly ArmTasks[];
}

/** Ids of all tasks of a study by what they are in it. */
export interface StudyTasks extends TestedTasks {
  readonly lengths: readonly { readonly arm: ArmTasks; readonly task: string }[];
  readonly rl: readonly {
    readonly arm: ArmTasks;
    readonly start: RlStart;
    readonly rl: string;
    readonly curve: string;
    /** Tests of the checkpoint that it started from, and of the last one. */
    readonly before: string;
    readonly after: string;
  }[];
  /** `other`: whose traces the intervention `other` forces. */
  readonly interventions: readonly {
    readonly arm: ArmTasks;
    readonly other: Condition | null;
    readonly task: string;
  }[];
  readonly information: readonly { readonly arm: ArmTasks; readonly task: string }[];
  readonly points: readonly { readonly point: PhasePoint; readonly tasks: TestedTasks }[];
}

export interface StudyGraph {
  readonly graph: Graph;
  readonly tasks: StudyTasks;
}

/** Every arm, seed by seed, so that all conditions of one seed come first. */
export function armsOf({ seeds, conditions }: Pick<StudyConfig, 'seeds' | 'conditions'>): Arm[] {
  return seeds.flatMap((seed) => conditions.map((condition) => ({ condition, seed })));
}

/**
 * All tasks of a configuration, and which task computes which part of the results.
 * @param shared settings of the tasks of other graphs
 */
export function studyGraph(config: StudyConfig, shared = new SharedSettings()): StudyGraph {
  const tasks = new TaskList(shared);
  const {
    data: { domain, distributions },
    model: { context },
    rl,
    interventions,
    information,
  } = config;
  const tested = addTests(tasks, config, '');
  const of = (conditions: readonly Condition[] = []): ArmTasks[] =>
    tested.arms.filter(({ condition }) => conditions.includes(condition));
  // Lengths are compared with a distance that needs no search.
  const withLengths = domainOf(domain).distance ? tested.arms.filter(({ condition }) => hasTraces(condition)) : [];
  const lengths = withLengths.map((arm) => {
    const { condition, seed } = arm;
    return {
      arm,
      task: tasks.add<LengthsTask>(
        'lengths',
        `lengths-${armLabel(arm)}`,
        { condition, seed, distributions },
        { model: arm.train, test: arm.test },
      ),
    };
  });
  const begun = of(rl?.from).flatMap((arm) =>
    startsOf(rl?.starts ?? [], arm.condition).map((start) => ({ arm, start })),
  );
  const learnt = begun.map(({ arm, start }) => {
    const { seed } = arm;
    if (!rl) throw new Error('a study without reinforcement learning');
    const isEarly = start === 'early';
    const [label, settings] = [`${armLabel(arm)}${isEarly ? '-early' : ''}`, rlSettings(rl)];
    const needs = { data: arm.data, model: arm.train, ...(isEarly && { curve: arm.curve }) };
    const before = isEarly ? addTest(tasks, `test-${label}`, config, seed, needs) : arm.test;
    const run = tasks.add<RlTask>('rl', `rl-${label}`, { rl: settings, seed, context }, needs);
    const curve = tasks.add<RlCurveTask>(
      'rl-curve',
      `rl-curve-${label}`,
      { context, seed, distributions, mazes: rl.curve_mazes, cap_of: 'mazes', prompts: rl.curve_prompts, rl: settings },
      { ...needs, rl: run },
    );
    const after = addTest(tasks, `rl-test-${label}`, config, seed, { data: arm.data, model: run });
    return { arm, start, rl: run, curve, before, after };
  });
  const forced = of(interventions?.conditions).map((arm) => {
    if (!interventions) throw new Error('a study without interventions');
    const { conditions, kinds, mazes } = interventions;
    const next = conditions[(conditions.indexOf(arm.condition) + 1) % conditions.length];
    const other = next === arm.condition ? undefined : of([next]).find(({ seed }) => seed === arm.seed);
    const settings = { kinds, mazes, seed: arm.seed, context, distributions: interventions.distributions };
    const needs = { data: arm.data, model: arm.train, ...(other && { other: other.test }) };
    return {
      arm,
      other: other?.condition ?? null,
      task: tasks.add<InterventionsTask>('interventions', `interventions-${armLabel(arm)}`, settings, needs),
    };
  });
  const measured = of(information?.conditions).map((arm) => {
    if (!information) throw new Error('a study without information of traces');
    const { mazes, events, distributions: tested_on } = information;
    const settings = { mazes, events, seed: arm.seed, context, distributions: tested_on };
    const needs = { data: tested.data, model: arm.train };
    return { arm, task: tasks.add<InformationTask>('information', `information-${armLabel(arm)}`, settings, needs) };
  });
  const points = phasePointsOf(config).map((point) => ({
    point,
    tasks: addTests(tasks, point.config, `${point.label}-`),
  }));
  const { domain_module: module } = config;
  return {
    graph: { ...tasks.graph(), ...(module && { domain: { ...module, name: domain } }) },
    tasks: { ...tested, lengths, rl: learnt, interventions: forced, information: measured, points },
  };
}

function addTests(tasks: TaskList, config: StudyConfig, prefix: string): TestedTasks {
  const { data, model, train, evaluate, own_traces = [] } = config;
  const { context } = model;
  const dataTask = tasks.add<DataConfig>('data', `${prefix}data`, data, {});
  const ownTasks = new Map(
    own_traces.map((own) => {
      const settings: OwnDataTask = { ...data, own };
      const id = tasks.add('own-data', `${prefix}data-${own.name}`, settings, { data: dataTask });
      return [ownCondition(own.name), id] as const;
    }),
  );
  const arms = armsOf(config).map((arm) => {
    const label = armLabel(arm);
    const armData = (isOwn(arm.condition) ? ownTasks.get(arm.condition) : undefined) ?? dataTask;
    const trained = tasks.add<TrainTask>(
      'train',
      `${prefix}train-${label}`,
      { model, train, ...arm },
      { data: armData },
    );
    const dev = { context, seed: arm.seed, distribution: data.generator, mazes: evaluate.dev_mazes };
    const curve = tasks.add<CurveTask>('curve', `${prefix}curve-${label}`, dev, { data: armData, model: trained });
    return {
      ...arm,
      data: armData,
      train: trained,
      curve,
      test: addTest(tasks, `${prefix}test-${label}`, config, arm.seed, { data: armData, model: trained }),
    };
  });
  return { data: dataTask, arms };
}

function addTest(
  tasks: TaskList,
  id: string,
  { data, model, evaluate }: StudyConfig,
  seed: number,
  needs: Readonly<Record<string, string>>,
): string {
  const settings = {
    context: model.context,
    temperature: evaluate.temperature,
    seed,
    distributions: data.distributions,
  };
  return tasks.add<TestTask>('test', id, settings, needs);
}

/** Tasks in order; one that is asked for again, with the same settings and needs, is the same task. */
class TaskList {
  private readonly tasks: Task[] = [];
  private readonly ids = new Map<string, string>();
  private readonly shared: SharedSettings;

  constructor(shared: SharedSettings) {
    this.shared = shared;
  }

  /** @returns the id of the task, that of an equal one if there is one already */
  add<Config>(kind: string, id: string, config: Config, needs: Readonly<Record<string, string>>): string {
    const settings = this.shared.of(config);
    const same = `${kind} ${this.shared.numberOf(settings)} ${canonicalJson(needs)}`;
    const known = this.ids.get(same);
    if (known !== undefined) return known;
    this.ids.set(same, id);
    this.tasks.push({ id, kind, config: settings, needs });
    return id;
  }

  graph(): Graph {
    return { format: 1, tasks: this.tasks, given: {} };
  }
}
