// `tracelab generate` with a domain: what it writes, and what it refuses before anything is written.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-domain-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const SMALL = ['--set', 'data.train=6', '--set', 'data.dev=2', '--set', 'data.test=2'];

it('writes boards that say their domain, pictures, and a card about boards', async () => {
  const { code, error } = await runCli(
    ['generate', '--domain', 'sokoban', ...SMALL, '--format', 'ascii', '--out', 'boards'],
    folder,
  );
  expect(code).toBe(0);
  expect(error).toMatch(/^start {6}data {2}1 thread\ndone {7}data {2}\d+ s; 1 of 1 done\n$/);
  const [row] = readFileSync(join(folder, 'boards/test-sokoban-dense.jsonl'), 'utf8').split('\n');
  expect(JSON.parse(row)).toMatchObject({
    id: expect.stringMatching(/^sokoban-dense-7-test-\d+$/) as unknown,
    domain: 'sokoban',
    generator: 'sokoban-dense',
    size: 7,
  });
  expect(readFileSync(join(folder, 'boards/ascii/train.txt'), 'utf8')).toMatch(
    /^#######\n(?:#[# .@$]{5}#\n){5}#######\n[lrudLRUD]+\n\n/,
  );
  const card = readFileSync(join(folder, 'boards/README.md'), 'utf8');
  expect(card).toContain('# Boards with A* traces, 7x7');
  expect(card).toContain('"domain": "sokoban"');
  expect(card).not.toMatch(/maze/i);
});

it.each([
  [
    ['--domain', 'chess'],
    'error[DOMAIN_MODULE] --domain: no such domain; expected a built-in domain, the path of a module, or a package',
  ],
  [
    ['--domain', 'sokoban', '--format', 'searchformer'],
    'error[FORMAT_DOMAIN] --format searchformer: is the word order of mazes; expected text, ascii or parquet, got boards',
  ],
  [
    ['--domain', 'sokoban', '--mazes', 'x.txt', '--generator', 'dfs'],
    '--mazes reads pictures of mazes; expected the domain maze, got sokoban',
  ],
  [
    ['smoke', '--domain', 'sokoban', '--set', 'data.size=4'],
    'error[CONFIG_IMPOSSIBLE] --set data.size=4: no boards of this size are drawn; expected a size from 6 to 10, got 4',
  ],
])('refuses %j', async (options, message) => {
  const refused = await runCli(['generate', ...options, '--out', 'refused'], folder);
  expect(refused.error).toContain(message);
  expect(refused.code).toBe(2);
  expect(existsSync(join(folder, 'refused'))).toBe(false);
});
