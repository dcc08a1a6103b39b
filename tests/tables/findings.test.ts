// The findings as tables: every number of a finding, what was not tested, and the parts of a claim.
import { describe, expect, it } from 'vitest';
import { decideFindings } from '../../src/analysis/findings.ts';
import { htmlTable } from '../../src/render/html.ts';
import { markdownTable } from '../../src/render/markdown.ts';
import { terminalTable } from '../../src/render/terminal.ts';
import { cellWords } from '../../src/tables/cell-words.ts';
import { findingList, findingParts, findingTests } from '../../src/tables/findings.ts';
import type { Table } from '../../src/tables/table.ts';
import { tidyRows } from '../../src/tables/tidy.ts';
import { findingTitle } from '../../src/tables/titles.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { fixture } from '../report/fixture.ts';

const study = fixture();
const seeded = fixture({ seeds: [1, 2, 3] });
const rowsOf = (table: Table): string[][] =>
  table.groups.flatMap(({ rows }) =>
    rows.map((row) =>
      row.map((cell) => {
        const { value, interval } = cellWords(cell);
        return interval === '' ? value : `${value} ${interval}`;
      }),
    ),
  );
const rowOf = (results: StudyResults, id: string): string[] =>
  rowsOf(findingList(results)[0]).find(([first]) => first === id) ?? [];

describe('the list of findings', () => {
  it('has verdict, claim, effect with interval, n, seeds and both p of each finding', () => {
    expect(rowOf(study, 'F1a')).toEqual([
      'F1a',
      'observed in 0 of 1 run',
      findingTitle(study, 'F1a'),
      '−3.2 points [−4.5, −2.3]',
      '1,000',
      '1',
      '< 0.001',
      '< 0.001',
    ]);
    expect(rowOf(study, 'F1b')[3]).toBe('10.0 % [8.0, 12.5]');
    expect(rowOf(seeded, 'F2')[1]).toBe('supported');
    expect(rowOf(seeded, 'F2')[5]).toBe('3');
  });

  it('names the models that were still improving', () => {
    const [first, ...others] = study.findings;
    const results = { ...study, findings: [{ ...first, still_improving: ['correct (seed 1)'] }, ...others] };
    expect(rowOf(results, 'F1a')[2]).toMatch(/\. Still improving when training ended: correct \(seed 1\)$/);
  });

  it('says of a finding that was not tested why, and nothing else', () => {
    const row = rowOf(fixture({ conditions: ['solution-only', 'correct'] }), 'F2');
    expect(row[1]).toBe('not tested');
    expect(row[2]).toMatch(
      / as models trained on correct traces\. Not tested: no model of this study was trained on swapped$/,
    );
    expect(row.slice(3)).toEqual(['–', '–', '–', '–', '–']);
  });

  it('has the findings that a study cannot have, with the reason', () => {
    const results = { ...study, left_out: [{ id: 'F4' as const, statement: 'a claim', reason: 'nothing learnt' }] };
    const row = rowOf(results, 'F4');
    expect(row[1]).toBe('not tested');
    expect(row[2]).toMatch(/^Reinforcement learning .*\. Not tested: nothing learnt$/);
  });

  it('calls a finding undertrained when a model of it is, and gives no effect', () => {
    const row = rowOf(fixture({ quality: 'undertrained' }), 'F1a');
    expect([row[1], row[3], row[4], row[6]]).toEqual(['undertrained', '–', '40', '–']);
  });

  it('has verdict, effect, n and both p as tidy rows', () => {
    const rows = tidyRows('quick', findingList(study)[0]).filter(({ part }) => part === 'F1b');
    expect(rows.map(({ metric, unit }) => [metric, unit])).toEqual([
      ['effect', 'percent'],
      ['n', 'count'],
      ['seeds', 'count'],
      ['p', 'p'],
      ['p_holm', 'p'],
    ]);
    const [{ n, value, low, high }] = rows;
    const [, { effect, interval }] = study.findings;
    expect({ n, value, low, high }).toEqual({ n: 708, value: effect?.value, low: interval?.[0], high: interval?.[1] });
  });

  it('is no table where nothing was decided', () => {
    expect(findingList({ ...study, findings: [], left_out: [] })).toEqual([]);
  });
});

describe('the tests of the findings', () => {
  it('have rule, test and result of what was tested', () => {
    const [table] = findingTests(study);
    expect(rowsOf(table)).toHaveLength(4);
    const [, [id, rule, test, result]] = rowsOf(table);
    expect(id).toBe('F1b');
    expect(rule).toContain('above 1\u00a0%');
    expect(test).toContain('score test and exact binomial test');
    expect(result).toContain('last, strict 99/708; last, lenient 71/708');
  });

  it('leave out what was not tested', () => {
    expect(findingTests({ ...study, findings: decideFindings([]) })).toEqual([]);
  });
});

describe('parts of a finding', () => {
  it('have effect with interval, n, p and Holm p, under the names of levels and distributions', () => {
    const tables = findingParts(study);
    expect(tables.map(({ id }) => id)).toEqual(['parts-f1b', 'parts-f3']);
    expect(rowsOf(tables[0]).slice(2)).toEqual([
      ['last, strict', '14.0 % [11.6, 16.7]', '708', '< 0.001', '< 0.001'],
      ['last, lenient', '10.0 % [8.0, 12.5]', '708', '< 0.001', '< 0.001'],
    ]);
    expect(rowsOf(tables[1]).map(([label]) => label)).toEqual(['Drunkard', 'SF-style', 'Free space']);
    expect(tidyRows('quick', tables[0]).map(({ part, level }) => [part, level])).toContainEqual([
      'F1b: last, lenient',
      null,
    ]);
  });

  it('that are words keep them', () => {
    const [finding] = study.findings;
    const row = { label: 'correct, plans', n: 5, effect: { value: 1, unit: 'points' }, p: 0.5, p_holm: 1 } as const;
    const [table] = findingParts({ ...study, findings: [{ ...finding, rows: [{ ...row, interval: [0, 2] }] }] });
    expect(rowsOf(table)).toEqual([['correct, plans', '+1.0 points [0.0, 2.0]', '5', '0.500', '1.000']]);
    const beside = { ...row, interval: [0, 2], p: null, p_holm: null } as const;
    const [undecided] = findingParts({ ...study, findings: [{ ...finding, rows: [beside] }] });
    expect(rowsOf(undecided)).toEqual([['correct, plans', '+1.0 points [0.0, 2.0]', '5', '–', '–']]);
  });
});

describe('in every rendering', () => {
  const [table] = findingList(study);

  it('a link leads to the section of a finding', () => {
    expect(htmlTable(table).text).toContain('<th scope="row"><a href="#f1">F1a</a></th>');
    expect(htmlTable(table).text).toContain(
      '<td class="observed"><span class="badge">observed in 0 of 1 run</span></td>',
    );
  });

  it('markdown has a row a finding', () => {
    expect(markdownTable(table)).toContain(
      '| F2 | **observed in 1 of 1 run** | Models trained on swapped traces solve about as many mazes in distribution as models ' +
        'trained on correct traces<br>Swapped does about as well as correct in distribution (within 10 points, or ' +
        'above) | **+9.3 points**<br>[7.7, 11.3] | 1,000 | 1 | < 0.001 | < 0.001 |',
    );
  });

  it('a terminal has the numbers of a finding on one line, its claim below, and colours verdicts alone', () => {
    const text = terminalTable(table, { width: 100, paint: (verdict, word) => `<${verdict}>${word}</>` });
    expect(text).toMatch(
      /^F1b {2}<observed>observed in 1 of 1 run<\/> +10\.0 % \[8\.0, 12\.5\] +708 +1 +< 0\.001 +< 0\.001$/m,
    );
    expect(text).toMatch(/^F1b {2}Models trained on correct traces write invalid traces next to correct answers$/m);
    expect(text.match(/<\w+>/g)).toEqual(['<observed>', '<observed>', '<observed>', '<undecided>']);
  });

  it('texts of the results stay text', () => {
    const attack = '"><script>x</script>\u202e\u001b[2J|`';
    const [finding] = study.findings;
    const results = { ...study, findings: [{ ...finding, statement: attack, test: attack, detail: attack }] };
    const [tests] = findingTests(results);
    expect(htmlTable(tests).text).not.toMatch(/<script|\u202e|\u001b/);
    expect(markdownTable(tests)).not.toMatch(/(?<!\\)<script|\u202e|\u001b|(?<!\\)\|`/);
    expect(terminalTable(tests, { width: 80 })).not.toMatch(/\u202e|\u001b/);
  });
});
