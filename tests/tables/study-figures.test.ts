// Figures of validity, of the phase diagram and of training, as values: what is drawn and what is read out.
import { describe, expect, it } from 'vitest';
import { phaseFigures } from '../../src/tables/phase-figures.ts';
import type { Figure } from '../../src/tables/table.ts';
import { trainingFigures } from '../../src/tables/training-figures.ts';
import { comparedFigures, validityFigures } from '../../src/tables/validity-figures.ts';
import type { PhaseResult } from '../../src/study/results.ts';
import { phaseResult } from '../report/fixture-later.ts';
import { fixture } from '../report/fixture.ts';

const study = fixture();
interface Drawn {
  readonly data: { readonly values: readonly Readonly<Record<string, unknown>>[] };
  readonly layer: readonly { readonly data?: Drawn['data'] }[];
}
const drawn = ({ specification }: Figure): Drawn => specification as Drawn;

describe('validity', () => {
  const figures = validityFigures(study);

  it('has plans, and traces from the lenient level on', () => {
    expect(figures.map(({ id, title }) => [id, title])).toEqual([
      ['valid-plans', 'Valid plans'],
      ['valid-traces-paper', 'Valid traces, lenient'],
      ['valid-traces-strict', 'Valid traces, strict'],
    ]);
    expect(validityFigures(fixture({ conditions: ['solution-only'] })).map(({ id }) => id)).toEqual(['valid-plans']);
  });

  it('draws a point with its interval for each condition and distribution, and the published ones apart', () => {
    const { data, layer } = drawn(figures[0]);
    expect(data.values).toHaveLength(18);
    expect(data.values).toContainEqual(
      expect.objectContaining({ condition: 'correct', distribution: 'Wilson', value: 70.8 }),
    );
    expect(layer[0].data?.values).toContainEqual({ condition: 'correct', distribution: 'Wilson', value: 50.1 });
    expect(drawn(figures[2]).layer[0].data?.values).toEqual([]);
  });

  it('reads all of it out', () => {
    expect(figures[0].spoken).toMatch(
      /^Valid plans, percent with 95 % interval\. Wilson: Solution only 74\.0 \[71\.2, 76\.6\], Correct traces 70\.8 /,
    );
    expect(figures[1].spoken).toMatch(/SF-style: Swapped traces 0\.0 /);
  });

  it('compares two conditions near the training distribution in F2, far from it in F3', () => {
    const distributions = (finding: 'f2' | 'f3'): unknown[] => [
      ...new Set(comparedFigures(study, finding).flatMap((f) => drawn(f).data.values.map((each) => each.distribution))),
    ];
    expect(distributions('f2')).toEqual(['Wilson', 'Kruskal', 'DFS']);
    expect(distributions('f3')).toEqual(['Drunkard', 'SF-style', 'Free space']);
    expect(comparedFigures(fixture({ conditions: ['solution-only'] }), 'f2')).toEqual([]);
  });
});

it('the phase diagram has every square with its number, undertrained ones marked', () => {
  const [figure] = phaseFigures(study.phase as PhaseResult, 'mazes');
  expect(figure).toMatchObject({ id: 'phase-correct', title: 'Correct traces minus solution only' });
  expect(drawn(figure).data.values.map(({ size, tokens, number, above }) => [size, tokens, number, above])).toEqual([
    ['6×6', '4.00 M', '−75.0†', false],
    ['6×6', '16.0 M', '−42.5', false],
    ['10×10', '4.00 M', '−25.0†', false],
    ['10×10', '16.0 M', '+60.0', true],
  ]);
  expect(figure.spoken).toContain('10×10, 16.0 M tokens: +60.0 [+44.6, +73.7].');
});

it('the phase diagram is one heat map for each number of layers', () => {
  const figures = phaseFigures(phaseResult(study.conditions, [1, 4]), 'mazes');
  expect(figures.map(({ id, title }) => [id, title])).toEqual([
    ['phase-correct-1-layer', 'Correct traces minus solution only, 1 layer'],
    ['phase-correct-4-layers', 'Correct traces minus solution only, 4 layers'],
  ]);
  expect(drawn(figures[0]).data.values.map(({ size, tokens, number }) => [size, tokens, number])).toEqual([
    ['6×6', '4.00 M', '−37.5†'],
    ['6×6', '16.0 M', '−20.0'],
    ['10×10', '4.00 M', '−12.5†'],
    ['10×10', '16.0 M', '+30.0'],
  ]);
  expect(drawn(figures[1]).data.values).toEqual(
    drawn(phaseFigures(study.phase as PhaseResult, 'mazes')[0]).data.values,
  );
  expect(figures[0].spoken).toMatch(/^Correct traces minus solution only, 1 layer, points with/);
});

describe('training', () => {
  it('has losses and dev shares; those of traces only of models that write them', () => {
    const conditions = (figure: Figure): unknown[] => [...new Set(drawn(figure).data.values.map((v) => v.condition))];
    const figures = trainingFigures(study);
    expect(figures.map(({ id }) => id)).toEqual([
      'loss',
      'loss-trace',
      'loss-plan',
      'dev-plans',
      'dev-traces-paper',
      'dev-traces-strict',
    ]);
    expect(conditions(figures[0])).toEqual(['solution-only', 'correct', 'swapped']);
    expect(conditions(figures[1])).toEqual(['correct', 'swapped']);
    expect(conditions(figures[4])).toEqual(['correct', 'swapped']);
    expect(trainingFigures(fixture({ conditions: ['solution-only'] })).map(({ id }) => id)).not.toContain(
      'dev-traces-strict',
    );
  });

  it('reads the ends out', () => {
    const figures = trainingFigures(study);
    expect(figures[0].spoken).toMatch(/^Loss by training tokens; at the end Solution only \(seed 1\) [\d.]+, Correct /);
    expect(figures[3].spoken).toMatch(
      /^Valid plans on dev, of the dev mazes, by training tokens; at the end Solution only \(seed 1\) [\d.]+ %/,
    );
    const [run] = study.conditions;
    const [bare] = trainingFigures({ ...study, conditions: [{ ...run, curve: [], dev: [] }] });
    expect(bare.spoken).toBe('Loss by training tokens; at the end no values.');
  });
});
