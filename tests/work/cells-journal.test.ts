// The list of a study's cells with names that were added to it: they count, survive a crash, and are taken in when the
// list is written again.
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { appendCell, CELLS_JOURNAL } from '../../src/work/cells-journal.ts';
import { readStudyCells, writeStudyCells } from '../../src/work/study-cells.ts';

const [A, B, C, CONFIG, OTHER] = ['a', 'b', 'c', 'd', 'e'].map((digit) => digit.repeat(64));
let root: string;
let folder: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'tracelab-cells-'));
  folder = join(root, 's');
  mkdirSync(folder);
  await writeStudyCells(root, { format: 1, study: 's', config_hash: CONFIG, cells: { one: A } });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const cells = async () => (await readStudyCells(root, 's'))?.cells;

test('names that were added are in the list; those of another configuration are not', async () => {
  await appendCell(folder, CONFIG, 'two', B);
  await appendCell(folder, OTHER, 'three', C);
  expect(await cells()).toEqual({ one: A, two: B });
});

test('writing the list again takes them in', async () => {
  await appendCell(folder, CONFIG, 'two', B);
  await writeStudyCells(root, { format: 1, study: 's', config_hash: CONFIG, cells: { one: A, two: B } });
  expect(existsSync(join(folder, CELLS_JOURNAL))).toBe(false);
  expect(await cells()).toEqual({ one: A, two: B });
});

test('a line that a crash cut short names nothing, and a later one counts', async () => {
  await appendCell(folder, CONFIG, 'two', B);
  appendFileSync(join(folder, CELLS_JOURNAL), '\n{"config_hash":"ddd');
  expect(await cells()).toEqual({ one: A, two: B });
  await appendCell(folder, CONFIG, 'three', C);
  expect(await cells()).toEqual({ one: A, two: B, three: C });
});

test('another content is refused with its place', async () => {
  writeFileSync(join(folder, CELLS_JOURNAL), '\n{"task":"two"}');
  await expect(cells()).rejects.toMatchObject({
    code: 'STUDY_CELLS',
    details: { where: `${join(folder, CELLS_JOURNAL)}:2` },
  });
});

test('a flipped byte is refused or changes nothing; a file that is cut short has the names before the cut', async () => {
  for (const [task, cell] of [
    ['two', B],
    ['three', C],
    ['four', A],
  ])
    await appendCell(folder, CONFIG, task, cell);
  const path = join(folder, CELLS_JOURNAL);
  const bytes = readFileSync(path);
  const whole = JSON.stringify(await cells());
  let refused = 0;
  for (let at = 0; at < bytes.length; at++)
    for (const mask of [0x01, 0x20]) {
      const flipped = Buffer.from(bytes);
      flipped[at] ^= mask;
      writeFileSync(path, flipped);
      const read = await cells().catch((error: unknown) => error);
      if (read instanceof TracelabError) refused += 1;
      else expect([at, mask, JSON.stringify(read)]).toEqual([at, mask, whole]);
    }
  expect(refused).toBeGreaterThan(2 * bytes.length - 20);
  for (let length = 0; length < bytes.length; length++)
    for (const rest of ['', '\0'.repeat(bytes.length - length)]) {
      writeFileSync(path, Buffer.concat([bytes.subarray(0, length), Buffer.from(rest)]));
      const names = Object.keys((await cells()) ?? {});
      expect(names).toEqual(['one', 'two', 'three', 'four'].slice(0, names.length));
    }
});
