// The dashboard in a real browser: what it shows, that it follows the events with little work however many come, keys,
// a lost connection, hostile texts, the token, and faults of accessibility in light and dark and on a phone.
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { DashboardServer } from '../../src/dashboard/server.ts';
import { dashboardPage, loginPage } from '../../src/report/dashboard-page.ts';
import { FakeSource, HOSTILE } from '../dashboard/fake-source.ts';
import { useChromium } from './use-chromium.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const chromium = useChromium();
const open: DashboardServer[] = [];
let pages = { dashboard: '', login: '' };
beforeAll(() => {
  pages = { dashboard: dashboardPage(), login: loginPage() };
});
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(source: FakeSource, token: string | null = null, port = 0): Promise<DashboardServer> {
  const server = await DashboardServer.listen({
    source,
    hosts: ['127.0.0.1'],
    port,
    morePorts: 0,
    token,
    pages,
    pace: 1 / 60,
    failed: (error) => {
      throw error;
    },
  });
  open.push(server);
  return server;
}

const live = async (page: Page): Promise<void> => page.locator('.link', { hasText: 'live' }).waitFor();
const title = async (page: Page): Promise<string> => page.locator('#detail-title').innerText();

it.each([
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const)('at %i, %s: all tasks, the chosen one, no serious fault, nothing cut', async (width, scheme) => {
  const source = new FakeSource({ tasks: 1000, hostile: HOSTILE });
  source.now[0] = source.running(40);
  source.set(2, 'set_aside');
  source.set(3, 'blocked');
  const { port } = await start(source);
  await chromium().visitServer(`http://127.0.0.1:${port}/`, { width, scheme, touch: width < 500 }, async (visit) => {
    const { page, seriousFaults, cut } = visit;
    await live(page);
    expect(await page.locator('.graph [data-place]').count()).toBe(1000);
    await page.locator('.curve').first().waitFor();
    expect(await title(page)).toBe('train-arm0');
    expect(await page.locator('.state').innerText()).toContain('running 40 %');
    expect(await page.locator('.legend').innerText()).toMatch(/1 running\s+997 waiting\s+1 failed\s+1 blocked/);
    await page.locator('.detail summary', { hasText: 'Settings' }).click();
    expect(await seriousFaults()).toEqual([]);
    expect(await cut()).toEqual([]);
    // Texts of others are texts.
    expect(await page.locator('img').count()).toBe(0);
    const shown = await page.locator('body').innerText();
    expect(shown).toContain('onerror=alert(1)>\ufffd\ufffd');
    expect(shown).not.toMatch(/[\u202e\u0007]/);
  });
});

it('follows 60 changes a second of 1,000 tasks: a change draws its squares alone, a frame draws once', async () => {
  const source = new FakeSource({ tasks: 1000 });
  const { port } = await start(source);
  await chromium().visitServer(`http://127.0.0.1:${port}/`, {}, async ({ page }) => {
    await live(page);
    await page.locator('.graph [data-place]').nth(999).waitFor();
    await page.evaluate(`
      window.touched = 0;
      window.frames = 0;
      window.largest = 0;
      new MutationObserver((records) => {
        const squares = new Set(records.map(({ target }) => target).filter((target) => target.dataset?.place));
        touched += squares.size;
        largest = Math.max(largest, squares.size);
        frames += 1;
      }).observe(document.querySelector('.graph'), { subtree: true, attributes: true, childList: true });
    `);
    const TICKS = 180;
    for (let i = 0; i < TICKS; i++) {
      source.tick();
      await new Promise((resolve) => setTimeout(resolve, 16));
    }
    await page.locator(`[data-place="${TICKS}"].is-finished`).waitFor();
    const [touched, frames, built] = await page.evaluate<[number, number, number]>(
      '[touched, frames, document.querySelectorAll(".graph [data-place]").length]',
    );
    // A tick changes nine tasks. Nothing else is drawn again, and no square is made again.
    expect(touched).toBeGreaterThan(TICKS);
    expect(touched).toBeLessThanOrEqual(9 * TICKS + 9);
    expect(frames).toBeLessThanOrEqual(TICKS + 9);
    expect(built).toBe(1000);
  });
});

it('keys walk over the tasks, and go to the next one that runs or failed', async () => {
  const source = new FakeSource({ tasks: 50 });
  source.now[5] = source.running(10);
  source.set(17, 'set_aside');
  const { port } = await start(source);
  await chromium().visitServer(`http://127.0.0.1:${port}/`, { still: true }, async ({ page }) => {
    await live(page);
    await page.locator('.matrix').waitFor();
    // One stop of the Tab key for the whole graph.
    expect(await page.locator('.graph [tabindex="0"]').count()).toBe(1);
    await page.locator('.graph [tabindex="0"]').focus();
    const after = async (key: string): Promise<string> => {
      await page.keyboard.press(key);
      return title(page);
    };
    expect(await after('ArrowRight')).toBe('curve-arm0');
    expect(await after('ArrowDown')).toBe('curve-arm1');
    expect(await after('End')).toBe('rl-arm1');
    expect(await after('Home')).toBe('train-arm1');
    expect(await after('f')).toBe('test-arm3');
    expect(await after('r')).toBe('train-arm1');
    expect(await after('ArrowUp')).toBe('train-arm0');
    expect(await page.locator('.near').count()).toBe(4);
    await page.locator('.relative', { hasText: 'test-arm0' }).click();
    expect(await title(page)).toBe('test-arm0');
    expect(new URL(page.url()).hash).toBe('#graph=ladder&task=test-arm0');
  });
});

it('says that the connection is lost, and goes on with the same task when the server is there again', async () => {
  const source = new FakeSource({ tasks: 50 });
  const first = await start(source);
  const { port } = first;
  await chromium()
    .visitServer(`http://127.0.0.1:${port}/#graph=ladder&task=test-arm3`, {}, async ({ page }) => {
      await live(page);
      await page.locator('#detail-title', { hasText: 'test-arm3' }).waitFor();
      await page.locator('.detail summary', { hasText: 'Settings' }).click();
      await first.close();
      await page.locator('.link.lost').waitFor();
      source.set(17, 'finished');
      await start(source, null, port);
      await live(page);
      await page.locator('.badge', { hasText: 'finished' }).waitFor();
      expect(await title(page)).toBe('test-arm3');
      expect(await page.locator('.detail details[data-name="Settings"]').getAttribute('open')).toBe('');
    })
    // The browser logs the connection that was refused.
    .catch((error: unknown) => {
      const lines = (error as Error).message.split('\n').slice(1);
      if (lines.length === 0 || !lines.every((line) => /ERR_(?:CONNECTION|INCOMPLETE)/.test(line))) throw error;
    });
});

it('completions and the report are pages in frames that may not ask the server', async () => {
  const source = new FakeSource({ tasks: 10 });
  source.now[0] = source.running(10);
  const { port } = await start(source);
  await chromium().visitServer(`http://127.0.0.1:${port}/`, {}, async ({ page }) => {
    await live(page);
    await page.locator('.detail summary', { hasText: 'Completions' }).click();
    expect(await page.frameLocator('iframe[title="Completions"]').locator('p').innerText()).toBe('completions');
    await page.locator('summary', { hasText: 'Show the report' }).click();
    expect(await page.frameLocator('iframe[title="Report"]').locator('p').innerText()).toBe('the report');
    const frame = page.frames().find((each) => each.url().includes('/report'));
    expect(await frame?.evaluate('self.origin')).toBe('null');
  });
});

it('with a token: the page asks for it, takes it from the fragment, and keeps it nowhere', async () => {
  const { port } = await start(new FakeSource({ tasks: 10 }), TOKEN);
  const address = `http://127.0.0.1:${port}/`;
  const refused = (error: unknown): void => {
    const lines = (error as Error).message.split('\n').slice(1);
    if (lines.length === 0 || !lines.every((line) => line.includes('401'))) throw error;
  };
  await chromium()
    .visitServer(address, {}, async ({ page, seriousFaults }) => {
      await page.locator('#token').fill('wrong');
      await page.keyboard.press('Enter');
      await page.locator('[role="alert"]', { hasText: 'This is not the token.' }).waitFor();
      expect(await seriousFaults()).toEqual([]);
      await page.locator('#token').fill(TOKEN);
      await page.keyboard.press('Enter');
      await live(page);
      expect(await page.evaluate('document.cookie + JSON.stringify(localStorage) + location.href')).not.toContain(
        TOKEN,
      );
      const [cookie] = await page.context().cookies();
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    })
    .catch(refused);
  await chromium()
    .visitServer(`${address}#token=${TOKEN}`, {}, async ({ page }) => {
      await live(page);
      expect(page.url()).not.toContain(TOKEN);
    })
    .catch(refused);
});
