// Reinforcement learning in the report: sampled groups of each distribution in both forms, and what is left out where
// there is nothing to show.
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

test('sampled groups of each distribution at the start and at the end', () => {
  const section = text(page.slice(page.indexOf('<h2 id="f4"'), page.indexOf('<h2 id="f5"')));
  expect(section).toContain(
    'Sampled groups of each distribution. 8 completions at temperature 1 of each of the first test mazes, before and after',
  );
  expect(section).toContain(
    'Wilson 25.0 % [16.0, 36.8] 16/64 56.3 % [44.1, 67.7] 36/64 0.400 0.500 0.120 0.120 0.010 100.0 102.0 1.6 % [0.8, 3.1] 8/512 1.6 % [0.8, 3.1] 8/512',
  );
  expect(renderMarkdown(fixture())).toContain(
    '| Correct traces, seed 1 | Wilson | **25.0 %**<br>[16.0, 36.8]<br>16/64 | **56.3 %**<br>[44.1, 67.7]<br>36/64 | 0.400 | 0.500 | 0.120 | 0.120 | 0.010 | 100.0 | 102.0 | **1.6 %**<br>[0.8, 3.1]<br>8/512 | **1.6 %**<br>[0.8, 3.1]<br>8/512 |',
  );
});

test('before and after: plans, traces at three levels and truncation, each with interval and count', () => {
  const heads = ['Valid plans', 'Strict traces', 'Paper-level traces', 'Exact traces', 'Truncated'];
  const section = text(
    page.slice(page.indexOf('Before and after reinforcement learning.</strong>'), page.indexOf('<h2 id="f5"')),
  );
  expect(section).toContain(heads.map((head) => `${head}, before after`).join(' '));
  const [
    {
      before: [wilson],
    },
  ] = fixture().rl ?? [];
  const {
    trace_valid: {
      exact: { count, n },
    },
  } = wilson;
  expect(section).toMatch(
    new RegExp(
      `Wilson (?:\\d+\\.\\d % \\[[\\d., ]+\\] [\\d,]+/[\\d,]+ ){6}\\d+\\.\\d % \\[[\\d., ]+\\] ${count.toLocaleString('en-US')}/${n.toLocaleString('en-US')} `,
    ),
  );
  expect(renderMarkdown(fixture())).toContain(
    `| Started from |  | ${heads.map((head) => `${head}, before | after`).join(' | ')} |`,
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
    'Groups without spread and KL over the steps',
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
