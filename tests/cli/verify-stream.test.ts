// `tracelab verify - --stream` as another program meets it: an answer before the next line, the client in Python of
// docs/rewards.md, and the ways in which it ends.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, vi } from 'vitest';
import type { Verdict } from '../../src/domain/types.ts';
import { runCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000 });

const root = join(import.meta.dirname, '../..');
const BIN = join(root, 'src/cli/bin.ts');
const GOLDEN = join(root, 'tests/golden/verdicts.jsonl');
const golden = readFileSync(GOLDEN, 'utf8').trimEnd().split('\n');
const verdictOf = (line: string): Verdict => (JSON.parse(line) as { verdict: Verdict }).verdict;

function start(): { child: ChildProcessWithoutNullStreams; code: Promise<number | null>; error: () => string } {
  const child = spawn(process.execPath, [BIN, 'verify', '-', '--stream'], { cwd: tmpdir() });
  let error = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text;
  });
  child.stdin.on('error', () => undefined);
  return { child, code: new Promise((resolve) => child.on('close', resolve)), error: () => error };
}

it('answers a line before the next one comes, and ends with the input', async () => {
  const { child, code, error } = start();
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  for (const line of golden.slice(0, 5)) {
    child.stdin.write(`${line}\n`);
    expect(verdictOf((await answers.next()).value as string)).toEqual(verdictOf(line));
  }
  child.stdin.end();
  expect([await code, error()]).toEqual([0, '']);
});

it('ends with 5 where a line could not be read', async () => {
  const { child, code, error } = start();
  child.stdout.resume();
  child.stdin.end('hello\n');
  expect([await code, error()]).toEqual([5, '']);
});

describe('nobody reads the answers', () => {
  /** More answers than a pipe holds. */
  const fill = (child: ChildProcessWithoutNullStreams): void => {
    child.stdout.pause();
    for (let i = 0; i < 20; i++) child.stdin.write(`${golden.join('\n')}\n`);
  };

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it', async (signal, expected) => {
    const { child, code } = start();
    // One answer: the command listens for signals.
    child.stdin.write(`${golden[0]}\n`);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    fill(child);
    child.kill(signal);
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(expected);
    child.stdout.resume();
    await code;
  });

  it('a reader that goes away ends it without a word', async () => {
    const { child, code, error } = start();
    fill(child);
    await new Promise((resolve) => child.stdout.once('readable', resolve));
    child.stdout.destroy();
    expect([await code, error()]).toEqual([0, '']);
  });
});

it.each([
  [['verify', 'a.jsonl', '--stream'], /^error\[STREAM_INPUT\] --stream: .+; expected -, got a\.jsonl \(hint: .+\)\n$/],
  [['verify', '-', '-', '--stream'], /^error\[COMMAND_LINE\] tracelab verify: standard input can be read once; /],
  [
    ['verify', '-', '--stream', '--output', 'x.jsonl'],
    /^error\[COMMAND_LINE\] tracelab verify: --stream and --output exclude/,
  ],
])('%j is refused', async (args, message) => {
  const { code, out, error } = await runCli(args, tmpdir());
  expect([code, out]).toEqual([2, '']);
  expect(error).toMatch(message);
});

/** Blocks of Python in docs/rewards.md: the client, then its use in TRL. */
const [client] = [...readFileSync(join(root, 'docs/rewards.md'), 'utf8').matchAll(/^```python\n([^]*?)^```$/gm)].map(
  ([, block]) => block,
);

describe('the client in Python', () => {
  it('has at most 30 lines and no dependency', () => {
    expect(client.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(30);
    expect(client.match(/^(?:import|from) .*/gm)).toEqual(['import json', 'import subprocess', 'import threading']);
  });

  it('gets the golden verdicts, more than a pipe holds at once, and rewards them', () => {
    const command = JSON.stringify([process.execPath, BIN]);
    const program = `${client.replace('("npx", "tracelab")', command)}
rows = [json.loads(line) for line in open(${JSON.stringify(GOLDEN)}, encoding="utf-8")]
repeated = 3 * rows
print(json.dumps([answer["verdict"] == row["verdict"] for answer, row in zip(verify(repeated), repeated)]))
mazes = [row for row in rows if row["size"] == 8]
verify = Verifier("--size", "8", command=${command})
prompts, completions = [[row[key] for row in mazes] for key in ("prompt", "completion")]
print(json.dumps(valid_plan(prompts, completions, step=[1] * len(mazes))))
chat = lambda role, texts: [[{"role": role, "content": text}] for text in texts]
print(json.dumps(valid_plan(chat("user", prompts), chat("assistant", completions))))
print(json.dumps([float(row["verdict"]["plan"]["valid"]) for row in mazes]))
`;
    const { status, stdout, stderr } = spawnSync('python3', ['-'], { input: program, encoding: 'utf8', cwd: tmpdir() });
    expect(status, stderr).toBe(0);
    const [same, rewards, ofChats, expected] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown[]);
    expect(same).toEqual(Array.from({ length: 3 * golden.length }, () => true));
    expect(new Set(expected)).toEqual(new Set([0, 1]));
    expect(rewards).toEqual(expected);
    expect(ofChats).toEqual(expected);
  });
});
