// `tracelab explain` in the terminal: what a step looks like, how it fits, what is refused, and that no text moves the
// cursor.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { explainText } from '../../src/cli/explain-text.ts';
import { writeParquet } from '../../src/data/parquet.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText, promptText } from '../../src/domain/maze/grammar.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { RandomSequence } from '../../src/base/random.ts';
import type { Problem } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { renderExplainPage } from '../../src/report/player/page.ts';
import { HOSTILE } from '../domain/hostile-completions.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE } from '../domain/pictures.ts';
import { runCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const GOLD = [...BEND_TRACE, BEND_SOLUTION].join(' ');
const BROKEN = GOLD.replace('close 0 1 c1 c3', 'close 0 1 c9 c3');

function shown(
  completion: string,
  {
    problem = BEND,
    id = 'bend',
    from = 1,
    to = Infinity,
    width = 80,
    color = false,
  }: { problem?: Problem; id?: string; from?: number; to?: number; width?: number; color?: boolean } = {},
): string {
  const row = { id, place: 'rows.jsonl:1', problem, prompt: promptText(problem), completion };
  return [...explainText(row, judge(problem, completion), { ranges: [{ from, to }], width, color })].join('');
}

describe('steps', () => {
  it('show maze, open list, event, effect and broken rules', () => {
    expect(shown(BROKEN, { from: 3, to: 4 })).toBe(`bend
rows.jsonl:1; 3 by 3 maze from (0, 0) to (2, 0); 13 events
S start, G goal, █ wall, ○ open, ● closed, ◆ the event’s cell, ✗ where a rule is
broken, + plan

Event 3 of 13  close 0 1 c9 c3
   0 1 2     Open list: 1 entry
 0 S ██G       (x, y)       g    h    f
 1 ✗ ██·     ▸ (0, 1)       1    3    4
 2 · · ·
The record is skipped.
✗ strict        wrong cost: g is not the cost that the search has reached the
                cell with; here it is 1, not 9
✗ lenient       close not in open list: the closed entry is not in the open
                list; that of (0, 1) has g = 1, h = 3

Event 4 of 13  create 0 2 c2 c4
   0 1 2     Open list: 1 entry
 0 S ██G       (x, y)       g    h    f
 1 ○ ██·       (0, 1)       1    3    4
 2 ✗ · ·
The record is skipped.
· strict        broken at event 3, not judged further
✗ lenient       create non neighbor: the created cell is no neighbour of the
                cell closed last, (0, 0)

Verdict
✗ Strict trace  at event 3 of 13 (close 0 1 c9 c3), wrong cost: g is not the
                cost that the search has reached the cell with; here it is 1,
                not 9
✗ Lenient trace at event 3 of 13 (close 0 1 c9 c3), close not in open list: the
                closed entry is not in the open list; that of (0, 1) has g = 1,
                h = 3
✓ Plan          valid, 7 cells, optimal
✓ Format        exact
`);
  });

  it('end with the plan in the maze', () => {
    expect(shown(GOLD, { from: 14 })).toContain(`End of the trace
   0 1 2     Open list: 0 entries
 0 S ██G       (x, y)       g    h    f
 1 + ██+
 2 + + +
The trace has ended.
✓ strict        valid
✓ lenient       valid
`);
  });

  it('are all there without a range', () => {
    expect(shown(GOLD).match(/^Event \d+ of 13 /gm)).toHaveLength(13);
  });
});

describe('the terminal', () => {
  const large = generateProblem('wilson', 30, new RandomSequence(1, 99, 0));
  const { trace, plan } = solve(large);
  const completion = completionText(trace, plan ?? []);

  it.each([40, 50, 80, 120])('of %d columns is never too narrow', (width) => {
    for (const [problem, text] of [
      [BEND, BROKEN],
      [large, completion],
      [large, `${'x'.repeat(500)} ${completion}`],
    ] as const) {
      const lines = shown(text, { problem, width, to: 30 }).split('\n');
      expect(lines.filter((line) => line.length > width)).toEqual([]);
    }
  });

  it('shows the columns around the event of a maze that is too wide', () => {
    const wide: Problem = {
      generator: 'free',
      size: 100,
      walls: new Uint8Array(10_000),
      start: { x: 90, y: 0 },
      goal: { x: 99, y: 0 },
    };
    const text = shown(completionText(solve(wide).trace, solve(wide).plan ?? []), { problem: wide, to: 1 });
    expect(text).toContain('columns 23 to 99 of 100');
    expect(text).toMatch(/^ 0 ·{67}◆·{8}G/m);
  });

  it('has colours only where they are asked for', () => {
    expect(shown(BROKEN)).not.toContain('\u001b');
    expect(shown(BROKEN, { color: true, from: 3, to: 3 })).toContain('\u001b[31m');
  });

  it('is not moved by any text', () => {
    const text = shown(`close\u001b[2J 0 0 c0 \u009b2J \u202e ${GOLD}`, { id: 'bad\u001b]0;title\u0007\nid' });
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text.split('\n')[0]).toBe('bad\ufffd]0;title\ufffd id');
  });
});

describe('hostile completions', () => {
  // A completion of millions of records takes the same way as one of a megabyte.
  const bearable = HOSTILE.filter(
    ({ completion }) => !completion.startsWith('x ') && !completion.startsWith('plan 0 0 '),
  );

  it.each(bearable)(
    '$name: is told within the terminal, and on a page as text alone',
    ({ name, completion, problem = BEND, expected }) => {
      const verdict = judge(problem, completion);
      expect(verdict).toMatchObject(expected);
      const text = shown(completion, { problem, id: name, to: 3 });
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028\u2029\u202a-\u202e\ufeff]/);
      expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(text.includes('✓ Format')).toBe(verdict.format);
      const page = renderExplainPage({
        id: name,
        place: 'rows.jsonl:1',
        problem,
        prompt: promptText(problem),
        completion,
        verdict,
        version: '0',
      });
      expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028\u2029\u202a-\u202e\ufeff]/);
    },
  );

  it('get the same verdict from the command', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracelab-hostile-'));
    try {
      writeFileSync(
        join(folder, 'hostile.jsonl'),
        HOSTILE.map(({ name, completion, problem = BEND }) =>
          JSON.stringify({ id: name, size: 3, prompt: promptText(problem), completion }),
        ).join('\n'),
      );
      for (const name of [
        'ten megabytes of one word',
        '2^32 + 1 is not 1',
        'the plan before the trace',
        'control characters',
        'two solution words',
      ]) {
        const { expected } = HOSTILE.find((each) => each.name === name) ?? {};
        const { code, out, error } = await runCli(
          ['explain', 'hostile.jsonl', '--id', name, '--steps', '1', '--json'],
          folder,
        );
        expect([code, error], name).toEqual([0, '']);
        expect(JSON.parse(out.trimEnd().split('\n').at(-1) ?? ''), name).toMatchObject(expected ?? {});
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the command', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tracelab-explain-'));
    const row = { size: 3, prompt: promptText(BEND) };
    const rows = [
      { id: 'gold', ...row, completion: GOLD },
      { id: 7, prompt: row.prompt, completion: BROKEN },
      { id: 'bare', completion: GOLD },
      { id: 'wrong', size: 3, prompt: 'query', completion: '' },
    ];
    writeFileSync(
      join(folder, 'rows.jsonl'),
      `${JSON.stringify(rows[0])}\n\n${rows
        .slice(1)
        .map((each) => JSON.stringify(each))
        .join('\n')}\n`,
    );
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    [['none.jsonl'], 'error[FILE_MISSING] none.jsonl: no such file; expected a file, got none (hint: check the path)'],
    [
      ['none.jsonl:3'],
      'error[FILE_MISSING] none.jsonl: no such file; expected a file, got none (hint: check the path)',
    ],
    [
      ['rows.jsonl:2'],
      'error[ROW_MISSING] rows.jsonl: no such row; expected a row on line 2, got 4 rows (hint: lines and rows are counted from 1; empty lines hold no row)',
    ],
    [
      ['rows.jsonl', '--id', 'other'],
      'error[ROW_MISSING] rows.jsonl: no such row; expected a row with the id "other", got 4 rows without it (hint: lines and rows are counted from 1; empty lines hold no row)',
    ],
    [
      ['rows.jsonl:3'],
      'error[ROW] rows.jsonl:3:1: the size of the maze is not given; expected a whole number `size`, got nothing (hint: give --size)',
    ],
    [
      ['rows.jsonl:4', '--size', '4'],
      'error[ROW] rows.jsonl:4:1: the row has no texts; expected texts `prompt` and `completion`, or one `text`, got id, completion (hint: rename its fields)',
    ],
    [
      ['rows.jsonl:5'],
      'error[PROMPT_SYNTAX] rows.jsonl:5:39: not a prompt; expected `start`, got the end of the text (hint: a prompt is `query start X Y goal X Y { wall X Y } reasoning`, or that of Searchformer)',
    ],
    [
      ['rows.jsonl', '--from-error'],
      'error[STEP_RANGE] rows.jsonl:1: nothing is broken; expected a trace that breaks a rule, got one that is valid at both levels (hint: leave --from-error out)',
    ],
    [
      ['rows.jsonl', '--steps', '15..20'],
      'error[STEP_RANGE] rows.jsonl:1: no such step; expected --steps within 1..14, got 15 (hint: leave --steps out)',
    ],
    [
      ['rows.jsonl', '--steps', '4..2'],
      'error[COMMAND_LINE] tracelab explain --steps: wrong value; expected steps from 1 on, as 3..20, 3.., ..20 or 3, got "4..2" (hint: tracelab explain --help explains it)',
    ],
    [
      ['rows.jsonl', '--steps', '1', '--from-error'],
      'error[COMMAND_LINE] tracelab explain: --steps and --from-error exclude each other; expected one of the two, got both (hint: leave one out)',
    ],
    [
      ['rows.jsonl', '--html', 'x.html', '--json'],
      'error[COMMAND_LINE] tracelab explain: a page holds all steps, and nothing else is printed; expected --html without --json, --from-error and --steps, got --html with --json (hint: leave --json out)',
    ],
  ])('refuses %j', async (args, message) => {
    expect(await runCli(['explain', ...args], folder)).toEqual({ code: 2, out: '', error: `${message}\n` });
  });

  it('takes the first row, one by its id, one by its line, from the first error on or some steps', async () => {
    const heads = async (...args: readonly string[]): Promise<string[]> =>
      (await runCli(['explain', ...args], folder)).out.match(/^(?:Event \d+|End)/gm) ?? [];
    expect(await heads('rows.jsonl')).toHaveLength(14);
    expect((await heads('rows.jsonl', '--id', '7', '--size', '4', '--from-error')).at(0)).toBe('Event 3');
    expect(await heads('rows.jsonl:1', '--steps', '3..4')).toEqual(['Event 3', 'Event 4']);
    expect(await heads('rows.jsonl:1', '--steps', '13..')).toEqual(['Event 13', 'End']);
  });

  it("explains what verify reads: one text, bare or in a field, Searchformer's order, and the rows of a table", async () => {
    const maze = promptText(BEND);
    const texts = [
      JSON.stringify({ text: `${maze} ${GOLD}` }),
      `${maze} ${BROKEN}`,
      JSON.stringify({
        prompt: maze.replace('query ', '').replace(' reasoning', ''),
        completion: `create 0 0 c0 c2 ${GOLD.replace('solution ', '').replace(' end', '')}`,
      }),
      '{broken',
    ];
    writeFileSync(join(folder, 'texts.jsonl'), texts.join('\n'));
    const rows = [
      { id: 'a', size: 3, prompt: maze, completion: GOLD },
      { id: 'b', size: 3, prompt: maze, completion: BROKEN },
    ];
    await writeParquet(
      join(folder, 'rows.parquet'),
      [
        { name: 'id', type: 'text', value: ({ id }) => id },
        { name: 'size', type: 'integer', value: ({ size }) => size },
        { name: 'prompt', type: 'text', value: ({ prompt }) => prompt },
        { name: 'completion', type: 'text', value: ({ completion }) => completion },
      ],
      rows,
    );
    const first = async (...args: readonly string[]): Promise<unknown> =>
      JSON.parse((await runCli(['explain', ...args, '--json', '--steps', '1'], folder)).out.split('\n')[0]);
    const gold = { prompt: maze, completion: GOLD };
    expect(await first('texts.jsonl', '--size', '4')).toMatchObject({ ...gold, id: 'texts.jsonl:1' });
    expect(await first('texts.jsonl:2', '--size', '4')).toMatchObject({ ...gold, completion: BROKEN });
    expect(await first('texts.jsonl:3', '--size', '4')).toMatchObject(gold);
    expect(await first('rows.parquet')).toMatchObject({ ...gold, id: 'a', place: 'rows.parquet:1' });
    expect(await first('rows.parquet:2')).toMatchObject({ id: 'b', completion: BROKEN });
    expect(await first('rows.parquet', '--id', 'b')).toMatchObject({ place: 'rows.parquet:2' });
    expect((await runCli(['explain', 'texts.jsonl:4', '--size', '4'], folder)).error).toMatch(
      /^error\[JSON_SYNTAX\] texts\.jsonl:4:2: /,
    );
  });

  it('reads standard input, and gives the steps as JSON lines in ASCII', () => {
    const input = `${JSON.stringify({ size: 3, prompt: promptText(BEND), completion: `${BROKEN} \u009b\u{1f642}` })}\n`;
    const bin = join(import.meta.dirname, '../../src/cli/bin.ts');
    const out = execFileSync(process.execPath, [bin, 'explain', '-', '--from-error', '--json'], {
      input,
      encoding: 'utf8',
    });
    expect(out).toMatch(/^[\n\u0020-\u007e]*$/);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ type }) => type)).toEqual([
      'example',
      ...Array.from({ length: lines.length - 2 }, () => 'step'),
      'verdict',
    ]);
    expect(lines[0]).toMatchObject({
      id: 'stdin:1',
      place: 'stdin:1',
      size: 3,
      completion: `${BROKEN} \u009b\u{1f642}`,
    });
    expect(lines[1]).toMatchObject({
      step: 3,
      record: 2,
      open: [{ x: 0, y: 1, g: 1, h: 3, f: 4 }],
      event: { operation: 'close', x: 0, y: 1, g: 9, h: 3 },
      broken: { strict: 'wrong_cost', paper: 'close_not_in_open_list' },
    });
    expect(lines.at(-1)).toMatchObject({ strict: { valid: false, rule: 'wrong_cost', record: 2 } });
  });

  it('writes a page', async () => {
    expect(await runCli(['explain', 'rows.jsonl', '--html', 'trace.html'], folder)).toEqual({
      code: 0,
      out: 'page trace.html\n',
      error: '',
    });
    expect(readFileSync(join(folder, 'trace.html'), 'utf8')).toContain('<title>tracelab: gold</title>');
  });
});
