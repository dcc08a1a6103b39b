// The cells of a study and their names: data -> training (condition x seed) -> learning curve on dev, and test on every distribution -> lengths
// of its traces; then reinforcement learning, its curve and its test; then interventions; then the points of a phase diagram.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import { WRITTEN_FILE } from '../base/written-files.ts';
import { CELL_FILE, Cell, DONE_FILE } from '../run/cell.ts';
import type { CellKey, CellOutputs, FinishedCell } from '../run/cell.ts';
import { MANIFEST_FILE } from '../run/directory.ts';
import { LOCK_FILE } from '../run/lock.ts';
import { CARD_FILE } from '../data/card.ts';
import { datasetFileName } from '../data/dataset.ts';
import type { DataConfig, DatasetManifest } from '../data/dataset.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import type { DistributionInterventions } from '../evaluation/intervention-summary.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { ModelConfig } from '../model/config.ts';
import { STATE_PATTERNS } from '../model/run-state.ts';
import type { TrainConfig } from '../training/config.ts';
import type { TrainSummary } from '../training/train.ts';
import { keyedSettings, observedSettings } from '../rl/config.ts';
import type { SampledGroups } from '../rl/observe.ts';
import { curvePrompts, rlSettings } from './config.ts';
import type { StudyConfig } from './config.ts';
import type { CoreDescription } from './dependencies.ts';
import { readCurve } from './metrics-file.ts';
import { phasePointsOf, pointLabel } from './phase.ts';
import type { DevPoint } from './results.ts';

/** A finished training run; the folder of a kept checkpoint is checkpoints/step-<step> of its directory, which may move. */
export interface TrainingSummary {
  readonly steps: number;
  readonly tokens: number;
  /** Over all pieces of the run. */
  readonly seconds: number;
  readonly parameters: number;
  readonly checkpoints: readonly { readonly step: number; readonly tokens: number }[];
}

export interface TestSummary {
  readonly summaries: readonly DistributionSummary[];
}

export interface CurveSummary {
  readonly points: readonly DevPoint[];
}

export interface LengthsSummary {
  /** Mazes whose lengths were taken. */
  readonly mazes: number;
}

/** A finished run of reinforcement learning; its folders are like those of a training run. */
export interface RlCellSummary {
  readonly steps: number;
  /** Over all pieces of the run. */
  readonly seconds: number;
  /** Most tokens of a completion. */
  readonly cap: number;
  readonly warnings: readonly string[];
  readonly kept_steps: readonly number[];
}

export interface RlCurveSummary {
  /** The start is step 0; the first test problems of each distribution, greedy, and sampled groups of some of them, where any are wanted. */
  readonly points: readonly {
    readonly step: number;
    readonly summaries: readonly DistributionSummary[];
    readonly sampled?: readonly SampledGroups[];
  }[];
}

export interface InterventionsSummary {
  readonly distributions: readonly DistributionInterventions[];
}

/** One training run of the study. */
export interface Arm {
  readonly condition: Condition;
  readonly seed: number;
}

/** Every arm, seed by seed, so that all conditions of one seed are there first. */
export function armsOf(config: StudyConfig): Arm[] {
  return config.seeds.flatMap((seed) => config.conditions.map((condition) => ({ condition, seed })));
}

export function armLabel({ condition, seed }: Arm): string {
  return `${condition}-seed${seed}`;
}

/** Arms whose trace lengths are analysed: only mazes have a gold trace that is solved again. */
export function lengthArmsOf(config: StudyConfig): Arm[] {
  return config.data.domain === undefined ? armsOf(config).filter(({ condition }) => hasTraces(condition)) : [];
}

/** Arms that reinforcement learning goes on from. */
export function rlArmsOf(config: StudyConfig): Arm[] {
  return armsOf(config).filter(({ condition }) => config.rl?.from.includes(condition) ?? false);
}

export interface InterventionArm extends Arm {
  /** Whose traces the intervention `other` forces: the next of the conditions, same seed. */
  readonly other: Arm | null;
}

export function interventionArmsOf(config: StudyConfig): InterventionArm[] {
  const conditions = config.interventions?.conditions ?? [];
  return armsOf(config)
    .filter(({ condition }) => conditions.includes(condition))
    .map((arm) => {
      const next = conditions[(conditions.indexOf(arm.condition) + 1) % conditions.length];
      return { ...arm, other: next === arm.condition ? null : { condition: next, seed: arm.seed } };
    });
}

export type CellKind =
  'data' | 'train' | 'curve' | 'test' | 'lengths' | 'rl' | 'rl-curve' | 'rl-test' | 'interventions';

/** Labels of all cells, in the order in which they run. */
export function cellLabels(config: StudyConfig): string[] {
  return [
    ...testedLabels(config),
    ...lengthArmsOf(config).map((arm) => cellLabel('lengths', arm)),
    ...rlArmsOf(config).flatMap((arm) => (['rl', 'rl-curve', 'rl-test'] as const).map((kind) => cellLabel(kind, arm))),
    ...interventionArmsOf(config).map((arm) => cellLabel('interventions', arm)),
    ...phasePointsOf(config).flatMap((point) =>
      testedLabels(point.config).map((label) => `${pointLabel(point)}-${label}`),
    ),
  ];
}

function testedLabels(config: StudyConfig): string[] {
  return [
    cellLabel('data'),
    ...armsOf(config).flatMap((arm) => (['train', 'curve', 'test'] as const).map((kind) => cellLabel(kind, arm))),
  ];
}

/** Readable name of a cell, unique in its study or point; its directory begins with it. */
export function cellLabel(kind: CellKind, arm?: Arm): string {
  return arm ? `${kind}-${armLabel(arm)}` : kind;
}

/** Raised when what these cells count changes. Lengths: 2 counts well-formed events, not every record. Interventions: 2 lets a forced trace spell only paths that can be walked, 3 counts well-formed events. */
const LENGTHS_VERSION = 2;
const INTERVENTIONS_VERSION = 3;

type Core = Pick<CoreDescription, 'module_sha256' | 'kernel_path'>;

// Keys are the same for a study and for a command that does one step alone.

export function dataKey(config: DataConfig): CellKey {
  return { kind: 'data', config, inputs: {}, core: null, numeric_version: NUMERIC_VERSION };
}

/** @param trainHash SHA-256 of the training file */
export function trainingKey(
  model: ModelConfig,
  train: TrainConfig,
  { condition, seed }: Arm,
  trainHash: string,
  core: Core,
): CellKey {
  return {
    kind: 'train',
    config: { model, train, condition, seed },
    inputs: { train: trainHash },
    core: coreKey(core),
    numeric_version: NUMERIC_VERSION,
  };
}

/** @param config context: of the model in tokens, which completions may not exceed; the weights do not tell it @param inputs SHA-256 of weights, test files and training file by name */
export function evaluationKey(
  config: {
    readonly context: number;
    readonly temperature: number;
    readonly seed: number;
    readonly limit?: number;
    readonly sampled?: unknown;
  },
  inputs: Readonly<Record<string, string>>,
  core: Core,
): CellKey {
  return { kind: 'evaluate', config, inputs, core: coreKey(core), numeric_version: NUMERIC_VERSION };
}

/** @param inputs SHA-256 of the starting weights and of the training file */
function rlKey(
  config: StudyConfig,
  seed: number,
  inputs: { readonly weights: string; readonly train: string },
  core: Core,
): CellKey {
  if (!config.rl) throw new Error('a study without reinforcement learning');
  return {
    kind: 'rl',
    config: { rl: keyedSettings(rlSettings(config.rl)), seed, context: config.model.context },
    inputs,
    core: coreKey(core),
    numeric_version: NUMERIC_VERSION,
  };
}

/** Revectorised or not, a module gives the same bits. */
function coreKey({ module_sha256, kernel_path }: Core): CellKey['core'] {
  return { module_sha256, kernel_path };
}

/** What is kept of a training run's summary. */
export function trainingSummary({ steps, tokens, seconds, parameters, checkpoints }: TrainSummary): TrainingSummary {
  return {
    steps,
    tokens,
    seconds,
    parameters,
    checkpoints: checkpoints.map((kept) => ({ step: kept.step, tokens: kept.tokens })),
  };
}

/** SHA-256 of the final weights of a finished training cell. */
export function weightsHash(training: FinishedCell<TrainingSummary>): string {
  return hashOfStep(training, training.summary.checkpoints.at(-1)?.step);
}

function hashOfStep({ outputs }: FinishedCell<unknown>, step: number | undefined): string {
  const hash = outputs[`checkpoints/step-${step}/model.safetensors`];
  if (!hash) throw new Error('a finished run without final weights');
  return hash;
}

/** Makes the cells of one study in one run directory; a cell needs the results of those before it. */
export class StudyCells {
  private readonly path: string;
  private readonly config: StudyConfig;
  private readonly core: Core;

  constructor(path: string, config: StudyConfig, core: Core) {
    this.path = path;
    this.config = config;
    this.core = core;
  }

  /** Cells of another study in the same run directory, as a point of a phase diagram is. */
  of(config: StudyConfig): StudyCells {
    return new StudyCells(this.path, config, this.core);
  }

  data(): Cell<DatasetManifest> {
    return Cell.inside(this.path, cellLabel('data'), dataKey(this.config.data));
  }

  training(arm: Arm, data: FinishedCell<DatasetManifest>): Cell<TrainingSummary> {
    const { model, train } = this.config;
    return Cell.inside(
      this.path,
      cellLabel('train', arm),
      trainingKey(model, train, arm, data.outputs['train.jsonl'], this.core),
    );
  }

  /** The learning curve: greedy completions of the first dev mazes at every kept checkpoint. */
  curve(arm: Arm, data: FinishedCell<DatasetManifest>, training: FinishedCell<TrainingSummary>): Cell<CurveSummary> {
    const inputs = { dev: data.outputs['dev.jsonl'], training: training.result };
    return Cell.inside(
      this.path,
      cellLabel('curve', arm),
      evaluationKey(
        { context: this.config.model.context, temperature: 0, seed: arm.seed, limit: this.config.evaluate.dev_mazes },
        inputs,
        this.core,
      ),
    );
  }

  test(arm: Arm, data: FinishedCell<DatasetManifest>, training: FinishedCell<TrainingSummary>): Cell<TestSummary> {
    return this.testOf('test', arm, data, weightsHash(training));
  }

  /** Lengths of the test completions, and the distance of each maze from the training distribution. */
  lengths(arm: Arm, training: FinishedCell<TrainingSummary>, test: FinishedCell<TestSummary>): Cell<LengthsSummary> {
    const key: CellKey = {
      kind: 'lengths',
      config: { version: LENGTHS_VERSION },
      inputs: { weights: weightsHash(training), test: test.result },
      core: coreKey(this.core),
      numeric_version: NUMERIC_VERSION,
    };
    return Cell.inside(this.path, cellLabel('lengths', arm), key);
  }

  rl(arm: Arm, data: FinishedCell<DatasetManifest>, training: FinishedCell<TrainingSummary>): Cell<RlCellSummary> {
    return Cell.inside(
      this.path,
      cellLabel('rl', arm),
      rlKey(this.config, arm.seed, { weights: weightsHash(training), train: data.outputs['train.jsonl'] }, this.core),
    );
  }

  /** Greedy completions of the first test problems of every distribution at every kept step, the start included. */
  rlCurve(
    arm: Arm,
    data: FinishedCell<DatasetManifest>,
    training: FinishedCell<TrainingSummary>,
    rl: FinishedCell<RlCellSummary>,
  ): Cell<RlCurveSummary> {
    const {
      model: { context },
      rl: settings,
    } = this.config;
    if (!settings) throw new Error('a study without reinforcement learning');
    const inputs = { ...this.testInputs(data), weights: weightsHash(training), rl: rl.result };
    const prompts = curvePrompts(settings);
    const sampled = prompts > 0 && { sampled: { prompts, ...observedSettings(rlSettings(settings)) } };
    return Cell.inside(
      this.path,
      cellLabel('rl-curve', arm),
      evaluationKey(
        { context, temperature: 0, seed: arm.seed, limit: settings.curve_mazes, ...sampled },
        inputs,
        this.core,
      ),
    );
  }

  rlTest(arm: Arm, data: FinishedCell<DatasetManifest>, rl: FinishedCell<RlCellSummary>): Cell<TestSummary> {
    return this.testOf('rl-test', arm, data, hashOfStep(rl, rl.summary.kept_steps.at(-1)));
  }

  /** @param other test of the arm whose traces are forced, where there is one */
  interventions(
    arm: InterventionArm,
    data: FinishedCell<DatasetManifest>,
    training: FinishedCell<TrainingSummary>,
    other: FinishedCell<TestSummary> | null,
  ): Cell<InterventionsSummary> {
    const {
      interventions,
      model: { context },
    } = this.config;
    if (!interventions) throw new Error('a study without interventions');
    const { kinds, mazes, distributions } = interventions;
    const tests = Object.fromEntries(
      distributions
        .map((distribution) => datasetFileName('test', distribution))
        .map((name) => [name, data.outputs[name]]),
    );
    const inputs = { ...tests, weights: weightsHash(training), ...(other && { other: other.result }) };
    const key: CellKey = {
      kind: 'interventions',
      config: { kinds, mazes, seed: arm.seed, context, version: INTERVENTIONS_VERSION },
      inputs,
      core: coreKey(this.core),
      numeric_version: NUMERIC_VERSION,
    };
    return Cell.inside(this.path, cellLabel('interventions', arm), key);
  }

  private testOf(
    kind: 'test' | 'rl-test',
    arm: Arm,
    data: FinishedCell<DatasetManifest>,
    weights: string,
  ): Cell<TestSummary> {
    const inputs = { ...this.testInputs(data), weights };
    return Cell.inside(
      this.path,
      cellLabel(kind, arm),
      evaluationKey(
        { context: this.config.model.context, temperature: this.config.evaluate.temperature, seed: arm.seed },
        inputs,
        this.core,
      ),
    );
  }

  private testInputs(data: FinishedCell<DatasetManifest>): Record<string, string> {
    const files = [
      'train.jsonl',
      ...this.config.data.distributions.map((distribution) => datasetFileName('test', distribution)),
    ];
    return Object.fromEntries(files.map((name) => [name, data.outputs[name]]));
  }
}

/** Files about the work itself, and the card that people may write on. */
const NO_OUTPUTS: readonly string[] = [CELL_FILE, DONE_FILE, MANIFEST_FILE, LOCK_FILE, CARD_FILE, WRITTEN_FILE];

/** Sorts a cell's files into those that the key decides to the bit (data, weights, completions) and the others, which hold times. */
export async function outputsOf<Summary>(cell: Cell<Summary>, summary: Summary): Promise<CellOutputs<Summary>> {
  const entries = await readdir(cell.directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !NO_OUTPUTS.includes(entry.name) && !entry.name.endsWith('.tmp'))
    .filter(({ name }) => !STATE_PATTERNS.some((pattern) => pattern.test(name)))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(cell.directory.length + 1)
        .replaceAll('\\', '/'),
    );
  const decided = (name: string): boolean =>
    /(^|\/)(model\.safetensors|(completions|lengths|forced)-[^/]+\.jsonl|(train|dev|test-[a-z-]+)\.jsonl)$/.test(name);
  return { deterministic: files.filter(decided), timed: files.filter((name) => !decided(name)), summary };
}

/** Data, training runs and their tests that are finished already; stops looking below a cell that is not. */
export interface FinishedTests<Found extends FinishedTest = FinishedTest> {
  readonly data?: FinishedCell<DatasetManifest>;
  readonly arms: ReadonlyMap<string, Found>;
}

export interface FinishedTest {
  /** Tokens that a stopped training run has behind it. */
  readonly trained_tokens?: number;
  readonly training?: FinishedCell<TrainingSummary>;
  readonly curve?: FinishedCell<CurveSummary>;
  readonly test?: FinishedCell<TestSummary>;
}

/** What is finished of a whole study. */
export interface FinishedCells extends FinishedTests<FinishedArm> {
  /** In the order of phasePointsOf. */
  readonly points: readonly FinishedTests[];
}

export interface FinishedArm extends FinishedTest {
  readonly lengths?: FinishedCell<LengthsSummary>;
  readonly rl?: FinishedCell<RlCellSummary>;
  readonly rl_curve?: FinishedCell<RlCurveSummary>;
  readonly rl_test?: FinishedCell<TestSummary>;
  readonly interventions?: FinishedCell<InterventionsSummary>;
}

/** Looks at a run directory without changing it. Throws TracelabError CELL_DAMAGED. */
export async function findFinished(cells: StudyCells, config: StudyConfig): Promise<FinishedCells> {
  const points: FinishedTests[] = [];
  for (const point of phasePointsOf(config)) points.push(await findTested(cells.of(point.config), point.config));
  const tested = await findTested(cells, config);
  const { data } = tested;
  const arms = new Map<string, FinishedArm>(tested.arms);
  if (!data) return { data, arms, points };
  const find = async (arm: Arm, change: (found: FinishedArm) => Promise<FinishedArm>): Promise<void> => {
    arms.set(armLabel(arm), await change(arms.get(armLabel(arm)) ?? {}));
  };
  for (const arm of lengthArmsOf(config)) {
    await find(arm, async (found) =>
      found.training && found.test
        ? { ...found, lengths: await cells.lengths(arm, found.training, found.test).finished() }
        : found,
    );
  }
  for (const arm of rlArmsOf(config)) {
    await find(arm, async (found) => {
      const rl = found.training && (await cells.rl(arm, data, found.training).finished());
      if (!found.training || !rl) return found;
      return {
        ...found,
        rl,
        rl_curve: await cells.rlCurve(arm, data, found.training, rl).finished(),
        rl_test: await cells.rlTest(arm, data, rl).finished(),
      };
    });
  }
  for (const arm of interventionArmsOf(config)) {
    await find(arm, async (found) => {
      const other = arm.other && arms.get(armLabel(arm.other))?.test;
      if (!found.training || other === undefined) return found;
      return { ...found, interventions: await cells.interventions(arm, data, found.training, other).finished() };
    });
  }
  return { data, arms, points };
}

/** The part of findFinished that a point of a phase diagram has, too. */
async function findTested(cells: StudyCells, config: StudyConfig): Promise<FinishedTests> {
  const data = await cells.data().finished();
  const arms = new Map<string, FinishedTest>();
  if (!data) return { data, arms };
  for (const arm of armsOf(config)) {
    const cell = cells.training(arm, data);
    const training = await cell.finished();
    arms.set(
      armLabel(arm),
      training
        ? {
            training,
            curve: await cells.curve(arm, data, training).finished(),
            test: await cells.test(arm, data, training).finished(),
          }
        : { trained_tokens: (await readCurve(join(cell.directory, 'metrics.jsonl')).catch(() => [])).at(-1)?.tokens },
    );
  }
  return { data, arms };
}
