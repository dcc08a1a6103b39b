// Groups of verification: the same ones however the input is cut into parts, also where there are more labels than are
// kept apart.
import { describe, expect, it } from 'vitest';
import type { MazeRow } from '../../src/data/rows.ts';
import type { Verdict } from '../../src/domain/types.ts';
import {
  addGroups,
  countRow,
  type Groups,
  type GroupSummary,
  summarizeGroups,
} from '../../src/evaluation/verify-tally.ts';

const WRONG: Verdict = {
  format: true,
  records: 3,
  paper: { valid: true },
  strict: { valid: false, rule: 'wrong_cost', record: 1 },
  exact: false,
  plan: { valid: true, optimal: true },
};

function row(generator: string, line: number): MazeRow {
  return {
    line,
    generator,
    problem: { size: 2, walls: [], start: { x: 0, y: 0 }, goal: { x: 1, y: 0 } },
    completion: `close 0 0 c0 c${line}`,
  } as unknown as MazeRow;
}

/** @param ends of the parts, before the last one's */
function inParts(
  rows: readonly MazeRow[],
  ends: readonly number[],
  verdict: (row: MazeRow) => Verdict = () => WRONG,
): GroupSummary[] {
  const all: Groups = new Map();
  for (const [i, end] of [...ends, rows.length].entries()) {
    const part: Groups = new Map();
    for (const each of rows.slice(i === 0 ? 0 : ends[i - 1], end)) countRow(part, 'x.jsonl', each, verdict(each));
    addGroups(all, part);
  }
  return summarizeGroups(all);
}

describe('more labels than are kept apart', () => {
  // 250 labels, each again later; the second time in another order, the early ones last.
  const labels = Array.from({ length: 250 }, (_, i) => `label ${i}`);
  const rows = [...labels, ...labels.toReversed()].map((label, i) => row(label, i + 1));

  it('the first 200 keep all their rows, wherever a part ends', () => {
    const whole = inParts(rows, []);
    expect(whole.map(({ name, n }) => [name, n])).toEqual([
      ...labels.slice(0, 200).map((label) => [label, 2]),
      ['(other)', 100],
    ]);
    for (const ends of [[250], [230], [1], [100, 220, 260, 420]]) expect(inParts(rows, ends)).toEqual(whole);
  });

  it('the example of those counted together is the earliest one', () => {
    const late = [
      ...labels.slice(0, 200).map((label, i) => row(label, i + 1)),
      row('late b', 201),
      row('late a', 202),
      row('late b', 203),
    ];
    const verdict = ({ line }: MazeRow): Verdict =>
      line > 201 ? { ...WRONG, strict: { valid: false, rule: 'goal_not_reached', record: 1 } } : WRONG;
    for (const ends of [[], [201], [202]])
      expect(inParts(late, ends, verdict).at(-1)).toMatchObject({
        name: '(other)',
        n: 3,
        examples: { strict: { wrong_cost: { line: 201 }, goal_not_reached: { line: 202 } } },
      });
  });
});
