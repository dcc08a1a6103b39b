// The table of domains, and what is refused where domains would mix or a domain lacks what is asked.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { applyCondition } from '../../src/domain/conditions/apply.ts';
import { hasCondition } from '../../src/domain/conditions/availability.ts';
import { CONDITION_NAMES } from '../../src/domain/conditions/table.ts';
import { splitCompletion } from '../../src/domain/completion.ts';
import { DOMAINS, domainOf } from '../../src/domain/domains.ts';
import { SOKOBAN } from '../../src/domain/sokoban/domain.ts';
import type { Example } from '../../src/domain/types.ts';
import { RowReader, sizeOfRow } from '../../src/data/rows.ts';
import { parseConfig } from '../../src/study/config-file.ts';
import { train } from '../../src/training/train.ts';
import { readExplainedRow } from '../../src/cli/explain-source.ts';

const boards = Array.from({ length: 4 }, (_, i): Example => ({
  id: `board-${i}`,
  domain: 'sokoban',
  generator: 'sokoban',
  size: 7,
  ...SOKOBAN.solve(SOKOBAN.draw('sokoban', 7, new RandomSequence(1, 0, i), {})),
}));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-domains-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const message = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no refusal';
};

describe('the table', () => {
  it('has no name and no stream twice', () => {
    const all = DOMAINS.flatMap(({ distributions }) => distributions);
    expect(new Set(DOMAINS.map(({ name }) => name)).size).toBe(DOMAINS.length);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    expect(new Set(all.map(({ stream }) => stream)).size).toBe(all.length);
    for (const { name } of all) expect(name).toMatch(/^[a-z-]+$/);
    for (const { distributions } of DOMAINS) expect(distributions.some(({ far }) => far)).toBe(true);
  });

  it('takes nothing for the maze, and refuses what it does not have', async () => {
    expect(domainOf(undefined).name).toBe('maze');
    expect(await message(() => domainOf('chess', 'x.jsonl:3'))).toBe(
      'error[DOMAIN_UNKNOWN] x.jsonl:3: no such domain; expected one of maze, sokoban, got "chess" (hint: a row without `domain` is a maze; --domain-module MODULE brings another domain)',
    );
  });
});

describe('conditions of Sokoban', () => {
  it('are those that work on whole events', () => {
    expect(CONDITION_NAMES.filter((name) => hasCondition(SOKOBAN, name))).toEqual([
      'solution-only',
      'correct',
      'swapped',
      'thinned',
      'shuffled',
      'filler',
      'filler-swapped',
      'filler-constant',
      'reswapped',
    ]);
    expect(CONDITION_NAMES.filter((name) => !hasCondition(domainOf('maze'), name))).toEqual([]);
  });

  it.each(CONDITION_NAMES.filter((name) => hasCondition(SOKOBAN, name)))('%s keeps prompt and plan', (name) => {
    const changed = applyCondition(boards, name, 1);
    expect(changed.map(({ prompt }) => prompt)).toEqual(boards.map(({ prompt }) => prompt));
    expect(changed.map(({ completion }) => splitCompletion(completion).solution)).toEqual(
      boards.map(({ completion }) => splitCompletion(completion).solution),
    );
    const words = (examples: readonly Example[]): number[] =>
      examples.map(({ completion }) => completion.split(' ').length);
    if (name === 'filler' || name === 'shuffled' || name === 'correct') expect(words(changed)).toEqual(words(boards));
    if (name !== 'correct') expect(changed[0].completion).not.toBe(boards[0].completion);
  });

  it('that need a maze are refused by name', async () => {
    expect(await message(() => applyCondition(boards, 'bfs', 1))).toBe(
      'error[CONDITION_DOMAIN] example board-0: condition bfs does not exist for boards; expected one of solution-only, correct, swapped, thinned, shuffled, filler, filler-swapped, filler-constant, reswapped, got bfs (hint: leave the condition out)',
    );
    expect(await message(() => applyCondition(boards, 'wrong-costs@0.5', 1))).toContain(
      'condition wrong-costs@0.5 does not exist for boards',
    );
  });
});

describe('configurations', () => {
  const text = (data: string): string =>
    `study: s\ndata: {domain: sokoban, size: 7, train: 100${data}}\nmodel: {d_model: 16, n_layer: 1, n_head: 2, d_ff: 16, context: 1536}\ntrain: {epochs: 1, batch_tokens: 4096, lr: 1e-3}\n`;

  it('take generator, distributions and settings from the domain', () => {
    const { data } = parseConfig(text(''), 's.yaml').config;
    expect(data).toEqual({
      domain: 'sokoban',
      generator: 'sokoban',
      size: 7,
      train: 100,
      dev: 1000,
      test: 1000,
      test_in_distribution: 1000,
      distributions: ['sokoban', 'sokoban-open', 'sokoban-dense'],
      seed: 1,
    });
    expect(parseConfig(text('').replace('sokoban', 'maze'), 's.yaml').config.data.domain).toBe('maze');
  });

  it.each([
    [
      ', generator: wilson',
      [],
      's.yaml:2:57: data.generator names no distribution of boards; expected one of sokoban, sokoban-open, sokoban-dense, sokoban-shorter, sokoban-longer, got wilson',
    ],
    [
      ', drunkard_coverage: 0.4',
      [],
      's.yaml:2:65: data.drunkard_coverage is no setting of boards; expected a configuration without it, got 0.4',
    ],
    [
      '',
      ['data.size=12'],
      '--set data.size=12: no boards of this size are drawn; expected a size from 6 to 10, got 12',
    ],
    [
      '',
      ['conditions=[correct,greedy]'],
      '--set conditions=[correct,greedy]: condition greedy does not exist for boards; expected one of solution-only',
    ],
    [
      '',
      ['data.domain=chess'],
      '--set data.domain=chess: wrong value of data.domain; expected one of maze, sokoban, or the module of another domain, got the text "chess"',
    ],
    ['', ['data.domain=maze', 'data.generator=sokoban'], 'data.generator names no distribution of mazes'],
  ])('refuse what the domain does not have: %s %j', async (data, overrides, expected) => {
    expect(await message(() => parseConfig(text(data), 's.yaml', overrides))).toContain(expected);
  });
});

describe('domains that would mix', () => {
  it('in a training file', async () => {
    const file = join(folder, 'mixed.jsonl');
    const maze = {
      id: 'maze-0',
      generator: 'free',
      size: 7,
      prompt: 'query start 0 0 goal 1 0 reasoning',
      completion: 'close 0 0 c0 c1 create 1 0 c1 c0 close 1 0 c1 c0 solution plan 0 0 plan 1 0 end',
    };
    writeFileSync(file, [...boards, maze].map((row) => `${JSON.stringify(row)}\n`).join(''));
    const model = {
      d_model: 16,
      n_layer: 1,
      n_head: 2,
      n_kv_head: 2,
      d_ff: 16,
      context: 2048,
      rope_base: 10_000,
      rms_norm_eps: 1e-6,
    };
    const recipe = {
      epochs: 1,
      batch_tokens: 4096,
      lr: 1e-3,
      lr_min_ratio: 0.1,
      warmup_steps: 1,
      beta1: 0.9,
      beta2: 0.95,
      eps: 1e-8,
      weight_decay: 0.1,
      grad_clip: 1,
      init_std: 0.02,
      position_offset: 0,
      accumulators: 1,
      checkpoints: 1,
    };
    expect(
      await message(() =>
        train(
          {
            runDir: join(folder, 'run'),
            model,
            train: recipe,
            condition: 'correct',
            seed: 1,
            trainFile: file,
            threads: 1,
          },
          { progress: () => undefined },
        ),
      ),
    ).toBe(
      'error[DOMAIN_MIXED] mixed.jsonl, example maze-0: one model learns one domain; expected the domain sokoban, got maze (hint: give each domain a file and a model of its own)',
    );
  });

  it('not in a file to verify or to explain', async () => {
    const [readRow] = new RowReader('theirs.jsonl', undefined).fromLine(JSON.stringify(boards[0]), 4);
    expect([readRow()].map(sizeOfRow)).toEqual([boards[0].size]);
    const file = join(folder, 'boards.jsonl');
    writeFileSync(file, `${JSON.stringify(boards[0])}\n`);
    const explained = await readExplainedRow(file, {});
    expect('example' in explained && explained.example.domain).toBe('sokoban');
  });

  it('by words of another domain', async () => {
    const { readExamples } = await import('../../src/data/dataset.ts');
    const file = join(folder, 'label.jsonl');
    writeFileSync(file, `${JSON.stringify({ ...boards[0], domain: undefined })}\n`);
    expect(await message(() => readExamples(file))).toMatch(
      /label\.jsonl:1:\d+: not a prompt; expected `start`, got `worker`/,
    );
    writeFileSync(file, `${JSON.stringify(boards[0])}\n`);
    expect(await readExamples(file)).toEqual([boards[0]]);
  });
});
