// `npm run bench:peers`: other software and ours, measured in turns in the same minutes, as ratios. Usage: node
// bench/peers/peers.ts [--only sgemm,pytorch,jax] [--presets nano,small,base] [--rounds 3] [--threads 2]. What is not
// installed is skipped with a line that says how to get it.
import { parseArgs } from 'node:util';
import { loadCore } from '../../src/core/module.ts';
import type { Bench } from '../kernel.ts';
import { sampleLoad } from '../../src/host/load.ts';
import { usableCores } from '../../src/host/machine.ts';
import { loadWarnings } from '../load.ts';
import { describeMachine } from '../machine.ts';
import { measurePeaks, updatePeaks } from '../peaks.ts';
import { PEER_PRESETS } from '../presets.ts';
import { Stage } from '../stage.ts';
import { FULL_EFFORT } from '../timing.ts';
import { startJax } from './jax.ts';
import { startPytorch } from './pytorch.ts';
import { compareProducts } from './sgemm.ts';
import { compareTraining } from './training.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'sgemm,pytorch,jax' },
    presets: { type: 'string', default: 'nano,small,base' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(Math.min(2, usableCores().count)) },
  },
});
const only = new Set(values.only.split(','));
const presets = PEER_PRESETS.filter(({ name }) => values.presets.split(',').includes(name));
const [rounds, threads] = [Number(values.rounds), Number(values.threads)];
const [nano] = PEER_PRESETS;
const print = (line: string): void => {
  console.log(line);
};

const load = await sampleLoad(2);
for (const warning of loadWarnings(load)) print(`warning: ${warning}`);
const core = loadCore();
const { cpu, node, v8, why } = describeMachine(core);
const stage = new Stage(core, 128 << 20);
let peaks = measurePeaks(stage, FULL_EFFORT, 8 << 20);
const peak = (): number => {
  peaks = updatePeaks(peaks, stage, FULL_EFFORT);
  return peaks.fma_gflops;
};
print(
  `${cpu}; Node ${node}, V8 ${v8}; ${why}; tile ${core.tile}; multiply-add peak ${peaks.fma_gflops.toFixed(1)} ` +
    'GFLOP/s a thread',
);
const bench: Bench = { stage, presets, effort: { ...FULL_EFFORT, rounds: 7, warmUpSeconds: 0.2 } };

if (only.has('sgemm')) {
  print('\nsgemm, one thread');
  await compareProducts(bench, rounds, print);
}
if (only.has('pytorch')) {
  print('\ntraining step, PyTorch');
  const peers = await startPytorch(nano, threads, print);
  if (peers.length > 0)
    await compareTraining({ peers, presets, threads, rounds }, peak, print).finally(() => {
      for (const { peer } of peers) peer.stop();
    });
}
if (only.has('jax')) {
  print('\ntraining step, jax-js');
  const peer = await startJax(print);
  if (peer !== null)
    await compareTraining(
      { peers: [{ name: 'jax-js', peer }], presets: [nano], threads: 1, rounds },
      peak,
      print,
    ).finally(() => {
      peer.stop();
    });
}
for (const warning of loadWarnings(await sampleLoad(2))) print(`warning, at the end: ${warning}`);
