// The fast validator, on both shipped modules: the golden verdicts, agreement with the readable validator on damaged and hostile
// completions, and the handling of its memory.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { encodeWords, judgeCompletions, PLAN_ERROR_CODES, TRACE_RULE_CODES } from '../../src/core/validator.ts';
import type { ValidatorExports, ValidatorRegion } from '../../src/core/validator.ts';
import { solve } from '../../src/domain/astar.ts';
import { generateProblem } from '../../src/domain/generate.ts';
import { completionText, parsePrompt } from '../../src/domain/grammar.ts';
import { GENERATORS, PLAN_ERRORS, TRACE_RULES } from '../../src/domain/types.ts';
import type { GeneratorName, Problem, Verdict } from '../../src/domain/types.ts';
import { judge } from '../../src/domain/verdict/judge.ts';
import { damage, randomRun } from './damage.ts';

const BASE = 4096;

function makeRegion(name: string, bytes = 16 * 65_536): ValidatorRegion {
  const memory = new WebAssembly.Memory({ initial: 20, maximum: 65_536, shared: true });
  // What an arena holds before is not zero.
  new Uint8Array(memory.buffer).fill(0xa5);
  const module = new WebAssembly.Module(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url)));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { exports: exports as unknown as ValidatorExports, memory, base: BASE, bytes };
}

function judgeAll(region: ValidatorRegion, items: readonly { problem: Problem; completion: string }[]): Verdict[] {
  return judgeCompletions(region, items.map(({ problem, completion }) => ({ problem, words: encodeWords(completion) })));
}

interface GoldenRow {
  readonly id: string;
  readonly generator: string;
  readonly size: number;
  readonly case: string;
  readonly prompt: string;
  readonly completion: string;
  readonly verdict: Verdict;
}

const golden = readFileSync(new URL('../golden/verdicts.jsonl', import.meta.url), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as GoldenRow);
const goldenItems = golden.map(({ generator, size, prompt, completion }) =>
  ({ problem: parsePrompt(prompt, size, (generator === 'sf' ? 'searchformer' : generator) as GeneratorName), completion }));

describe('encodeWords', () => {
  it('codes words, numbers and costs', () => {
    expect([...encodeWords('create 0 7 c12 c9999 close plan solution end')]).toEqual([
      3 << 16, 1 << 16, (1 << 16) | 7, (2 << 16) | 12, (2 << 16) | 9999, 4 << 16, 5 << 16, 6 << 16, 7 << 16,
    ]);
  });

  it.each(['00', '01', '10000', '99999999999999999999', '-1', '+1', '1.0', '1e3', '0x1', 'c', 'cc1', 'c01', 'c-1', 'C1', 'c10000', 'Plan', 'plan.', 'closed', '<eos>',
    'constructor', '__proto__', 'toString', '\u0661', '\uff11', 'c\uff11', '\ud800', '\0', '1\0', 'wall', 'reasoning'])('junk: %j', (word) => {
    expect([...encodeWords(word)]).toEqual([0]);
  });

  it('separates words at ASCII blanks only', () => {
    expect([...encodeWords(' \t1\n2\v3\f4\r5 \r\n')]).toEqual([1, 2, 3, 4, 5].map((value) => (1 << 16) | value));
    expect([...encodeWords('1\u00a02')]).toEqual([0]);
    expect([...encodeWords('1\u20282 3\u3000')]).toEqual([0, 0]);
    expect([...encodeWords('1\u001f2')]).toEqual([0]);
    expect(encodeWords('')).toHaveLength(0);
    expect(encodeWords(' \n ')).toHaveLength(0);
  });
});

it('rule codes are those of the domain', () => {
  expect([...TRACE_RULE_CODES].sort()).toEqual([...TRACE_RULES].sort());
  expect([...PLAN_ERROR_CODES].sort()).toEqual([...PLAN_ERRORS].sort());
});

describe.each(['portable', 'fused'])('%s module', (name) => {
  const region = makeRegion(name);

  it('reproduces every golden verdict', () => {
    const verdicts = judgeAll(region, goldenItems);
    expect(golden).toHaveLength(1965);
    golden.forEach(({ id, case: damageCase, verdict }, i) => expect(verdicts[i], `${id} (${damageCase})`).toEqual(verdict));
  });

  it('agrees with the readable validator on faithful runs in random order', () => {
    const items = draw(600, 1, (problem, random) => {
      const { trace, plan } = randomRun(problem, random);
      return completionText(trace, plan.map(([x, y]) => ({ x, y })));
    });
    const verdicts = agree(region, items);
    expect(verdicts.every(({ strict, paper, plan }) => strict.valid && paper.valid && plan.optimal)).toBe(true);
    const exact = verdicts.filter((verdict) => verdict.exact).length;
    expect(exact).toBeGreaterThan(10);
    expect(exact).toBeLessThan(590);
  });

  it('finds the deterministic trace exact where open cells become cheaper and keep their place', () => {
    const items = Array.from({ length: 60 }, (_, i) => {
      const random = new RandomSequence(20_250, 104, i);
      const problem = generateProblem('searchformer', 20 + random.below(11), random);
      const { trace, plan } = solve(problem);
      return { problem, completion: completionText(trace, plan ?? []), created: trace.filter(({ operation }) => operation === 'create').map(({ x, y }) => `${x} ${y}`) };
    });
    const again = items.reduce((sum, { created }) => sum + created.length - new Set(created).size, 0);
    expect(again).toBeGreaterThan(50);
    expect(agree(region, items).every(({ exact }) => exact)).toBe(true);
  });

  it('agrees with the readable validator on 6,000 damaged traces', () => {
    const items = draw(6000, 2, (problem, random) => {
      const { trace, plan } = random.below(2) === 0 ? solve(problem) : { trace: randomRun(problem, random).trace, plan: solve(problem).plan };
      return damage(completionText(trace, plan ?? []), problem.size, random);
    });
    const verdicts = agree(region, items);
    // The damage is worth its name only if it reaches the rules. (No record sequence reaches plan_extraction_error.)
    const strict = new Set(verdicts.map((verdict) => verdict.strict.rule));
    const paper = new Set(verdicts.map((verdict) => verdict.paper.rule));
    const plan = new Set(verdicts.map((verdict) => verdict.plan.error));
    const ofPaper = ['plan_extraction_error', 'plan_length_mismatch'];
    const ofStrict = ['event_after_goal', 'wrong_heuristic', 'wrong_cost', 'create_not_cheaper', 'expansion_incomplete'];
    expect([...strict].sort()).toEqual([undefined, ...TRACE_RULES.filter((rule) => !ofPaper.includes(rule))].sort());
    expect([...paper].sort()).toEqual([undefined, ...TRACE_RULES.filter((rule) => !ofStrict.includes(rule) && rule !== 'plan_extraction_error')].sort());
    expect([...plan].sort()).toEqual([undefined, ...PLAN_ERRORS].sort());
    expect(verdicts.filter((verdict) => verdict.exact).length).toBeGreaterThan(100);
  });

  it('agrees with the readable validator on event soup', () => {
    agree(region, draw(1500, 3, ({ size }, random) => {
      const words: string[] = [];
      for (let i = random.below(60); i > 0; i--) {
        const xy = (): number => random.below(size + (random.below(8) === 0 ? 1 : 0));
        const kind = random.below(9);
        if (kind < 4) words.push('create', `${xy()}`, `${xy()}`, `c${random.below(4)}`, `c${random.below(4)}`);
        else if (kind < 7) words.push('close', `${xy()}`, `${xy()}`, `c${random.below(4)}`, `c${random.below(4)}`);
        else words.push('plan', `${xy()}`, `${xy()}`);
      }
      return words.join(' ');
    }));
  });

  const open: Problem = { generator: 'free', size: 4, walls: new Uint8Array(16), start: { x: 0, y: 0 }, goal: { x: 2, y: 0 } };
  const gold = completionText(solve(open).trace, solve(open).plan ?? []);
  const plan = 'plan 0 0 plan 1 0 plan 2 0';

  it.each([
    '', ' ', 'end', 'solution', 'solution end', `solution ${plan} end`, plan, `${plan} end`, `solution ${plan}`, `solution ${plan} end end`, `solution ${plan} end x`,
    `solution ${plan} solution end`, `end ${plan} solution`, `solution plan 0 solution 0 plan 1 0 plan 2 0 end`, `solution plan end 0 0 plan 1 0 plan 2 0 end`,
    'plan', 'plan 0', 'plan 0 0', 'plan c0 0', 'plan 0 0 0', 'create', 'create 0 0', 'create 0 0 c0', 'close 0 0 c0 c2', 'close 0 0 0 2', 'close 0 0 c0 c2 c0',
    'close 0 0 solution c0 c2', 'close 0 0 c0 plan 0 0', 'close 9999 9999 c9999 c9999', 'create 1 0 c1 c1', 'close 0 0 c0 c2 create 0 0 c0 c2',
    // Entries with the largest f, replaced and closed out of order.
    'close 0 0 c0 c2 create 1 0 c9999 c9999 create 0 1 c9999 c9998 close 1 0 c9999 c9999', 'close 0 0 c0 c2 create 1 0 c9999 c9999 close 1 0 c9999 c9999',
    'close 0 0 c0 c2 create 1 0 c9999 c9999 create 1 0 c9998 c0 create 1 0 c9999 c0 close 1 0 c9998 c0 create 2 0 c0 c0 close 2 0 c0 c0',
    'close 0 0 c0 c2 create 1 0 c0 c0 create 0 1 c0 c0 close 1 0 c0 c0 create 2 0 c0 c0 close 2 0 c0 c0 close 0 1 c0 c0',
    gold, `${gold} ${gold}`, `junk ${gold}`, gold.replaceAll(' ', '\n'), gold.replaceAll(' ', '\u00a0'), gold.toUpperCase(), gold.slice(0, -5), gold.replace(' solution', ''),
    'plan 0 0 plan 0 1 plan 0 0 plan 1 0 plan 2 0', 'plan 0 0 plan 0 0 plan 1 0 plan 2 0', 'plan 0 0 plan 1 0 plan 2 0 plan 3 0', 'plan 0 0 plan 1 0 plan 2 0 plan 3 0 plan 2 0',
    'plan 3 0 plan 4 0', 'plan 0 0 plan 3 1', 'plan 0 0 plan 4 0', '\ud800 \udfff \0', 'constructor __proto__ toString',
  ])('agrees on %j', (completion) => {
    agree(region, [{ problem: open, completion }]);
  });

  it('agrees where the goal cannot be reached', () => {
    const walls = Uint8Array.from([0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    const shut: Problem = { ...open, walls, goal: { x: 3, y: 0 } };
    const { trace } = solve(shut);
    const completions = [completionText(trace, []), completionText(trace.slice(0, -1), []), completionText([], [shut.start, shut.goal]), completionText(trace, [shut.start, { x: 1, y: 0 }])];
    const verdicts = agree(region, completions.map((completion) => ({ problem: shut, completion })));
    expect(verdicts.every(({ strict, plan: { valid } }) => strict.rule === 'goal_not_reached' && !valid)).toBe(true);
  });

  it('holds when start and goal are one cell, a wall, or the whole grid', () => {
    const alone: Problem = { generator: 'free', size: 1, walls: new Uint8Array(1), start: { x: 0, y: 0 }, goal: { x: 0, y: 0 } };
    const [verdict] = agree(region, [{ problem: alone, completion: 'close 0 0 c0 c0 solution plan 0 0 end' }]);
    expect(verdict).toEqual({ format: true, records: 1, paper: { valid: true }, strict: { valid: true }, exact: true, plan: { valid: true, optimal: true } });
    const walled: Problem = { ...alone, walls: Uint8Array.of(1) };
    expect(judgeAll(region, [{ problem: walled, completion: 'close 0 0 c0 c0 create 0 0 c0 c0' }])[0].strict).toEqual({ valid: false, rule: 'create_close_wall', record: 0 });
    expect(judgeAll(region, [{ problem: walled, completion: '' }])[0].paper).toEqual({ valid: false, rule: 'goal_not_reached', record: 0 });
  });

  it('leaves nothing behind: order, batch and region size do not matter', () => {
    const items = [...goldenItems.slice(0, 120), { problem: open, completion: 'close 0 0 c0 c2 create 1 0 c9999 c9999' }, ...goldenItems.slice(0, 60)];
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
    // The tightest region that takes one completion is used to its last byte, and not beyond.
    const words = encodeWords(goldenItems[0].completion);
    let tight = 80_000;
    for (;;) {
      try {
        judgeCompletions({ ...region, bytes: tight }, [{ problem: goldenItems[0].problem, words }]);
        break;
      } catch {
        tight += 16;
      }
    }
    bytes.fill(0x5a, BASE + tight);
    expect(judgeCompletions({ ...region, bytes: tight }, [{ problem: goldenItems[0].problem, words }])).toEqual([golden[0].verdict]);
    expect(bytes.subarray(BASE + tight).every((byte) => byte === 0x5a)).toBe(true);
  });

  it('refuses a region that is too small and problems that are no grids', () => {
    expect(() => judgeAll({ ...region, bytes: 1000 }, goldenItems.slice(0, 1))).toThrow(/error\[VALIDATOR_REGION\] completion 0: .*expected at least \d+ bytes, got 1000 bytes/);
    for (const wrong of [{ size: 5 }, { walls: new Uint8Array(15) }, { size: 0, walls: new Uint8Array(0) }, { start: { x: 4, y: 0 } }, { goal: { x: 0, y: -1 } }, { goal: { x: 0.5, y: 0 } }]) {
      expect(() => judgeAll(region, [{ problem: { ...open, ...wrong }, completion: gold }])).toThrow(/VALIDATOR_PROBLEM/);
    }
    expect(region.exports.validator_scratch_bytes(0, 0)).toBe(0);
    expect(region.exports.validator_scratch_bytes(5001, 0)).toBe(0);
    expect(region.exports.validator_scratch_bytes(30, 400_000_000)).toBe(0);
    expect(region.exports.validator_scratch_bytes(30, 300_000_000) >>> 0).toBeGreaterThan(3.6e9);
  });

  it('judges nothing', () => {
    expect(judgeAll(region, [])).toEqual([]);
  });

  it('takes a completion of 100,000 records', () => {
    const wide = makeRegion(name, 18 * 65_536);
    wide.memory.grow(64);
    const problem = open;
    const words = encodeWords(`${'plan 0 0 '.repeat(100_000)}`);
    const [verdict] = judgeCompletions({ ...wide, bytes: 80 * 65_536 }, [{ problem, words }]);
    expect(verdict.plan).toEqual({ valid: false, error: 'illegal_move', optimal: false });
    const [junk] = judgeCompletions({ ...wide, bytes: 80 * 65_536 }, [{ problem, words: new Uint32Array(300_000) }]);
    expect(junk).toMatchObject({ records: 300_000, paper: { rule: 'operation_syntax_error', record: 0 } });
  });
});

/** `count` problems over all generators and sizes 4 to 10, each with a completion; item i is its own random stream. */
function draw(count: number, stream: number, complete: (problem: Problem, random: RandomSequence) => string): { problem: Problem; completion: string }[] {
  return Array.from({ length: count }, (_, i) => {
    const random = new RandomSequence(20_250, 100 + stream, i);
    const problem = generateProblem(GENERATORS[i % GENERATORS.length], 4 + random.below(7), random);
    return { problem, completion: complete(problem, random) };
  });
}

function agree(region: ValidatorRegion, items: readonly { problem: Problem; completion: string }[]): Verdict[] {
  const verdicts = judgeAll(region, items);
  items.forEach(({ problem, completion }, i) => {
    const expected = judge(problem, completion);
    // A message is a whole completion: made only for the first disagreement.
    if (JSON.stringify(sorted(verdicts[i])) !== JSON.stringify(sorted(expected))) expect(verdicts[i], completion).toEqual(expected);
  });
  return verdicts;
}

function sorted({ format, records, paper, strict, exact, plan }: Verdict): unknown {
  return [format, records, paper.valid, paper.rule, paper.record, strict.valid, strict.rule, strict.record, exact, plan.valid, plan.error, plan.optimal];
}
