// A kind is added by one file (toy-kind.ts) and one line in the table of kinds: estimates, plan, executor, store and
// reuse know nothing of it before.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import { makeFacts } from '../../src/tasks/facts.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import type { Slots, TaskEvent } from '../../src/work/executor.ts';
import { FolderStore } from '../../src/work/folder-store.ts';
import { checkGraph } from '../../src/work/graph.ts';
import { inlineExecutor } from '../../src/work/inline-executor.ts';
import type { Estimate, Kinds } from '../../src/work/kind.ts';
import { nodesOf } from '../../src/work/nodes.ts';
import { simulate } from '../../src/work/simulate.ts';
import type { Graph } from '../../src/work/task.ts';
import { wordsKind } from './toy-kind.ts';
import type { WordsSummary } from './toy-kind.ts';

/** The one line. */
const WITH_TOY: Kinds = new Map([...KINDS, [wordsKind.name, wordsKind]]);

const CORE = { module_sha256: '0'.repeat(64), kernel_path: 'portable' } as const;
const SLOTS: Slots = { threads: 2, jobs: 2, bytes: 2 ** 40 };
const DATA = {
  domain: 'maze',
  generator: 'wilson',
  size: 6,
  train: 20,
  dev: 4,
  test: 4,
  test_in_distribution: 4,
  distributions: ['wilson', 'free'],
  seed: 1,
};
const GRAPH: Graph = {
  format: 1,
  given: {},
  tasks: [
    { id: 'long-words', kind: 'words', config: { split: 'train', shortest: 4 }, needs: { data: 'data' } },
    { id: 'data', kind: 'data', config: DATA, needs: {} },
    { id: 'all-words', kind: 'words', config: { split: 'train', shortest: 1 }, needs: { data: 'data' } },
  ],
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tracelab-toy-kind-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

async function run(
  graph: Graph,
  estimates: ReadonlyMap<string, Estimate>,
): Promise<Extract<TaskEvent, { event: 'finished' }>[]> {
  const executor = inlineExecutor({ kinds: WITH_TOY, core: CORE });
  const events: TaskEvent[] = [];
  for await (const event of executor.run(graph, new FolderStore(root), estimates, SLOTS, new AbortController().signal))
    events.push(event);
  expect(events.filter(({ event }) => event === 'set_aside' || event === 'retried')).toEqual([]);
  return events.filter((event) => event.event === 'finished');
}

it('is unknown without its line', () => {
  expect(() => checkGraph(GRAPH, 'toy', KINDS.keys())).toThrow('words');
});

it('runs beside a real one, estimates included, and is reused the second time', async () => {
  const graph = checkGraph(GRAPH, 'toy', WITH_TOY.keys());
  const facts = makeFacts(SYSTEM_CLOCK);
  const estimates = new Map(
    nodesOf(graph).map((node) => {
      const kind = WITH_TOY.get(node.task.kind);
      if (!kind) throw new Error(`no kind ${node.task.kind}`);
      return [node.task.id, kind.estimate(node, facts)] as const;
    }),
  );
  expect(estimates.get('all-words')).toMatchObject({ tokens: 20, threads: [1] });

  const plan = simulate(graph, estimates, SLOTS);
  const at = (id: string): { start: number; end: number } => plan.tasks.get(id) ?? { start: NaN, end: NaN };
  expect([...plan.tasks.keys()].sort()).toEqual(['all-words', 'data', 'long-words']);
  for (const id of ['all-words', 'long-words']) {
    expect(at(id).start).toBeGreaterThanOrEqual(at('data').end);
    expect(plan.seconds).toBeGreaterThanOrEqual(at(id).end);
  }

  const first = await run(graph, estimates);
  expect(first.map(({ id, reused }) => [id, reused]).sort()).toEqual([
    ['all-words', false],
    ['data', false],
    ['long-words', false],
  ]);
  const of = (id: string): (typeof first)[number]['finished'] | undefined =>
    first.find((each) => each.id === id)?.finished;
  const [all, long] = ['all-words', 'long-words'].map((id) => of(id)?.summary as WordsSummary);
  expect(all.problems).toBe(20);
  expect(all.words).toBeGreaterThan(long.words);
  expect(long.words).toBeGreaterThan(0);
  expect(existsSync(join(of('all-words')?.directory ?? '', 'words.txt'))).toBe(true);

  const second = await run(graph, estimates);
  expect(second.map(({ reused }) => reused)).toEqual([true, true, true]);
  const results = (finished: typeof first): string[][] =>
    finished.map((each) => [each.id, each.finished.result]).sort();
  expect(results(second)).toEqual(results(first));
});
