// Kind `data`: draws, solves and writes the training set, the dev set and one test set a distribution.
import { writeDataset } from '../data/dataset.ts';
import type { DataConfig } from '../data/dataset.ts';
import type { DatasetManifest } from '../data/manifest.ts';
import { expectedDraws, problemCount } from '../domain/splits.ts';
import { defineKind } from './define.ts';
import { PROCESS_BYTES, TASK_SECONDS } from './facts.ts';
import { DATASET_OUTPUTS } from './outputs.ts';

/** Bytes that a problem and its solution take in memory while a dataset is drawn. */
const PROBLEM_BYTES = 4096;

export const dataKind = defineKind<DataConfig, DatasetManifest>({
  name: 'data',
  version: 2,
  usesCore: false,
  unit: 'problems',
  outputs: DATASET_OUTPUTS,
  state: [],
  inputs: () => ({}),
  estimate: ({ task }, facts) => {
    const data = task.config as unknown as DataConfig;
    const problems = problemCount(data);
    const { draw, solve } = facts.problemSeconds(data);
    const seconds = TASK_SECONDS + expectedDraws(data) * draw + problems * solve;
    return { tokens: problems, flops: 0, seconds, threads: [1], bytes: () => PROCESS_BYTES + PROBLEM_BYTES * problems };
  },
  run: ({ config, directory, signal, progress }) =>
    writeDataset(directory, config, {
      progress: (share, words) => {
        progress({ share, tokens_per_second: null, seconds_left: null, words, detail: null });
      },
      signal,
    }),
});
