// What tests show the fast validator: the golden rows, an open grid, and anything that the readable validator judges,
// too.
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { ValidatorRegion } from '../../src/core/validator.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { completionText, parsePrompt } from '../../src/domain/maze/grammar.ts';
import type { GeneratorName, Problem, Verdict } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { judgeAll } from './validator-region.ts';

interface GoldenRow {
  readonly id: string;
  readonly generator: string;
  readonly size: number;
  readonly case: string;
  readonly prompt: string;
  readonly completion: string;
  readonly verdict: Verdict;
}

export const golden = readFileSync(new URL('../golden/verdicts.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as GoldenRow);
export const goldenItems = golden.map(({ generator, size, prompt, completion }) => ({
  problem: parsePrompt(prompt, size, (generator === 'sf' ? 'searchformer' : generator) as GeneratorName),
  completion,
}));

/** Nothing but two steps to the right. */
export const open: Problem = {
  generator: 'free',
  size: 4,
  walls: new Uint8Array(16),
  start: { x: 0, y: 0 },
  goal: { x: 2, y: 0 },
};
export const gold = completionText(solve(open).trace, solve(open).plan ?? []);

/** Expects both validators to say the same of each. */
export function agree(region: ValidatorRegion, items: readonly { problem: Problem; completion: string }[]): Verdict[] {
  const verdicts = judgeAll(region, items);
  items.forEach(({ problem, completion }, i) => expect(verdicts[i], completion).toEqual(judge(problem, completion)));
  return verdicts;
}
