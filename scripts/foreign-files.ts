// Thousands of good rows in other forms, which must read as the plain form does, and thousands of damaged files, each
// of which must be refused with a reason or read equal, within a second of processor time. The suite reads a sample of
// both.
// Usage: npm run foreign-files -- [--budget MINUTES, default 5] [--seed N, default 1] [--first N, default 0]
// Exit code 1 at the first fault.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeWhole, type MutantCounts, readMutant, readTheirMutant } from '../tests/data/mutants.ts';
import { readVariant, type VariantCounts } from '../tests/data/variants.ts';

const { values } = parseArgs({
  options: {
    budget: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
  },
});
const [budget, seed, first] = [values.budget, values.seed, values.first].map(Number);
if (!(budget > 0) || ![seed, first].every((value) => Number.isInteger(value) && value >= 0)) {
  console.error('foreign-files: expected --budget MINUTES above 0 and whole numbers --seed and --first');
  process.exit(2);
}

const SLOWEST = 1000;
const folder = mkdtempSync(join(tmpdir(), 'tracelab-foreign-'));
const variants: VariantCounts = { kinds: new Map(), rows: 0 };
const ours: MutantCounts = { codes: new Map(), slowest: 0 };
const theirs: MutantCounts = { codes: new Map(), slowest: 0 };
const line = (name: string, counts: ReadonlyMap<string, number>, more: string): string => {
  const sum = [...counts.values()].reduce((all, count) => all + count, 0);
  return `${name}: ${sum} (${[...counts].map(([key, count]) => `${count} ${key}`).join(', ')})${more}`;
};
const report = (): string =>
  [
    line('other forms, all equal', variants.kinds, `, ${variants.rows} rows`),
    line('damaged files', ours.codes, `, slowest ${ours.slowest.toFixed(0)} ms`),
    line('damaged tables without checksums', theirs.codes, `, slowest ${theirs.slowest.toFixed(0)} ms`),
  ].join('\n');
try {
  const whole = await makeWhole(folder);
  const end = performance.now() + budget * 60_000;
  let index = first;
  for (let shown = performance.now(); performance.now() < end; index++) {
    await readVariant(seed, index, folder, variants);
    // Two of ours for each variant: Parquet and JSONL in turn.
    await readMutant(whole, seed, 2 * index, ours);
    await readMutant(whole, seed, 2 * index + 1, ours);
    if (index % 5 === 0) await readTheirMutant(whole, seed, index, theirs);
    if (performance.now() - shown > 30_000) {
      shown = performance.now();
      console.log(report());
    }
  }
  console.log(`seed ${seed}, ${first} to ${index - 1}\n${report()}`);
  process.exitCode = Math.max(ours.slowest, theirs.slowest) > SLOWEST ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
