// Models that run in a page: they write what they wrote when they were tested, on both kernel paths; mazes are drawn by
// mouse, finger and keys; traces are forced; and a browser without WebAssembly SIMD reads one line instead.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { solve } from '../../src/domain/maze/astar.ts';
import { completionText, parsePrompt } from '../../src/domain/maze/grammar.ts';
import { splitCompletion } from '../../src/domain/completion.ts';
import type { Problem } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { conclusion } from '../../src/page/live/conclusion.ts';
import type { LiveProblem } from '../../src/report/live/data.ts';
import { renderPlayPage } from '../../src/report/live/play-page.ts';
import { exampleProblems } from '../../src/report/live/problems.ts';
import { type LiveModel, readLiveModel } from '../../src/report/live/read-model.ts';
import { LIVE_SIZE, recorded, trainLiveModel } from '../report/live-fixture.ts';
import { board, part, write, writeAll } from './live-page.ts';
import { useChromium } from './use-chromium.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const chromium = useChromium();
let folder = '';
let model: LiveModel;
let problems: LiveProblem[] = [];
/** The same with what the portable path writes. */
let portable: LiveProblem[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-live-'));
  const checkpoint = await trainLiveModel(folder);
  model = await readLiveModel(checkpoint, { id: 'small' });
  const mazes = [...exampleProblems(LIVE_SIZE, 2, 1), ...exampleProblems(LIVE_SIZE + 1, 1, 1)];
  const own = mazes.filter(({ size }) => size === LIVE_SIZE);
  const others = mazes.slice(own.length);
  problems = [...(await recorded(checkpoint, model, own, 'fused')), ...others];
  portable = [...(await recorded(checkpoint, model, own, 'portable')), ...others];
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const playPage = (mazes = problems): string => renderPlayPage({ models: [model], problems: mazes, version: '0' });
const tested = (): LiveProblem[] => problems.filter(({ size }) => size === LIVE_SIZE);
const mazeOf = ({ prompt, size }: LiveProblem): Problem => parsePrompt(prompt, size, 'test');
/** Middle of a cell on the screen. */
const centre = async (page: Page, x: number, y: number): Promise<readonly [number, number]> => {
  const box = await part(page, 'board').locator('svg').boundingBox();
  if (box === null) throw new Error('no board');
  const side = (LIVE_SIZE * 40 + 4) * (1 / box.width);
  return [box.x + (2 + (x + 0.5) * 40) / side, box.y + (2 + (y + 0.5) * 40) / side];
};

describe.each(['fused', 'portable'] as const)('on the %s path', (path) => {
  it('writes every maze as the model did when it was tested', async () => {
    const mazes = path === 'fused' ? problems : portable;
    // A module that does not compile, as in a browser without relaxed SIMD.
    const page = playPage(mazes);
    const markup = path === 'fused' ? page : page.replace(/(id="live-core-fused">)[^<]+/, '$1AAAA');
    await chromium().visit(markup, {}, async ({ page }) => {
      await page.locator(`[data-path="${path}"]`).waitFor();
      const expected = mazes.filter(({ size }) => size === LIVE_SIZE);
      const written = await writeAll(
        page,
        expected.map(({ id }) => id),
      );
      expect(written.map(({ text }) => text)).toEqual(expected.map(({ recorded }) => recorded.small.text));
      expect(new Set(written.map(({ text }) => text)).size).toBeGreaterThan(expected.length / 2);
      const loaded = await page.evaluate<number>(
        'performance.timing.domContentLoadedEventEnd - performance.timing.fetchStart',
      );
      const speed = /at ([\d,]+) tokens/.exec(await part(page, 'place').innerText())?.[1] ?? '?';
      process.stdout.write(`${path}: loaded in ${loaded} ms, ${speed} tokens a second\n`);
      for (const { conclusion } of written) expect(conclusion).toContain('It equals the recorded test completion');
    });
  });
});

it('writes token by token with the likeliest ones, and goes back to any of them', async () => {
  await chromium().visit(playPage(), {}, async ({ page }) => {
    const [problem] = tested();
    const words = problem.recorded.small.text.split(' ');
    await part(page, 'step').click();
    await part(page, 'text').locator('.record').waitFor();
    expect(await part(page, 'text').innerText()).toBe(words[0]);
    const bars = part(page, 'bars').locator('tr');
    expect(await bars.count()).toBe(5);
    expect(await bars.first().locator('th').innerText()).toBe(words[0]);
    expect(await bars.first().getAttribute('class')).toBe('chosen');
    await write(page);
    expect(await part(page, 'place').innerText()).toMatch(new RegExp(`^Token ${words.length} of ${words.length},`));
    await part(page, 'slider').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await part(page, 'place').innerText()).toMatch(new RegExp(`^Token 2 of ${words.length},`));
    expect(await bars.first().locator('th').innerText()).toBe(words[1]);
    expect(await part(page, 'text').locator('.later').count()).toBe(words.length - 2);
  });
});

it('marks the first broken rule in the text and on the maze', async () => {
  await chromium().visit(playPage(), {}, async ({ page }) => {
    const broken = tested().find((problem) => {
      const { strict, records } = judge(mazeOf(problem), problem.recorded.small.text);
      return !strict.valid && (strict.record ?? 0) < records && (strict.record ?? 0) > 0;
    });
    if (broken === undefined) throw new Error('no broken trace');
    const record = judge(mazeOf(broken), broken.recorded.small.text).strict.record ?? 0;
    await part(page, 'problem').selectOption(broken.id);
    const { conclusion: words } = await write(page);
    expect(words).toContain(`breaks a rule at event ${record + 1} `);
    const marked = part(page, 'text').locator('.record.broken');
    expect(await marked.count()).toBe(1);
    expect(await marked.getAttribute('title')).not.toBe('');
    expect(await part(page, 'strict').getAttribute('class')).toBe('tone-broken');
  });
});

it.each(['reference', 'other', 'filler', 'empty'] as const)(
  'puts a trace in the place of its own: %s',
  async (kind) => {
    await chromium().visit(playPage(), {}, async ({ page }) => {
      const [problem, other] = tested();
      await part(page, 'trace').selectOption(kind);
      const { text, conclusion: words } = await write(page);
      const given = splitCompletion(text).trace;
      const traceOf = (maze: Problem): string => {
        const { trace, plan } = solve(maze);
        return splitCompletion(completionText(trace, plan ?? [])).trace;
      };
      const expected = {
        reference: traceOf(mazeOf(problem)),
        other: traceOf(mazeOf(other)),
        filler: traceOf(mazeOf(problem)).replaceAll(/[^ ]+/g, 'close'),
        empty: '',
      };
      expect(given).toBe(expected[kind]);
      const maze = mazeOf(problem);
      expect(words).toBe(conclusion({ kind, maze, other: kind === 'other' ? mazeOf(other) : null, text }));
      expect(await part(page, 'other-figure').isVisible()).toBe(kind === 'other');
    });
  },
);

it('draws a maze by mouse, and asks for one that can be solved', async () => {
  await chromium().visit(playPage(), {}, async ({ page }) => {
    await part(page, 'clear').click();
    const walls = async (): Promise<number> => (await board(page)).join('').replaceAll(/[^#]/g, '').length;
    expect(await walls()).toBe(0);
    const drag = async (...cells: readonly (readonly [number, number])[]): Promise<void> => {
      await page.mouse.move(...(await centre(page, ...cells[0])));
      await page.mouse.down();
      for (const cell of cells.slice(1)) await page.mouse.move(...(await centre(page, ...cell)), { steps: 5 });
      await page.mouse.up();
    };
    const place = async (letter: string): Promise<readonly [number, number]> => {
      const rows = await board(page);
      const y = rows.findIndex((row) => row.includes(letter));
      return [rows[y].indexOf(letter), y];
    };
    // The rings are dragged to corners, then a wall through the middle.
    await drag(await place('S'), [0, 0]);
    await drag(await place('G'), [3, 3]);
    expect(await board(page)).toEqual(['S...', '....', '....', '...G']);
    await drag([1, 0], [1, 1], [1, 2], [1, 3]);
    expect(await board(page)).toEqual(['S#..', '.#..', '.#..', '.#.G']);
    expect(await part(page, 'fault').innerText()).toContain('Walls separate the start from the goal');
    expect(await part(page, 'write').isDisabled()).toBe(true);
    expect(await part(page, 'problem').inputValue()).toBe('');
    // A drag that begins on a wall erases.
    await drag([1, 3], [1, 2]);
    expect(await board(page)).toEqual(['S#..', '.#..', '....', '...G']);
    expect(await part(page, 'fault').innerText()).toBe('');
    const { text } = await write(page);
    expect(text.length).toBeGreaterThan(0);
    await part(page, 'restore').click();
    expect(await walls()).toBe(mazeOf(problems[0]).walls.reduce((sum, wall) => sum + wall, 0));
  });
});

it('draws a maze by finger', async () => {
  await chromium().visit(playPage(), { width: 390, touch: true }, async ({ page }) => {
    await part(page, 'clear').click();
    const before = await board(page);
    const y = before.findIndex((row) => !/[SG]/.test(row));
    await part(page, 'board').scrollIntoViewIfNeeded();
    await page.touchscreen.tap(...(await centre(page, 2, y)));
    expect((await board(page))[y]).toBe('..#.');
    // A swipe: the board takes it, the page does not scroll.
    const session = await page.context().newCDPSession(page);
    const scrolled = await page.evaluate<number>('scrollY');
    const touch = async (type: string, cell?: readonly [number, number]): Promise<void> => {
      const points = cell === undefined ? [] : [await centre(page, ...cell)].map(([px, py]) => ({ x: px, y: py }));
      await session.send('Input.dispatchTouchEvent', { type: type as 'touchStart', touchPoints: points });
    };
    await touch('touchStart', [0, y]);
    await touch('touchMove', [1, y]);
    await touch('touchMove', [3, y]);
    await touch('touchEnd');
    expect((await board(page))[y]).toBe('####');
    expect(await page.evaluate<number>('scrollY')).toBe(scrolled);
  });
});

it('draws a maze by keys, and says where the cursor is', async () => {
  await chromium().visit(playPage(), {}, async ({ page }) => {
    await part(page, 'clear').click();
    // The element behind the board in the order of the keyboard is the button.
    await page.keyboard.press('Shift+Tab');
    for (const key of ['ArrowUp', 'ArrowLeft']) for (let i = 0; i < LIVE_SIZE; i++) await page.keyboard.press(key);
    await page.keyboard.press('s');
    expect((await board(page))[0]).toMatch(/^[SG]/);
    for (let i = 0; i < LIVE_SIZE; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('g');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press(' ');
    const rows = await board(page);
    expect(rows[0].startsWith('S')).toBe(true);
    expect(rows[LIVE_SIZE - 1].startsWith('G#')).toBe(true);
    expect(await part(page, 'cursor').innerText()).toBe(`Column 1, row ${LIVE_SIZE - 1}: wall.`);
    await page.keyboard.press('Enter');
    expect(await part(page, 'cursor').innerText()).toBe(`Column 1, row ${LIVE_SIZE - 1}: free.`);
  });
});

it('says in one line that a maze has another size', async () => {
  await chromium().visit(playPage(), {}, async ({ page }) => {
    const other = problems.find(({ size }) => size !== LIVE_SIZE);
    await part(page, 'problem').selectOption(other?.id ?? '');
    expect(await part(page, 'fault').innerText()).toContain(`the model knows mazes of ${LIVE_SIZE} by ${LIVE_SIZE}`);
    expect(await part(page, 'write').isDisabled()).toBe(true);
  });
});

it('says in one line that the browser runs no models', async () => {
  await chromium().visit(playPage(), {}, async ({ page }) => {
    await page.addInitScript("WebAssembly.compile = () => Promise.reject(new Error('no SIMD'))");
    await page.reload();
    await page.getByText('This browser has no WebAssembly SIMD').waitFor();
    expect(await part(page, 'body').isVisible()).toBe(false);
    expect(await page.getByRole('heading', { name: 'The models' }).isVisible()).toBe(true);
  });
});

it.each(['light', 'dark'] as const)('has no serious fault of accessibility and cuts nothing, %s', async (scheme) => {
  for (const width of [1280, 390])
    await chromium().visit(playPage(), { width, scheme }, async ({ page, seriousFaults, cut }) => {
      await part(page, 'trace').selectOption('other');
      await write(page);
      expect(await seriousFaults()).toEqual([]);
      expect(await cut()).toEqual([]);
    });
});
