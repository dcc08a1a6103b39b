// Our matrix product compared with OpenBLAS, one thread each, in turns: against its own choice of kernels, its AVX2
// ones, which have the width that V8 has, and its AVX-512 ones where the CPU has them.
import { join } from 'node:path';
import { checkNear } from '../check.ts';
import { LARGE_PRODUCTS, measureProduct } from '../gemm.ts';
import type { Bench } from '../kernel.ts';
import { openblasCores } from './openblas-cores.ts';
import { numberOf, PeerProcess } from './peer-process.ts';

const SCRIPT = join(import.meta.dirname, 'sgemm_openblas.py');
/** Seconds of a peer's turn. */
const TURN = 0.3;

/** @param print one line of text */
export async function compareProducts(bench: Bench, rounds: number, print: (line: string) => void): Promise<void> {
  const peers: { readonly name: string; readonly peer: PeerProcess }[] = [];
  for (const { name, environment } of openblasCores()) {
    const peer = await PeerProcess.start('python3', [SCRIPT], {
      OPENBLAS_NUM_THREADS: '1',
      OMP_NUM_THREADS: '1',
      ...environment,
    });
    if (typeof peer === 'string') {
      print(`OpenBLAS, ${name}: skipped, ${peer}`);
      continue;
    }
    print(`OpenBLAS, ${name}: ${String(peer.about.openblas)}, running as ${String(peer.about.core)}`);
    peers.push({ name, peer });
  }
  try {
    print(
      [
        'GFLOP/s'.padEnd(20),
        'ours'.padStart(10),
        ...peers.map(({ name }) => name.padStart(10)),
        ...peers.map(({ name }) => `ours / ${name}`.padStart(17)),
      ].join('  '),
    );
    for (const product of LARGE_PRODUCTS) {
      const { orientation, M, N, K } = product;
      let ours = Infinity;
      const theirs = peers.map(() => Infinity);
      for (let round = 0; round < rounds; round++) {
        ours = Math.min(ours, measureProduct(bench, product).timing.fastest);
        for (const [i, { name, peer }] of peers.entries()) {
          const answer = await peer.ask({ orientation, M, N, K, seconds: TURN });
          checkNear(
            'bench peers',
            `OpenBLAS (${name}) ${orientation} ${M}x${N}x${K}`,
            numberOf(answer, 'worst'),
            0,
            1e-6 * K,
          );
          theirs[i] = Math.min(theirs[i], numberOf(answer, 'seconds'));
        }
      }
      const speed = (seconds: number): string => ((2 * M * N * K) / seconds / 1e9).toFixed(1);
      print(
        [
          `${orientation} ${M}x${N}x${K}`.padEnd(20),
          speed(ours).padStart(10),
          ...theirs.map((seconds) => speed(seconds).padStart(10)),
          ...theirs.map((seconds) => (seconds / ours).toFixed(2).padStart(17)),
        ].join('  '),
      );
    }
  } finally {
    for (const { peer } of peers) peer.stop();
  }
}
