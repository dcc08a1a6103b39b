// `tracelab solve`: what a model of the package writes for a maze, given or drawn, with its own trace or another one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { drawnProblems, forcedTrace, solutionOf } from '../../src/cli/solve-problem.ts';
import { domainOf } from '../../src/domain/domains.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { parsePrompt } from '../../src/domain/maze/grammar.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { splitOf } from '../../src/domain/split-of.ts';
import type { CheckpointOrigin } from '../../src/model/origin.ts';
import { runHere } from '../ports/here.ts';

// A busy machine is slow.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const PICTURE = `########
#S     #
###### #
#      #
# ######
#      #
######E#
########
`;
const SEPARATED = PICTURE.replace('#S     #', '#S#    #');
const PROMPT =
  'query start 0 0 goal 5 5 wall 0 1 wall 1 1 wall 2 1 wall 3 1 wall 4 1 wall 1 3 wall 2 3 wall 3 3 wall 4 3 wall 5 3 ' +
  'wall 0 5 wall 1 5 wall 2 5 wall 3 5 wall 4 5 reasoning';
const ORIGIN: CheckpointOrigin = { domain: 'maze', size: 6, condition: 'correct', seed: 1, step: 1, tokens: 1 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-solve-'));
  writeFileSync(join(folder, 'maze.txt'), PICTURE);
  writeFileSync(join(folder, 'separated.txt'), SEPARATED);
  writeFileSync(join(folder, 'prompt.txt'), `${PROMPT}\n`);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Lines {
  readonly model: { readonly tokens: number; readonly forced_trace: string | null; readonly size: number };
  readonly example: { readonly prompt: string; readonly completion: string };
  readonly steps: readonly unknown[];
  readonly verdict: { readonly records: number };
}

async function solved(...args: readonly string[]): Promise<string> {
  const { code, out, error } = await runHere(['solve', ...args], folder);
  expect([code, error]).toEqual([0, '']);
  return out;
}

async function data(...args: readonly string[]): Promise<Lines> {
  const lines = (await solved(...args, '--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const [model, example] = lines;
  return { model, example, steps: lines.slice(2, -1), verdict: lines.at(-1) } as unknown as Lines;
}

describe('a maze', () => {
  it('is drawn, solved and explained: the first broken step and the end', async () => {
    const out = await solved('swapped', '--seed', '3');
    expect(out).toMatch(/^swapped: condition swapped, seed 1, step [\d,]+; \d+ tokens, greedy\nwilson, seed 3\n/);
    expect(out.match(/^Event \d+ of \d+ {2}/gm)).toHaveLength(1);
    expect(out).toMatch(/^End of the trace$/m);
    expect(out).toMatch(/^✗ Strict trace {2}/m);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each([['maze.txt'], ['prompt.txt'], ['maze.txt:1']])('is read from %s', async (file) => {
    const { example, verdict, model, steps } = await data('correct', file);
    expect(example.prompt).toBe(PROMPT);
    expect(verdict).toEqual({ type: 'verdict', ...judge(parsePrompt(PROMPT, 6, 'given'), example.completion) });
    expect(model).toMatchObject({ type: 'model', condition: 'correct', size: 6, forced_trace: null });
    expect(example.completion.split(' ')).toHaveLength(model.tokens);
    expect(steps).toHaveLength(verdict.records + 1);
  });

  it('is read from standard input', async () => {
    const stdin = Object.getOwnPropertyDescriptor(process, 'stdin');
    Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(PICTURE)]), configurable: true });
    try {
      expect((await data('correct', '-')).example.prompt).toBe(PROMPT);
    } finally {
      if (stdin) Object.defineProperty(process, 'stdin', stdin);
    }
  });

  it('without a path is said to have none', async () => {
    expect(await solved('correct', 'separated.txt')).toContain('No path leads from start to goal');
    expect(await solved('correct', 'maze.txt')).not.toContain('No path');
  });

  it('that is drawn is no training maze of the usual data seed, and another seed draws another', () => {
    const domain = domainOf('maze');
    const prompts = [1, 2].flatMap((seed) =>
      ['wilson', 'drunkard', 'free'].map((distribution) => {
        const { example } = drawnProblems(ORIGIN, { distribution, seed }).next().value;
        return example.prompt;
      }),
    );
    expect(new Set(prompts).size).toBe(6);
    expect(prompts.map((prompt) => splitOf(1, domain.key(domain.parse(prompt, 6))))).toEqual(prompts.map(() => 'test'));
  });
});

describe('steps', () => {
  it('are those that are asked for', async () => {
    const all = await solved('correct', 'maze.txt', '--steps', '1..');
    const events = all.match(/^Event \d+ of (\d+) {2}/gm) ?? [];
    expect(events.length).toBeGreaterThan(5);
    expect(all).toMatch(new RegExp(`^Event ${events.length} of ${events.length} {2}`, 'm'));
    expect((await solved('correct', 'maze.txt', '--steps', '2..3')).match(/^Event [23] of/gm)).toHaveLength(2);
  });

  it('of a page are all', async () => {
    expect(await solved('correct', 'maze.txt', '--html', 'page.html')).toBe('page page.html\n');
  });
});

describe('a sampled completion', () => {
  it('is a function of the seed', async () => {
    const sampled = async (seed: string): Promise<string> =>
      (await data('swapped', 'maze.txt', '--temperature', '2', '--seed', seed)).example.completion;
    const [first, again, other] = [await sampled('1'), await sampled('1'), await sampled('2')];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe('a given trace', () => {
  const gold = (): string => {
    const completion = solutionOf({ id: '', generator: 'given', size: 6, prompt: PROMPT, completion: '' }) ?? '';
    return completion.slice(0, completion.indexOf(' solution'));
  };

  it.each([
    ['gold', gold],
    ['filler', () => gold().replaceAll(/\S+/g, 'close')],
    ['empty', () => ''],
  ])('%s is in the place of the own one', async (name, trace) => {
    const { model, example } = await data('correct', 'maze.txt', '--force-trace', name);
    expect(model.forced_trace).toBe(trace());
    expect(example.completion.startsWith(trace() === '' ? 'solution' : `${trace()} solution`)).toBe(true);
    expect(example.completion.split(' ').length - model.tokens).toBe(
      trace() === '' ? 1 : trace().split(' ').length + 1,
    );
  });

  it('of another maze is A*’s of a drawn one, or that of a file', async () => {
    const { model } = await data('correct', 'maze.txt', '--force-trace', 'swapped');
    const { example } = drawnProblems(ORIGIN, { seed: 1 }).next().value;
    expect(`${model.forced_trace} `).toBe((solutionOf(example) ?? '').split('solution', 1)[0]);
    expect((await data('correct', '--force-trace', 'maze.txt')).model.forced_trace).toBe(gold());
    writeFileSync(
      join(folder, 'row.jsonl'),
      JSON.stringify({ size: 6, prompt: PROMPT, completion: 'close 0 0 c0 c10 create 9 junk solution plan 0 0 end' }),
    );
    expect(
      await forcedTrace(join(folder, 'row.jsonl'), example, () => example, createVocabulary(6)).catch(String),
    ).toBe(
      "TracelabError: error[FORCED_TRACE] --force-trace FILE: a word is not in the model's vocabulary; expected words of a 6x6 grid, got 9 (hint: give a trace of the grid size of the model)".replace(
        'FILE',
        join(folder, 'row.jsonl'),
      ),
    );
  });

  it('is compared with the plan', async () => {
    expect(await solved('correct', 'maze.txt', '--force-trace', 'gold')).toMatch(
      /The trace is not the model's: gold, \d+ words\. [^]*The plan (?:follows|does not follow) the path of the given trace\./,
    );
    expect(await solved('correct', 'maze.txt', '--force-trace', 'empty')).not.toContain('the path of the given trace');
  });
});

it('a folder comes before a model of the package of the same name', async () => {
  const inner = join(folder, 'inner');
  mkdirSync(join(inner, 'correct'), { recursive: true });
  const { code, error } = await runHere(['solve', 'correct'], inner);
  expect([code, error]).toEqual([2, expect.stringContaining('error[CHECKPOINT_MISSING] correct: no checkpoint here')]);
});
