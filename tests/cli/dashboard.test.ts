// `tracelab dashboard` as a process: the address that it prints, what it answers, how it stops, and that it writes
// nothing.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ask } from '../serve/client.ts';
import { type Running, startCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const TOKEN = '0123456789abcdef0123456789abcdef';
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-dashboard-cli-'));
  mkdirSync(join(folder, 'runs'));
  writeFileSync(join(folder, 'token.txt'), `${TOKEN}\n`);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** @returns the process once it listens, and its port */
async function dashboard(...args: string[]): Promise<Running & { readonly port: number }> {
  const running = startCli(['dashboard', ...args], folder);
  await running.until('Ctrl-C stops');
  return { ...running, port: Number(running.captured(/http:[^"]*:(\d+)\//)) };
}

it('prints one line, answers on loopback, and Ctrl-C stops it at once', async () => {
  const running = await dashboard('--port', '0');
  const page = await ask(running.port, '/');
  expect(page.status).toBe(200);
  expect(page.text).toMatch(/^<!doctype html>/);
  running.kill('SIGINT');
  const { code, out, error } = await running.finished;
  expect([code, error]).toEqual([130, '']);
  expect(out).toBe(`runs at http://localhost:${running.port}/; Ctrl-C stops the dashboard\n`);
  expect(readdirSync(folder).sort()).toEqual(['runs', 'token.txt']);
  expect(readdirSync(join(folder, 'runs'))).toEqual([]);
});

it('takes the next free port when its own is taken, and refuses a port that was given', async () => {
  const first = await dashboard();
  const second = await dashboard();
  expect(second.port).toBeGreaterThan(first.port);
  const third = startCli(['dashboard', '--port', String(first.port)], folder);
  expect((await third.finished).error).toMatch(/^error\[LISTEN\] 127\.0\.0\.1 port \d+: /);
  for (const each of [first, second]) each.kill('SIGTERM');
  expect((await first.finished).code).toBe(143);
  await second.finished;
});

it('for other machines answers nothing without the token, which it prints nowhere', async () => {
  const running = await dashboard('--host', '0.0.0.0', '--port', '0', '--token-file', 'token.txt');
  for (const path of ['/', '/events', '/report?graph=0']) expect((await ask(running.port, path)).status).toBe(401);
  expect((await ask(running.port, '/', { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
  running.kill('SIGTERM');
  const { out, error } = await running.finished;
  expect(out + error).not.toContain(TOKEN);
});
