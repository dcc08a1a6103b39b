// Real processes race for one lease and are killed as they own it: a small number of what scripts/race-leases.ts does.
import { expect, it } from 'vitest';
import { raceLeases, readLog } from '../../scripts/race-leases.ts';

it.runIf(process.platform === 'linux')('sixty takeovers from killed owners: never two owners', async () => {
  const counts = await raceLeases(60, 3);
  expect(counts.violations).toEqual([]);
  expect(counts.takeovers).toBeGreaterThanOrEqual(60);
});

it('the log of two owners at once is a violation', () => {
  expect(readLog('own 1\nwork 1\nfree 1\nown 3\nown 4\nfree 4\n')).toEqual({ takeovers: 1, owners: 3, violations: [] });
  expect(readLog('own 1\nown 2\nwork 1\nfree 2\n').violations).toEqual(['line 3: work of generation 1 after 2']);
  expect(readLog('own 2\nown 2\n').violations).toEqual(['line 2: generation 2 owns after 2']);
  expect(readLog('own 1\nfree 1\nwork 1\n').violations).toEqual(['line 3: work of generation 1 after its end']);
});
