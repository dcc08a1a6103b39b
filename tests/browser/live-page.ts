// How tests use the live models of a page.
import type { Page } from 'playwright-core';

/** What a model wrote, and what the page says about it. */
export interface Written {
  readonly text: string;
  readonly conclusion: string;
}

/** The part of that name. */
export function part(page: Page, name: string): ReturnType<Page['locator']> {
  return page.locator(`[data-live] [data-part="${name}"]`);
}

/** Lets the model write to the end as fast as it can. */
export async function write(page: Page): Promise<Written> {
  await part(page, 'speed').selectOption('0');
  await part(page, 'write').click();
  await part(page, 'conclusion').filter({ hasText: /./ }).waitFor();
  return page.evaluate<Written>(`({ text: ${TEXT}, conclusion: ${CONCLUSION}.textContent })`);
}

/** Lets the model write every maze of the page, one after the other, in the page itself. */
export async function writeAll(page: Page, ids: readonly string[]): Promise<Written[]> {
  return page.evaluate<Written[]>(`(async () => {
    const part = (name) => document.querySelector('[data-live] [data-part="' + name + '"]');
    const choose = (name, value) => {
      part(name).value = value;
      part(name).dispatchEvent(new Event('change'));
    };
    const found = [];
    choose('speed', '0');
    for (const id of ${JSON.stringify(ids)}) {
      choose('problem', id);
      part('write').click();
      while (${CONCLUSION}.textContent === '') await new Promise((resolve) => requestAnimationFrame(resolve));
      found.push({ text: ${TEXT}, conclusion: ${CONCLUSION}.textContent });
    }
    return found;
  })()`);
}

/** Cells of the board that are walls, row by row as `#` and `.`; start and goal are letters. */
export async function board(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const picture = document.querySelector('[data-live] [data-part="board"] svg');
    const at = (element) => [element.getAttribute('x'), element.getAttribute('y')].map((place) => Math.floor(place / 40));
    const rows = [];
    for (const cell of picture.querySelectorAll('.floor, .wall')) {
      const [x, y] = at(cell);
      (rows[y] ??= [])[x] = cell.classList.contains('wall') ? '#' : '.';
    }
    for (const [name, letter] of [['start-ring', 'S'], ['goal-ring', 'G']]) {
      const [x, y] = at(picture.querySelector('.' + name));
      rows[y][x] = letter;
    }
    return rows.map((row) => row.join(''));
  })()`);
}

const CONCLUSION = `document.querySelector('[data-live] [data-part="conclusion"]')`;
const TEXT = `document.querySelector('[data-live] [data-part="text"]').textContent.trim()`;
