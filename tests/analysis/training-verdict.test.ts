// The undertrained rule: runs on a plateau, runs that fell, runs too short to decide.
import { describe, expect, it } from 'vitest';
import { judgeTraining } from '../../src/analysis/findings.ts';
import { proportion } from '../../src/base/statistics.ts';

const good = proportion(216, 300);

/** Format learned by step 150, a plateau until `fall`, then down to `end` over a fifth of the run. */
function curve(steps: number, plateau: number, fall: number, end: number): { step: number; plan_loss: number }[] {
  return Array.from({ length: steps }, (_, i) => {
    const step = i + 1;
    const early = 3.5 * Math.exp(-step / 30);
    const progress = Math.min(1, Math.max(0, (step - fall) / (0.2 * steps)));
    return { step, plan_loss: plateau + early + (end - plateau) * progress + 0.02 * Math.sin(step) };
  });
}

describe('judgeTraining', () => {
  it('accepts a run that left its plateau', () => {
    const verdict = judgeTraining(curve(6500, 0.5, 2000, 0.15), 100, good);
    expect(verdict.undertrained).toBe(false);
    expect(verdict.plan_loss_plateau).toBeCloseTo(0.5, 1);
    expect(verdict.plan_loss_final).toBeCloseTo(0.15, 1);
    expect(verdict.reason).toContain('72.0 % (216/300)');
  });

  it('does not take the first steep fall (format, word frequencies) for learning', () => {
    // From ln(60) = 4 down to a plateau of 0.5, and never further.
    const verdict = judgeTraining(curve(6500, 0.5, 7000, 0.5), 100, null);
    expect(verdict.undertrained).toBe(true);
    expect(verdict.reason).toContain('has not fallen by a third');
  });

  it('does not take the flat end of a finished run for its plateau', () => {
    expect(judgeTraining(curve(6500, 0.5, 500, 0.1), 100, good).undertrained).toBe(false);
  });

  it('wants a fall by a third: 0.34 is not enough from 0.5, 0.32 is', () => {
    expect(judgeTraining(curve(6500, 0.5, 2000, 0.345), 100, good).undertrained).toBe(true);
    expect(judgeTraining(curve(6500, 0.5, 2000, 0.32), 100, good).undertrained).toBe(false);
  });

  it('wants 20 % plan validity on dev, whatever the loss did', () => {
    const fell = curve(6500, 0.5, 2000, 0.15);
    expect(judgeTraining(fell, 100, proportion(59, 300)).undertrained).toBe(true);
    expect(judgeTraining(fell, 100, proportion(60, 300)).undertrained).toBe(false);
    expect(judgeTraining(fell, 100, null)).toMatchObject({ undertrained: true, dev_plan_valid: null });
    expect(judgeTraining(fell, 100, proportion(0, 0)).undertrained).toBe(true);
  });

  it('says undertrained, without crashing, for short, empty and broken curves', () => {
    expect(judgeTraining([], 100, null)).toMatchObject({
      undertrained: true,
      plan_loss_plateau: null,
      plan_loss_final: null,
    });
    const short = judgeTraining(curve(60, 0.5, 10, 0.1), 5, good);
    expect(short.undertrained).toBe(true);
    expect(short.reason).toContain('60 steps are too few');
    // The windows may not touch: with 100 warm-up steps the plateau is looked for until step 400.
    expect(judgeTraining(curve(420, 0.5, 210, 0.1), 100, good).undertrained).toBe(true);
    const diverged = curve(6500, 0.5, 2000, 0.15).map((point) =>
      point.step > 6400 ? { ...point, plan_loss: NaN } : point,
    );
    expect(judgeTraining(diverged, 100, good).undertrained).toBe(true);
  });

  it('reads thinned curves', () => {
    const thinned = curve(6500, 0.5, 2000, 0.15).filter(({ step }) => step % 16 === 0);
    expect(judgeTraining(thinned, 100, good).undertrained).toBe(false);
  });
});
