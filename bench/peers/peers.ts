// `npm run bench:peers`: other software and ours, measured in turns in the same minutes, as ratios. What is not
// installed is skipped with a line that says how to get it. It needs no registry and no compiler: Node, this folder
// with its production packages, and the machine's own python.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import { packageRoot } from '../../src/base/package-root.ts';
import { loadCore } from '../../src/core/module.ts';
import { sampleLoad } from '../../src/host/load.ts';
import { usableCores } from '../../src/host/machine.ts';
import type { Bench } from '../kernel.ts';
import { loadText, loadWarnings } from '../load.ts';
import { describeMachine } from '../machine.ts';
import { measurePeaks, updatePeaks } from '../peaks.ts';
import { PEER_PRESETS } from '../presets.ts';
import { threadCounts } from '../scaling.ts';
import { Stage } from '../stage.ts';
import { pathName } from '../tables.ts';
import { FULL_EFFORT } from '../timing.ts';
import { Budget } from './budget.ts';
import { comparePytorch, type PytorchResults } from './compare-pytorch.ts';
import { bestRatios, PEERS_FORMAT, type PeersDocument } from './document.ts';
import { WorkFolder } from './equal-work.ts';
import { startJax } from './jax.ts';
import { findPytorch, ISAS, type Isa } from './pytorch.ts';
import { compareProducts } from './sgemm.ts';
import { compareJax } from './training.ts';

const USAGE = `Usage: npm run bench:peers -- [options]
  --only sgemm,pytorch,jax    some of these (default: all)
  --presets nano,small,base   models (default: all)
  --threads 1,2,4             numbers of threads for PyTorch (default: 1, 2, 4, ... all)
  --isa best,avx2,own         kernels of PyTorch: the fastest, AVX2 alone, its own choice (default: best)
  --eager                     no torch.compile
  --rounds 5                  most rounds of a row
  --minutes 20                time for PyTorch; rows get fewer rounds, and what does not fit is skipped
  --python PATH               a python with PyTorch (default: python3 of PATH, then /usr/bin/python3)
  --json FILE                 write the results about PyTorch as one document`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'sgemm,pytorch,jax' },
    presets: { type: 'string', default: 'nano,small,base' },
    threads: { type: 'string' },
    isa: { type: 'string', default: 'best' },
    eager: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '20' },
    python: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const print = (line: string): void => {
  console.log(line);
};
if (values.help) {
  print(USAGE);
  process.exit(0);
}
const only = new Set(chosen('only', values.only, ['sgemm', 'pytorch', 'jax']));
const names = chosen(
  'presets',
  values.presets,
  PEER_PRESETS.map(({ name }) => name),
);
const presets = PEER_PRESETS.filter(({ name }) => names.includes(name));
const isas: readonly Isa[] = chosen('isa', values.isa, ISAS);
const threads =
  values.threads?.split(',').map((text) => positive('threads', text)) ?? threadCounts(usableCores().count);
const [rounds, minutes] = [positive('rounds', values.rounds), positive('minutes', values.minutes)];

const started = SYSTEM_CLOCK.now();
const before = await sampleLoad(2);
for (const warning of loadWarnings({ before, during: before })) print(`warning: ${warning}`);
const core = loadCore();
const machine = describeMachine(core);
const stage = new Stage(core, 128 << 20);
let peaks = measurePeaks(stage, FULL_EFFORT, 8 << 20);
print(
  `${machine.cpu}, ${machine.cores} cores; Node ${machine.node}, V8 ${machine.v8}; ${pathName(machine)}, tile ` +
    `${core.tile}; multiply-add peak ${peaks.fma_gflops.toFixed(1)} GFLOP/s a thread`,
);
print(`load before: ${loadText(before)}`);
const bench: Bench = { stage, presets, effort: { ...FULL_EFFORT, warmUpSeconds: 0.2 } };

if (only.has('sgemm')) {
  print('\nsgemm, one thread');
  await compareProducts(bench, rounds, print);
}
let results: PytorchResults = { peers: [], rows: [], skipped: [] };
if (only.has('pytorch')) {
  print('\ntraining step, PyTorch');
  const pytorch = await findPytorch(values.python);
  if (typeof pytorch === 'string') {
    print(`PyTorch: skipped, ${pytorch}`);
    results = { ...results, skipped: [{ what: 'PyTorch', reason: pytorch }] };
  } else {
    print(`PyTorch ${pytorch.about.torch} of ${pytorch.python}; torch.compile ${values.eager ? 'off' : 'if it works'}`);
    using work = new WorkFolder();
    const budget = new Budget(60 * minutes);
    results = await comparePytorch(
      { pytorch, isas, compile: !values.eager, presets, threads, rounds, budget },
      work,
      print,
    );
    for (const { name, kernels, setting } of results.peers) print(`${name}: ${setting}; ${kernels}`);
  }
}
if (only.has('jax')) {
  print('\ntraining step, jax-js');
  const peer = await startJax(print);
  if (peer !== null)
    await compareJax(peer, PEER_PRESETS[0], rounds, print).finally(() => {
      peer.stop();
    });
}
peaks = updatePeaks(peaks, stage, FULL_EFFORT);
const after = await sampleLoad(2);
for (const warning of loadWarnings({ before: after, during: after })) print(`warning, at the end: ${warning}`);
const document: PeersDocument = {
  format: PEERS_FORMAT,
  version: version(),
  started: started.toISOString(),
  machine,
  noise: { before, after, peak_drift: peaks.fma_gflops / peaks.fma_gflops_lowest - 1 },
  peak_gflops: peaks.fma_gflops,
  ...results,
  best: bestRatios(results.rows),
};
for (const { what, reason } of document.skipped) print(`not measured: ${what}: ${reason}`);
if (document.best.length > 0) print('\nat the best number of threads of each');
for (const { preset, ours, peer, theirs, ratio } of document.best)
  print(
    `${preset.padEnd(6)}  ours ${Math.round(ours.tokens_per_second).toLocaleString('en-US')} tokens/s with ` +
      `${ours.threads}; ${peer} ${Math.round(theirs.tokens_per_second).toLocaleString('en-US')} with ` +
      `${theirs.threads}; ours ${ratio.toFixed(2)} times`,
  );
print(`load after: ${loadText(after)}; peak drift ${(100 * document.noise.peak_drift).toFixed(1)} %`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(document)}\n`);

function version(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** A list of known names; anything else ends the program with exit code 2. */
function chosen<Name extends string>(option: string, text: string, known: readonly Name[]): Name[] {
  const unknown = text.split(',').find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined) refuse(`--${option}: expected some of ${known.join(',')}, got ${JSON.stringify(unknown)}`);
  return known.filter((name) => text.split(',').includes(name));
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || (option !== 'minutes' && !Number.isInteger(value)))
    refuse(`--${option}: expected a positive number, got ${JSON.stringify(text)}`);
  return value;
}

function refuse(line: string): never {
  console.error(`${line}\n\n${USAGE}`);
  process.exit(2);
}
