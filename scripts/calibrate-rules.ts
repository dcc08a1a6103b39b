// How often the rules of the findings give a false verdict, and how often they find what is there: 10,000 simulated
// studies through the code that decides real ones. The last result is docs/calibration.md.
// Usage: npm run calibrate-rules -- [--studies N] [--seed S]. Exit code 1 if a false verdict is more frequent than
// 5 % beyond chance.
import { parseArgs } from 'node:util';
import { decide } from '../src/analysis/findings.ts';
import { FINDING_IDS } from '../src/analysis/finding.ts';
import { bisect, incompleteBeta } from '../src/base/probability.ts';
import { RandomSequence } from '../src/base/random.ts';
import { simulateStudy, worldOf } from './simulated-study.ts';
import type { World } from './simulated-study.ts';

const LEVEL = 0.05;
/** Studies of each world with 3, 5 and 10 seeds, of 10,000. */
const SHARES: Readonly<Record<string, readonly number[]>> = {
  boundary: [2000, 2000, 500],
  margin: [750, 750, 250],
  positions: [500, 500, 250],
  false: [500, 500, 250],
  true: [500, 500, 250],
};
const SEEDS = [3, 5, 10];
const ALL = 10_000;

interface Tally {
  supported: number;
  contradicted: number;
  wrong: number;
  /** p below the level before Holm, in the direction of a false verdict. */
  unadjusted: number;
}

const { values } = parseArgs({
  options: { studies: { type: 'string', default: String(ALL) }, seed: { type: 'string', default: '20261129' } },
});
const [studies, seed] = [Number(values.studies), Number(values.seed)];
if (![studies, seed].every((value) => Number.isInteger(value) && value >= 1)) {
  console.error('calibrate-rules: expected whole numbers from 1 on: --studies N, --seed S');
  process.exit(2);
}

const started = performance.now();
const tooMany: string[] = [];
let highest = { rate: -1, where: '' };
let decided = 0;
const columns = SEEDS.flatMap((seeds) => [
  `${seeds} seeds: supported, contradicted`,
  'false of studies, at least; before Holm',
]);
console.log(`| world | finding | ${columns.join(' | ')} |`);
console.log(`|---|---${'|---'.repeat(columns.length)}|`);
let stream = 0;
for (const [name, shares] of Object.entries(SHARES)) {
  const parts = shares.map((share, i) => {
    stream += 1;
    const n = Math.max(1, Math.round((studies * share) / ALL));
    decided += n;
    return cellsOf(worldOf(name), SEEDS[i], n, stream);
  });
  for (const label of [...FINDING_IDS, 'any'])
    console.log(`| ${name} | ${label} | ${parts.map((cells) => cells.get(label)).join(' | ')} |`);
}
const seconds = (performance.now() - started) / 1000;
console.log(`\n${decided.toLocaleString('en-US')} studies, seed ${seed}, ${seconds.toFixed(0)} s`);
console.log(`highest rate of a false verdict: ${percent(highest.rate)} (${highest.where})`);
for (const line of tooMany) console.log(`above 5 %: ${line}`);
process.exitCode = tooMany.length === 0 ? 0 : 1;

/** Two cells of the table for every finding, and for all findings of a study together (`any`). */
function cellsOf(world: World, seeds: number, n: number, of: number): Map<string, string> {
  const tallies = new Map<string, Tally>(
    [...FINDING_IDS, 'any'].map((label) => [label, { supported: 0, contradicted: 0, wrong: 0, unadjusted: 0 }]),
  );
  const add = (label: string, what: keyof Tally): void => {
    const tally = tallies.get(label);
    if (tally !== undefined) tally[what] += 1;
  };
  for (let index = 0; index < n; index++) {
    const { runs, options } = simulateStudy(world, seeds, new RandomSequence(seed, of, index));
    const inStudy = new Set<keyof Tally>();
    for (const { claim, verdict, evidence } of decide(runs, options)) {
      const isFalse = (side: string): boolean => world.wrong[claim.id].some((wrong) => wrong === side);
      const found = new Set<keyof Tally>();
      if (verdict === 'supported' || verdict === 'contradicted') found.add(verdict);
      if (isFalse(verdict)) found.add('wrong');
      if (typeof evidence !== 'string' && evidence.p < LEVEL) {
        if (isFalse(evidence.direction === 'for' ? 'supported' : 'contradicted')) found.add('unadjusted');
      }
      for (const what of found) {
        add(claim.id, what);
        inStudy.add(what);
      }
    }
    for (const what of inStudy) add('any', what);
  }
  return new Map(
    [...tallies].map(([label, { supported, contradicted, wrong, unadjusted }]) => {
      const where = `${label} in ${world.name} with ${seeds} seeds`;
      const least = lowerBound(wrong, n);
      if (least > LEVEL) tooMany.push(`${where}: ${wrong} of ${n} studies, at least ${percent(least)}`);
      if (wrong / n > highest.rate) highest = { rate: wrong / n, where };
      const rates = label === 'any' ? '' : `${percent(supported / n)}, ${percent(contradicted / n)}`;
      return [label, `${rates} | ${wrong}/${n}, ${percent(least)}; ${percent(unadjusted / n)}`];
    }),
  );
}

/** One-sided 99 % lower bound of a rate (Clopper and Pearson). */
function lowerBound(count: number, n: number): number {
  return count === 0 ? 0 : bisect(0, 1, (rate) => incompleteBeta(rate, count, n - count + 1) - 0.01);
}

function percent(rate: number): string {
  return `${(100 * rate).toFixed(1)} %`;
}
