// The report in a real browser: how long it is, that nothing is cut on a desktop or a phone, that figures say their
// numbers to pointer and keyboard and can be saved, and that paper gets a summary.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { renderReport } from '../../src/report/report.ts';
import { answerOf } from '../../src/tables/answer.ts';
import { fixture, fixtureOfTwoSeeds, smokeResults } from '../report/fixture.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { useChromium } from './use-chromium.ts';

const chromium = useChromium();
const study = fixture();
const [one] = study.conditions;
const STUDIES: readonly (readonly [name: string, results: StudyResults])[] = [
  ['one seed', study],
  ['two seeds', fixtureOfTwoSeeds()],
  ['undertrained', smokeResults()],
  [
    'one distribution, without reinforcement learning',
    {
      ...study,
      rl: undefined,
      conditions: study.conditions.map((run) => ({ ...run, evaluation: run.evaluation.slice(0, 1) })),
    },
  ],
  ['one condition', { ...study, conditions: [one], findings: [] }],
];
const pages = new Map<string, string>();
beforeAll(async () => {
  for (const [name, results] of STUDIES) pages.set(name, await renderReport(results));
});
const pageOf = (name: string): string => pages.get(name) ?? '';

/** Tables that are wider than their place, all folds open. */
const cutTables = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true;
    return [...document.querySelectorAll('.scroll')]
      .filter((place) => place.scrollWidth > place.clientWidth + 1)
      .map((place) => place.querySelector('table').id);
  })()`);

describe.each(STUDIES.map(([name]) => name))('%s', (name) => {
  test('at 1280 by 800 at most 12 screens, no table is cut, no serious fault', async () => {
    await chromium().visit(pageOf(name), {}, async ({ page, screens, cut, seriousFaults }) => {
      expect(await screens()).toBeLessThanOrEqual(12);
      expect(await cut()).toEqual([]);
      expect(await seriousFaults()).toEqual([]);
      expect(await cutTables(page)).toEqual([]);
    });
  });

  test('at 390 nothing overflows, and every finding shows its effect and interval', async () => {
    const { findings } = Object.fromEntries(STUDIES)[name];
    await chromium().visit(pageOf(name), { width: 390, height: 844, touch: true }, async ({ page, cut }) => {
      expect(await cut()).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      const shown = await page.locator('.chip .effect').allInnerTexts();
      expect(shown).toHaveLength(findings.filter(({ effect }) => effect !== null).length);
      for (const words of shown) expect(words).toMatch(/\d.*\[[^\]]+, [^\]]+\]/);
    });
  });

  test('dark: no serious fault', async () => {
    await chromium().visit(pageOf(name), { scheme: 'dark' }, async ({ seriousFaults }) => {
      expect(await seriousFaults()).toEqual([]);
    });
  });

  test('printed it has at most four pages', async () => {
    await chromium().visit(pageOf(name), {}, async ({ page }) => {
      const paper = (await page.pdf({ preferCSSPageSize: true, format: 'A4' })).toString('latin1');
      expect(paper.match(/\/Type\s*\/Page\b/g)?.length).toBeLessThanOrEqual(4);
    });
  });
});

test('every finding’s figure and the answer are visible, and contents stay in view', async () => {
  await chromium().visit(pageOf('one seed'), {}, async ({ page }) => {
    expect((await page.locator('#answer').innerText()).replaceAll('\u00a0', ' ')).toBe(answerOf(study));
    for (const id of ['f1', 'f2', 'f3', 'f4', 'f5']) {
      const figure = page.locator(`section[aria-labelledby="${id}"] .figure`).first();
      expect(await figure.isVisible(), id).toBe(true);
    }
    await page.locator('#samples').scrollIntoViewIfNeeded();
    const box = await page.locator('nav').boundingBox();
    expect(box?.y).toBe(0);
  });
});

test.each([1280, 390])('at %i no two labels of a figure of one distribution overlap', async (width) => {
  const name = 'one distribution, without reinforcement learning';
  await chromium().visit(pageOf(name), { width, touch: width < 500 }, async ({ page }) => {
    for (const id of ['valid-plans', 'valid-traces-strict', 'valid-plans-f2']) {
      const overlaps = await page.evaluate<string[]>(`(() => {
        const boxes = [...document.querySelectorAll('#figure-${id} text')]
          .map((text) => [text.textContent, text.getBoundingClientRect()])
          .filter(([, box]) => box.width > 0);
        // A box is higher than its letters.
        const isOver = (a, b) =>
          a.left < b.right && b.left < a.right && a.top + 2 < b.bottom - 2 && b.top + 2 < a.bottom - 2;
        return boxes.flatMap(([one, a], i) =>
          boxes.slice(i + 1).flatMap(([other, b]) => (isOver(a, b) ? [one + ' and ' + other] : [])),
        );
      })()`);
      expect(overlaps, id).toEqual([]);
    }
  });
});

describe('a figure', () => {
  test('says value, interval and n under the pointer and by arrow keys', async () => {
    await chromium().visit(pageOf('one seed'), {}, async ({ page }) => {
      const chart = page.locator('#figure-valid-plans .chart');
      const tip = page.locator('.tip');
      await chart.focus();
      await page.keyboard.press('ArrowRight');
      expect(await tip.innerText()).toMatch(/^Solution only, Wilson\n74\.0 % \[71\.2, 76\.6\]\nn = 1,000$/);
      const marks = page.locator('#figure-valid-plans .wide path.lit');
      const box = await marks.first().boundingBox();
      await page.keyboard.press('Escape');
      expect(await tip.isVisible()).toBe(false);
      await page.mouse.move((box?.x ?? 0) + 4, (box?.y ?? 0) + 4);
      expect(await tip.innerText()).toContain('74.0 % [71.2, 76.6]');
    });
  });

  test('saves its numbers and its drawing', async () => {
    await chromium().visit(pageOf('one seed'), {}, async ({ page }) => {
      const saved = async (label: string): Promise<string> => {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.locator('#figure-valid-plans .saves').getByText(label, { exact: true }).click(),
        ]);
        expect(download.suggestedFilename()).toBe(`valid-plans.${label.toLowerCase()}`);
        return readFileSync(await download.path(), 'utf8');
      };
      const lines = (await saved('CSV')).trimEnd().split('\n');
      expect(lines[0].split(',')).toEqual(expect.arrayContaining(['condition', 'distribution', 'value', 'low', 'n']));
      expect(lines).toHaveLength(1 + 18);
      expect(await saved('SVG')).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    });
  });
});
