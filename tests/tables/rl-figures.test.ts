// Figures of reinforcement learning: which there are, and what is read out in place of them.
import { expect, test } from 'vitest';
import { figureHtml } from '../../src/report/charts.ts';
import { rlGroupFigures, rlLearningFigures, rlValidityFigures } from '../../src/tables/rl-figures.ts';
import { fixture } from '../report/fixture.ts';

const { rl: runs = [] } = fixture();

test('validity of the kept checkpoints, one figure a distribution', () => {
  const figures = rlValidityFigures(runs);
  expect(figures).toHaveLength(6);
  expect(figures[0].spoken).toBe(
    'Validity over steps of reinforcement learning, Wilson: Correct traces (seed 1) plans 70.8 % to 70.8 %, strict traces 63.7 % to 63.7 % and Swapped traces (seed 1) plans 80.1 % to 80.1 %, strict traces 0.0 % to 0.0 %.',
  );
});

test('an early start is a line of its own, with hollow points and its name', async () => {
  const [run] = runs;
  const early = { ...run, start: 'early' as const, curve: run.curve.slice(0, 2) };
  for (const figure of [rlValidityFigures([run, early])[0], rlLearningFigures([run, early], 1)[0]]) {
    expect(figure.spoken).toContain('Correct traces, early (seed 1)');
    const { data } = figure.specification as { data: { values: { line: string; variant: string }[] } };
    const lines = (variant: string) =>
      new Set(data.values.filter((row) => row.variant === variant).map(({ line }) => line)).size;
    expect(lines('early')).toBe(lines(''));
    const { text } = await figureHtml(figure);
    expect(text).toContain('Correct, early');
    expect(text).toMatch(/fill="transparent"|fill="none"/);
  }
  expect((await figureHtml(rlValidityFigures(runs)[0])).text).not.toContain('early');
});

test('colour is the condition, the dash is the metric, and the mean over seeds is thick', async () => {
  const seeds = fixture({ seeds: [1, 2, 3] }).rl ?? [];
  const { data } = rlValidityFigures(seeds)[0].specification as { data: { values: { seed: unknown }[] } };
  expect(new Set(data.values.map(({ seed }) => seed))).toEqual(new Set(['mean', 1, 2, 3]));
  const { text } = await figureHtml(rlValidityFigures(seeds)[0]);
  const lines = [...text.matchAll(/<path [^>]*stroke-width="(0\.8|2\.2)"[^>]*>/g)].map(([line, width]) => ({
    width,
    colour: /stroke="([^"]*)"/.exec(line)?.[1],
    isDashed: line.includes('stroke-dasharray="4,3"'),
  }));
  // Two conditions and two metrics, by three seeds and one mean, in two drawings or one.
  const drawings = lines.filter(({ width }) => width === '2.2').length / 4;
  expect(lines.filter(({ width }) => width === '0.8')).toHaveLength(12 * drawings);
  expect(lines.filter(({ isDashed }) => isDashed)).toHaveLength(8 * drawings);
  expect(new Set(lines.map(({ colour }) => colour))).toEqual(new Set(['#1d5d9b', '#c8590a']));
});

test('training: with one update a step nothing can be clipped', () => {
  const titles = (innerEpochs: number) => rlLearningFigures(runs, innerEpochs).map(({ title }) => title);
  expect(titles(2)).toContain('Clipped');
  expect(titles(1)).toEqual(titles(2).filter((title) => title !== 'Clipped'));
  const [reward] = rlLearningFigures(runs, 1);
  expect(reward.spoken).toContain(
    'Reward over steps of reinforcement learning: Correct traces (seed 1) 0.520 to 0.600',
  );
});

test('a number that was measured in no step is said to be so', () => {
  const unmeasured = runs.map((run) => ({ ...run, sampled: run.sampled.map((point) => ({ ...point, kl: null })) }));
  const kl = rlLearningFigures(unmeasured, 1).find(({ title }) => title === 'KL against the start');
  expect(kl?.spoken).toContain('Correct traces (seed 1) not measured');
});

test('sampled groups of each distribution; none where none were sampled', async () => {
  const groups = rlGroupFigures(runs);
  expect(groups.map(({ figures }) => figures.length)).toEqual([6, 6]);
  expect(groups[0].figures[0].spoken).toContain('Correct traces (seed 1) 25.0 to 56.3');
  expect((await figureHtml(groups[1].figures[0])).text).toContain('id="figure-rl-groups-kl-against-the-start-wilson"');
  const without = runs.map((run) => ({
    ...run,
    curve: run.curve.map(({ step, evaluation }) => ({ step, evaluation })),
  }));
  expect(rlGroupFigures(without)).toEqual([]);
});
