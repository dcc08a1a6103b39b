// Reinforcement learning in the report: charts, tables and commands, and what is left out where there is nothing to
// show.
import { beforeAll, expect, test } from 'vitest';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderReport } from '../../src/report/report.ts';
import { fixture } from './fixture.ts';

let page = '';
beforeAll(async () => {
  page = await renderReport(fixture());
});

function text(markup: string): string {
  return markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

test('charts, then the tables of both ends', () => {
  const section = page.slice(page.indexOf('<h2 id="f4"'), page.indexOf('<h2 id="f5"'));
  const places = ['<h3>While it learns</h3>', 'id="table-rl"', 'id="table-rl-sampled"'].map((part) =>
    section.indexOf(part),
  );
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(text(section)).toContain(
    'Wilson, after 56.3 % [44.1, 67.7] 36/64 0.500 0.120 0.010 102.0 1.6 % [0.8, 3.1] 8/512',
  );
});

test('reinforcement learning without sampled groups, and with one update a step, which cannot clip', async () => {
  const { rl = [], config, ...rest } = fixture();
  const older = {
    ...rest,
    config: { ...config, rl: config.rl && { ...config.rl, inner_epochs: 1, clip_high: 0.28, length_penalty: 0.5 } },
    rl: rl.map((run) => ({ ...run, curve: run.curve.map(({ step, evaluation }) => ({ step, evaluation })) })),
  };
  const shown = text(await renderReport(older));
  for (const words of [
    'Sampled groups of each distribution',
    'Groups of equal rewards and KL over the steps',
    'percent of the tokens with an advantage',
  ]) {
    expect(text(page)).toContain(words);
    expect(shown).not.toContain(words);
  }
  // The command has no option that it would refuse for having no effect.
  expect(shown).toContain(
    ' --steps 100 --cap 300 --eval-mazes 200 --eval-prompts 64 --seed 1 --out runs/swapped-seed1-rl',
  );
  expect(renderMarkdown(older)).not.toContain('Sampled groups');
});
