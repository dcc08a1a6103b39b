// Keys of real kinds: a budget of skipped updates is no part of them, so that a run that stopped resumes with one.
import { expect, it } from 'vitest';
import { RL_DEFAULTS } from '../../src/rl/config.ts';
import { rlKind } from '../../src/tasks/rl.ts';
import { trainKind } from '../../src/tasks/train.ts';
import { canonicalJson } from '../../src/base/hash.ts';
import { MODEL, RECIPE } from '../training/tiny-training.ts';

it('of a training and of reinforcement learning are the same with and without a budget', () => {
  const training = { model: MODEL, train: RECIPE, condition: 'correct' as const, seed: 1 };
  const budgeted = { ...training, train: { ...RECIPE, max_skipped_steps: 3 } };
  expect(canonicalJson(trainKind.keyed?.(training))).toBe(canonicalJson(training));
  expect(canonicalJson(trainKind.keyed?.(budgeted))).toBe(canonicalJson(training));
  const run = { rl: RL_DEFAULTS, seed: 1, context: 160 };
  expect(canonicalJson(rlKind.keyed?.(run))).toBe(canonicalJson(run));
  expect(canonicalJson(rlKind.keyed?.({ ...run, rl: { ...RL_DEFAULTS, max_skipped_steps: 3 } }))).toBe(
    canonicalJson(run),
  );
});
