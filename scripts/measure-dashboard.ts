// Measures the page of the dashboard in headless Chromium: a graph of 1,000 tasks and 60 events a second. Prints the
// events that the page got and the longest tasks of its main thread while it loads and while it follows. Times are
// those of the processor, from a trace of the browser, and those of the clock (its long tasks, over 50 ms), in which a
// busy machine also lets other processes run. Exit 1 if a task took over 100 ms of the processor. Usage:
//
//   npm run measure-dashboard -- [--tasks 1000] [--events 60] [--seconds 20]
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { LIMITS } from '../src/base/limits.ts';
import { DashboardServer } from '../src/dashboard/server.ts';
import { dashboardPage, loginPage } from '../src/report/dashboard-page.ts';
import { Chromium } from '../tests/browser/chromium.ts';
import { FakeSource } from '../tests/dashboard/fake-source.ts';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000' },
    events: { type: 'string', default: '60' },
    seconds: { type: 'string', default: '20' },
  },
});
const [tasks, events, seconds] = [values.tasks, values.events, values.seconds].map(Number);
/** ms */
const MOST = 100;

const source = new FakeSource({ tasks });
await using server = await DashboardServer.listen({
  source,
  hosts: ['127.0.0.1'],
  port: 0,
  morePorts: 0,
  token: null,
  pages: { dashboard: dashboardPage(), login: loginPage() },
  // Each change is an event of its own.
  pace: 0.001,
  failed: (error) => {
    throw error;
  },
});

/** Counts events and long tasks before any script of the page runs. */
const COUNTERS = `
  window.got = 0;
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
  const listen = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function (name, listener) {
    listen.call(this, name, (event) => {
      if (name === 'message') got += 1;
      listener(event);
    });
  };
`;

await using chromium = await Chromium.start();
const address = `http://127.0.0.1:${server.port}`;
const longest = await chromium.visitServer(`${address}/report?graph=0`, {}, async ({ page }) => {
  const browser = page.context().browser();
  if (browser === null) throw new Error('the page has no browser');
  await page.addInitScript(COUNTERS);
  await browser.startTracing(page, { categories: ['toplevel'] });
  await page.goto(`${address}/`);
  await page.locator(`[data-place="${Math.min(tasks, LIMITS.dashboardTasks.most) - 1}"]`).waitFor();
  await page.waitForTimeout(1000);
  const loading = { ...(await taken(page)), ...mainThread(await browser.stopTracing()) };
  await browser.startTracing(page, { categories: ['toplevel'] });
  const started = performance.now();
  for (let i = 0; i < events * seconds; i++) {
    source.tick();
    const due = started + ((i + 1) * 1000) / events;
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, due - performance.now())));
  }
  await page.waitForTimeout(500);
  const took = (performance.now() - started) / 1000;
  const following = { ...(await taken(page)), ...mainThread(await browser.stopTracing()) };
  console.log(`${tasks} tasks, ${(following.got / took).toFixed(1)} events a second over ${took.toFixed(0)} s`);
  for (const [name, { most, all, longTasks }] of Object.entries({ loading, following })) {
    const byClock = `${longTasks.length} long tasks by the clock, longest ${Math.round(Math.max(0, ...longTasks))} ms`;
    console.log(`${name}: longest task ${most.toFixed(1)} ms of the processor, all ${all.toFixed(0)} ms; ${byClock}`);
  }
  return Math.max(loading.most, following.most);
});
process.exitCode = longest > MOST ? 1 : 0;

/** What the counters of the page have counted since the last call. */
async function taken(page: Page): Promise<{ readonly got: number; readonly longTasks: readonly number[] }> {
  return page.evaluate('(() => { const taken = { got, longTasks }; got = 0; longTasks = []; return taken; })()');
}

/** An event of a trace; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Of the processor. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** ms of the processor that tasks of the main threads of pages took: the longest, and all. */
function mainThread(trace: Buffer): { readonly most: number; readonly all: number } {
  const { traceEvents } = JSON.parse(trace.toString()) as { readonly traceEvents: readonly TraceEvent[] };
  const idOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
  const main = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(idOf),
  );
  const times = traceEvents
    .filter((event) => event.name === 'ThreadControllerImpl::RunTask' && main.has(idOf(event)))
    .map(({ tdur = 0 }) => tdur / 1000);
  if (times.length === 0) throw new Error('the trace has no task of a main thread');
  return { most: Math.max(...times), all: times.reduce((sum, each) => sum + each, 0) };
}
