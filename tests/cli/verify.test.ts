// `tracelab verify` as a user meets it: hostile completions through the whole command, what it prints, its files and
// exit codes.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Verdict } from '../../src/domain/types.ts';
import { promptText } from '../../src/domain/maze/grammar.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import type { GroupSummary } from '../../src/evaluation/verify-tally.ts';
import { HOSTILE } from '../domain/hostile-completions.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE } from '../domain/pictures.ts';
import { runCli } from './run-cli.ts';

// Processes of a busy machine are slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-verify-cli-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const PROMPT = 'query start 0 0 goal 2 0 wall 1 0 wall 1 1 reasoning';
const TRACE = BEND_TRACE.join(' ');
const GOLD = `${TRACE} ${BEND_SOLUTION}`;

describe('hostile completions, through the command', () => {
  let verdicts: Verdict[];
  let groups: GroupSummary[];

  beforeAll(async () => {
    const rows = HOSTILE.map(({ name, completion, problem = BEND }) =>
      JSON.stringify({ id: name, generator: 'theirs', size: 3, prompt: promptText(problem), completion }),
    );
    writeFileSync(join(folder, 'hostile.jsonl'), rows.join('\n'));
    const { code, out, error } = await runCli(
      ['verify', 'hostile.jsonl', '--output', 'verdicts.jsonl', '--json'],
      folder,
    );
    expect(code, error).toBe(0);
    verdicts = readFileSync(join(folder, 'verdicts.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { verdict: Verdict }).verdict);
    ({ groups } = JSON.parse(out) as { groups: GroupSummary[] });
  });

  it.each(HOSTILE.map(({ name, expected }, i) => ({ name, expected, i })))('$name', ({ expected, i }) => {
    expect(verdicts[i]).toMatchObject(expected);
  });

  it('get the verdicts of the readable validator', () => {
    // Those of ten megabytes are compared at one megabyte, where the judge of huge completions is tested.
    const small = [...HOSTILE.entries()].filter(([, { completion }]) => completion.length < 1_000_000);
    expect(small.length).toBeGreaterThan(20);
    for (const [i, { name, completion, problem }] of small)
      expect(verdicts[i], name).toEqual(judge(problem ?? BEND, completion));
  });

  it('are all counted', () => {
    expect(groups.map(({ name, n }) => [name, n])).toEqual([['theirs', HOSTILE.length]]);
  });

  it('no control character reaches the terminal', async () => {
    writeFileSync(
      join(folder, 'controls.jsonl'),
      `${JSON.stringify({ id: '\u001b[31m', generator: '\u001b]0;x\u0007\nresult 0', size: 3, prompt: PROMPT, completion: `\u001b[2J\u009b ${TRACE} \u202ex` })}\n`,
    );
    const { code, out, error } = await runCli(['verify', 'controls.jsonl', '--verbose'], folder);
    expect([code, error]).toEqual([0, '']);
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(out.match(/^result /gm)).toHaveLength(1);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'operation syntax error 1 100.0 % controls.jsonl:1 (\ufffd[31m) record 0: \ufffd[2J\ufffd ',
    );
  });
});

describe('what it prints', () => {
  const rows = [
    { id: 'a', generator: 'wilson', completion: GOLD },
    { id: 'b', generator: 'wilson', completion: GOLD.replace('c1 c3', 'c2 c3') },
    { id: 'c', completion: GOLD.replace('plan 2 1 ', '') },
  ].map((row) => JSON.stringify({ ...row, size: 3, prompt: PROMPT }));
  beforeAll(() => {
    writeFileSync(join(folder, 'three.jsonl'), `${rows.join('\n')}\n`);
  });

  it('one table by generator or file: shares with intervals and counts, the commonest rule; all of it on demand', async () => {
    const { code, out, error } = await runCli(['verify', 'three.jsonl'], folder);
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/\n +Wilson +three\.jsonl\n +n 2 +n 1\nValid plans +100\.0 \[34\.2, 100\.0\] +0\.0 \[/);
    expect(out).toMatch(/^Valid traces among all completions\n[^]*?^Strict +50\.0 \[9\.5, 90\.5\] +100\.0 \[/m);
    expect(out).toMatch(/^Valid traces among completions with a valid plan\n[^]*?^Strict +50\.0 \[9\.5, 90\.5\] +-$/m);
    expect(out).toContain('Commonest first broken rule of the plan. three.jsonl: illegal move (1 of 1)\n');
    expect(out).toContain('Commonest first broken rule of the trace, strict. Wilson: wrong cost (1 of 2)\n');
    expect(out).not.toMatch(/three\.jsonl:\d/);
    expect(out).toMatch(/\nresult [0-9a-f]{64}\n$/);
    const verbose = (await runCli(['verify', 'three.jsonl', '--verbose'], folder)).out;
    expect(verbose).toMatch(/^Strict\nPlan and trace valid +1 +0\nPlan valid, trace invalid +1 +0\n/m);
    const words = verbose.replaceAll(/\s+/g, ' ');
    expect(words).toContain('Wilson: trace, strict wrong cost 1 50.0 % three.jsonl:2 (b) record 1: create 0 1 c2 c3 ');
    expect(words).toMatch(
      /three\.jsonl: plan illegal move 1 100\.0 % three\.jsonl:3 \(c\): \.\.\.[\w ]+ plan 2 0 end /,
    );
    expect(words).toContain('plan length mismatch 1 100.0 % three.jsonl:3 (c) record 13: (end of the trace) ');
  });

  it('one level alone with --level, of the same verdicts', async () => {
    const all = await runCli(['verify', 'three.jsonl'], folder);
    const strict = await runCli(['verify', 'three.jsonl', '--level', 'strict', '--verbose'], folder);
    expect(strict.out).toMatch(/^Strict /m);
    expect(strict.out).not.toMatch(/lenient|^Exact +\d/im);
    expect(strict.out.split('\n').at(-2)).toBe(all.out.split('\n').at(-2));
    expect((await runCli(['verify', 'three.jsonl', '--level', 'exact'], folder)).out).not.toMatch(/strict|lenient/i);
  });

  it('the same from standard input, threads aside', async () => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../src/cli/bin.ts'), 'verify', '-', '--size', '3', '--threads', '1', '--json'],
      { cwd: folder },
    );
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stdin.end(rows.map((row) => row.replace(',"size":3', '')).join('\n'));
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    const { groups } = JSON.parse(out) as { groups: GroupSummary[] };
    expect(
      groups.map(({ name, n, plan_valid, examples }) => [name, n, plan_valid.count, examples.strict.wrong_cost?.file]),
    ).toEqual([
      ['wilson', 2, 2, 'stdin'],
      ['stdin', 1, 0, undefined],
    ]);
  });
});

describe('standard input that stays open', () => {
  interface Opened {
    readonly code: Promise<unknown>;
    readonly error: () => string;
    readonly child: ReturnType<typeof spawn>;
    /** Resolves when the command has read more than a pipe holds. */
    readonly read: Promise<void>;
  }
  const open = (): Opened => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../src/cli/bin.ts'), 'verify', '-', '--size', '3', '--strict'],
      { cwd: folder },
    );
    let error = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      error += text;
    });
    child.stdin.on('error', () => undefined);
    const rows = `${JSON.stringify({ prompt: PROMPT, completion: '' })}\n`.repeat(100_000);
    const read = new Promise<void>((resolve) => {
      child.stdin.write(rows, () => {
        resolve();
      });
    });
    return { code: new Promise((resolve) => child.on('close', resolve)), error: () => error, child, read };
  };

  it('does not keep a refused command alive', async () => {
    const { code, error, child } = open();
    child.stdin?.write('x\n'.repeat(3_000_000));
    expect(await code).toBe(2);
    // A slow machine prints its progress before.
    expect(error()).toMatch(
      /^(?:verify \d+ MB, \d+ MB\/s\n)*error\[PROMPT_SYNTAX\] stdin:100001:1: not a prompt; expected `query` or `start`, got `x` \(hint: .+\)\n$/,
    );
  });

  it('does not keep a stopped command alive', async () => {
    const { code, child, read } = open();
    await read;
    child.kill('SIGINT');
    expect(await code).toBe(130);
  });
});

describe('refusals with --strict: one line, exit code 2, no file', () => {
  it.each([
    [
      '{"prompt": "query", "completion": ""',
      ['--size', '6'],
      'error[JSON_SYNTAX] bad.jsonl:2:37: not valid JSON; expected one JSON object a line, got the end of the line (hint: write rows of several lines as a JSON array; the file may be cut short)',
    ],
    [
      '{"prompt": "query start 0 9", "completion": ""}',
      ['--size', '6'],
      'error[PROMPT_SYNTAX] bad.jsonl:2:27: not a coordinate of this grid; expected 0..5, got `9` (hint: --size and `size` are cells per side)',
    ],
    [
      JSON.stringify({ prompt: PROMPT, completion: '' }),
      [],
      'error[ROW] bad.jsonl:2:1: the size of the maze is not given; expected a whole number `size`, got nothing (hint: give --size)',
    ],
    [
      '\u001b[31mhello',
      ['--size', '6'],
      'error[PROMPT_SYNTAX] bad.jsonl:2:1: not a prompt; expected `query` or `start`, got `\ufffd[31mhello` (hint: a prompt is `query start X Y goal X Y { wall X Y } reasoning`, or that of Searchformer)',
    ],
  ])('%j', async (line, options, message) => {
    writeFileSync(
      join(folder, 'bad.jsonl'),
      `${JSON.stringify({ prompt: PROMPT, completion: GOLD, size: 3 })}\n${line}\n`,
    );
    const before = readdirSync(folder);
    expect(await runCli(['verify', 'bad.jsonl', '--strict', ...options, '--output', 'out.jsonl'], folder)).toEqual({
      code: 2,
      out: '',
      error: `${message}\n`,
    });
    expect(readdirSync(folder)).toEqual(before);
  });
});

it('judges every form that generate writes as perfect', async () => {
  const tiny = ['--set', 'data.train=20', '--set', 'data.dev=2', '--set', 'data.test=4'];
  const made = await runCli(
    [
      'generate',
      'smoke',
      ...tiny,
      '--out',
      'data',
      '--format',
      'text',
      '--format',
      'searchformer',
      '--format',
      'ascii',
      '--format',
      'parquet',
    ],
    folder,
  );
  expect(made.code).toBe(0);
  expect(made.error).toMatch(/^start {6}data {2}1 thread\ndone {7}data {2}\d+ s; 1 of 1 done\n$/);
  for (const file of [
    'data/train.jsonl',
    'data/text/train.jsonl',
    'data/searchformer/train.txt',
    'data/parquet/train.parquet',
  ]) {
    const { code, out, error } = await runCli(['verify', file, '--size', '6', '--json'], folder);
    expect(code, error).toBe(0);
    const [{ n, format, plan_optimal, trace_valid }] = (JSON.parse(out) as { groups: GroupSummary[] }).groups;
    expect([n, format.count, plan_optimal.count, trace_valid.exact.count], file).toEqual([20, 20, 20, 20]);
  }
  const drawn = await runCli(
    ['generate', '--mazes', 'data/ascii/train.txt', '--generator', 'wilson', '--out', 'drawn'],
    folder,
  );
  expect([drawn.code, drawn.error]).toEqual([0, '']);
  const completions = (path: string): string[] =>
    readFileSync(join(folder, path), 'utf8')
      .trimEnd()
      .split('\n')
      .map((row) => (JSON.parse(row) as { completion: string }).completion);
  expect(completions('drawn/test-wilson.jsonl')).toEqual(completions('data/train.jsonl'));
  const again = await runCli(['generate', 'smoke', ...tiny, '--out', 'data'], folder);
  expect(again.code).toBe(0);
});
