// One row a problem of a finished study: counts equal those of its results, lengths those of the problems. No row is
// given when a cell is missing or damaged.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExamples } from '../../src/data/dataset.ts';
import { domainOf } from '../../src/domain/domains.ts';
import type { CompletionRow } from '../../src/evaluation/types.ts';
import { openProblemRows } from '../../src/study/problem-rows.ts';
import type { ProblemRow } from '../../src/study/problem-rows.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { PROBLEM_COLUMNS } from '../../src/tables/problem-columns.ts';
import { createFakes, tinyStudy } from './fakes.ts';
import { runWith } from './run-study.ts';

let runs: string;
let results: StudyResults;
let rows: ProblemRow[];
beforeAll(async () => {
  runs = mkdtempSync(join(tmpdir(), 'tracelab-problem-rows-'));
  const loaded = tinyStudy('conditions=[solution-only,correct,swapped,bfs]', 'seeds=[1,2]');
  const outcome = await runWith(runs, createFakes(), loaded);
  if (outcome.outcome !== 'finished') throw new Error(`the study ended as ${outcome.outcome}`);
  ({ results } = outcome);
  rows = await read();
});
afterAll(() => {
  rmSync(runs, { recursive: true, force: true });
});

async function read(of = results): Promise<ProblemRow[]> {
  const found: ProblemRow[] = [];
  for await (const row of await openProblemRows(of, join(runs, 'tiny'))) found.push(row);
  return found;
}

const TYPES = { text: 'string', integer: 'number', number: 'number', boolean: 'boolean' } as const;

const inStore = (...parts: string[]): string => join(runs, 'cells', ...parts);
const count = (some: readonly ProblemRow[], is: (row: ProblemRow) => boolean | null): number =>
  some.filter((row) => is(row) === true).length;
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

it('has every condition, seed, distribution and problem once, in the order of the results', () => {
  const keys = rows.map(({ condition, seed, distribution, id }) => [condition, seed, distribution, id].join(' '));
  expect(new Set(keys).size).toBe(keys.length);
  const groups = results.conditions.flatMap(({ condition, seed, evaluation }) =>
    evaluation.map(({ distribution }) => [condition, seed, distribution].join(' ')),
  );
  expect(groups).toHaveLength(16);
  expect([...new Set(keys.map((key) => key.slice(0, key.lastIndexOf(' '))))]).toEqual(groups);
});

it('has exactly the columns that are described, and null only where they say so', () => {
  for (const row of rows) {
    expect(Object.keys(row)).toEqual(PROBLEM_COLUMNS.map(({ name }) => name));
    for (const { name, type, none } of PROBLEM_COLUMNS) {
      const value = row[name];
      if (value === null) expect(none, name).toBeDefined();
      else expect(typeof value, name).toBe(TYPES[type]);
    }
  }
  // And each of these does happen.
  const never = PROBLEM_COLUMNS.filter(
    ({ name, none }) => none !== undefined && !rows.some((row) => row[name] === null),
  );
  expect(never).toEqual([]);
});

it('counts what the results count', () => {
  for (const { condition, seed, evaluation } of results.conditions)
    for (const summary of evaluation) {
      const some = rows.filter(
        (row) => row.condition === condition && row.seed === seed && row.distribution === summary.distribution,
      );
      const traced = condition !== 'solution-only';
      expect({
        n: some.length,
        plan_valid: count(some, (row) => row.plan_valid),
        plan_optimal: count(some, (row) => row.plan_optimal),
        format: count(some, (row) => row.format),
        truncated: count(some, (row) => row.truncated),
        walls_seen: count(some, (row) => row.layout_seen),
        words: mean(some.map((row) => row.completion_words)),
      }).toEqual({
        n: summary.n,
        plan_valid: summary.plan_valid.count,
        plan_optimal: summary.plan_optimal.count,
        format: summary.format.count,
        truncated: summary.truncated.count,
        walls_seen: summary.walls_seen.count,
        words: summary.completion_words.mean,
      });
      const { paper, strict, exact } = summary.trace_valid;
      expect([
        count(some, (row) => row.paper_valid),
        count(some, (row) => row.strict_valid),
        count(some, (row) => row.exact),
        count(some, (row) => row.own_search_valid),
        count(some, (row) => row.own_search_valid === true && row.plan_valid),
      ]).toEqual([
        traced ? paper.count : 0,
        traced ? strict.count : 0,
        traced ? exact.count : 0,
        summary.own_search_valid?.all.count ?? 0,
        summary.own_search_valid?.given_plan.count ?? 0,
      ]);
      for (const [rule, broken] of Object.entries(traced ? summary.first_errors.strict : {}))
        expect(count(some, (row) => row.strict_rule === rule)).toBe(broken);
      for (const [rule, broken] of Object.entries(summary.first_errors.plan))
        expect(count(some, (row) => row.plan_error === rule)).toBe(broken);
    }
  // Not all of it is nothing.
  expect(count(rows, (row) => row.strict_valid)).toBeGreaterThan(20);
  expect(count(rows, (row) => row.own_search_valid)).toBeGreaterThan(9);
  expect(count(rows, (row) => row.own_search_rule !== null)).toBeGreaterThan(9);
});

it('says nothing of the traces of a model that was trained to write none', () => {
  const traces = ['paper_valid', 'paper_rule', 'strict_valid', 'strict_rule', 'exact', 'own_search_valid'] as const;
  const some = rows.filter(({ condition }) => condition === 'solution-only');
  expect(new Set(some.flatMap((row) => traces.map((name) => row[name])))).toEqual(new Set([null]));
});

it('has the lengths of the completion and of A*’s', async () => {
  const maze = domainOf('maze');
  for (const distribution of ['wilson', 'drunkard'])
    for (const example of await readExamples(inStore(results.dataset.cell, `test-${distribution}.jsonl`))) {
      const events = maze.events(example).length;
      const cells = example.completion.split('plan ').length - 1;
      const of = (condition: string): ProblemRow | undefined =>
        rows.find((row) => row.id === example.id && row.condition === condition && row.seed === 2);
      for (const condition of ['solution-only', 'correct', 'swapped', 'bfs'])
        expect(of(condition)).toMatchObject({
          astar_events: events,
          astar_plan_cells: cells,
          prompt_words: example.prompt.split(' ').length,
        });
      expect(of('correct')?.events).toBe(events);
      expect(of('swapped')?.plan_cells).toBe(cells);
      expect(of('solution-only')?.events).toBe(0);
    }
  const [guessed] = rows.filter((row) => row.condition === 'correct' && !row.plan_valid);
  expect(guessed.plan_cells).toBe(2);
});

describe('no row is given', () => {
  const run = () => results.conditions[3];
  /** Undoes a damage of a file. */
  async function withFile(path: string, damage: (path: string) => void, check: () => Promise<void>): Promise<void> {
    const before = readFileSync(path);
    try {
      damage(path);
      await check();
    } finally {
      writeFileSync(path, before);
    }
  }

  it.each([
    ['test', () => [run().test_cell, `no test of ${run().condition}, seed ${run().seed}`] as const],
    ['data', () => [results.dataset.cell, 'no test problems'] as const],
  ])('without a cell of kind %s', async (_, cellOf) => {
    const [cell, words] = cellOf();
    await withFile(
      inStore(cell, 'done.json'),
      (path) => rmSync(path),
      async () => {
        await expect(read()).rejects.toMatchObject({
          code: 'TEST_CELL_MISSING',
          exitCode: 2,
          message: `error[TEST_CELL_MISSING] ${join(runs, 'cells')}: ${words}; expected a finished cell ${cell}, which results.json names, got none (hint: the same \`tracelab study\` command computes it again)`,
        });
      },
    );
  });

  it.each([
    ['completions', () => inStore(run().test_cell, 'completions-drunkard.jsonl')],
    ['the test problems', () => inStore(results.dataset.cell, 'test-wilson.jsonl')],
    ['the record', () => inStore(run().test_cell, 'done.json')],
  ])('when %s were changed, cut or deleted', async (_, pathOf) => {
    const damages: ((path: string) => void)[] = [
      (path) => {
        appendFileSync(path, '{}\n');
      },
      (path) => {
        const text = readFileSync(path, 'utf8');
        writeFileSync(path, text.slice(0, text.length / 2));
      },
    ];
    if (!pathOf().endsWith('done.json')) damages.push((path) => rmSync(path));
    for (const damage of damages)
      await withFile(pathOf(), damage, async () => {
        await expect(read()).rejects.toMatchObject({ code: 'CELL_DAMAGED', exitCode: 3 });
      });
    expect(await read()).toEqual(rows);
  });

  it('when results.json names a distribution that the cell has not', async () => {
    const [first, ...rest] = results.conditions;
    const evaluation = [...first.evaluation, { ...first.evaluation[0], distribution: 'kruskal' }];
    await expect(read({ ...results, conditions: [{ ...first, evaluation }, ...rest] })).rejects.toMatchObject({
      code: 'CELL_DAMAGED',
    });
  });
});

it('reads the completions that the results count', () => {
  const [{ test_cell }] = results.conditions;
  const lines = readFileSync(inStore(test_cell, 'completions-wilson.jsonl'), 'utf8').trim().split('\n');
  const ids = lines.map((line) => (JSON.parse(line) as CompletionRow).id);
  expect(rows.slice(0, ids.length).map(({ id }) => id)).toEqual(ids);
});
