// The memory of the fast validator, on both shipped modules: what it keeps between completions, the bounds of its
// region, and tables and completions of any size.
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import {
  ALL_LEVELS,
  encodeWords,
  judgeCompletions,
  judgeIds,
  judgeTexts,
  PAPER_LEVEL,
  wordCodes,
} from '../../src/core/validator.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText } from '../../src/domain/maze/grammar.ts';
import type { Problem } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { agree, gold, golden, goldenItems, open } from './validator-items.ts';
import { BASE, judgeAll, makeRegion } from './validator-region.ts';

/** One array, so that problems share it. */
const NO_WALLS = new Uint8Array(9);

describe.each(['portable', 'fused'])('%s module', (name) => {
  const region = makeRegion(name);

  it('leaves nothing behind: order, batch and region size do not matter', () => {
    const items = [
      ...goldenItems.slice(0, 120),
      { problem: open, completion: 'close 0 0 c0 c2 create 1 0 c9999 c9999' },
      ...goldenItems.slice(0, 60),
    ];
    const together = judgeAll(region, items);
    expect(judgeAll(region, [...items].reverse()).reverse()).toEqual(together);
    expect(items.map((item) => judgeAll(region, [item])[0])).toEqual(together);
    const small = { ...region, bytes: 330_000 };
    expect(judgeAll(small, items)).toEqual(together);
  });

  it('writes inside its region only', () => {
    const bytes = new Uint8Array(region.memory.buffer);
    const end = BASE + region.bytes;
    bytes.fill(0x5a, 0, BASE);
    bytes.fill(0x5a, end);
    judgeAll(region, goldenItems.slice(0, 400));
    expect(bytes.subarray(0, BASE).every((byte) => byte === 0x5a)).toBe(true);
    expect(bytes.subarray(end).every((byte) => byte === 0x5a)).toBe(true);
  });

  it.each(['codes', 'ids', 'text'])(
    'uses the tightest region that takes one completion to its last byte, and not beyond: %s',
    (form) => {
      const { problem, completion } = goldenItems[0];
      const vocabulary = createVocabulary(problem.size);
      const once = (bytes: number): unknown[] => {
        const tight = { ...region, bytes };
        if (form === 'codes') return judgeCompletions(tight, [{ problem, words: encodeWords(completion) }]);
        if (form === 'ids')
          return judgeIds(
            tight,
            wordCodes(vocabulary.words),
            [{ problem, ids: vocabulary.encode(completion) }],
            ALL_LEVELS,
          );
        return judgeTexts(tight, [{ problem, text: completion }], ALL_LEVELS);
      };
      let tight = 80_000;
      for (;;) {
        try {
          once(tight);
          break;
        } catch {
          tight += 16;
        }
      }
      const bytes = new Uint8Array(region.memory.buffer);
      bytes.fill(0x5a, 0, BASE);
      bytes.fill(0x5a, BASE + tight);
      expect(once(tight)).toEqual([golden[0].verdict]);
      expect(bytes.subarray(0, BASE).every((byte) => byte === 0x5a)).toBe(true);
      expect(bytes.subarray(BASE + tight).every((byte) => byte === 0x5a)).toBe(true);
    },
  );

  it('sets a problem up once for rollouts that share it, and anew when anything in it changes', () => {
    const walls = generateProblem('searchformer', 8, new RandomSequence(1, 2, 3)).walls;
    const cells = [...walls.keys()]
      .filter((cell) => walls[cell] === 0)
      .map((cell) => ({ x: cell % 8, y: Math.floor(cell / 8) }));
    const ends = Array.from({ length: 12 }, (_, i) => ({
      start: cells[Math.floor(i / 4)],
      goal: cells[cells.length - 1 - (i % 3)],
    }));
    const problems = ends.flatMap(({ start, goal }): Problem[] => {
      const problem: Problem = { generator: 'free', size: 8, walls, start, goal };
      return [problem, problem, { ...problem }];
    });
    const items = problems.map((problem, i) => {
      const { trace, plan } = solve(problems[i % 5 === 4 ? i - 1 : i]);
      return { problem, completion: completionText(trace, plan ?? []) };
    });
    const apart = items.map(({ problem, completion }) => ({
      problem: { ...problem, walls: walls.slice() },
      completion,
    }));
    expect(agree(region, items)).toEqual(judgeAll(region, apart));
    // Cell 0 is a start and a goal like any other.
    const corners: Problem[] = [
      [0, 0, 2, 0],
      [2, 0, 0, 0],
      [2, 0, 2, 1],
      [2, 0, 0, 0],
      [0, 0, 0, 1],
      [1, 1, 0, 1],
      [0, 0, 0, 1],
    ].map(([x, y, goalX, goalY]) => ({
      generator: 'free',
      size: 3,
      walls: NO_WALLS,
      start: { x, y },
      goal: { x: goalX, y: goalY },
    }));
    agree(
      region,
      corners.map((problem) => ({
        problem,
        completion: completionText(solve(problem).trace, solve(problem).plan ?? []),
      })),
    );
    // A later call, with another maze of the same size at the same place.
    const detour: Problem = {
      generator: 'free',
      size: 3,
      walls: Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0, 0),
      start: { x: 0, y: 0 },
      goal: { x: 2, y: 0 },
    };
    const straight: Problem = { ...detour, walls: new Uint8Array(9) };
    const text = completionText(solve(straight).trace, solve(straight).plan ?? []);
    for (const problem of [straight, detour, straight])
      expect(judgeTexts(region, [{ problem, text }], ALL_LEVELS)).toEqual([judge(problem, text)]);
    // A grid of another size whose walls begin with the same bytes.
    const small: Problem = {
      generator: 'free',
      size: 4,
      walls: new Uint8Array(16),
      start: { x: 0, y: 0 },
      goal: { x: 2, y: 0 },
    };
    const large: Problem = { ...small, size: 5, walls: new Uint8Array(25) };
    agree(
      region,
      [small, large, small].map((problem) => ({
        problem,
        completion: completionText(solve(problem).trace, solve(problem).plan ?? []),
      })),
    );
  });

  it('takes ids that no vocabulary has as words that nothing can read', () => {
    const vocabulary = createVocabulary(4);
    const ids = Uint16Array.from([
      ...vocabulary.encode(gold),
      vocabulary.length,
      65_535,
      vocabulary.pad,
      vocabulary.eos,
    ]);
    const [verdict] = judgeIds(region, wordCodes(vocabulary.words), [{ problem: open, ids }], ALL_LEVELS);
    expect(verdict).toEqual(judge(open, `${gold} x x x x`));
    expect(judgeIds(region, new Uint32Array(0), [{ problem: open, ids }], PAPER_LEVEL)[0]).toMatchObject({
      records: ids.length,
      paper: { rule: 'operation_syntax_error', record: 0 },
    });
  });

  it('refuses a region that is too small and problems that are no grids', () => {
    expect(() => judgeAll({ ...region, bytes: 1000 }, goldenItems.slice(0, 1))).toThrow(
      /error\[VALIDATOR_REGION\] completion 0: .*expected at least \d+ bytes, got 1000 bytes/,
    );
    for (const wrong of [
      { size: 5 },
      { walls: new Uint8Array(15) },
      { size: 0, walls: new Uint8Array(0) },
      { start: { x: 4, y: 0 } },
      { goal: { x: 0, y: -1 } },
      { goal: { x: 0.5, y: 0 } },
    ]) {
      expect(() => judgeAll(region, [{ problem: { ...open, ...wrong }, completion: gold }])).toThrow(
        /VALIDATOR_PROBLEM/,
      );
    }
    expect(region.exports.validator_scratch_bytes(0, 0)).toBe(0);
    expect(region.exports.validator_scratch_bytes(5001, 0)).toBe(0);
    expect(region.exports.validator_scratch_bytes(5000, 0)).toBeGreaterThan(7e8);
    expect(region.exports.validator_scratch_bytes(30, 400_000_000)).toBe(0);
    expect(region.exports.validator_scratch_bytes(30, 300_000_000) >>> 0).toBeGreaterThan(3.6e9);
  });

  it('reads complete events in one go, up to the first word that is part of none', () => {
    // Judged first, so that the module has a problem and room for records.
    judgeAll(region, [{ problem: open, completion: gold }]);
    const at = BASE + region.bytes;
    for (const [events, rest] of [
      ['create 0 0 c0 c0', ''],
      ['close 3 2 c15 c1 create 9999 0 c0 c9999', 'close 1 2 c3'],
      ['create 1 2 c3 c4 close 1 2 c3 c4 close 0 0 c1 c1', 'solution plan 0 0 end'],
      ['', 'plan 1 2'],
      ['', 'solution close 0 0 c0 c0'],
      ['', 'close c0 0 c0 c0'],
      ['', 'close 0 0 0 c0'],
      ['', 'close 0 0 c0 0'],
      ['', 'create 0 c0 c0 c0'],
      ['', 'end 0 0 c0 c0'],
    ]) {
      const codes = encodeWords(`${events} ${rest}`);
      new Uint32Array(region.memory.buffer, at, codes.length).set(codes);
      expect(region.exports.validator_read_events(at, at + 4 * codes.length) - at, `${events} | ${rest}`).toBe(
        4 * encodeWords(events).length,
      );
    }
  });

  it('asks for the bytes that its regions have, and no more', () => {
    // By f: bits and counts of 0..19,998. By cell of the bordered grid: seven maps. By f of a faithful run: two ends of
    // a list. By word: record and code.
    const bytes = (size: number, words: number): number =>
      8 * Math.ceil(19_999 / 64) +
      4 * 19_999 +
      7 * 4 * (size + 2) ** 2 +
      2 * 4 * (Math.min(size * size, 10_000) + 2 * size) +
      12 * words;
    for (const [size, words] of [
      [1, 0],
      [2, 1],
      [30, 20_000],
      [99, 7],
      [100, 7],
      [101, 7],
      [5000, 1000],
    ])
      expect(region.exports.validator_scratch_bytes(size, words) >>> 0).toBe(bytes(size, words));
  });

  it('counts open cells by f from nothing, whatever the memory held, up to the largest f', () => {
    const number = (f: number): string => `c${Math.min(f, 9999)} c${f - Math.min(f, 9999)}`;
    const values = Array.from({ length: 260 }, (_, i) => Math.min(3 + 77 * i, 19_997));
    const rising = values.map(
      (f) =>
        `close 0 0 c0 c2 create 1 0 ${number(f)} close 1 0 ${number(f)} create 2 0 ${number(f + 1)} close 2 0 ${number(f + 1)}`,
    );
    expect(
      agree(
        region,
        rising.map((completion) => ({ problem: open, completion })),
      ).every(({ paper }) => paper.valid),
    ).toBe(true);
    const falling = values.map(
      (f) => `close 0 0 c0 c2 create 1 0 ${number(f + 1)} create 0 1 ${number(f)} close 1 0 ${number(f + 1)}`,
    );
    expect(
      agree(
        region,
        falling.map((completion) => ({ problem: open, completion })),
      ).every(({ paper }) => paper.rule === 'close_not_lowest_f_value'),
    ).toBe(true);
    // The count of the largest f is before the map of the maze, its bit before the count of 0.
    const largest = 'close 0 0 c0 c2 create 1 0 c9999 c9999';
    agree(
      region,
      [
        `${largest} create 0 1 c1 c1 close 0 1 c1 c1 create 0 2 c3 c3 close 0 2 c3 c3 create 1 2 c0 c4 close 1 2 c0 c4`,
        `${largest} create 4 0 c1 c1`,
        'create 4 0 c1 c1',
        'close 4 0 c1 c1',
        'plan 0 0 plan 4 0',
        largest,
        `${largest} close 1 0 c9999 c9999`,
        gold,
      ].map((completion) => ({ problem: open, completion })),
    );
  });

  it('looks up no id behind the last one of its table', () => {
    // Read as a code, the ids 4 and 5 that are behind a table of four words would be the keyword `plan`.
    expect(
      judgeIds(region, new Uint32Array(4), [{ problem: open, ids: Uint16Array.of(4, 5, 0, 0) }], ALL_LEVELS)[0].records,
    ).toBe(4);
  });

  it('judges nothing', () => {
    expect(judgeAll(region, [])).toEqual([]);
  });

  it('takes a completion of 100,000 records', () => {
    const wide = makeRegion(name, 80 * 65_536, 82);
    const problem = open;
    const words = encodeWords(`${'plan 0 0 '.repeat(100_000)}`);
    const [verdict] = judgeCompletions(wide, [{ problem, words }]);
    expect(verdict.plan).toEqual({ valid: false, error: 'illegal_move', optimal: false });
    const [junk] = judgeCompletions(wide, [{ problem, words: new Uint32Array(300_000) }]);
    expect(junk).toMatchObject({ records: 300_000, paper: { rule: 'operation_syntax_error', record: 0 } });
  });
});
