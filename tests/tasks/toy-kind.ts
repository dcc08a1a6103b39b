// A kind of task in one file, as somebody would add it to src/tasks: it counts the words of a dataset.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataConfig } from '../../src/data/dataset.ts';
import type { DatasetManifest } from '../../src/data/manifest.ts';
import { defineKind } from '../../src/tasks/define.ts';
import { PROCESS_BYTES, TASK_SECONDS } from '../../src/tasks/facts.ts';
import { hashesOf, pathOf } from '../../src/tasks/finished-files.ts';

/** Needs `data`. */
export interface WordsTask {
  /** Of the training set. */
  readonly split: 'train';
  /** Shorter words are left out. */
  readonly shortest: number;
}

export interface WordsSummary {
  readonly words: number;
  /** As the dataset counts them. */
  readonly problems: number;
}

export const wordsKind = defineKind<WordsTask, WordsSummary>({
  name: 'words',
  version: 1,
  usesCore: false,
  unit: 'problems',
  outputs: [{ pattern: /^words\.txt$/, exact: true }],
  state: [],
  inputs: (_, { data }) => hashesOf(data, ['train.jsonl']),
  estimate: (node, facts) => {
    const data = node.need('data')?.task.config as unknown as DataConfig;
    const seconds = TASK_SECONDS + data.train * facts.problemSeconds(data).solve;
    return { tokens: data.train, flops: 0, seconds, threads: [1], bytes: () => PROCESS_BYTES };
  },
  run: async ({ config, directory, need, progress }) => {
    const lines = readFileSync(pathOf(need('data'), `${config.split}.jsonl`), 'utf8')
      .trim()
      .split('\n');
    const words = lines.flatMap((line) => line.split(/\W+/)).filter((word) => word.length >= config.shortest);
    writeFileSync(join(directory, 'words.txt'), `${words.join('\n')}\n`);
    progress({ share: 1, tokens_per_second: null, seconds_left: null, words: `${words.length} words`, detail: null });
    const { files } = need('data').summary as DatasetManifest;
    return Promise.resolve({ words: words.length, problems: files['train.jsonl'].count });
  },
});
