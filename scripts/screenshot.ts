// Opens an HTML file in headless Chromium as a reader with this view does, saves a picture of the whole page, and
// prints what its loading costs, how long it is, what is cut at the right edge and what axe finds. Exit 1 if the page
// logs an error or asks for anything but itself. Usage:
//
//   npm run screenshot -- page.html page.png [--width 1280] [--scheme light|dark] [--touch] [--paper]
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { Chromium } from '../tests/browser/chromium.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: 'string', default: '1280' },
    scheme: { type: 'string', default: 'light' },
    touch: { type: 'boolean', default: false },
    paper: { type: 'boolean', default: false },
  },
});
const [file, picture] = positionals;
if (positionals.length !== 2 || !['light', 'dark'].includes(values.scheme)) {
  console.error(
    'usage: npm run screenshot -- page.html page.png [--width 1280] [--scheme light|dark] [--touch] [--paper]',
  );
  process.exit(2);
}

await using chromium = await Chromium.start();
const view = { width: Number(values.width), scheme: values.scheme as 'light' | 'dark', touch: values.touch };
await chromium.visitFile(file, view, async (visit) => {
  if (values.paper) await visit.page.emulateMedia({ media: 'print' });
  await visit.picture(picture);
  console.log(
    `${(await processorSeconds(visit.page)).toFixed(2)} s of the processor on its main thread until it is drawn`,
  );
  console.log(`${(await visit.screens()).toFixed(1)} screens of ${values.width} by 800`);
  const pages = (await visit.page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b/g)?.length;
  console.log(`${pages ?? 0} pages of A4`);
  for (const element of await visit.cut()) console.log(`cut at the right edge: ${element}`);
  for (const fault of await visit.seriousFaults()) console.log(`axe: ${fault}`);
});

/** What a reload costs the page's main thread until it is drawn; the clock of a busy machine would say little. */
async function processorSeconds(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const now = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN;
  };
  const before = await now();
  await page.reload();
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  return (await now()) - before;
}
