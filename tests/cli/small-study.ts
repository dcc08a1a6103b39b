// A study of one condition that is trained in a second, for tests of what is done with its cells.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Its tasks, in the order of the graph. */
export const SMALL_TASKS = ['data', 'train', 'curve', 'test', 'lengths'].map((kind) =>
  kind === 'data' ? kind : `${kind}-correct-seed1`,
);

/** Writes small.yaml, and a sweep of two trials of it. */
export function writeSmallStudy(folder: string): void {
  writeFileSync(
    join(folder, 'small.yaml'),
    `
study: small
conditions: [correct]
data: {size: 4, train: 60, dev: 2, test: 4, distributions: [wilson]}
model: {d_model: 16, n_layer: 1, n_head: 1, d_ff: 32}
train: {epochs: 1, batch_tokens: 1024, lr: 2e-3, checkpoints: 1}
`,
  );
  writeFileSync(
    join(folder, 'small-sweep.yaml'),
    'sweep: rates\nstudy: small.yaml\nparameters: {train.lr: {values: [1e-3, 2e-3]}}\n',
  );
}
