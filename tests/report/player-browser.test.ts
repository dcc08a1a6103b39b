// The player in a real browser: it starts under its own policy from a file, and every control and key does what its
// name says. Skipped where there is no Chromium.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { promptText } from '../../src/domain/maze/grammar.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { renderExplainPage } from '../../src/report/player/page.ts';
import { renderReport } from '../../src/report/report.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE } from '../domain/pictures.ts';
import { fixture } from './fixture.ts';

const chromium = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path));
const browserTest = test.skipIf(chromium === undefined);
const name = (words: string): string => (chromium === undefined ? `${words} (skipped: no Chromium in PATH)` : words);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-player-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The page's markup after its scripts have run. */
function rendered(markup: string): string {
  const file = join(folder, 'page.html');
  writeFileSync(file, markup);
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    `--user-data-dir=${join(folder, 'profile')}`,
    '--virtual-time-budget=20000',
    '--dump-dom',
  ];
  return execFileSync(chromium ?? '', [...flags, pathToFileURL(file).href], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
    maxBuffer: 2 ** 26,
  });
}

const completion = [...BEND_TRACE, BEND_SOLUTION].join(' ').replace('close 0 1 c1 c3', 'close 0 1 c9 c3');
const page = (): string =>
  renderExplainPage({
    id: 'bend',
    place: 'rows.jsonl:1',
    problem: BEND,
    prompt: promptText(BEND),
    completion,
    verdict: judge(BEND, completion),
    version: '0',
  });

/** Runs in the page after the player's script; its answer is in the element `answer`. */
const PROBE = `
const part = (name) => document.querySelector('[data-part="' + name + '"]');
const place = () => part('place').textContent.split(',')[0];
const press = (key, target = document.body) => target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
const answer = { first: place(), words: part('strict').textContent, event: part('event').textContent, open: [...part('open').rows].map((row) => row.innerText.replace(/\\s+/g, ' ').trim()) };
const tell = (name, act) => { act(); answer[name] = place(); };
tell('right', () => press('ArrowRight'));
tell('left', () => { press('ArrowLeft'); press('ArrowLeft'); });
tell('home', () => press('Home'));
tell('before', () => press('ArrowLeft'));
tell('end', () => press('End'));
tell('after', () => press('ArrowRight'));
tell('error', () => press('e'));
tell('forward', () => part('forward').click());
tell('back', () => { part('back').click(); part('back').click(); });
tell('last', () => part('last').click());
tell('jump', () => part('error').click());
tell('slider', () => { part('slider').value = '5'; part('slider').dispatchEvent(new Event('input')); });
tell('control', () => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', ctrlKey: true, bubbles: true })));
dispatchEvent(new Event('beforeprint'));
answer.printed = place();
dispatchEvent(new Event('afterprint'));
answer.afterPrint = place();
part('speed').value = '30';
press(' ');
answer.playing = part('play').textContent;
setTimeout(() => {
  answer.played = place();
  answer.stopped = part('play').textContent;
  const element = document.createElement('pre');
  element.id = 'answer';
  element.textContent = JSON.stringify(answer);
  document.body.append(element);
}, 2000);
`;

browserTest(
  name('starts at the first error under its own policy'),
  () => {
    const dom = rendered(page());
    expect(dom).toContain('class="player whole ready"');
    expect(dom).toMatch(/data-part="place">Event 3 of 13</);
    expect(dom).toContain('class="mark broken"');
  },
  120_000,
);

browserTest(
  name('every control and key does what its name says'),
  () => {
    // The policy forbids every script but the player's: the probe needs a page without it.
    const markup = page()
      .replace(/<meta http-equiv[^>]*>/, '')
      .replace('</body>', () => `<script>${PROBE}</script></body>`);
    const answer = JSON.parse(/<pre id="answer">([^<]*)/.exec(rendered(markup))?.[1] ?? '{}') as unknown;
    expect(answer).toEqual({
      first: 'Event 3 of 13',
      event: 'close 0 1 c9 c3',
      open: ['(0, 1) 1 3 4'],
      words: 'wrong cost: g is not the cost that the search has reached the cell with; here it is 1, not 9',
      right: 'Event 4 of 13',
      left: 'Event 2 of 13',
      home: 'Event 1 of 13',
      before: 'Event 1 of 13',
      end: 'End of the trace',
      after: 'End of the trace',
      error: 'Event 3 of 13',
      forward: 'Event 4 of 13',
      back: 'Event 2 of 13',
      last: 'End of the trace',
      jump: 'Event 3 of 13',
      slider: 'Event 6 of 13',
      control: 'Event 6 of 13',
      printed: 'Event 3 of 13',
      afterPrint: 'Event 6 of 13',
      playing: 'Pause',
      played: 'End of the trace',
      stopped: 'Play',
    });
  },
  120_000,
);

browserTest(
  name('samples of a report begin on request and keep apart'),
  async () => {
    const probe = `
const [first, second] = document.querySelectorAll('.player');
first.querySelector('[data-part="begin"]').click();
first.querySelector('[data-part="last"]').click();
document.title = [document.querySelectorAll('.player.ready').length, first.classList.contains('ready'), first.querySelector('[data-part="place"]').textContent.split(',')[0], second.querySelector('[data-part="begin"]').hidden].join('|');`;
    const markup = (await renderReport(fixture()))
      .replace(/<meta http-equiv[^>]*>/, '')
      .replace('</body>', () => `<script>${probe}</script></body>`);
    expect(rendered(markup)).toContain('<title>1|true|End of the trace|false</title>');
  },
  120_000,
);
