// Figures of trace lengths: what is said of each, and the points that are drawn.
import { describe, expect, it } from 'vitest';
import { analyseLengths } from '../../src/analysis/lengths.ts';
import type { LengthRun } from '../../src/analysis/lengths.ts';
import { lengthFigures } from '../../src/tables/lengths-figures.ts';
import { lengthRows as rows, lengthRun as run } from '../report/fixture-later.ts';

interface Drawn {
  readonly data: { readonly values: readonly { readonly generated: number; readonly truncated: string }[] };
}

describe('figures of lengths', () => {
  const one = run({ wilson: rows(60, (astar) => astar, 0.1), free: rows(60, () => 5, 2) });
  const draw = (runs: readonly LengthRun[]) => lengthFigures(analyseLengths([one]), runs);

  it('are one for each distribution of a run, free space apart', () => {
    const [{ heading, figures, free }] = draw([one]);
    expect(heading).toBe('Correct traces, seed 1');
    expect(figures).toMatchObject([
      {
        id: 'lengths-correct-1-wilson',
        title: 'Wilson',
        caption: 'r = 1.00 [1.00, 1.00], given plan length 1.00 [1.00, 1.00]',
        spoken:
          'Generated against A* events, Wilson, 60 mazes: Pearson 1.00 [1.00, 1.00], given plan length 1.00 [1.00, 1.00].',
      },
    ]);
    // Lengths that do not vary have no correlation: a dash, not a number.
    expect(free).toMatchObject({ title: 'Free space', caption: 'r = -, given plan length -' });
    expect(JSON.stringify([figures, free])).not.toMatch(/NaN|undefined|Infinity/);
    expect(lengthFigures(analyseLengths([run({ wilson: one.rows.wilson })]), [one])[0].free).toBeNull();
  });

  it('have ids of letters, digits and hyphens', () => {
    const rated = run({ wilson: one.rows.wilson }, 'swapped@0.25');
    expect(lengthFigures(analyseLengths([rated]), [rated])[0].figures[0].id).toBe('lengths-swapped-0-25-1-wilson');
  });

  it('draw every maze; a length that few have is drawn at the edge', () => {
    const far = run({ wilson: rows(200, (astar) => astar).map((row, i) => ({ ...row, ...(i === 9 && LONG) })) });
    const [{ figures }] = lengthFigures(analyseLengths([far]), [far]);
    const { values } = (figures[0].specification as Drawn).data;
    expect(values).toHaveLength(200);
    expect(values.filter(({ truncated }) => truncated === 'yes')).toHaveLength(23);
    expect(Math.max(...values.map(({ generated }) => generated))).toBeLessThan(50);
  });

  it('say how many mazes they draw where these are not all', () => {
    const [{ figures }] = draw([{ ...one, rows: { ...one.rows, wilson: one.rows.wilson?.slice(0, 20) } }]);
    const words = '; the first 20 of 60 mazes are drawn, correlations are over all';
    expect(figures[0].spoken.endsWith(`${words}.`)).toBe(true);
    expect(figures[0].caption.endsWith(words)).toBe(true);
    expect((figures[0].specification as Drawn).data.values).toHaveLength(20);
    expect(JSON.stringify(draw([one]))).not.toContain('are drawn');
  });
});

const LONG = { generated: 5000 };
