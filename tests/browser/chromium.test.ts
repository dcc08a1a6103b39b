// What a visit of a page catches: each fault that a page can have, and none in a good page.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { Chromium } from './chromium.ts';
import { useChromium } from './use-chromium.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracelab-visit-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const chromium = useChromium();
const page = (body: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>A page</title><style>body { margin: 0; }</style><main>${body}</main></html>`;
const look = async (body: string): Promise<void> =>
  chromium().visit(page(body), {}, async ({ page }) => {
    // Long enough for what a script of the page starts.
    await page.evaluate('new Promise((done) => setTimeout(done, 100))');
  });

describe('a visit', () => {
  test('of a good page has no faults', async () => {
    await expect(look('<h1>Good</h1><script>console.log("a note")</script>')).resolves.toBeUndefined();
  });

  test.each([
    ['logs an error', '<script>console.error("wrong")</script>', 'console: wrong'],
    ['throws', '<script>throw new Error("thrown")</script>', 'error: thrown'],
    ['throws later', '<script>setTimeout(() => { throw new Error("late") })</script>', 'error: late'],
    ['rejects', '<script>Promise.reject(new Error("rejected"))</script>', 'error: rejected'],
    ['asks for a picture', '<img alt="" src="https://example.com/a.png">', 'request: https://example.com/a.png'],
    ['fetches', '<script>fetch("https://example.com/b").catch(() => 0)</script>', 'request: https://example.com/b'],
    ['asks for a file', '<link rel="stylesheet" href="no.css">', /request: file:.*no\.css/],
  ])('of a page that %s fails', async (_, body, fault) => {
    await expect(look(body)).rejects.toThrow(fault);
  });

  test('does not count what the page holds itself', async () => {
    await look(`<img alt="" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=">
      <script>fetch(URL.createObjectURL(new Blob(['x'])))</script>`);
  });

  test('hides no failure of the look itself', async () => {
    const failing = chromium().visit(page('<script>console.error("wrong")</script>'), {}, () =>
      Promise.reject(new Error('expected 2, got 3')),
    );
    await expect(failing).rejects.toThrow('expected 2, got 3');
  });
});

test('a view sets width, scheme, fingers and motion', async () => {
  const read = `[innerWidth, ...['(prefers-color-scheme: dark)', '(pointer: coarse)', '(prefers-reduced-motion: reduce)']
    .map((query) => matchMedia(query).matches)].join()`;
  const seen = (view: object): Promise<string> =>
    chromium().visit(page(''), view, ({ page }) => page.evaluate<string>(read));
  expect(await seen({})).toBe('1280,false,false,false');
  expect(await seen({ width: 390, scheme: 'dark', touch: true, still: true })).toBe('390,true,true,true');
});

test('serious faults of accessibility are found', async () => {
  const body = '<p id="pale" style="color: #ccc; background: #fff">pale</p><img src="data:,">';
  const faults = await chromium().visit(page(body), {}, ({ seriousFaults }) => seriousFaults());
  expect(faults).toEqual(['color-contrast: #pale', 'image-alt: img']);
  expect(await chromium().visit(page('<h1>Good</h1>'), {}, ({ seriousFaults }) => seriousFaults())).toEqual([]);
});

test('screens and elements that are cut are measured', async () => {
  const body = `<div class="tall" style="height: 1600px"></div><table class="wide" style="width: 500px"></table>
    <div style="overflow-x: auto"><p style="width: 900px">scrolls</p></div>`;
  const measured = async (width: number): Promise<unknown> =>
    chromium().visit(page(body), { width }, async ({ screens, cut }) => [Math.floor(await screens()), await cut()]);
  expect(await measured(390)).toEqual([2, ['table.wide']]);
  expect(await measured(1280)).toEqual([2, []]);
});

test('a picture shows the whole page', async () => {
  const path = join(folder, 'tall.png');
  const file = join(folder, 'tall.html');
  writeFileSync(file, page('<div style="height: 1600px"></div>'));
  await chromium().visitFile(file, { width: 320 }, ({ picture }) => picture(path));
  const png = readFileSync(path);
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([320, 1600]);
});

test('without Chromium the error is one line with what to install', async () => {
  vi.stubEnv('PATH', folder);
  try {
    await expect(Chromium.start()).rejects.toThrow(/^no Chromium in PATH: install Debian's package "chromium"$/);
  } finally {
    vi.unstubAllEnvs();
  }
});
