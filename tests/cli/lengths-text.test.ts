// Trace lengths in the terminal: the tables as wide as it is, and F5 with what it was decided by.
import { describe, expect, it } from 'vitest';
import { decideFindings } from '../../src/analysis/findings.ts';
import { analyseLengths } from '../../src/analysis/lengths.ts';
import type { LengthRun } from '../../src/analysis/lengths.ts';
import { lengthsText } from '../../src/cli/lengths-text.ts';
import { markedNames, RUN_NAMES } from '../../src/tables/run-names.ts';
import { lengthRows as rows, lengthRun as run } from '../report/fixture-later.ts';

describe('trace lengths in the terminal', () => {
  const one = run({
    wilson: rows(60, (astar) => astar, 0.1),
    drunkard: rows(60, (astar) => 20 + ((7 * astar) % 11), 2),
  });
  const write = (runs: readonly LengthRun[], width = 80): string =>
    lengthsText(
      analyseLengths(runs),
      decideFindings([], { lengths: runs, in_distribution: 'wilson' }).find(({ id }) => id === 'F5'),
      RUN_NAMES,
      width,
    );

  it('has every table, in as many columns as the terminal', () => {
    for (const width of [80, 140]) {
      const text = write([one, { ...one, seed: 2 }], width);
      expect(text.match(/^(Trace length [a-z]+ [a-z]+|A\*’s own traces)/gm)).toEqual([
        'Trace length over seeds',
        'Trace length of each',
        'A*’s own traces',
        'Trace length by distance',
      ]);
      const widest = Math.max(...text.split('\n').map(({ length }) => length));
      expect(widest).toBeLessThanOrEqual(width);
      expect(widest).toBeGreaterThan(width - 10);
    }
  });

  it('F5 is given with what it was decided by, and in which family', () => {
    const words = write([one]).replace(/\s+/g, ' ');
    expect(words).toMatch(
      /F5 by these lengths alone, the other five findings not tested: observed in 1 of 1 run n 30, one seed; Fisher's z of the partial correlation given plan length against 0\.5; doubled.*generated with A\* events given plan length, against 0\.5: drunkard, solved /,
    );
    expect(write([one, { ...one, seed: 2 }])).toContain('n 30, 2 seeds;');
    expect(lengthsText(analyseLengths([one]), undefined, RUN_NAMES, 80)).not.toContain('F5');
  });

  it('an undertrained run is marked', () => {
    const marked = lengthsText(analyseLengths([one]), undefined, markedNames([{ condition: 'correct', seed: 1 }]), 80);
    expect(marked).toMatch(/^Correct traces, seed 1 †$/m);
    expect(write([one])).not.toContain('†');
  });
});
