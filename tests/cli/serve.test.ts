// `tracelab serve` as a process: the greedy completions that `evaluate` recorded, for 200 requests at once; how it
// starts, what it refuses, and how it stops.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { completionCap } from '../../src/model/completion-cap.ts';
import { writeSmallCheckpoint } from '../model/small-checkpoint.ts';
import { ask, complete } from '../serve/client.ts';
import { runCli, type Running, startCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

interface Row {
  readonly prompt: string;
  readonly completion: string;
  readonly truncated: boolean;
}

let folder: string;
const rowsOf = (file: string): Row[] =>
  readFileSync(join(folder, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-serve-cli-'));
  await writeSmallCheckpoint(join(folder, 'model'));
  writeFileSync(join(folder, 'token.txt'), '0123456789abcdef0123456789abcdef\n');
  const settings = ['size=4', 'train=20', 'dev=2', 'test=40', 'test_in_distribution=40', 'distributions=wilson'];
  const set = settings.flatMap((each) => ['--set', `data.${each}`]);
  const made = await runCli(['generate', 'smoke', ...set, '--out', 'data'], folder);
  expect(made.code, made.error).toBe(0);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** @returns the process once it listens, and its port */
async function serve(...args: string[]): Promise<Running & { readonly port: number }> {
  const running = startCli(['serve', 'model', '--port', '0', '--threads', '1', '--json', ...args], folder);
  await running.until('"url"');
  return { ...running, port: Number(running.captured(/"url":"http:[^"]*:(\d+)"/)) };
}

it('gives the completions that evaluate recorded, to 200 requests at once, and stops at SIGTERM', async () => {
  const evaluated = await runCli(
    ['evaluate', '--checkpoint', 'model', '--data', 'data', '--out', 'test', '--threads', '1'],
    folder,
  );
  expect(evaluated.code, evaluated.error).toBe(0);
  const rows = rowsOf('test/completions-wilson.jsonl');
  const { readCheckpoint } = await import('../../src/model/checkpoint.ts');
  const examples = rowsOf('data/test-wilson.jsonl');
  const max_tokens = completionCap(examples, await readCheckpoint(join(folder, 'model')), 'data');
  const server = await serve();
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      complete(server.port, { prompt: rows[i % rows.length].prompt, max_tokens, temperature: 0 }),
    ),
  );
  for (const [i, { choices }] of answers.entries()) {
    const { completion, truncated } = rows[i % rows.length];
    expect([choices[0].text, choices[0].finish_reason]).toEqual([completion, truncated ? 'length' : 'stop']);
  }
  expect(new Set(rows.map(({ completion }) => completion)).size).toBeGreaterThan(5);
  const before = readdirSync(folder);
  server.kill('SIGTERM');
  const { code, out, error } = await server.finished;
  expect([code, error]).toEqual([143, '']);
  expect(out.trimEnd().split('\n')[1]).toBe('{"event":"served","answered":{"200":200}}');
  expect(readdirSync(folder)).toEqual(before);
});

it('is stopped while it decodes, and answers what it had by 503', async () => {
  const server = await serve();
  const body = { prompt: Array.from({ length: 200 }, () => 'query'), max_tokens: 150, n: 1, seed: 1 };
  const answers = Promise.all(
    Array.from({ length: 20 }, () => ask(server.port, '/v1/completions', { body }).catch(() => undefined)),
  );
  await ask(server.port, '/v1/models');
  server.kill('SIGINT');
  expect((await server.finished).code).toBe(130);
  for (const answer of await answers) if (answer) expect([200, 503]).toContain(answer.status);
});

it('has a token from a file or the environment, and a name', async () => {
  const server = await serve('--token-file', 'token.txt', '--host', '127.0.0.1', '--name', 'mine');
  expect((await ask(server.port, '/v1/models')).status).toBe(401);
  const headers = { authorization: 'Bearer 0123456789abcdef0123456789abcdef' };
  expect((await ask(server.port, '/v1/models', { headers })).text).toContain('"id":"mine"');
  server.kill('SIGTERM');
  const { out, error } = await server.finished;
  expect(out + error).not.toContain('0123456789abcdef');
});

it('says which port is taken', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  const { code, out, error } = await runCli(['serve', 'model', '--port', String(port)], folder);
  taken.close();
  expect([code, out]).toEqual([4, '']);
  expect(error).toBe(
    `error[LISTEN] 127.0.0.1 port ${port}: cannot listen there; expected a free port on an address of this machine, ` +
      'got EADDRINUSE (hint: give another --port or --host)\n',
  );
});

it.each<[args: string[], message: RegExp]>([
  [['model', '--host', '0.0.0.0'], /^error\[TOKEN_MISSING\] --host 0\.0\.0\.0: others can reach this address, and no/],
  [['model', '--host', 'example.org'], /^error\[TOKEN_MISSING\]/],
  [['model', '--token-file', 'model/config.json'], /^error\[TOKEN\] model\/config\.json: not a token; expected/],
  [['model', '--token-file', 'none.txt'], /^error\[FILE_MISSING\] none\.txt: /],
  [['model', '--name', 'a/b'], /^error\[COMMAND_LINE\] .+ expected 1 to 64 letters/],
  [['nothing'], /^error\[CHECKPOINT_MISSING\] nothing: /],
])('refuses %j', async (args, message) => {
  const { code, out, error } = await runCli(['serve', ...args], folder);
  expect([code, out]).toEqual([2, '']);
  expect(error).toMatch(message);
  expect(error.trim().split('\n')).toHaveLength(1);
});
