// First broken rules, form of the completions, training runs.
import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/base/statistics.ts';
import { htmlTable } from '../../src/render/html.ts';
import { markdownTable } from '../../src/render/markdown.ts';
import { cellWords } from '../../src/tables/cell-words.ts';
import { firstErrors } from '../../src/tables/first-errors.ts';
import { completionForm } from '../../src/tables/form.ts';
import type { Cell } from '../../src/tables/table.ts';
import { tidyRows } from '../../src/tables/tidy.ts';
import { trainingRuns } from '../../src/tables/training-runs.ts';
import { fixture } from '../report/fixture.ts';

const study = fixture();
const wordsOf = (row: readonly (Cell | null)[]): string[] => row.map((cell) => cellWords(cell).value);

describe('first broken rules', () => {
  const tables = firstErrors(study);
  const [, correct] = tables;

  it('have one table a condition: plan, then the levels from the lenient one on; no trace, no rules of it', () => {
    expect(tables.map(({ id }) => id)).toEqual([
      'first-errors-solution-only',
      'first-errors-correct',
      'first-errors-swapped',
    ]);
    expect(correct.groups.map(({ heading }) => heading)).toEqual(['', 'Plan', 'Trace: lenient', 'Trace: strict']);
    expect(tables[0].groups.map(({ heading }) => heading)).toEqual(['', 'Plan']);
    expect(firstErrors(fixture({ conditions: ['thinned@0.25'] }))[0].id).toBe('first-errors-thinned-0-25');
  });

  it('count completions by rule, the commonest first, with what the rule means', () => {
    expect(wordsOf(correct.groups[0].rows[0]).slice(0, 2)).toEqual(['Completions', '1,000']);
    const [, , , strict] = correct.groups;
    const [first] = strict.rows;
    const known = study.conditions[1].evaluation.map(({ first_errors }) => first_errors.strict);
    expect(wordsOf(first)).toEqual([
      'expansion incomplete',
      ...known.map(({ expansion_incomplete: count = 0 }) => String(count)),
    ]);
    expect(cellWords(first[0]).detail).toContain('neighbours of the last closed cell');
    const totals = strict.rows.map((row) =>
      row.reduce((sum, cell) => sum + (cell?.kind === 'number' ? cell.value : 0), 0),
    );
    expect(totals).toEqual(totals.toSorted((a, b) => b - a));
    expect(totals.every((total) => total > 0)).toBe(true);
  });

  it('are summed over seeds', () => {
    const [, twice] = firstErrors(fixture({ seeds: [1, 2] }));
    expect(wordsOf(twice.groups[0].rows[0])[1]).toBe('2,000');
    expect(twice.caption).toContain('summed over seeds');
  });

  it('have rule and level in their tidy rows', () => {
    expect(tidyRows('quick', correct)).toContainEqual(
      expect.objectContaining({
        metric: 'first_error_trace',
        condition: 'correct',
        distribution: 'wilson',
        level: 'strict',
        part: 'expansion_incomplete',
        unit: 'count',
      }),
    );
  });

  it('say which layouts were seen, and are compact', () => {
    expect(correct.caption).toContain('Layouts seen in training, of all test mazes: Wilson 100.0 %');
    expect(htmlTable(correct).text).toContain('<table id="table-first-errors-correct" class="compact">');
  });
});

describe('the form of completions', () => {
  it('has shares with interval, and the words of each seed', () => {
    const [table] = completionForm(fixture({ seeds: [1, 2] }));
    const group = table.groups.find(({ heading }) => heading === 'Correct traces');
    expect(group?.rows.map((row) => cellWords(row[0]).value)).toEqual([
      'Exact format',
      'Truncated',
      'Mean words, seed 1',
      'Mean words, seed 2',
      'Most words, seed 1',
      'Most words, seed 2',
    ]);
    const { evaluation } = study.conditions[1];
    expect(wordsOf(group?.rows[4] ?? []).slice(1)).toEqual(evaluation.map((each) => String(each.completion_words.max)));
    expect(group?.rows[0][1]).toMatchObject({ kind: 'proportion', seeds: [{ n: 1000 }, { n: 1000 }] });
  });

  it('names no seed where there is one', () => {
    const [table] = completionForm(study);
    expect(table.groups[0].rows.map((row) => cellWords(row[0]).value)).toContain('Mean words');
    expect(markdownTable(table)).toContain('one `solution`, at least one plan record, one `end`');
  });
});

describe('training runs', () => {
  it('have parameters, steps, tokens, times and weights of each', () => {
    const [table] = trainingRuns(study);
    expect(table.groups[0].rows.map(wordsOf)[1]).toEqual([
      'Correct traces',
      '1',
      '0.45 M',
      '6,758',
      '27,031,200',
      '72.0 %',
      '0.0',
      '23 min 43 s',
      '3 min 32 s',
      'a3a3a3a3a3a3a3a3',
    ]);
    expect(tidyRows('quick', table).map(({ metric }) => metric)).not.toContain('seed');
  });

  it('mark a model that was still improving', () => {
    const [run] = study.conditions;
    const dev = [300, 350, 400].map((step, i) => ({ ...run.dev[0], step, plan_valid: proportion(100 + 10 * i, 200) }));
    const [row] = trainingRuns({ ...study, conditions: [{ ...run, dev }] })[0].groups[0].rows;
    expect(wordsOf(row).slice(5, 7)).toEqual(['60.0 %', '+10.0\u2191']);
    const [, rise] = tidyRows('quick', trainingRuns({ ...study, conditions: [{ ...run, dev }] })[0]).filter(
      ({ metric }) => metric.startsWith('dev'),
    );
    expect([rise.metric, rise.unit, rise.value?.toFixed(6)]).toEqual(['dev_plan_valid_rise', 'points', '10.000000']);
  });

  it('set as code only what cannot end it', () => {
    const [run] = study.conditions;
    const hostile = { ...study, conditions: [{ ...run, weights_sha256: '`|<script>' }] };
    expect(markdownTable(trainingRuns(hostile)[0])).toContain('| \\`\\|\\<script\\> |');
    expect(markdownTable(trainingRuns(study)[0])).toContain('| `a3a3a3a3a3a3a3a3` |');
  });
});
