// `tracelab play`: the page, its models, and what opens it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openerOf, openPage } from '../../src/cli/open-page.ts';
import { useChromium } from '../browser/use-chromium.ts';
import { runHere } from '../ports/here.ts';
import { writeSmallStudy } from './small-study.ts';

// A busy machine is slow.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const chromium = useChromium();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-play-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Page {
  readonly bytes: number;
  readonly models: readonly { readonly label: string; readonly sha256: string }[];
  readonly left: number;
}

async function play(...args: readonly string[]): Promise<Page> {
  const { code, out, error } = await runHere(['play', ...args, '--json'], folder);
  expect([code, error]).toEqual([0, '']);
  return JSON.parse(out) as Page;
}

const hashOf = (name: string): string => {
  const path = join(import.meta.dirname, `../../models/${name}/tracelab.json`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { files: Record<string, string> }).files['model.safetensors'];
};

it('without arguments has the models of the package, and is not opened outside of a terminal', async () => {
  const { code, out, error } = await runHere(['play'], folder);
  expect([code, error]).toEqual([0, '']);
  expect(out).toMatch(
    /^page play\.html \(4\.\d MiB\): .*correct.*; .*swapped.*\nOpen it in a browser\. It needs no network\.\n$/i,
  );
  const page = readFileSync(join(folder, 'play.html'), 'utf8');
  for (const name of ['correct', 'swapped']) expect(page).toContain(hashOf(name));
  await chromium().visitFile(join(folder, 'play.html'), {}, async ({ page: shown }) => {
    expect(await shown.locator('table tbody tr code').allInnerTexts()).toEqual(['correct', 'swapped'].map(hashOf));
  });
});

it.each(['light', 'dark'] as const)(
  'has no serious fault of accessibility before anything is written, %s',
  async (scheme) => {
    await play('swapped', '--out', `${scheme}.html`);
    await chromium().visitFile(join(folder, `${scheme}.html`), { scheme }, async ({ page, seriousFaults }) => {
      await page.locator('svg.maze[aria-label^="Maze of 6 by 6 cells"]').waitFor();
      // A shape without a class is filled with black.
      expect(await page.locator('svg.maze rect:not([class])').count()).toBe(0);
      expect(await seriousFaults()).toEqual([]);
    });
  },
);

it('has the checkpoints that are given, in their order', async () => {
  const { models, bytes, left } = await play('swapped', '--out', 'one.html');
  expect(models.map(({ sha256 }) => sha256)).toEqual([hashOf('swapped')]);
  expect([readFileSync(join(folder, 'one.html')).length, left]).toEqual([bytes, 0]);
  expect((await play('swapped', 'correct')).models.map(({ sha256 }) => sha256)).toEqual(
    ['swapped', 'correct'].map(hashOf),
  );
});

it('has the first models of a study, with what was measured', async () => {
  writeSmallStudy(folder);
  expect((await runHere(['study', 'small.yaml', '--threads', '1'], folder)).code).toBe(0);
  const { models, left } = await play('runs/small', '--models', '1', '--out', 'study.html');
  expect(models).toHaveLength(1);
  const all = await play('runs/small', '--models', '64', '--out', 'study.html');
  expect(all.left).toBe(0);
  expect(all.models).toHaveLength(1 + left);
  const results = JSON.parse(readFileSync(join(folder, 'runs/small/results.json'), 'utf8')) as {
    conditions: { weights_sha256: string }[];
  };
  expect(all.models.map(({ sha256 }) => sha256)).toEqual(
    results.conditions.map(({ weights_sha256 }) => weights_sha256),
  );
});

describe('what opens a page', () => {
  const desktop = { platform: 'linux', env: { DISPLAY: ':0' }, isTerminal: true } as const;

  it('is the opener of the system, by an address that no shell reads', () => {
    const file = '/tmp/$(touch x); `y` & "z" #1?.html';
    const args = ['file:///tmp/$(touch%20x);%20%60y%60%20&%20%22z%22%20%231%3F.html'];
    expect(openerOf(file, desktop)).toEqual({ command: 'xdg-open', args });
    expect(openerOf(file, { ...desktop, env: { WAYLAND_DISPLAY: 'w' } })).toEqual({ command: 'xdg-open', args });
    expect(openerOf(file, { ...desktop, platform: 'darwin', env: {} })).toEqual({ command: 'open', args });
    expect(openerOf('-x.html', desktop)?.args[0]).toMatch(/^file:\/\/\/.*\/-x\.html$/);
  });

  it.each([
    ['a pipe', { isTerminal: false }],
    ['CI', { env: { DISPLAY: ':0', CI: 'true' } }],
    ['SSH', { env: { DISPLAY: ':0', SSH_CONNECTION: '1 2 3 4' } }],
    ['no screen', { env: {} }],
    ['a system without an opener', { platform: 'aix' as const }],
  ])('is nothing with %s', (_, change) => {
    expect(openerOf('play.html', { ...desktop, ...change })).toBeNull();
  });

  it('gets its argument as it is', async () => {
    const path = join(folder, 'argument; touch injected.txt');
    const write = `require('fs').writeFileSync(process.argv[1], 'here')`;
    expect(await openPage({ command: process.execPath, args: ['-e', write, path] })).toBe(true);
    await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true);
    expect(existsSync(join(folder, 'injected.txt'))).toBe(false);
  });

  it('may be missing', async () => {
    expect(await openPage({ command: join(folder, 'none'), args: [] })).toBe(false);
  });
});
