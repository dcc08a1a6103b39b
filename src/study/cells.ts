// The cells of a study and their names: data -> training (condition x seed) -> learning curve on dev, and test on every distribution.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CELL_FILE, Cell, DONE_FILE, NUMERIC_VERSION } from '../run/cell.ts';
import type { CellKey, CellOutputs, FinishedCell } from '../run/cell.ts';
import { MANIFEST_FILE } from '../run/directory.ts';
import { LOCK_FILE } from '../run/lock.ts';
import { datasetFileName } from '../data/dataset.ts';
import type { DataConfig, DatasetManifest } from '../data/dataset.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { ModelConfig } from '../model/config.ts';
import type { TrainConfig } from '../training/config.ts';
import type { TrainSummary } from '../training/train.ts';
import type { StudyConfig } from './config.ts';
import type { CoreDescription } from './dependencies.ts';
import { readCurve } from './metrics-file.ts';
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

export type CellKind = 'data' | 'train' | 'curve' | 'test';

/** Readable name of a cell, unique in its study; its directory begins with it. */
export function cellLabel(kind: CellKind, arm?: Arm): string {
  return arm ? `${kind}-${armLabel(arm)}` : kind;
}

type Core = Pick<CoreDescription, 'module_sha256' | 'kernel_path'>;

// Keys are the same for a study and for a command that does one step alone.

export function dataKey(config: DataConfig): CellKey {
  return { kind: 'data', config, inputs: {}, core: null, numeric_version: NUMERIC_VERSION };
}

/** @param trainHash SHA-256 of the training file */
export function trainingKey(model: ModelConfig, train: TrainConfig, { condition, seed }: Arm, trainHash: string, core: Core): CellKey {
  return { kind: 'train', config: { model, train, condition, seed }, inputs: { train: trainHash }, core: coreKey(core), numeric_version: NUMERIC_VERSION };
}

/** @param inputs SHA-256 of weights, test files and training file by name */
export function evaluationKey(config: { readonly temperature: number; readonly seed: number; readonly limit?: number }, inputs: Readonly<Record<string, string>>, core: Core): CellKey {
  return { kind: 'evaluate', config, inputs, core: coreKey(core), numeric_version: NUMERIC_VERSION };
}

/** Revectorised or not, a module gives the same bits. */
function coreKey({ module_sha256, kernel_path }: Core): CellKey['core'] {
  return { module_sha256, kernel_path };
}

/** What is kept of a training run's summary. */
export function trainingSummary({ steps, tokens, seconds, parameters, checkpoints }: TrainSummary): TrainingSummary {
  return { steps, tokens, seconds, parameters, checkpoints: checkpoints.map((kept) => ({ step: kept.step, tokens: kept.tokens })) };
}

/** SHA-256 of the final weights of a finished training cell. */
export function weightsHash(training: FinishedCell<TrainingSummary>): string {
  const hash = training.outputs[`checkpoints/step-${training.summary.checkpoints.at(-1)?.step}/model.safetensors`];
  if (!hash) throw new Error('a finished training run without final weights');
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

  data(): Cell<DatasetManifest> {
    return Cell.inside(this.path, cellLabel('data'), dataKey(this.config.data));
  }

  training(arm: Arm, data: FinishedCell<DatasetManifest>): Cell<TrainingSummary> {
    const { model, train } = this.config;
    return Cell.inside(this.path, cellLabel('train', arm), trainingKey(model, train, arm, data.outputs['train.jsonl'], this.core));
  }

  /** The learning curve: greedy completions of the first dev mazes at every kept checkpoint. */
  curve(arm: Arm, data: FinishedCell<DatasetManifest>, training: FinishedCell<TrainingSummary>): Cell<CurveSummary> {
    const inputs = { dev: data.outputs['dev.jsonl'], training: training.result };
    return Cell.inside(this.path, cellLabel('curve', arm), evaluationKey({ temperature: 0, seed: arm.seed, limit: this.config.evaluate.dev_mazes }, inputs, this.core));
  }

  test(arm: Arm, data: FinishedCell<DatasetManifest>, training: FinishedCell<TrainingSummary>): Cell<TestSummary> {
    const files = ['train.jsonl', ...this.config.data.distributions.map((distribution) => datasetFileName('test', distribution))];
    const inputs = { ...Object.fromEntries(files.map((name) => [name, data.outputs[name]])), weights: weightsHash(training) };
    return Cell.inside(this.path, cellLabel('test', arm), evaluationKey({ temperature: this.config.evaluate.temperature, seed: arm.seed }, inputs, this.core));
  }
}

/** Files about the work itself, and what only a stopped training run needs. */
const NO_OUTPUTS: readonly string[] = [CELL_FILE, DONE_FILE, MANIFEST_FILE, LOCK_FILE, 'resume.safetensors'];

/** Sorts a cell's files into those that the key decides to the bit (data, weights, completions) and the others, which hold times. */
export async function outputsOf<Summary>(cell: Cell<Summary>, summary: Summary): Promise<CellOutputs<Summary>> {
  const entries = await readdir(cell.directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !NO_OUTPUTS.includes(entry.name) && !entry.name.endsWith('.tmp'))
    .map((entry) => join(entry.parentPath, entry.name).slice(cell.directory.length + 1).replaceAll('\\', '/'));
  const decided = (name: string): boolean => /(^|\/)(model\.safetensors|completions-[a-z-]+\.jsonl|(train|dev|test-[a-z-]+)\.jsonl)$/.test(name);
  return { deterministic: files.filter(decided), timed: files.filter((name) => !decided(name)), summary };
}

/** What is finished already; stops looking below a cell that is not. */
export interface FinishedCells {
  readonly data?: FinishedCell<DatasetManifest>;
  readonly arms: ReadonlyMap<string, FinishedArm>;
}

export interface FinishedArm {
  /** Tokens that a stopped training run has behind it. */
  readonly trained_tokens?: number;
  readonly training?: FinishedCell<TrainingSummary>;
  readonly curve?: FinishedCell<CurveSummary>;
  readonly test?: FinishedCell<TestSummary>;
}

/** Looks at a run directory without changing it. Throws TracelabError CELL_DAMAGED. */
export async function findFinished(cells: StudyCells, config: StudyConfig): Promise<FinishedCells> {
  const data = await cells.data().finished();
  const arms = new Map<string, FinishedArm>();
  for (const arm of data ? armsOf(config) : []) {
    const cell = data && cells.training(arm, data);
    const training = await cell?.finished();
    const trained_tokens = cell && !training ? (await readCurve(join(cell.directory, 'metrics.jsonl')).catch(() => [])).at(-1)?.tokens : undefined;
    const curve = data && training && (await cells.curve(arm, data, training).finished());
    const test = data && training && (await cells.test(arm, data, training).finished());
    arms.set(armLabel(arm), { trained_tokens, training, curve, test });
  }
  return { data, arms };
}
