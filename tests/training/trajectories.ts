// The pinned trajectories: what tests/golden/trajectories.json holds, how a kernel path's trajectory is run again, and
// when the file may be written. Golden files never create themselves: only scripts/write-trajectories.ts writes.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { hashFile } from '../../src/base/hash.ts';
import { CORE_CHOICE } from '../../src/core/module.ts';
import type { TileName } from '../../src/core/tile.ts';

/** Numbers at full precision: JSON keeps a double exactly. */
export interface Trajectories {
  /** NUMERIC_VERSION of the code that made them. */
  readonly numeric_version: number;
  /** By kernel path; plain and revectorised lanes of the fused module give the same bits. */
  readonly paths: Readonly<Record<'fused' | 'portable', Trajectory>>;
}

export interface Trajectory {
  readonly training: {
    /** Of the training file, before the condition. */
    readonly data_sha256: string;
    readonly steps: readonly TrainingStep[];
    readonly kept: readonly KeptWeights[];
  };
  readonly rl: {
    /** Of the weights that it starts from: another training, whose steps are not listed. */
    readonly start_sha256: string;
    readonly steps: readonly RlStep[];
    readonly kept: readonly KeptWeights[];
  };
}

export interface TrainingStep {
  readonly step: number;
  readonly tokens: number;
  readonly loss: number;
  readonly trace_loss: number;
  readonly plan_loss: number;
  readonly lr: number;
  readonly grad_norm: number;
}

export interface RlStep {
  readonly step: number;
  readonly reward: number;
  readonly kl: number | null;
  readonly entropy: number;
  readonly tokens: number;
  readonly clipped: number;
  readonly loss: number;
  readonly grad_norm: number;
  readonly lr: number;
}

/** `sha256` is that of the model's tensors, in a safetensors file of nothing else. */
export interface KeptWeights {
  readonly step: number;
  readonly sha256: string;
}

export interface Run {
  readonly kernel_path: string;
  readonly revectorized: boolean;
  readonly tile: string;
  readonly trajectory: Trajectory;
}

export const GOLDEN_FILE = new URL('../golden/trajectories.json', import.meta.url);

/** What a difference asks for. */
export const HINT =
  'the same settings give other numbers than before: if that is wanted, raise NUMERIC_VERSION in ' +
  'src/base/numeric-version.ts and then run npm run write-trajectories';

/**
 * Runs the trajectory in a process of its own.
 * @param path value of TRACELAB_KERNEL_PATH
 * @param tile of the fused module on plain lanes, instead of the tile that this machine chooses
 */
export async function runTrajectory(path: 'revectorized' | 'fused' | 'portable', tile?: TileName): Promise<Run> {
  const choice = tile === undefined ? undefined : JSON.stringify({ ...FUSED, tile, module_sha256: await fusedHash() });
  const folder = await mkdtemp(join(tmpdir(), 'tracelab-trajectory-'));
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [new URL('./trajectory-once.ts', import.meta.url).pathname, folder],
      { env: { ...process.env, TRACELAB_KERNEL_PATH: path, [CORE_CHOICE]: choice } },
    );
    return JSON.parse(stdout) as Run;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const FUSED = { kernel_path: 'fused', revectorized: false, why: 'asked for by a test' } as const;

async function fusedHash(): Promise<string> {
  return hashFile(fileURLToPath(new URL('../../build/fused.wasm', import.meta.url)));
}

/**
 * Why the golden file may not be replaced, or null.
 * @param golden what the file holds, null when there is none
 * @param current what the code gives now
 */
export function refusal(golden: Trajectories | null, current: Trajectories): string | null {
  if (golden === null || isDeepStrictEqual(golden.paths, current.paths)) return null;
  if (current.numeric_version > golden.numeric_version) return null;
  return `${HINT} (the file has version ${golden.numeric_version}, the code ${current.numeric_version})`;
}

/** The file's text: each step and each checkpoint on a line of its own. */
export function goldenText(trajectories: Trajectories): string {
  const flat = /\{[^{}[\]]*\}/g;
  return `${JSON.stringify(trajectories, null, 2).replace(flat, (row) => row.replace(/\s+/g, ' '))}\n`;
}
