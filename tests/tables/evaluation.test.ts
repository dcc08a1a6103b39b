// Verdicts on completions that are no study: one table over all distributions or groups, and the rules behind it.
import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/base/statistics.ts';
import { verdictsText } from '../../src/cli/verdicts-text.ts';
import { parsePrompt } from '../../src/domain/maze/grammar.ts';
import { summarize } from '../../src/evaluation/metrics.ts';
import { countRow, summarizeGroups } from '../../src/evaluation/verify-tally.ts';
import type { Groups } from '../../src/evaluation/verify-tally.ts';
import { cellWords } from '../../src/tables/cell-words.ts';
import {
  brokenRules,
  commonestRules,
  evaluationTable,
  judgedDistributions,
  judgedGroups,
  quadrantTable,
} from '../../src/tables/evaluation.ts';
import type { Judged } from '../../src/tables/evaluation.ts';
import type { Table } from '../../src/tables/table.ts';
import { tidyRows } from '../../src/tables/tidy.ts';
import { CASES, rowOf } from '../report/fixture.ts';

const of = (generator: string) => CASES.filter((row) => row.generator === generator).map(rowOf);
const summaries = ['wilson', 'drunkard'].map((name) => summarize(name, of(name)));
const judged = judgedDistributions(summaries);
const rowsOf = (table: Table): Record<string, string[]> =>
  Object.fromEntries(
    table.groups.flatMap(({ heading, rows }) =>
      rows.map(([first, ...cells]) => [
        `${heading}|${cellWords(first).value}`,
        cells.map((cell) => Object.values(cellWords(cell)).filter(Boolean).join(' ')),
      ]),
    ),
  );

/** Groups of the same completions under other names. */
function groupsOf(names: readonly string[]): Judged[] {
  const groups: Groups = new Map();
  for (const [i, { id, size, prompt, completion, verdict }] of of('wilson').entries()) {
    const problem = parsePrompt(prompt, size, 'wilson');
    const row = { id, problem, completion, generator: names[i % names.length], line: i + 1 };
    countRow(groups, 'some.jsonl', row, verdict);
  }
  return judgedGroups(summarizeGroups(groups));
}

describe('the table of an evaluation', () => {
  it('has a column a distribution and a row a metric, in the order of levels of a study', () => {
    const table = evaluationTable(judged);
    expect(table.columns.map(({ label }) => label)).toEqual(['', 'Wilson', 'Drunkard']);
    expect(Object.keys(rowsOf(table))).toEqual([
      '|Valid plans',
      '|Optimal plans',
      'Valid traces among all completions|Lenient',
      'Valid traces among all completions|Strict',
      'Valid traces among all completions|Exact',
      'Valid traces among completions with a valid plan|Lenient',
      'Valid traces among completions with a valid plan|Strict',
      'Valid traces among completions with a valid plan|Exact',
      'Form of the completions|Exact format',
      'Form of the completions|Truncated',
      'Form of the completions|Layouts seen in training',
    ]);
  });

  it('has share, interval and count of each', () => {
    const [{ plan_valid, trace_valid_given_plan }] = summaries;
    const { low, high } = proportion(7, 13);
    expect([plan_valid.count, plan_valid.n]).toEqual([7, 13]);
    const rows = rowsOf(evaluationTable(judged));
    expect(rows['|Valid plans'][0]).toBe(`53.8 % [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}] 7/13`);
    const { count, n } = trace_valid_given_plan.strict;
    expect(rows['Valid traces among completions with a valid plan|Strict'][0]).toMatch(` ${count}/${n}`);
  });

  it('has a dash for what was not measured', () => {
    const foreign = judgedDistributions([summarize('wilson', of('wilson'), ['truncated', 'walls_seen'])]);
    expect(rowsOf(evaluationTable(foreign))['Form of the completions|Truncated']).toEqual(['–']);
  });

  it('has runs of the search that a model was trained on, where there are any', () => {
    const own = { all: proportion(3, 13), given_plan: proportion(2, 7) };
    const rows = rowsOf(evaluationTable(judgedDistributions([{ ...summaries[0], own_search_valid: own }])));
    expect(rows['Valid traces among all completions|Own search'][0]).toContain('3/13');
    expect(rows['Valid traces among completions with a valid plan|Own search'][0]).toContain('2/7');
  });

  it('has one level alone, and says nothing of the others', () => {
    const table = evaluationTable(judged, 'exact');
    expect(Object.keys(rowsOf(table)).filter((name) => /lenient|strict/i.test(name))).toEqual([]);
    expect(table.caption).not.toMatch(/lenient|strict/i);
  });

  it('has metric, level and distribution in its tidy rows', () => {
    expect(tidyRows('x', evaluationTable(judged))).toContainEqual(
      expect.objectContaining({ metric: 'trace_valid_given_plan', level: 'paper', distribution: 'drunkard', n: 4 }),
    );
  });
});

describe('what is behind the shares', () => {
  it('quadrants add up to n', () => {
    const rows = rowsOf(quadrantTable(judged));
    const strict = Object.entries(rows).filter(([name]) => name.startsWith('Strict|'));
    expect(strict).toHaveLength(4);
    expect(strict.reduce((sum, [, [count]]) => sum + Number(count), 0)).toBe(13);
  });

  it('first broken rules have count and share, the commonest first, and their first example', () => {
    const [group] = groupsOf(['wilson']);
    const table = brokenRules([group]);
    const plans = table.groups[0].rows.map((row) => row.map((cell) => cellWords(cell).value));
    expect(plans[0].slice(0, 3)).toEqual(['illegal move', '3', '23.1 %']);
    expect(plans[0][3]).toMatch(/^some\.jsonl:\d+ \(wilson-8-\d+\): \.\.\. .* end$/);
    const counts = plans.map(([, count]) => Number(count));
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    expect(brokenRules(judged).columns.map(({ label }) => label)).not.toContain('First example');
  });

  it('the commonest rule of plan and strict trace is one sentence each', () => {
    expect(commonestRules(judged)).toEqual([
      'Commonest first broken rule of the plan. Wilson: illegal move (3 of 13); Drunkard: illegal move (2 of 6)',
      expect.stringMatching(
        /^Commonest first broken rule of the trace, strict\. Wilson: [\w ]+ \(\d of 13\); Drunkard: /,
      ),
    ]);
    expect(commonestRules(judged, 'exact')).toHaveLength(1);
  });
});

describe('in a terminal', () => {
  it('the table and two sentences; the rest on demand', () => {
    const brief = verdictsText(judged, 'abc', { width: 80 });
    expect(brief).toMatch(/^Valid plans +53\.8 \[29\.1, 76\.8\] +66\.7 \[30\.0, 90\.3\]$/m);
    expect(brief).not.toContain('Plan against trace');
    expect(brief.match(/^Commonest first broken rule of the /gm)).toHaveLength(2);
    expect(brief).toMatch(/\nresult abc\n$/);
    const verbose = verdictsText(judged, 'abc', { width: 80, verbose: true });
    expect(verbose).toMatch(/^Valid plans .*\n +7\/13 +4\/6$/m);
    expect(verbose).toContain('Plan against trace. ');
    expect(verbose).toMatch(/^illegal move +3 +23\.1 %/m);
  });

  it('many and long names of groups fit, whatever they hold', () => {
    const long = 'a/very/long/path/of/a/folder/that/nobody/would/type/'.repeat(3);
    const names = [
      long,
      'one two three four five six seven eight nine ten',
      '\u001b[2Jx\nresult 0',
      '\u202eabc',
      'x|y',
    ];
    for (const verbose of [false, true]) {
      const text = verdictsText(groupsOf(names), 'abc', { width: 80, verbose });
      expect(text.split('\n').filter((line) => Array.from(line).length > 80)).toEqual([]);
      expect(text).not.toMatch(/\u001b|\u202e/);
      expect(text.match(/^result /gm)).toHaveLength(1);
      expect(text.replaceAll(/\s/g, '')).toContain('a/very/long/path/');
    }
  });
});
