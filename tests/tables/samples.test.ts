// Several completions of each problem as a table: every share in percent, with its interval; numbers as tidy rows.
import { expect, it } from 'vitest';
import { type JudgedSample, summarizeSamples } from '../../src/evaluation/sample-summary.ts';
import { terminalTable } from '../../src/render/terminal.ts';
import { cellWords } from '../../src/tables/cell-words.ts';
import { samplesTable } from '../../src/tables/samples.ts';
import { tidyRows } from '../../src/tables/tidy.ts';

const sample = (plan: boolean, strict: boolean): JudgedSample => ({
  verdict: { plan: { valid: plan, optimal: false }, strict: { valid: strict }, paper: { valid: strict } },
  tokens: strict ? 30 : 15,
});
const problems = [
  [sample(false, false), sample(true, true)],
  [sample(true, false), sample(true, false)],
  [sample(false, false), sample(false, false)],
  [sample(true, false), sample(false, false)],
];
const table = samplesTable([summarizeSamples('wilson', 2, problems), summarizeSamples('free', 2, [])]);

it('has a row for each k, choice and cost, and a dash where nothing was counted', () => {
  const rows = table.groups.flatMap(({ rows: some }) => some.map((row) => row.map((cell) => cellWords(cell).value)));
  expect(rows).toEqual([
    ['pass@1', '50.0 %', '\u2013'],
    ['pass@2', '75.0 %', '\u2013'],
    ['The first', '50.0 %', '\u2013'],
    ['Chosen by its trace', '75.0 %', '\u2013'],
    ['Oracle: any valid one', '75.0 %', '\u2013'],
    ['A strictly valid trace', '25.0 %', '\u2013'],
    ['A leniently valid trace', '0.0 %', '\u2013'],
    ['No valid trace: the first', '75.0 %', '\u2013'],
    ['One completion', '16.9', '\u2013'],
    ['All 2', '33.8', '\u2013'],
  ]);
});

it('is in percent without the sign in a terminal, with intervals', () => {
  const text = terminalTable(table, { width: 100 });
  expect(text).toMatch(/^pass@1 +50\.0 \[0\.0, 100\.0\] /m);
  expect(text).toMatch(/^pass@2 +75\.0 \[30\.1, 95\.4\] /m);
  expect(text).toMatch(/^Oracle: any valid one +75\.0 \[30\.1, 95\.4\] /m);
});

it('gives shares and tokens as tidy rows', () => {
  const rows = tidyRows('any', table).filter(({ distribution }) => distribution === 'wilson');
  expect(rows.find(({ metric }) => metric === 'pass_at_1')).toMatchObject({ unit: 'share', value: 0.5, n: 4, k: null });
  expect(rows.find(({ metric }) => metric === 'chosen')).toMatchObject({ unit: 'share', value: 0.75, n: 4, k: 3 });
  expect(rows.find(({ metric }) => metric === 'tokens_per_problem')).toMatchObject({ unit: 'mean', value: 33.75 });
});
