// Matrix products of the quick preset and of larger models: proves equality with scalar f64 sums, then times. Run: npm run bench
import { Arena, createMemory } from '../src/core/memory.ts';
import { instantiateCore, loadCore } from '../src/core/module.ts';

/** name, transA, transB, M, N, K. */
const SHAPES: readonly (readonly [string, number, number, number, number, number])[] = [
  ['qkv, NT', 0, 1, 512, 288, 96], ['gate and up, NT', 0, 1, 512, 512, 96], ['down, NT', 0, 1, 512, 96, 256],
  ['input gradient, NN', 0, 0, 512, 96, 512], ['weight gradient, TN', 1, 0, 512, 96, 512],
  ['large, NT', 0, 1, 2048, 256, 768], ['large, NN', 0, 0, 2048, 256, 768], ['large, TN', 1, 0, 256, 768, 2048],
];
const WARM_UP_CALLS = 100;
const ROUNDS = 15;

const loaded = loadCore();
const memory = createMemory(256 << 20);
const core = instantiateCore(loaded, memory);
const floats = new Float32Array(memory.buffer);
console.log(loaded.why);
console.log('product                   M     N     K   median GFLOP/s   best');
for (const [name, transA, transB, M, N, K] of SHAPES) {
  const arena = new Arena();
  const [a, b, c] = [arena.take(4 * M * K), arena.take(4 * N * K), arena.take(4 * M * N)];
  const scratch = arena.take(core.gemm_scratch_bytes(M, N, K));
  for (let i = 0; i < M * K; i++) floats[a / 4 + i] = ((i * 37) % 101) / 50 - 1;
  for (let i = 0; i < N * K; i++) floats[b / 4 + i] = ((i * 53) % 97) / 48 - 1;
  const call = (): void => { core.gemm(transA, transB, M, N, K, a, transA === 1 ? M : K, b, transB === 1 ? K : N, c, N, 0, 0, scratch); };
  for (let i = 0; i < WARM_UP_CALLS; i++) call();
  for (let entry = 0; entry < 500; entry++) {
    const i = (entry * 7919) % M, j = (entry * 104729) % N;
    let sum = 0;
    for (let p = 0; p < K; p++) sum += floats[a / 4 + (transA === 1 ? p * M + i : i * K + p)] * floats[b / 4 + (transB === 1 ? j * K + p : p * N + j)];
    const got = floats[c / 4 + i * N + j];
    if (!(Math.abs(got - sum) <= 1e-6 * K)) throw new Error(`${name}: entry ${i},${j} is ${got}, expected ${sum}`);
  }
  const calls = Math.max(1, Math.ceil(2e8 / (2 * M * N * K)));
  const speeds = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    for (let i = 0; i < calls; i++) call();
    return (2 * M * N * K * calls) / (performance.now() - started) / 1e6;
  }).sort((x, y) => x - y);
  console.log(`${name.padEnd(20)} ${[M, N, K].map((n) => String(n).padStart(5)).join(' ')} ${speeds[ROUNDS >> 1].toFixed(1).padStart(16)} ${speeds[ROUNDS - 1].toFixed(1).padStart(6)}`);
}
