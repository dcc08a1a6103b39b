// metrics.jsonl as a run writes it: rows behind each other, what a resumed run keeps, and a disk that is full.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MetricsFile } from '../../src/run/metrics-file.ts';

interface Row {
  readonly step: number;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-rows-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('keeps the rows up to a step, tells them, and appends after them', async () => {
  const path = join(folder, 'metrics.jsonl');
  const first = await MetricsFile.open<Row>(path, 0);
  for (const step of [1, 2, 3]) first.append({ step });
  await first.close();
  const recalled: number[] = [];
  const second = await MetricsFile.open<Row>(path, 2, ({ step }) => {
    recalled.push(step);
  });
  second.append({ step: 3 });
  await second.close();
  expect(recalled).toEqual([1, 2]);
  expect(await readFile(path, 'utf8')).toBe('{"step":1}\n{"step":2}\n{"step":3}\n');
});

it('tells of a full disk when it is flushed, and not by an unhandled rejection before', async () => {
  const metrics = await MetricsFile.open<Row>(join(folder, 'metrics.jsonl'), 0);
  const { file } = metrics as unknown as { file: { appendFile: () => Promise<void> } };
  file.appendFile = async () => {
    throw new Error('ENOSPC: no space left on device');
  };
  for (let step = 1; step <= 50; step++) metrics.append({ step });
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  await expect(metrics.flush()).rejects.toThrow('ENOSPC');
  await expect(metrics.close()).rejects.toThrow('ENOSPC');
});

it('goes on when the row after the last one that it needs was cut', async () => {
  const path = join(folder, 'metrics.jsonl');
  await writeFile(path, '{"step":1}\n{"step":2}\n{"st');
  const metrics = await MetricsFile.open<Row>(path, 2);
  metrics.append({ step: 3 });
  await metrics.close();
  expect(await readFile(path, 'utf8')).toBe('{"step":1}\n{"step":2}\n{"step":3}\n');
});

it.each([
  ['a missing row', '{"step":1}\n{"step":3}\n', '1'],
  ['a missing file', null, 'no file'],
])('refuses %s, and says how to start again', async (_, text, got) => {
  const path = join(folder, 'metrics.jsonl');
  if (text !== null) await writeFile(path, text);
  await expect(MetricsFile.open<Row>(path, 2)).rejects.toThrow(
    `error[METRICS_DAMAGED] ${path}: rows are missing; expected 2 steps, got ${got} (hint: delete the run directory and start again)`,
  );
});
