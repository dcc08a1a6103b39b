// A third domain is one value of the type Domain: the smallest one that does anything, defined here and put into the
// table, runs through data, training, evaluation and report, and nothing else has to know of it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import type { Domain } from '../../src/domain/domain.ts';
import { DOMAINS } from '../../src/domain/domains.ts';
import type { Verdict } from '../../src/domain/types.ts';
import { vocabularyOf } from '../../src/domain/vocabulary.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

/** A walk along a line from one number to another. */
interface Walk {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

const PROMPT = /^query start (\d+) goal (\d+) reasoning$/;

function cellsOf({ from, to }: Walk): number[] {
  const step = Math.sign(to - from);
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => from + step * i);
}

function readWalk(prompt: string, size: number, where = 'prompt'): Walk {
  const match = PROMPT.exec(prompt);
  if (!match)
    throw new TracelabError({
      code: 'PROMPT_SYNTAX',
      kind: 'refused_input',
      where,
      what: 'not a walk',
      expected: 'a walk',
      got: prompt,
      hint: 'write a walk',
    });
  return { size, from: Number(match[1]), to: Number(match[2]) };
}

const solve = (walk: Walk): { prompt: string; completion: string } => {
  const cells = cellsOf(walk);
  const trace = cells.flatMap((cell, g) =>
    g === 0 ? [`close ${cell} c0`] : [`create ${cell} c${g}`, `close ${cell} c${g}`],
  );
  return {
    prompt: `query start ${walk.from} goal ${walk.to} reasoning`,
    completion: [...trace, 'solution', ...cells.map((cell) => `plan ${cell}`), 'end'].join(' '),
  };
};

function judge(walk: Walk, completion: string): Verdict {
  const gold = solve(walk).completion;
  const halves = (text: string): string[] => text.split(/ ?solution /);
  const [trace, plan = ''] = halves(completion);
  const trace_valid = trace === halves(gold)[0] ? { valid: true } : { valid: false, rule: 'other_trace', record: 0 };
  const plan_valid = plan === halves(gold)[1];
  return {
    format: plan !== '',
    records: trace.split(/create|close/).length - 1,
    paper: trace_valid,
    strict: trace_valid,
    exact: trace_valid.valid,
    plan: plan_valid ? { valid: true, optimal: true } : { valid: false, error: 'other_walk', optimal: false },
  };
}

const WALKS: Domain<Walk> = {
  name: 'walks',
  sizes: { least: 4, most: 100 },
  settings: {},
  distributions: [
    { name: 'upward', stream: 200, label: 'Upward', meaning: 'to a larger number', far: false },
    { name: 'downward', stream: 201, label: 'Downward', meaning: 'to a smaller number', far: true },
  ],
  words: {
    problem: 'walk',
    problems: 'walks',
    validPlan: 'it names every number from start to goal',
    planClause: 'plan names every number from start to goal',
    paperLevel: 'the strict rules',
    search: 'counting',
    heuristic: 'no heuristic',
    identity: 'start and goal',
    near: 'Downward walks were never seen',
    freeOrder: 'ties',
    far: 'downward walks',
    grammar: '`query start X goal X reasoning`',
    events: 'nothing to tell',
    pictures: 'Numbers.',
    traceRules: { other_trace: 'the trace is not that of this walk' },
    planErrors: { other_walk: 'the plan is another walk' },
  },
  eventWords: 3,
  vocabulary: (size) =>
    vocabularyOf(size, size, ['start', 'goal', 'create', 'close', 'plan', 'query', 'reasoning', 'solution', 'end']),
  draw: (distribution, size, random) => {
    const low = random.below(size - 1);
    const high = low + 1 + random.below(size - 1 - low);
    return distribution === 'upward' ? { size, from: low, to: high } : { size, from: high, to: low };
  },
  count: (_, size) => (size * (size - 1)) / 2,
  key: ({ from, to }) => `${from} ${to}`,
  solve,
  parse: readWalk,
  events: ({ completion }) => completion.slice(0, completion.indexOf(' solution')).split(/ (?=create|close)/),
  lengths: (completion) => ({
    events: completion.split(/create|close/).length - 1,
    planCells: completion.split('plan').length - 1,
  }),
  layout: ({ size }) => String(size),
  judge: ({ prompt, size, completion }) => judge(readWalk(prompt, size), completion),
  conditions: {},
  picture: ({ prompt }) => prompt,
  drawing: ({ prompt, size }) => {
    const walk = readWalk(prompt, size);
    return {
      size,
      walls: new Uint8Array(size * size),
      marks: [{ x: walk.from, y: 0, shape: 'round', tone: 'actor' }],
      closed: [],
      plan: cellsOf(walk).map((x) => ({ x, y: 0 })),
      rest: [],
      brokenTrace: null,
      brokenPlan: null,
      key: [{ mark: { shape: 'round', tone: 'actor' }, words: 'walker' }],
    };
  },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-third-domain-'));
  (DOMAINS as Domain[]).push(WALKS);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('runs as a study: data, training, evaluation, findings, report', async () => {
  // Loaded only now: the schema of configurations lists the domains.
  const { parseConfig } = await import('../../src/study/config-file.ts');
  const { runStudy } = await import('../../src/study/study.ts');
  const { KINDS } = await import('../../src/tasks/kinds.ts');
  const { describeCore } = await import('../../src/tasks/core.ts');
  const { FolderStore } = await import('../../src/work/folder-store.ts');
  const { inlineExecutor } = await import('../../src/work/inline-executor.ts');
  const { renderReport } = await import('../../src/report/report.ts');
  const { readCheckpoint } = await import('../../src/model/checkpoint.ts');
  const loaded = parseConfig(
    `
study: third
data: {domain: walks, size: 20, train: 90, dev: 8, test: 10}
model: {d_model: 16, n_layer: 1, n_head: 2, d_ff: 16, context: 192}
train: {epochs: 1, batch_tokens: 1024, lr: 1e-3, warmup_steps: 2, checkpoints: 1}
`,
    'third.yaml',
  );
  expect(loaded.config.data).toEqual({
    domain: 'walks',
    generator: 'upward',
    size: 20,
    train: 90,
    dev: 8,
    test: 10,
    test_in_distribution: 10,
    distributions: ['upward', 'downward'],
    seed: 1,
  });
  const core = describeCore();
  const outcome = await runStudy(
    { loaded, runsDirectory: folder, slots: { threads: 1, jobs: 1, bytes: 2 ** 40 }, version: '0.0.0', renderReport },
    {
      kinds: KINDS,
      store: new FolderStore(folder),
      executor: inlineExecutor({ kinds: KINDS, core }),
      core: () => core,
      clock: SYSTEM_CLOCK,
    },
    { emit: () => undefined, signal: new AbortController().signal },
  );
  if (outcome.outcome !== 'finished') throw new Error('the study did not finish');
  const { results } = outcome;

  expect(
    results.conditions.map(({ condition, evaluation }) => [
      condition,
      evaluation.map(({ distribution, n }) => `${distribution} ${n}`),
    ]),
  ).toEqual(['solution-only', 'correct', 'swapped'].map((condition) => [condition, ['upward 10', 'downward 10']]));
  expect(results.findings.map(({ id, verdict }) => [id, verdict])).toEqual(
    ['F1a', 'F1b', 'F2', 'F3'].map((id) => [id, 'undertrained']),
  );
  expect(results.findings[3].statement).toBe(
    'Swapped generalises better: above correct on downward; more than 2 points below on none',
  );
  expect(results.samples.length).toBeGreaterThan(0);

  const report = readFileSync(outcome.report, 'utf8');
  for (const words of [
    '20×20 Upward walks',
    'Downward',
    'other walk',
    'the plan is another walk',
    'walker',
    'the trace of another walk before the right plan',
    'percent of dev walks',
  ])
    expect(report, words).toContain(words);
  const read = report.replaceAll(/<(style|script)\b.*?<\/\1>/gs, '').replaceAll(/<[^>]*>/g, ' ');
  expect(/.{0,60}\bmaze.{0,40}/i.exec(read)?.[0]).toBeUndefined();
  expect(report).not.toContain('recollected');
  // The search, its order and its heuristic are those of mazes.
  for (const words of ['A*', 'Manhattan', 'neighbours']) expect(read, words).not.toContain(words);

  const data = join(folder, 'third');
  const rows = readFileSync(join(data, 'config.yaml'), 'utf8');
  expect(rows).toContain('domain: walks');
  const [checkpoint] = results.conditions;
  expect(checkpoint.parameters).toBeGreaterThan(1000);
  const { globSync } = await import('node:fs');
  const [weights] = globSync('cells/**/checkpoints/*/model.safetensors', { cwd: folder });
  const { origin, vocabulary } = await readCheckpoint(join(folder, weights, '..'));
  expect([origin.domain, vocabulary.length]).toEqual(['walks', 53]);
  expect(existsSync(join(data, 'report.html'))).toBe(true);
});
