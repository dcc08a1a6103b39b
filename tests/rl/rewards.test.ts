// Rewards, advantages and weights: what a completion is worth, and how much each of its tokens counts.
import { describe, expect, it } from 'vitest';
import { advantagesOf, completionWeights, hasSpread, rewardOf } from '../../src/rl/rewards.ts';
import { expectWithin, randomFloats } from '../core/room.ts';
import { groupAdvantages } from '../reference/policy-loss.ts';

const WHOLE = { plan_valid: true, trace_valid: true, truncated: false, tokens: 30 };

describe('rewardOf', () => {
  it.each([
    ['plan', WHOLE, 1],
    ['plan', { ...WHOLE, plan_valid: false }, 0],
    ['plan', { ...WHOLE, trace_valid: false }, 1],
    ['plan', { ...WHOLE, truncated: true }, 0],
    ['trace', WHOLE, 1],
    ['trace', { ...WHOLE, plan_valid: false }, 1],
    ['trace', { ...WHOLE, trace_valid: false }, 0],
    ['trace', { ...WHOLE, truncated: true }, 0],
    ['plan+trace', WHOLE, 2],
    ['plan+trace', { ...WHOLE, plan_valid: false }, 1],
    ['plan+trace', { ...WHOLE, truncated: true }, 0],
    ['plan-length', WHOLE, 1 - (0.5 * 30) / 60],
    ['plan-length', { ...WHOLE, tokens: 6 }, 0.95],
    ['plan-length', { ...WHOLE, plan_valid: false }, 0],
    ['plan-length', { ...WHOLE, truncated: true, tokens: 60 }, 0],
  ] as const)('%s of %o is %d', (reward, completion, expected) => {
    expect(rewardOf(completion, { reward, length_penalty: 0.5 }, 60)).toBe(expected);
  });

  it('breaking off never pays: a truncated completion is worth no more than a wrong one', () => {
    for (const reward of ['plan', 'plan+trace', 'trace', 'plan-length'] as const) {
      const [wrong, cut] = [
        { plan_valid: false, trace_valid: false, truncated: false, tokens: 59 },
        { plan_valid: true, trace_valid: true, truncated: true, tokens: 60 },
      ].map((each) => rewardOf(each, { reward, length_penalty: 0.3 }, 60));
      expect(cut).toBeLessThanOrEqual(wrong);
    }
  });
});

it('plan-length charges valid plans alone: a group without one has no spread, however its lengths differ', () => {
  const rewards = [3, 17, 59].map((tokens) =>
    rewardOf({ ...WHOLE, plan_valid: false, tokens }, { reward: 'plan-length', length_penalty: 1 }, 60),
  );
  expect(hasSpread(rewards)).toBe(false);
  expect(advantagesOf(rewards, 'token')).toEqual([0, 0, 0]);
});

describe('advantagesOf', () => {
  it.each(['token', 'sequence', 'dr_grpo'] as const)('agrees with plain f64, %s', (loss) => {
    for (const size of [2, 3, 8, 64]) {
      const rewards = [...randomFloats(size, size)];
      const advantages = advantagesOf(rewards, loss);
      expectWithin(advantages, groupAdvantages(rewards, loss !== 'dr_grpo'), 1e-12, 'advantage');
      expectWithin([advantages.reduce((a, b) => a + b, 0)], [0], 1e-12, 'sum');
    }
  });

  it('is known for one success of four', () => {
    // Mean 1/4, sample variance (9/16 + 3/16) / 3 = 1/4.
    expectWithin(
      advantagesOf([0, 1, 0, 0], 'token'),
      [-0.25, 0.75, -0.25, -0.25].map((x) => x / 0.5001),
      1e-15,
      'advantage',
    );
    expect(advantagesOf([0, 1, 0, 0], 'dr_grpo')).toEqual([-0.25, 0.75, -0.25, -0.25]);
  });

  it('is exactly 0 without spread, whatever the rewards', () => {
    expect(hasSpread([0.1, 0.1, 0.1])).toBe(false);
    expect(hasSpread([0.1, 0.1, 0.2])).toBe(true);
    for (const loss of ['token', 'sequence', 'dr_grpo'] as const)
      expect(advantagesOf([0.1, 0.1, 0.1], loss)).toEqual([0, 0, 0]);
  });
});

describe('completionWeights', () => {
  const TOKENS = [10, 30, 60];
  const share = (loss: 'token' | 'sequence' | 'dr_grpo'): number[] =>
    completionWeights(TOKENS, loss, 100).map((weight, i) => weight * TOKENS[i]);

  it('token: every token the same; sequence: every completion the same; dr_grpo: a constant', () => {
    expectWithin(completionWeights(TOKENS, 'token', 100), [0.01, 0.01, 0.01], 1e-15, 'weight');
    expectWithin(share('sequence'), [1 / 3, 1 / 3, 1 / 3], 1e-15, 'share');
    expectWithin(completionWeights(TOKENS, 'dr_grpo', 100), [1 / 300, 1 / 300, 1 / 300], 1e-15, 'weight');
    for (const loss of ['token', 'sequence'] as const)
      expectWithin([share(loss).reduce((a, b) => a + b, 0)], [1], 1e-15, loss);
  });
});
