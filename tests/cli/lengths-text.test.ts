// Trace lengths in the terminal: every correlation with its interval, F5 with its conditions, means where there are
// several seeds.
import { describe, expect, it } from 'vitest';
import { decideFindings } from '../../src/analysis/findings.ts';
import { analyseLengths } from '../../src/analysis/lengths.ts';
import type { LengthRun } from '../../src/analysis/lengths.ts';
import { lengthsText } from '../../src/cli/lengths-text.ts';
import { markedNames } from '../../src/tables/run-names.ts';
import { correlationWords } from '../../src/tables/format.ts';
import { lengthRows as rows, lengthRun as run, withDetours } from '../report/fixture-later.ts';

const escaped = (text: string): string => text.replace(/[.[\]]/g, '\\$&');

describe('trace lengths in the terminal', () => {
  const one = run({
    wilson: rows(60, (astar) => astar, 0.1),
    drunkard: rows(60, (astar) => 20 + ((7 * astar) % 11), 2),
  });
  const detours = run({
    wilson: withDetours(rows(60, (astar) => astar + 5 * (astar % 4), 0.1)),
    drunkard: withDetours(rows(60, (astar) => 20 + ((7 * astar) % 11), 2)),
  });
  const write = (runs: readonly LengthRun[]): string =>
    lengthsText(
      analyseLengths(runs),
      decideFindings([], { lengths: runs, in_distribution: 'wilson' }).find(({ id }) => id === 'F5'),
    );

  it('has a row a distribution, the gold baseline, and the fifths by distance, in 80 columns', () => {
    const text = write([one]);
    expect(text).toMatch(/^Wilson +60 +50\.0 \[37\.7, 62\.3\] +11\.7 \[5\.8, 22\.2\] +[\d.]+ +[\d.]+$/m);
    expect(text).toMatch(/^Wilson( +1\.00 \[1\.00, 1\.00\]){2} /m);
    expect(text.replace(/\s+/g, ' ')).toContain(
      'for a model trained on other traces it also tells how unlike its own the gold traces are',
    );
    expect(text).toContain('Gold traces: A* events');
    expect(text).toMatch(/^0\.100 to 0\.100 +24 /m);
    expect(text).not.toContain('seeds: mean');
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('gold traces with all their correlations, Spearman and partial ones too', () => {
    const [gold] = analyseLengths([detours]).gold;
    const written = [
      gold.with_plan,
      gold.with_plan_spearman,
      gold.with_manhattan,
      gold.with_manhattan_spearman,
      gold.with_plan_given_manhattan,
    ].map((each) => correlationWords(each));
    const tail = write([detours]).split('Gold traces: ')[1].replace(/\s+/g, ' ');
    expect(tail).toContain(`Wilson 60 ${gold.mean_astar.toFixed(1)} ${written[0]} ${written[1]} `);
    expect(tail).toContain(`Wilson ${written.slice(2).join(' ')} `);
  });

  it('fifths by distance tell what they are made of, and that their correlations are also between distributions', () => {
    const text = write([detours]);
    const fifths = text.split('The same mazes in fifths')[1].split('Gold traces')[0];
    expect(fifths.replace(/\s+/g, ' ')).toContain(
      'A fifth mixes distributions, so that its correlations are also between distributions',
    );
    expect(fifths).toMatch(
      /^distance +Wilson +Drunkard\n0\.100 to 0\.100 +24 +0\n0\.100 to 0\.100 +24 +0\n0\.100 to 2\.000 +12 +12\n/m,
    );
    const [, , mixed] = analyseLengths([detours]).bins;
    expect(fifths).toMatch(
      new RegExp(
        `^0\\.100 to 2\\.000 +${[mixed.all.pearson, mixed.all.spearman].map((each) => escaped(correlationWords(each))).join(' +')}$`,
        'm',
      ),
    );
    expect(fifths).toMatch(
      new RegExp(
        `^0\\.100 to 2\\.000 +${[mixed.given_distribution, mixed.given_distribution_plan].map((each) => escaped(correlationWords(each))).join(' +')}$`,
        'm',
      ),
    );
    expect(fifths).toMatch(
      new RegExp(
        `^0\\.100 to 2\\.000 +${[mixed.all.given_plan, mixed.all.given_plan_manhattan].map((each) => escaped(correlationWords(each))).join(' +')}$`,
        'm',
      ),
    );
  });

  it('every distribution has its own n', () => {
    const text = write([run({ wilson: rows(60, (astar) => astar), drunkard: rows(20, (astar) => astar) })]);
    expect(text).toMatch(/^Wilson +60 +50\.0 /m);
    expect(text).toMatch(/^Drunkard +20 +50\.0 /m);
    expect(text).not.toContain('60 mazes');
  });

  it('F5 stands with what it was decided by, and that it was not adjusted', () => {
    const words = write([one]).replace(/\s+/g, ' ');
    expect(words).toMatch(
      /F5 by these lengths alone, not adjusted for other findings: supported n 53, one seed; Fisher's z of the partial correlation given plan length against 0\.5, with truncated completions and without.*generated with A\* events given plan length, against 0\.5: drunkard /,
    );
    expect(lengthsText(analyseLengths([one]), undefined)).not.toContain('F5');
  });

  it('an undertrained run is marked', () => {
    const words = lengthsText(
      analyseLengths([one, { ...one, seed: 2 }]),
      undefined,
      markedNames([{ condition: 'correct', seed: 2 }]),
    ).replace(/\s+/g, ' ');
    expect(words).toMatch(
      /Correct traces, seed 1: solved .* Correct traces, seed 2 †: solved .* Correct traces †, 2 seeds: .* †: undertrained/,
    );
    expect(write([one])).not.toContain('†');
  });

  it('several seeds have their means', () => {
    const words = write([one, { ...one, seed: 2 }]).replace(/\s+/g, ' ');
    expect(words).toMatch(/Correct traces, 2 seeds: mean .*? Pearson Spearman \| plan Wilson 1\.00 \[1\.00, 1\.00\]/);
    expect(words).toContain('n 53, 2 seeds;');
  });
});
