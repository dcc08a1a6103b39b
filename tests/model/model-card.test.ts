// The card of a checkpoint folder: a header that the Hub reads, facts of the run, and commands; the same bytes for the
// same run.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { proportion } from '../../src/base/statistics.ts';
import { domainOf } from '../../src/domain/domains.ts';
import { readCheckpoint } from '../../src/model/checkpoint.ts';
import { modelCard, withValidity } from '../../src/model/model-card.ts';
import { MODEL, ORIGIN, RECIPE, writeSmallCheckpoint } from './small-checkpoint.ts';

const vocabulary = domainOf('maze').vocabulary(4);
const card = (origin: object = {}, recipe: object = {}): string =>
  modelCard(MODEL, vocabulary, { ...ORIGIN, ...origin }, { ...RECIPE, ...recipe });

it('is README.md of the folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tracelab-card-'));
  await writeSmallCheckpoint(folder);
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe(card());
  await rm(join(folder, 'README.md'));
  // People may write more into it, or remove it.
  expect((await readCheckpoint(folder)).origin).toMatchObject(ORIGIN);
  await rm(folder, { recursive: true });
});

it('opens with a header in YAML that names library, task and tags', () => {
  const [before, header] = card().split(/^---$/m);
  expect(before).toBe('');
  expect(parse(header)).toEqual({
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    tags: ['tracelab', 'reasoning-traces', 'a-star', 'maze'],
  });
});

it('states condition, sizes, data and settings, and that validity is not known', () => {
  const text = card();
  expect(text).toContain('# 4x4 mazes, correct traces\n');
  for (const row of [
    '| domain | maze, 4x4 |',
    '| condition | `correct` |',
    // 34 words of 24; two layers of attention (2 * 24 * 24 + 2 * 12 * 24 + 24 + 2 * 12), SwiGLU (3 * 24 * 40) and two
    // norms; a norm.
    '| parameters | 10,248 |',
    '| context | 160 tokens |',
    '| training | seed 3, step 17, 12,345 tokens |',
    `| training data | SHA-256 \`${'da'.repeat(32)}\` |`,
  ])
    expect(text).toContain(`${row}\n`);
  const [settings] = /(?<=```json\n)[^]*?(?=\n```)/.exec(text) ?? [''];
  expect(JSON.parse(settings)).toEqual({ model: MODEL, train: { lr: 1e-3 } });
  expect(text).toMatch(/## Validity\n\nNot known when this folder was written/);
  expect(text).toContain('AutoTokenizer.from_pretrained');
  expect(text).toContain('tracelab evaluate --checkpoint FOLDER');
});

it('states the start and the prompts of reinforcement learning', () => {
  const text = card({ rl: { start_sha256: 'ab'.repeat(32), seed: 5, step: 1200 } }, { section: 'rl' });
  expect(text).toContain('# 4x4 mazes, correct traces, after reinforcement learning\n');
  expect(text).toContain('| reinforcement learning | seed 5, step 1,200 |\n');
  expect(text).toContain(`| started from weights | SHA-256 \`${'ab'.repeat(32)}\` |\n`);
  expect(text).toContain(`| prompts | SHA-256 \`${'da'.repeat(32)}\` |\n`);
});

it('is rewritten with what a test found, and stays as it is elsewhere', () => {
  const text = card();
  const sets = [
    { distribution: 'wilson', plan: proportion(90, 100), trace: proportion(0, 100) },
    { distribution: 'drunkard', plan: proportion(0, 0), trace: proportion(0, 0) },
  ];
  const tested = withValidity(text, { temperature: 0, seed: 1, sets }) ?? '';
  // Wilson (1927) for 90 and 0 of 100.
  expect(tested).toContain('| wilson | 100 | 90.0 [82.6, 94.5] | 0.0 [0.0, 3.7] |\n');
  expect(tested).toContain('| drunkard | 0 | - | - |\n');
  expect(tested).not.toContain('Not known');
  const [head, tail] = [text.slice(0, text.indexOf('## Validity')), text.slice(text.indexOf('## Use'))];
  expect([tested.startsWith(head), tested.endsWith(tail)]).toEqual([true, true]);
  const sampled = withValidity(text, { temperature: 0.7, seed: 9, sets });
  expect(sampled).toContain('Completions at temperature 0.7, seed 9,');
  expect(withValidity(tested, { temperature: 0.7, seed: 9, sets })).toBe(sampled);
  expect(withValidity('# My model\n', { temperature: 0, seed: 1, sets })).toBeNull();
});

it('repeats no text of a folder from elsewhere', () => {
  const text = card({ condition: 'x`\n\n<script>alert(1)</script>' });
  expect(text).not.toContain('script');
  expect(text).toContain('| condition | unknown |\n');
  expect(card({ condition: 'own-mine' })).toContain('| condition | `own-mine` |\n');
});
