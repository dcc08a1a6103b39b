// A large report answers: 15 models, two of them live. How long it takes is printed by `npm run screenshot`.
import { expect, test } from 'vitest';
import { exampleProblems } from '../../src/report/live/problems.ts';
import { liveSection } from '../../src/report/live/report-section.ts';
import { renderReport } from '../../src/report/report.ts';
import { fixture } from '../report/fixture.ts';
import { useChromium } from './use-chromium.ts';

const chromium = useChromium();
/** Of a report of 15 models, bytes at least. */
const LARGE = 6_500_000;

test('a report of 15 models is drawn and answers clicks', async () => {
  const results = fixture({ seeds: [1, 2, 3, 4, 5] });
  expect(results.conditions).toHaveLength(15);
  const models = (['correct', 'swapped'] as const).map((condition) => ({
    id: `${condition}-1`,
    label: `${condition} traces, seed 1`,
    condition,
    seed: 1,
    step: 100,
    size: results.config.data.size,
    hash: 'a3'.repeat(32),
    model: results.config.model,
    validity: [],
    weights: Float32Array.from({ length: results.conditions[0].parameters }, (_, i) => ((i % 97) - 48) / 500),
  }));
  const live = { models, problems: exampleProblems(results.config.data.size, 3, 1), missing: null };
  const page = await renderReport(results, 'runs/quick', liveSection(results, live, 'runs/quick'));
  expect(page.length).toBeGreaterThan(LARGE);

  await chromium().visit(page, {}, async ({ page }) => {
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await page.locator('.hero-sample [data-part="forward"]').click();
    await page.locator('.chip a').first().click();
    expect(new URL(page.url()).hash).toBe('#f1');
  });
}, 240_000);
