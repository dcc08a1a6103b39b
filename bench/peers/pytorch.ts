// PyTorch at its best settings on this machine: of several kinds of kernels and ways to wait, the one that trains a
// model fastest.
import { join } from 'node:path';
import type { Preset } from '../presets.ts';
import { openblasCores } from './openblas-cores.ts';
import { numberOf, PeerProcess } from './peer-process.ts';
import { type NamedPeer, trainingRequest } from './training.ts';

const SCRIPT = join(import.meta.dirname, 'train_pytorch.py');

interface Setting {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * One BLAS and one OpenMP thread for each thread; an allocator that keeps freed memory was 1.5 to 1.7 times as fast at
 * two threads. Every kind of OpenBLAS kernels, and threads that wait by sleeping or by spinning.
 */
function settings(threads: number): Setting[] {
  const base = {
    OPENBLAS_NUM_THREADS: String(threads),
    OMP_NUM_THREADS: String(threads),
    MALLOC_MMAP_MAX_: '0',
    MALLOC_TRIM_THRESHOLD_: '17179869184',
    MALLOC_TOP_PAD_: '268435456',
  };
  return openblasCores().flatMap(({ name, environment }) =>
    ['PASSIVE', 'ACTIVE'].map((policy): Setting => ({
      name: `kernels of ${name}, ${policy.toLowerCase()} waiting`,
      environment: { ...base, ...environment, OMP_WAIT_POLICY: policy },
    })),
  );
}

/**
 * The fastest of all settings; where they are others, also the fastest with the 256-bit kernels that V8's code is
 * limited to, and the fastest that leaves the kind of kernels to OpenBLAS.
 * @returns them running; none where PyTorch is missing, after a line that says so
 */
export async function startPytorch(
  trial: Preset,
  threads: number,
  print: (line: string) => void,
): Promise<NamedPeer[]> {
  const tried: { readonly setting: Setting; readonly seconds: number }[] = [];
  for (const setting of settings(threads)) {
    const peer = await start(setting);
    if (typeof peer === 'string') {
      print(`PyTorch: skipped, ${peer}`);
      return [];
    }
    const seconds = numberOf(await peer.ask(trainingRequest(trial, threads, 3)), 'seconds');
    peer.stop();
    print(
      `PyTorch ${String(peer.about.torch)}, ${setting.name} (${String(peer.about.core)}): ` +
        `${Math.round((trial.batch * trial.sequence) / seconds).toLocaleString('en-US')} tokens/s at ${trial.name}`,
    );
    tried.push({ setting, seconds });
  }
  const fastest = (some: typeof tried): Setting | undefined =>
    [...some].sort((a, b) => a.seconds - b.seconds).at(0)?.setting;
  const fastestOf = (core: string | undefined): Setting | undefined =>
    fastest(tried.filter(({ setting }) => setting.environment.OPENBLAS_CORETYPE === core));
  const chosen = new Map([
    ['PyTorch', fastest(tried)],
    ['PyTorch AVX2', fastestOf('Haswell')],
    ['PyTorch untold', fastestOf(undefined)],
  ]);
  const peers: NamedPeer[] = [];
  for (const [name, setting] of chosen) {
    if (setting === undefined || (name !== 'PyTorch' && setting === chosen.get('PyTorch'))) continue;
    const peer = await start(setting);
    if (typeof peer === 'string') continue;
    print(`${name}: ${String(peer.about.openblas)}, ${threads} threads, ${setting.name}`);
    peers.push({ name, peer });
  }
  return peers;
}

/** Debian's interpreter: another python3 in PATH would not see its packages. */
async function start({ environment }: Setting): Promise<PeerProcess | string> {
  return PeerProcess.start('/usr/bin/python3', [SCRIPT], environment);
}
