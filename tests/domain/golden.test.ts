// All golden verdicts, exactly; and gold texts that our own generator side must reproduce from their prompts.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { solve } from '../../src/domain/maze/astar.ts';
import { completionText, parsePrompt, promptText } from '../../src/domain/maze/grammar.ts';
import type { Verdict } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';

interface GoldenRow {
  readonly id: string;
  readonly generator: string;
  readonly size: number;
  readonly case: string;
  readonly prompt: string;
  readonly completion: string;
  readonly verdict: Verdict;
}

const rows = readFileSync(new URL('../golden/verdicts.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as GoldenRow);
const cases = Map.groupBy(rows, (row) => row.case);

function problemOf(row: GoldenRow): ReturnType<typeof parsePrompt> {
  return parsePrompt(row.prompt, row.size, row.generator, row.id);
}

describe('golden verdicts', () => {
  it('are all there', () => {
    expect(rows).toHaveLength(1965);
    // gold, another tie order, and 36 kinds of damage.
    expect(cases.size).toBe(38);
  });

  it.each([...cases.keys()])('%s', (name) => {
    for (const row of cases.get(name) ?? []) {
      expect({ id: row.id, ...judge(problemOf(row), row.completion) }).toEqual({ id: row.id, ...row.verdict });
    }
  });

  it('read and write the same prompt', () => {
    for (const row of rows) expect(promptText(problemOf(row))).toBe(row.prompt);
  });

  it('contain the very completions that A* writes', () => {
    for (const row of cases.get('gold') ?? []) {
      const { trace, plan } = solve(problemOf(row));
      expect(completionText(trace, plan ?? [])).toBe(row.completion);
    }
  });
});
