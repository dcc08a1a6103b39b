// The player in a real browser: it starts under its own policy from a file, and every control and key does what its
// name says.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { promptText } from '../../src/domain/maze/grammar.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { renderExplainPage } from '../../src/report/player/page.ts';
import { renderReport } from '../../src/report/report.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE } from '../domain/pictures.ts';
import { fixture } from '../report/fixture.ts';
import { useChromium } from './use-chromium.ts';

const chromium = useChromium();
const completion = [...BEND_TRACE, BEND_SOLUTION].join(' ').replace('close 0 1 c1 c3', 'close 0 1 c9 c3');
const markup = renderExplainPage({
  id: 'bend',
  place: 'rows.jsonl:1',
  problem: BEND,
  prompt: promptText(BEND),
  completion,
  verdict: judge(BEND, completion),
  version: '0',
});

/** The shown step: `Event 3 of 13`. */
const place = async (page: Page): Promise<string> => {
  const words = await page.locator('[data-part="place"]').first().innerText();
  return words.split(',', 1)[0];
};

test('starts at the first error under its own policy', async () => {
  await chromium().visit(markup, {}, async ({ page }) => {
    const part = (name: string): Promise<string> => page.locator(`[data-part="${name}"]`).innerText();
    expect(await place(page)).toBe('Event 3 of 13');
    expect(await part('event')).toBe('close 0 1 c9 c3');
    expect(await part('strict')).toBe(
      'wrong cost: g is not the cost that the search has reached the cell with; here it is 1, not 9',
    );
    expect((await page.locator('[data-part="open"] tr').allInnerTexts()).map((row) => row.split(/\s+/))).toEqual([
      ['(0,', '1)', '1', '3', '4'],
    ]);
    expect(await page.locator('[data-part="maze"] .mark.broken').count()).toBe(1);
  });
});

describe('one step after the other', () => {
  test.each<[string, (page: Page) => Promise<void>, string]>([
    ['the right arrow', (page) => page.keyboard.press('ArrowRight'), 'Event 4 of 13'],
    ['the left arrow', (page) => page.keyboard.press('ArrowLeft'), 'Event 2 of 13'],
    ['Home', (page) => page.keyboard.press('Home'), 'Event 1 of 13'],
    ['the left arrow at the start', (page) => inTurn(page, 'Home', 'ArrowLeft'), 'Event 1 of 13'],
    ['End', (page) => page.keyboard.press('End'), 'End of the trace'],
    ['the right arrow at the end', (page) => inTurn(page, 'End', 'ArrowRight'), 'End of the trace'],
    ['e', (page) => inTurn(page, 'Home', 'e'), 'Event 3 of 13'],
    ['the right arrow with Control', (page) => page.keyboard.press('Control+ArrowRight'), 'Event 3 of 13'],
    ['One step forward', (page) => press(page, 'One step forward'), 'Event 4 of 13'],
    ['One step back', (page) => press(page, 'One step back'), 'Event 2 of 13'],
    ['First step', (page) => press(page, 'First step'), 'Event 1 of 13'],
    ['Last step', (page) => press(page, 'Last step'), 'End of the trace'],
    ['First error', (page) => inTurn(page, 'End').then(() => press(page, 'First error')), 'Event 3 of 13'],
    ['the slider', (page) => page.getByRole('slider', { name: 'Step' }).fill('5'), 'Event 6 of 13'],
  ])('%s', async (_, act, expected) => {
    await chromium().visit(markup, {}, async ({ page }) => {
      await act(page);
      expect(await place(page)).toBe(expected);
    });
  });
});

async function inTurn(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).click();
}

/** Keeps each label of the button: a poll could miss one. */
const LABELS = `globalThis.labels = [];
  const button = document.querySelector('[data-part="play"]');
  new MutationObserver(() => labels.push(button.textContent)).observe(button, { childList: true, subtree: true });`;

test('the space bar plays to the end and stops', async () => {
  await chromium().visit(markup, {}, async ({ page }) => {
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('30');
    await page.locator('h1').click();
    await page.evaluate(LABELS);
    await page.keyboard.press(' ');
    await expect.poll(() => page.evaluate('labels.join()'), { timeout: 20_000 }).toBe('Pause,Play');
    expect(await place(page)).toBe('End of the trace');
  });
});

test('paper shows the first error, and the screen its own step again', async () => {
  await chromium().visit(markup, {}, async ({ page }) => {
    await page.keyboard.press('End');
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await place(page)).toBe('Event 3 of 13');
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await place(page)).toBe('End of the trace');
  });
});

test('samples of a report begin on request and keep apart', async () => {
  await chromium().visit(await renderReport(fixture()), {}, async ({ page }) => {
    const begins = page.locator('.player [data-part="begin"]');
    const players = await begins.count();
    // The player of the first screen begins by itself.
    expect(await page.locator('.player.ready').count()).toBe(1);
    await begins.first().click();
    expect(await page.locator('.player.ready').count()).toBe(2);
    const sample = page.locator('.player.ready').last();
    await sample.locator('[data-part="last"]').click();
    expect(await sample.locator('[data-part="place"]').textContent()).toMatch(/^End of the trace/);
    expect(await place(page)).not.toBe('End of the trace');
    expect(await page.locator('.player [data-part="begin"]:not([hidden])').count()).toBe(players - 1);
  });
});

test.each(['light', 'dark'] as const)('has no serious fault of accessibility, %s', async (scheme) => {
  const faults = await chromium().visit(markup, { scheme }, ({ seriousFaults }) => seriousFaults());
  expect(faults).toEqual([]);
});

test.each([390, 1280])('nothing is cut at %i px', async (width) => {
  expect(await chromium().visit(markup, { width, touch: width < 500 }, ({ cut }) => cut())).toEqual([]);
});
