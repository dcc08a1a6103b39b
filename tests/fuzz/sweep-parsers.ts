// Parsers of what sweeps and pages read: a sweep's file, sweep.json, the numbers of the models of the package.
import { readFileSync } from 'node:fs';
import { deepStrictEqual } from 'node:assert/strict';
import { stringify } from 'yaml';
import { LIMITS } from '../../src/base/limits.ts';
import { sealed } from '../../src/base/sealed.ts';
import { readMeasured } from '../../src/cli/play-models.ts';
import { measuredModels } from '../../src/cli/shipped-models.ts';
import { parseSweep } from '../../src/study/sweep/config.ts';
import { readSweepResults } from '../../src/study/sweep/results-file.ts';
import { eachTrial, trialCount } from '../../src/study/sweep/trials.ts';
import { bytesOf, DAMAGED, type Parser, REFUSED } from './parser.ts';

const GRID = `
sweep: rates
study: quick
seeds: [1, 2]
set: {data.train: 100}
parameters:
  train.lr: {values: [1e-3, 2e-3]}
  model.n_layer: {values: [1, 2]}
include: [{train.lr: 0.5}]
exclude: [{train.lr: 1e-3, model.n_layer: 2}]
metric: {name: plan_valid, condition: correct, goal: maximize}
`;
const RANDOM = `
sweep: draws
study: configs/a.yaml
method: random
trials: 20
seed: 3
parameters:
  train.lr: {min: 1e-4, max: 1e-2, distribution: log_uniform}
  train.weight_decay: {min: 0, max: 0.5}
  model.n_layer: {min: 1, max: 3, distribution: int_uniform}
  model.d_model: {values: [16, 32]}
`;

/** What `tracelab sweep` writes for two trials, without evaluations. */
const RESULTS = {
  format: 1,
  version: '0.1.0',
  config: parseSweep(GRID, 'sweep.yaml').config,
  config_hash: 'a'.repeat(64),
  in_distribution: 'wilson',
  trials: ['finished', 'failed'].map((state, i) => ({
    trial: `t${i + 1}`,
    settings: { 'train.lr': 1e-3 },
    config_hash: 'b'.repeat(64),
    state,
    failures: state === 'failed' ? ['error[X] y'] : [],
    runs: [
      { stage: 'trained', condition: 'correct', seed: 1, steps: 2, tokens: 3, undertrained: true, evaluation: [] },
    ],
  })),
};

type AtFile = (name: string, read: (path: string, folder: string) => unknown) => Parser['read'];

/**
 * @param atFile reads input as a file of a name
 * @param seal makes a file's own hash right
 */
export function sweepParsers(atFile: AtFile, seal: (value: object) => object): readonly Parser[] {
  return [
    {
      name: 'sweep',
      form: 'text',
      seeds: [GRID, RANDOM].map(bytesOf),
      kinds: REFUSED,
      read: (input) => {
        const { config } = parseSweep(input.toString(), 'f.yaml');
        deepStrictEqual(parseSweep(stringify(config), 'again.yaml').config, config, 'a sweep written and read again');
        if (trialCount(config) <= LIMITS.sweepTrials.most) Array.from(eachTrial(config));
      },
    },
    {
      name: 'sweep.json',
      form: 'json',
      seeds: [bytesOf(JSON.stringify(sealed(RESULTS)))],
      kinds: DAMAGED,
      seal,
      read: atFile('sweep.json', async (file) => readSweepResults(file)),
    },
    {
      name: 'measured.json',
      form: 'json',
      seeds: [readFileSync(measuredModels())],
      kinds: DAMAGED,
      seal,
      read: atFile('measured.json', async (file) => readMeasured(file)),
    },
  ];
}
