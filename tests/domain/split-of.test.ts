// The split of a problem: the same bits everywhere, the shares that it promises, and nothing to do with how the problem
// looks.
import { describe, expect, it, test } from 'vitest';
import { RandomSequence, threefry2x32 } from '../../src/base/random.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { problemKey, wallsKey } from '../../src/domain/maze/keys.ts';
import type { Problem } from '../../src/domain/maze/types.ts';
import { SHARES, splitOf, type SplitName } from '../../src/domain/split-of.ts';
import { chiSquareQuantile } from './chi-square.ts';
import { trainingChiSquare, LIMITS } from './training-layouts.ts';

const SPLITS = ['train', 'dev', 'test'] as const;
const SEEDS = [0, 1, 2, 3, 0xffff_ffff];

/** Every 6x6 Wilson problem: 384 layouts, 17 floor cells. */
const PROBLEMS = everyWilson6();
const KEYS = PROBLEMS.map(problemKey);
/** By seed, in the order of PROBLEMS. */
const FOUND = new Map(SEEDS.map((seed) => [seed, KEYS.map((key) => splitOf(seed, key))]));

function everyWilson6(): Problem[] {
  const layouts = new Map<string, Problem>();
  for (let index = 0; layouts.size < 384; index++) {
    const problem = generateProblem('wilson', 6, new RandomSequence(6, 0, index));
    layouts.set(wallsKey(problem), problem);
  }
  return [...layouts.values()].flatMap((layout) => {
    const floor = Array.from(layout.walls.keys())
      .filter((cell) => layout.walls[cell] === 0)
      .map((cell) => ({ x: cell % 6, y: Math.floor(cell / 6) }));
    return floor.flatMap((start) =>
      floor.filter((goal) => goal !== start).map((goal): Problem => ({ ...layout, start, goal })),
    );
  });
}

/** FNV-1a as its authors define it, in integers of any size. */
function fnv1a(bytes: Iterable<number>): number {
  let hash = 0x811c9dc5n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x01000193n) % 2n ** 32n;
  return Number(hash);
}

function splitByDefinition(seed: number, key: string): SplitName {
  const units = Array.from({ length: key.length }, (_, i) => [key.charCodeAt(i) % 256, key.charCodeAt(i) >> 8]);
  const words = new Uint32Array(2);
  threefry2x32(seed, 14, fnv1a(units.flat()), fnv1a(units.toReversed().flat()), words);
  const u = words[0] / 2 ** 32;
  return u < 1 / 3 ? 'test' : u < 1 / 3 + 1 / 16 ? 'dev' : 'train';
}

describe('splitOf', () => {
  it('is what its definition says, which hashes as published', () => {
    const published = { '': 0x811c9dc5, a: 0xe40c292c, foobar: 0xbf9cf968 };
    for (const [text, hash] of Object.entries(published)) expect(fnv1a(Buffer.from(text))).toBe(hash);
    for (const seed of SEEDS)
      for (const key of [...KEYS.slice(0, 300), '', 'query start 0 0', '\uffff\u0000'])
        expect(splitOf(seed, key)).toBe(splitByDefinition(seed, key));
  });

  it('never changes', () => {
    const letters = (seed: number): string =>
      Array.from({ length: 40 }, (_, i) => splitOf(seed, `problem ${i}`)[2]).join('');
    expect([letters(1), letters(2)]).toEqual([
      'aavsaavaassaaavssssassasasaaasaasasaaaaa',
      'aasvasvaaaasssasaaaaaaaaasasasassaaaaaaa',
    ]);
  });

  it.each(SEEDS)('gives each split its share of all problems, seed %i', (seed) => {
    expect(PROBLEMS).toHaveLength(104_448);
    expect(SHARES).toEqual({ train: 1 - 1 / 3 - 1 / 16, dev: 1 / 16, test: 1 / 3 });
    for (const split of SPLITS) {
      const n = PROBLEMS.length;
      const count = FOUND.get(seed)?.filter((found) => found === split).length ?? NaN;
      // 3.5 standard deviations.
      expect(Math.abs(count - SHARES[split] * n)).toBeLessThan(
        3.5 * Math.sqrt(SHARES[split] * (1 - SHARES[split]) * n),
      );
    }
  });
});

/** Chi-square of the splits within groups of problems of one seed, against SHARES; 2 degrees of freedom a group. */
function withinGroups(seed: number, groupOf: (problem: Problem, index: number) => string): [number, groups: number] {
  const groups = new Map<string, Record<SplitName, number>>();
  for (const [index, problem] of PROBLEMS.entries()) {
    const group = groupOf(problem, index);
    const counts = groups.get(group) ?? { train: 0, dev: 0, test: 0 };
    groups.set(group, counts);
    counts[FOUND.get(seed)?.[index] ?? 'train'] += 1;
  }
  let chiSquare = 0;
  for (const counts of groups.values()) {
    const n = counts.train + counts.dev + counts.test;
    for (const split of SPLITS) chiSquare += (counts[split] - n * SHARES[split]) ** 2 / (n * SHARES[split]);
  }
  return [chiSquare, groups.size];
}

describe('the split of a problem', () => {
  const at = ({ x, y }: Problem['start']): string => `${x} ${y}`;
  test.each([
    ['its layout', wallsKey],
    ['its start', ({ start }: Problem) => at(start)],
    ['its goal', ({ goal }: Problem) => at(goal)],
    ['both its ends', ({ start, goal }: Problem) => `${at(start)} ${at(goal)}`],
    ['its layout and start', (problem: Problem) => wallsKey(problem) + at(problem.start)],
  ] as const)('does not depend on %s', (_, groupOf) => {
    let chiSquare = 0;
    let freedom = 0;
    for (const seed of SEEDS) {
      const [value, groups] = withinGroups(seed, groupOf);
      chiSquare += value;
      freedom += 2 * groups;
    }
    expect(chiSquare).toBeGreaterThan(chiSquareQuantile(0.001, freedom));
    expect(chiSquare).toBeLessThan(chiSquareQuantile(0.999, freedom));
  });

  it.each(SEEDS)('does not depend on that of the problem with the ends exchanged, seed %i', (seed) => {
    const [chiSquare, groups] = withinGroups(seed, ({ start, goal, ...rest }) =>
      splitOf(seed, problemKey({ ...rest, start: goal, goal: start })),
    );
    expect(groups).toBe(3);
    expect(chiSquare).toBeLessThan(22.5); // 6 degrees of freedom, p > 0.001
  });

  it.each([1, 2, 3, 0xffff_ffff])('does not depend on that of another seed, %i', (seed) => {
    const [chiSquare, groups] = withinGroups(seed, (_, index) => FOUND.get(0)?.[index] ?? '');
    expect(groups).toBe(3);
    expect(chiSquare).toBeLessThan(22.5);
  });
});

it('training sets stay Wilson: every layout is as frequent as in a uniform sample', () => {
  const chiSquare = trainingChiSquare([1, 2, 3, 4]);
  expect(chiSquare).toBeGreaterThan(LIMITS.least);
  expect(chiSquare).toBeLessThan(LIMITS.most);
});
