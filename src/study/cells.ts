// The cells of a study and their names: data -> training (condition x seed) -> learning curve on dev, and test on every distribution.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Cell, NUMERIC_VERSION } from '../run/cell.ts';
import type { CellKey, CellOutputs, FinishedCell } from '../run/cell.ts';
import { datasetFileName } from '../data/dataset.ts';
import type { DatasetManifest } from '../data/dataset.ts';
import type { Condition } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { StudyConfig } from './config.ts';
import type { CoreDescription, TrainSummary } from './dependencies.ts';
import type { DevPoint } from './results.ts';

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

/** Makes the cells of one study in one run directory; a cell needs the results of those before it. */
export class StudyCells {
  private readonly path: string;
  private readonly config: StudyConfig;
  private readonly core: CellKey['core'];

  constructor(path: string, config: StudyConfig, core: CoreDescription) {
    this.path = path;
    this.config = config;
    this.core = { module_sha256: core.module_sha256, kernel_path: core.kernel_path };
  }

  data(): Cell<DatasetManifest> {
    return this.cell(cellLabel('data'), { kind: 'data', config: this.config.data, inputs: {}, core: null });
  }

  training(arm: Arm, data: FinishedCell<DatasetManifest>): Cell<TrainSummary> {
    const { model, train } = this.config;
    return this.cell(cellLabel('train', arm), { kind: 'train', config: { model, train, ...arm }, inputs: { train: data.outputs['train.jsonl'] }, core: this.core });
  }

  /** The learning curve: greedy completions of the first dev mazes at every kept checkpoint. */
  curve(arm: Arm, data: FinishedCell<DatasetManifest>, training: FinishedCell<TrainSummary>): Cell<CurveSummary> {
    const { dev_mazes } = this.config.evaluate;
    const inputs = { dev: data.outputs['dev.jsonl'], train: data.outputs['train.jsonl'], training: training.result };
    return this.cell(cellLabel('curve', arm), { kind: 'curve', config: { dev_mazes, seed: arm.seed }, inputs, core: this.core });
  }

  test(arm: Arm, data: FinishedCell<DatasetManifest>, training: FinishedCell<TrainSummary>): Cell<TestSummary> {
    const { temperature } = this.config.evaluate;
    const files = this.config.data.distributions.map((distribution) => datasetFileName('test', distribution));
    const inputs = { ...Object.fromEntries(files.map((name) => [name, data.outputs[name]])), train: data.outputs['train.jsonl'], training: training.result };
    return this.cell(cellLabel('test', arm), { kind: 'test', config: { temperature, seed: arm.seed }, inputs, core: this.core });
  }

  private cell<Summary>(label: string, key: Omit<CellKey, 'numeric_version'>): Cell<Summary> {
    return Cell.inside(this.path, label, { ...key, numeric_version: NUMERIC_VERSION });
  }
}

/** What only a stopped training run needs; dropped once its cell is finished. */
const RESUME_STATE = 'resume.safetensors';

/** Sorts a cell's files into those that the key decides to the bit (data, weights, completions) and the others, which hold times. */
export async function outputsOf<Summary>(cell: Cell<Summary>, summary: Summary): Promise<CellOutputs<Summary>> {
  const entries = await readdir(cell.directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== 'cell.json' && entry.name !== 'done.json' && entry.name !== RESUME_STATE && !entry.name.endsWith('.tmp'))
    .map((entry) => join(entry.parentPath, entry.name).slice(cell.directory.length + 1).replaceAll('\\', '/'));
  const decided = (name: string): boolean => /(^|\/)(model\.safetensors|completions-[a-z]+\.jsonl|(train|dev|test-[a-z]+)\.jsonl)$/.test(name);
  return { deterministic: files.filter(decided), timed: files.filter((name) => !decided(name)), summary };
}

/** What is finished already; stops looking below a cell that is not. */
export interface FinishedCells {
  readonly data?: FinishedCell<DatasetManifest>;
  readonly arms: ReadonlyMap<string, FinishedArm>;
}

export interface FinishedArm {
  readonly training?: FinishedCell<TrainSummary>;
  readonly curve?: FinishedCell<CurveSummary>;
  readonly test?: FinishedCell<TestSummary>;
}

/** Looks at a run directory without changing it. Throws TracelabError CELL_DAMAGED. */
export async function findFinished(cells: StudyCells, config: StudyConfig): Promise<FinishedCells> {
  const data = await cells.data().finished();
  const arms = new Map<string, FinishedArm>();
  for (const arm of data ? armsOf(config) : []) {
    const training = data && (await cells.training(arm, data).finished());
    const curve = data && training && (await cells.curve(arm, data, training).finished());
    const test = data && training && (await cells.test(arm, data, training).finished());
    arms.set(armLabel(arm), { training, curve, test });
  }
  return { data, arms };
}
