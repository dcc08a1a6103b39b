// metrics.jsonl as a run writes it: rows behind each other, what a resumed run keeps, and a disk that is full.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MetricsFile, readMarkedRows } from '../../src/model/metrics-file.ts';

interface Row {
  readonly step: number;
}

const parse = (value: unknown): Row | undefined => {
  const step = (value as { step?: unknown } | undefined)?.step;
  return typeof step === 'number' ? { step } : undefined;
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-rows-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A file of three rows, and marks after each. */
async function threeRows(path: string) {
  const file = await MetricsFile.open<Row>(path, null);
  const marks = [1, 2, 3].map((step) => {
    file.append({ step });
    return file.mark();
  });
  await file.close();
  return marks;
}

it('keeps the rows up to a mark, appends after them, and marks them as if it had never been closed', async () => {
  const path = join(folder, 'metrics.jsonl');
  const marks = await threeRows(path);
  const kept = await readMarkedRows(path, marks[1], parse);
  expect(kept.rows).toEqual([{ step: 1 }, { step: 2 }]);
  const second = await MetricsFile.open<Row>(path, kept);
  expect(second.last).toEqual({ step: 2 });
  expect(second.mark()).toEqual(marks[1]);
  second.append({ step: 3 });
  expect(second.mark()).toEqual(marks[2]);
  await second.close();
  expect(await readFile(path, 'utf8')).toBe('{"step":1}\n{"step":2}\n{"step":3}\n');
});

it('begins with an empty file', async () => {
  const path = join(folder, 'metrics.jsonl');
  await writeFile(path, '{"step":1}\n');
  await (await MetricsFile.open<Row>(path, null)).close();
  expect(await readFile(path, 'utf8')).toBe('');
});

it('tells of a full disk when it is flushed, and not by an unhandled rejection before', async () => {
  const metrics = await MetricsFile.open<Row>(join(folder, 'metrics.jsonl'), null);
  const { file } = metrics as unknown as { file: { write: () => Promise<void> } };
  file.write = async () => {
    throw new Error('ENOSPC: no space left on device');
  };
  for (let step = 1; step <= 50; step++) metrics.append({ step });
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  await expect(metrics.flush()).rejects.toThrow('ENOSPC');
  await expect(metrics.close()).rejects.toThrow('ENOSPC');
});

it('needs nothing after the mark, whatever a crash made of it', async () => {
  const path = join(folder, 'metrics.jsonl');
  const marks = await threeRows(path);
  await writeFile(path, '{"step":1}\n{"step":2}\n{"st');
  const metrics = await MetricsFile.open<Row>(path, await readMarkedRows(path, marks[1], parse));
  metrics.append({ step: 3 });
  await metrics.close();
  expect(await readFile(path, 'utf8')).toBe('{"step":1}\n{"step":2}\n{"step":3}\n');
});

it.each([
  ['a missing row', '{"step":1}\n{"step":3}\n', 'rows are missing; expected at least 33 bytes, got 22'],
  ['another number', '{"step":1}\n{"step":2}\n{"step":4}\n', 'rows were changed after they were written'],
  ['a cut file', '{"step":1}\n{"step":2}\n', 'rows are missing; expected at least 33 bytes, got 22'],
  ['a missing file', null, 'rows are missing; expected 3 steps, got no file'],
])('refuses %s, and says how to start again', async (_, text, what) => {
  const path = join(folder, 'metrics.jsonl');
  const marks = await threeRows(path);
  await rm(path);
  if (text !== null) await writeFile(path, text);
  const error: unknown = await readMarkedRows(path, marks[2], parse).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'METRICS_DAMAGED', exitCode: 3 });
  expect((error as Error).message).toContain(`error[METRICS_DAMAGED] ${path}: ${what}`);
  expect((error as Error).message).toContain(
    `(hint: put it back as it was written, or delete ${folder} to begin anew)`,
  );
});

it('refuses rows that are whole but are not the steps from 1, or are no rows', async () => {
  const path = join(folder, 'metrics.jsonl');
  const file = await MetricsFile.open<Row>(path, null);
  for (const step of [1, 3]) file.append({ step });
  await file.close();
  await expect(readMarkedRows(path, file.mark(), parse)).rejects.toThrow('line 2; expected the row of step 2');
  await expect(readMarkedRows(path, file.mark(), () => undefined)).rejects.toThrow(
    'line 1; expected the row of step 1',
  );
});
