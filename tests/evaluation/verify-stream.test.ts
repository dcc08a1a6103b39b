// Verdicts line by line: the golden verdicts whatever pieces the input comes in, one answer for each line, and errors
// in the place of what cannot be read.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { SOKOBAN } from '../../src/domain/sokoban/domain.ts';
import { verifyStream } from '../../src/evaluation/verify-stream.ts';
import type { CompletionAnswer, RowAnswer } from '../../src/evaluation/row-judge.ts';
import type { Verdict } from '../../src/domain/types.ts';

const GOLDEN = readFileSync(join(import.meta.dirname, '../golden/verdicts.jsonl'), 'utf8');
const golden = GOLDEN.trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { id: string; generator: string; size: number; verdict: Verdict });
const PROMPT = 'query start 0 0 goal 2 0 wall 1 0 wall 1 1 reasoning';

interface Answered {
  readonly answers: RowAnswer[];
  readonly counts: { readonly lines: number; readonly refused: number };
  /** Answers that each call of `write` got. */
  readonly writes: readonly number[];
}

async function answer(pieces: readonly (string | Uint8Array)[], size?: number, longest?: number): Promise<Answered> {
  const given = async function* (): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) yield Buffer.from(piece);
  };
  const answers: RowAnswer[] = [];
  const writes: number[] = [];
  const counts = await verifyStream(given(), 'stdin', size, {
    longest,
    write: async (lines) => {
      const read = lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as RowAnswer);
      answers.push(...read);
      writes.push(read.length);
      await Promise.resolve();
    },
  });
  return { answers, counts, writes };
}

describe('the golden rows', () => {
  it.each([
    ['in one piece', [GOLDEN]],
    ['without a last line end', [GOLDEN.trimEnd()]],
    ['with carriage returns', [GOLDEN.replaceAll('\n', '\r\n')]],
    ['in pieces of 1,000 bytes', GOLDEN.match(/[^]{1,1000}/g) ?? []],
  ])('%s', async (_, pieces) => {
    const { answers, counts } = await answer(pieces);
    expect(answers).toEqual(
      golden.map(({ id, generator, size, verdict }, i) => ({ line: i + 1, id, generator, size, verdict })),
    );
    expect(counts).toEqual({ lines: golden.length, refused: 0 });
  });

  it('are answered with the piece that ends them, 256 at a time', async () => {
    const lines = GOLDEN.trimEnd()
      .split('\n')
      .slice(0, 3)
      .map((line) => `${line}\n`);
    expect((await answer([lines[0], lines[1].slice(0, 9), lines[1].slice(9) + lines[2]])).writes).toEqual([1, 2]);
    expect((await answer([lines[0].repeat(600)])).writes).toEqual([256, 256, 88]);
  });
});

it('a row of another domain is judged by its validator, and the answer names the domain', async () => {
  const board = SOKOBAN.draw('sokoban', 7, new RandomSequence(1, 1, 0), SOKOBAN.settings);
  const row = { domain: 'sokoban', ...SOKOBAN.solve(board) };
  const { answers } = await answer([`${JSON.stringify(row)}\n${JSON.stringify({ ...row, completion: '' })}\n`], 7);
  expect(answers).toMatchObject([
    { line: 1, domain: 'sokoban', size: 7, verdict: { exact: true, plan: { optimal: true } } },
    { line: 2, domain: 'sokoban', size: 7, verdict: { strict: { rule: 'goal_not_reached' }, plan: { valid: false } } },
  ]);
});

it('letters that a piece cuts are whole', async () => {
  const row = Buffer.from(`${JSON.stringify({ id: 'é€😀', prompt: PROMPT, completion: 'ü' })}\n`);
  const bytes = Array.from(row, (_, i) => row.subarray(i, i + 1));
  expect((await answer(bytes, 3)).answers).toMatchObject([{ id: 'é€😀', verdict: { format: false } }]);
});

it('rows of TRL: conversations, and prompts inside the template of a chat', async () => {
  const completion = 'solution plan 0 0 plan 0 1 plan 0 2 plan 1 2 plan 2 2 plan 2 1 plan 2 0 end';
  const rows = [
    { prompt: [{ role: 'user', content: PROMPT }], completion: [{ role: 'assistant', content: completion }] },
    { prompt: `<|im_start|>user\n${PROMPT}<|im_end|>\n<|im_start|>assistant\n`, completion },
  ];
  const { answers } = await answer([rows.map((row) => JSON.stringify(row)).join('\n')], 3);
  expect(answers).toMatchObject([1, 2].map((line) => ({ line, verdict: { plan: { valid: true, optimal: true } } })));
});

describe('what cannot be read', () => {
  const good = JSON.stringify({ id: 'good', size: 3, prompt: PROMPT, completion: '' });
  const faults: [line: string, expected: object][] = [
    ['{"id": 1, "prompt"', { error: { code: 'JSON_SYNTAX' } }],
    ['', { error: { code: 'ROW' } }],
    ['17', { error: { code: 'PROMPT_SYNTAX' } }],
    ['[]', { error: { code: 'ROW' } }],
    ['hello', { error: { code: 'PROMPT_SYNTAX' } }],
    ['{"id": 7, "size": 3, "prompt": "query", "completion": ""}', { id: '7', error: { code: 'PROMPT_SYNTAX' } }],
    [`{"_id": {"$oid": "a1"}, "size": 3, "prompt": ${JSON.stringify(PROMPT)}}`, { id: 'a1', error: { code: 'ROW' } }],
    [`{"size": 101, "prompt": ${JSON.stringify(PROMPT)}, "completion": ""}`, { error: { code: 'PROMPT_SIZE' } }],
    [`${'['.repeat(300)}`, { error: { code: 'JSON_SYNTAX' } }],
    ['{"domain": "sokoban", "size": 3, "prompt": "x", "completion": ""}', { error: {} }],
    ['\u0000\u001b[2J', { error: { code: 'PROMPT_SYNTAX' } }],
  ];

  it.each(faults)('%j', async (line, expected) => {
    const { answers, counts } = await answer([`${good}\n${line}\n${good}\n`]);
    expect(answers).toMatchObject([
      { line: 1, verdict: {} },
      { line: 2, ...expected },
      { line: 3, verdict: {} },
    ]);
    const { error } = answers[1] as CompletionAnswer;
    expect(error?.message).toMatch(/^error\[[A-Z_]+\] stdin:2:\d+(?:, word 1)?: .+; expected .+, got .+ \(hint: .+\)$/);
    expect(counts).toEqual({ lines: 3, refused: 1 });
  });

  it('one of several completions', async () => {
    const row = { id: 'x', size: 3, prompt: PROMPT, completions: ['solution end', 7] };
    const { answers, counts } = await answer([JSON.stringify(row)]);
    expect(answers).toMatchObject([
      {
        line: 1,
        completions: [
          { id: 'x#1', part: 1, verdict: { plan: { valid: false } } },
          { id: 'x#2', part: 2, error: { code: 'ROW' } },
        ],
      },
    ]);
    expect(counts).toEqual({ lines: 1, refused: 1 });
  });

  it('a line that is too long, of which nothing is kept', async () => {
    const long = 'x'.repeat(150);
    for (const pieces of [
      [`${good}\n${long}\n${good}`],
      [`${good}\n`, ...long.split('x').map(() => 'x'), `\n${good}`],
      [`${good}\n${long}`],
    ]) {
      const { answers } = await answer(pieces, undefined, good.length);
      expect(answers.slice(0, 2)).toMatchObject([
        { line: 1, id: 'good', verdict: {} },
        { line: 2, error: { code: 'LINE_TOO_LONG' } },
      ]);
      expect(answers.slice(2)).toMatchObject(pieces.at(-1) === `${good}\n${long}` ? [] : [{ line: 3, verdict: {} }]);
    }
    expect(LIMITS.rowBytes.most).toBeGreaterThan(good.length);
  });
});
