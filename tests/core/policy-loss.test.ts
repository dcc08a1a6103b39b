// The clipped policy loss of GRPO, its KL penalty and its gradient against the f64 twin, on every kernel path.
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../reference/matrix.ts';
import {
  isClipped,
  klEstimate,
  logProbability,
  policyLoss,
  policyLossGradient,
  type PolicyLossSettings,
  type PolicyTerms,
} from '../reference/policy-loss.ts';
import { corePaths } from './paths.ts';
import { expectSameBits, expectWithin, randomFloats, Room } from './room.ts';

/** Rows, words: below, at and above the lanes; the vocabularies of 6x6 and 30x30 grids. */
const SHAPES = [
  [1, 1],
  [1, 2],
  [3, 7],
  [2, 8],
  [5, 9],
  [3, 16],
  [2, 17],
  [13, 56],
  [4, 944],
];
const SETTINGS: PolicyLossSettings[] = [
  { temperature: 1, low: 0.2, high: 0.2, beta: 0 },
  { temperature: 1, low: 0.2, high: 0.28, beta: 0.04 },
  { temperature: 0.7, low: 0.1, high: 0.3, beta: 0.5 },
  { temperature: 1.5, low: 0, high: 0, beta: 0 },
];
/** The bar for ratio, KL and clip against plain f64. */
const BAR = 1e-5;

/**
 * Terms that reach both sides of the clip: old log-probabilities up to 0.6 from the new ones, advantages of both
 * signs and 0.
 */
function termsFor(z: readonly number[][], targets: readonly number[], temperature: number): PolicyTerms[] {
  const draws = randomFloats(3 * z.length, 2);
  return z.map((row, r) => {
    const lp = logProbability(row, targets[r], temperature);
    return {
      advantage: r % 5 === 4 ? 0 : 2 * draws[3 * r],
      weight: 1 / (7 + r),
      old: lp + 0.6 * draws[3 * r + 1],
      reference: lp + draws[3 * r + 2],
    };
  });
}

const flat = (terms: readonly PolicyTerms[]): number[] =>
  terms.flatMap(({ advantage, weight, old, reference }) => [advantage, weight, old, reference]);

describe.each(corePaths())('policy_loss, $name', ({ core }) => {
  const room = new Room(core());

  const cases = SHAPES.flatMap(([rows, vocab]) => SETTINGS.map((settings) => ({ rows, vocab, settings })));
  it.each(cases)('$rows rows of $vocab words, $settings', ({ rows, vocab, settings }) => {
    const ld = 16 * Math.ceil(vocab / 16),
      written = 8 * Math.ceil(vocab / 8);
    const { temperature, low, high, beta } = settings;
    const logits = randomFloats(rows * ld, 1).map((x) => 6 * x);
    const z = rowsOf(logits, rows, vocab, ld);
    const targets = Array.from({ length: rows }, (_, r) => (r * 13 + vocab - 1) % vocab);
    const terms = termsFor(z, targets, temperature);
    room.clear();
    const at = room.strided(rows, written, ld, logits);
    const [atTargets, atTerms, sums] = [room.integers(targets), room.doubles(flat(terms)), room.doubles([0.5, 3, 0])];
    room.run((k) => {
      k.policy_loss(at, ld, vocab, rows, atTargets, atTerms, temperature, low, high, beta, sums);
    });

    const ratios = terms.map(({ old }, r) => Math.exp(logProbability(z[r], targets[r], temperature) - old));
    const [loss, clipped, furthest] = room.readDoubles(sums, 3);
    expectWithin(
      [loss],
      [0.5 + z.reduce((sum, row, r) => sum + policyLoss(row, targets[r], terms[r], settings), 0)],
      BAR,
      'loss',
    );
    expect(clipped).toBe(3 + ratios.filter((ratio, r) => isClipped(ratio, terms[r].advantage, settings)).length);
    expectWithin([furthest], [Math.max(...ratios.map((ratio) => Math.abs(ratio - 1)))], BAR, 'furthest ratio');
    expect(room.readDoubles(atTerms, 4 * rows)).toEqual(flat(terms));
    const got = room.read(at, rows * ld);
    expectWithin(
      rowsOf(got, rows, vocab, ld).flat(),
      z.flatMap((row, r) => policyLossGradient(row, targets[r], terms[r], settings)),
      BAR,
      'gradient',
    );
    for (let r = 0; r < rows; r++)
      expectWithin(
        got.subarray(r * ld + vocab, r * ld + written),
        new Float32Array(written - vocab),
        0,
        `after row ${r}`,
      );
  });

  it('gives every row the same bits alone and among others', () => {
    const [rows, vocab, ld] = [9, 56, 64];
    const logits = randomFloats(rows * ld, 5).map((x) => 6 * x);
    const targets = Array.from({ length: rows }, (_, r) => (r * 11) % vocab);
    const terms = termsFor(rowsOf(logits, rows, vocab, ld), targets, 1);
    const gradient = (from: number, to: number): Float32Array => {
      room.clear();
      const at = room.strided(to - from, vocab, ld, logits.subarray(from * ld, to * ld));
      const [atTargets, atTerms, sums] = [
        room.integers(targets.slice(from, to)),
        room.doubles(flat(terms.slice(from, to))),
        room.doubles([0, 0, 0]),
      ];
      room.run((k) => {
        k.policy_loss(at, ld, vocab, to - from, atTargets, atTerms, 1, 0.2, 0.2, 0.04, sums);
      });
      return room.read(at, vocab);
    };
    const all = gradient(0, rows);
    expectSameBits(gradient(0, 1), all, 'row 0');
    expectSameBits(gradient(4, 5), gradient(4, rows), 'row 4');
  });

  it('reference_terms writes log-probabilities and adds up the KL', () => {
    const [rows, vocab, ld, temperature] = [6, 56, 64, 0.8];
    const logits = randomFloats(rows * ld, 3).map((x) => 6 * x);
    const z = rowsOf(logits, rows, vocab, ld);
    const targets = Array.from({ length: rows }, (_, r) => (r * 17) % vocab);
    const terms = termsFor(z, targets, temperature);
    room.clear();
    const at = room.strided(rows, vocab, ld, logits);
    const [atTargets, atTerms, kl] = [room.integers(targets), room.doubles(flat(terms)), room.doubles([0.25])];
    room.run((k) => {
      k.reference_terms(at, ld, vocab, rows, atTargets, atTerms, temperature, kl);
    });
    const exact = z.map((row, r) => logProbability(row, targets[r], temperature));
    const got = room.readDoubles(atTerms, 4 * rows);
    expectWithin(
      exact.map((_, r) => got[4 * r + 3]),
      exact,
      BAR,
      'log-probability',
    );
    expect(got.filter((_, i) => i % 4 !== 3)).toEqual(flat(terms).filter((_, i) => i % 4 !== 3));
    expectWithin(
      room.readDoubles(kl, 1),
      [0.25 + exact.reduce((sum, lp, r) => sum + klEstimate(lp, terms[r].old), 0)],
      BAR,
      'KL',
    );
  });

  it('the same logits give ratio 1, KL 0, no clip, to the last bit', () => {
    const [rows, vocab, ld] = [40, 56, 64];
    const logits = randomFloats(rows * ld, 4).map((x) => 9 * x);
    const targets = Array.from({ length: rows }, (_, r) => (r * 7) % vocab);
    room.clear();
    const [first, second, third] = [0, 1, 2].map(() => room.strided(rows, vocab, ld, logits));
    const atTargets = room.integers(targets);
    const [atTerms, kl, sums] = [
      room.doubles(targets.flatMap(() => [1, 1 / rows, 0, 0])),
      room.doubles([0]),
      room.doubles([0, 0, 0]),
    ];
    room.run((k) => {
      k.reference_terms(first, ld, vocab, rows, atTargets, atTerms, 1, kl);
    });
    const lps = room.readDoubles(atTerms, 4 * rows).filter((_, i) => i % 4 === 3);
    expect(lps.every((lp) => lp < 0)).toBe(true);
    const sampled = room.doubles(lps.flatMap((lp) => [1, 1 / rows, lp, NaN]));
    const klAfter = room.doubles([0]);
    room.run((k) => {
      k.reference_terms(second, ld, vocab, rows, atTargets, sampled, 1, klAfter);
      k.policy_loss(third, ld, vocab, rows, atTargets, sampled, 1, 0.2, 0.2, 0.04, sums);
    });
    expect(room.readDoubles(klAfter, 1)).toEqual([0]);
    const [, clipped, furthest] = room.readDoubles(sums, 3);
    expect([clipped, furthest]).toEqual([0, 0]);
  });

  it('a token that has become impossible has ratio 0; a NaN is not hidden', () => {
    room.clear();
    const logits = [
      [1e4, 0, 0, 0, 0, 0, 0, 0],
      [1, 2, NaN, 3, 4, 5, 6, 7],
    ];
    const [at, targets, terms, sums] = [
      room.output(16, logits.flat()),
      room.integers([3, 0]),
      room.doubles([1, 1, -1, 0, 1, 1, -1, 0]),
      room.doubles([0, 0, 0]),
    ];
    room.run((k) => {
      k.policy_loss(at, 8, 8, 1, targets, terms, 1, 0.2, 0.2, 0, sums);
    });
    expectWithin(room.readDoubles(sums, 3), [0, 0, 1], 1e-12, 'sums');
    expectWithin(room.read(at, 8), new Float32Array(8), 1e-30, 'gradient');
    room.run((k) => {
      k.policy_loss(at, 8, 8, 2, targets, terms, 1, 0.2, 0.2, 0, sums);
    });
    expect(room.readDoubles(sums, 1)[0]).toBeNaN();
  });
});
