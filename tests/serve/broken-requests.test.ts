// Several hundred requests, every other one broken or cut off, side by side: each good one has its right answer, and
// the server fails at none. npm run break-requests sends 10,000 to a process.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Model } from '../../src/model/model.ts';
import { ModelServer } from '../../src/serve/server.ts';
import { writeSmallCheckpoint } from '../model/small-checkpoint.ts';
import { Expected, type Outcomes, sendOne } from './broken-requests.ts';

it('300 requests, 16 at a time', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tracelab-broken-'));
  try {
    const checkpoint = await writeSmallCheckpoint(folder);
    await using model = Model.of(checkpoint, 1);
    await using twin = Model.of(checkpoint, 1);
    const failures: unknown[] = [];
    const options = { name: 'small', created: 0, hosts: ['127.0.0.1'], port: 0, token: null };
    await using server = await ModelServer.listen(model, { ...options, failed: (error) => failures.push(error) });
    const expected = new Expected(twin);
    const outcomes: Outcomes = new Map();
    let next = 0;
    const send = async (): Promise<void> => {
      while (next < 300) await sendOne(server.port, 11, next++, expected, outcomes);
    };
    await Promise.all(Array.from({ length: 16 }, send));
    expect(failures).toEqual([]);
    expect(outcomes.get('good, 200')).toBe(150);
    expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(300);
    expect(outcomes.get('broken, 400')).toBeGreaterThan(30);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
