// PyTorch at its best settings on this machine: which python has it, which kernels it may run, and which way to wait
// trains a model fastest.
import { join } from 'node:path';
import { flopsPerToken, type Preset, tokensOf } from '../presets.ts';
import { RECIPE } from '../training-step.ts';
import { kernelsText, parseAbout, parseSteps, type PytorchAbout, type PytorchSteps } from './answers.ts';
import { openblasCores } from './openblas-cores.ts';
import { type Answer, PeerProcess } from './peer-process.ts';

const SCRIPT = join(import.meta.dirname, 'train_pytorch.py');

/**
 * Which kernels PyTorch runs: `best` the fastest of all that can be forced here; `avx2` those with the width that V8
 * has; `own` what its libraries choose by themselves.
 */
export const ISAS = ['best', 'avx2', 'own'] as const;
export type Isa = (typeof ISAS)[number];

/** A python with PyTorch, and what it said of itself. */
export interface Pytorch {
  readonly python: string;
  readonly about: PytorchAbout;
}

export interface Setting {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Environment in which every library of PyTorch is limited to AVX2. */
export const AVX2: Readonly<Record<string, string>> = {
  ATEN_CPU_CAPABILITY: 'avx2',
  MKL_ENABLE_INSTRUCTIONS: 'AVX2',
  ONEDNN_MAX_CPU_ISA: 'AVX2',
  OPENBLAS_CORETYPE: 'Haswell',
};

/**
 * The first python that has PyTorch: the given one alone, or that of PATH, or the system's own.
 * @returns it, or in words what is missing
 */
export async function findPytorch(python: string | undefined): Promise<Pytorch | string> {
  const reasons: string[] = [];
  for (const candidate of python === undefined ? ['python3', '/usr/bin/python3'] : [python]) {
    const peer = await PeerProcess.start(candidate, [SCRIPT], {});
    if (typeof peer === 'string') {
      reasons.push(`${candidate}: ${peer}`);
      continue;
    }
    peer.stop();
    return { python: candidate, about: parseAbout(peer.about) };
  }
  return reasons.join('; ');
}

/**
 * Settings to try for a choice of kernels: threads that wait by sleeping or by spinning, with every kind of OpenBLAS
 * kernels where OpenBLAS is the library and `best` is asked for.
 * @param cores kinds of OpenBLAS kernels of this CPU
 */
export function settingsOf(isa: Isa, { openblas }: PytorchAbout, cores = openblasCores()): Setting[] {
  const kinds: readonly Setting[] =
    isa === 'avx2'
      ? [{ name: 'AVX2 kernels', environment: AVX2 }]
      : isa === 'best' && openblas !== ''
        ? cores.map(({ name, environment }) => ({ name: `kernels of ${name}`, environment }))
        : [{ name: 'kernels of its choice', environment: {} }];
  return kinds.flatMap(({ name, environment }) =>
    ['PASSIVE', 'ACTIVE'].map((policy) => ({
      name: `${name}, ${policy.toLowerCase()} waiting`,
      environment: { ...environment, OMP_WAIT_POLICY: policy },
    })),
  );
}

/** PyTorch with one setting and number of threads: one BLAS and one OpenMP thread for each of them. */
export class PytorchTrainer {
  readonly about: PytorchAbout;
  private readonly peer: PeerProcess;
  private readonly threads: number;

  private constructor(peer: PeerProcess, threads: number) {
    this.peer = peer;
    this.about = parseAbout(peer.about);
    this.threads = threads;
  }

  /** @throws Error when it does not start */
  static async start(python: string, { environment }: Setting, threads: number): Promise<PytorchTrainer> {
    const peer = await PeerProcess.start(python, [SCRIPT], {
      OPENBLAS_NUM_THREADS: String(threads),
      OMP_NUM_THREADS: String(threads),
      MKL_NUM_THREADS: String(threads),
      // An allocator that keeps freed memory was 1.5 to 1.7 times as fast at two threads.
      MALLOC_MMAP_MAX_: '0',
      MALLOC_TRIM_THRESHOLD_: '17179869184',
      MALLOC_TOP_PAD_: '268435456',
      ...environment,
    });
    if (typeof peer === 'string') throw new Error(`${python}: ${peer}`);
    return new PytorchTrainer(peer, threads);
  }

  /** Libraries and instruction sets that run in it. */
  get kernels(): string {
    return kernelsText(this.about);
  }

  /**
   * @param seconds that it has
   * @throws Error when PyTorch fails or has no answer in time; it is not asked again then
   */
  async train(preset: Preset, request: StepsRequest, seconds: number): Promise<PytorchSteps> {
    return parseSteps(await this.peer.ask(pytorchRequest(preset, this.threads, request), seconds));
  }

  stop(): void {
    this.peer.stop();
  }
}

export interface StepsRequest {
  /** Manifest of weights and tokens. */
  readonly data: string;
  readonly compile: boolean;
  /** Begin from these weights again. */
  readonly fresh: boolean;
  /** Steps that are not timed, before the others. */
  readonly warm_up: number;
  readonly steps: number;
}

/** A line for train_pytorch.py. */
export function pytorchRequest(
  { model, vocab, sequence }: Preset,
  threads: number,
  { data, compile, fresh, warm_up, steps }: StepsRequest,
): Answer {
  return { data, shape: { ...model, vocab, sequence }, recipe: RECIPE, threads, compile, fresh, warm_up, steps };
}

export interface SettingTrial {
  readonly python: string;
  /** At least one. */
  readonly settings: readonly Setting[];
  readonly preset: Preset;
  /** Manifest of weights and tokens. */
  readonly data: string;
  readonly threads: number;
  /** Time of each trial; a setting that takes longer is not chosen. */
  readonly seconds: number;
}

/**
 * The setting that trains the preset fastest.
 * @param print one line of text a setting
 */
export async function fastestSetting(
  { python, settings, preset, data, threads, seconds: limit }: SettingTrial,
  print: (line: string) => void,
): Promise<Setting> {
  let [best] = settings,
    least = Infinity;
  for (const setting of settings) {
    const trainer = await PytorchTrainer.start(python, setting, threads);
    try {
      await trainer.train(preset, { data, compile: false, fresh: true, warm_up: 0, steps: 1 }, limit / 2);
      const { seconds } = await trainer.train(
        preset,
        { data, compile: false, fresh: false, warm_up: 0, steps: 3 },
        limit / 2,
      );
      const fastest = Math.min(...seconds);
      const tokens = tokensOf(preset);
      print(
        `PyTorch ${trainer.about.torch}, ${setting.name}, ${threads} threads (${trainer.kernels}): ` +
          `${Math.round(tokens / fastest).toLocaleString('en-US')} tokens/s at ${preset.name}, ` +
          `${((tokens * flopsPerToken(preset)) / fastest / 1e9).toFixed(1)} GFLOP/s`,
      );
      if (fastest < least) [best, least] = [setting, fastest];
    } catch (error) {
      print(`PyTorch ${trainer.about.torch}, ${setting.name}: not chosen, ${(error as Error).message}`);
    } finally {
      trainer.stop();
    }
  }
  return best;
}
