// PyTorch at its best settings on this machine: of several kinds of kernels and ways to wait, the one that trains a model fastest.
import { join } from 'node:path';
import type { Preset } from '../presets.ts';
import { openblasCores } from './openblas-cores.ts';
import { numberOf, PeerProcess } from './peer-process.ts';
import { trainingRequest } from './training.ts';

const SCRIPT = join(import.meta.dirname, 'train_pytorch.py');

interface Setting {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * One BLAS and one OpenMP thread for each thread; an allocator that keeps freed memory was 1.5 to 1.7 times as fast at two threads. Every kind of
 * OpenBLAS kernels, and threads that wait by sleeping or by spinning.
 */
function settings(threads: number): Setting[] {
  const base = { OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads), MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: '17179869184', MALLOC_TOP_PAD_: '268435456' };
  return openblasCores().flatMap(({ name, environment }) =>
    ['PASSIVE', 'ACTIVE'].map((policy): Setting => ({ name: `kernels of ${name}, ${policy.toLowerCase()} waiting`, environment: { ...base, ...environment, OMP_WAIT_POLICY: policy } })));
}

/** @returns the fastest of them, running; null where PyTorch is missing, after a line that says so */
export async function startPytorch(trial: Preset, threads: number, print: (line: string) => void): Promise<PeerProcess | null> {
  let best: { readonly peer: PeerProcess; readonly seconds: number; readonly name: string } | null = null;
  for (const { name, environment } of settings(threads)) {
    // Debian's interpreter: another python3 in PATH would not see its packages.
    const peer = await PeerProcess.start('/usr/bin/python3', [SCRIPT], environment);
    if (typeof peer === 'string') {
      print(`PyTorch: skipped, ${peer}`);
      return null;
    }
    const seconds = numberOf(await peer.ask(trainingRequest(trial, threads, 3)), 'seconds');
    print(`PyTorch, ${name}: ${Math.round((trial.batch * trial.sequence) / seconds).toLocaleString('en-US')} tokens/s at ${trial.name}`);
    if (best !== null && best.seconds <= seconds) {
      peer.stop();
      continue;
    }
    best?.peer.stop();
    best = { peer, seconds, name };
  }
  if (best === null) return null;
  const { about } = best.peer;
  print(`PyTorch ${String(about.torch)}, ${String(about.openblas)}, running as ${String(about.core)}, ${threads} threads, ${best.name}`);
  return best.peer;
}
