// Graphs: what is refused, in which order tasks come, what is ready and what depends on what; keys of given files.
import { describe, expect, test } from 'vitest';
import { canonicalJson, sha256 } from '../../src/base/hash.ts';
import { checkGraph, dependents, parseGraph, readyTasks } from '../../src/work/graph.ts';
import { finishedGiven, resolve } from '../../src/work/resolve.ts';
import type { Finished, Graph } from '../../src/work/task.ts';
import { countKind, toyGraph, toyTask, TOY_CORE } from './toy-kinds.ts';

const check = (graph: Graph): Graph => checkGraph(graph, 'graph.json', ['count']);

describe('what is refused', () => {
  test.each([
    ['an id that occurs twice', toyGraph(toyTask('a'), toyTask('a')), 'graph.json: task a: this id occurs twice'],
    [
      'an unknown need, with a suggestion',
      toyGraph(toyTask('train-1'), toyTask('b', {}, { a: 'train-l' })),
      'task b: needs as "a" what nothing makes; expected the id of a task, or of something given, got train-l (hint: did you mean train-1?)',
    ],
    [
      'a need with a name of Object.prototype',
      toyGraph(toyTask('b', {}, { a: 'constructor' })),
      'expected the id of a task, or of something given, got constructor (hint: the same `tracelab study` command writes it',
    ],
    [
      'an unknown kind',
      toyGraph({ ...toyTask('a'), kind: 'coumt' }),
      'task a: unknown kind; expected one of count, got coumt (hint: did you mean count?)',
    ],
    [
      'a task that needs itself',
      toyGraph(toyTask('a', {}, { a: 'a' })),
      'task a: needs itself; expected tasks that need earlier ones, got a needs a',
    ],
    [
      'a circle',
      toyGraph(
        toyTask('x', {}, { a: 'a' }),
        toyTask('a', {}, { a: 'b' }),
        toyTask('b', {}, { a: 'c' }),
        toyTask('c', {}, { b: 'a' }),
      ),
      'task a: needs itself; expected tasks that need earlier ones, got a needs b needs c needs a',
    ],
    [
      'a task with the id of given files',
      { ...toyGraph(toyTask('a')), given: { a: { directory: '/data', outputs: {} } } },
      'task a: this id occurs twice',
    ],
  ])('%s', (_, graph, message) => {
    expect(() => check(graph)).toThrow(message);
    expect(() => check(graph)).toThrow(expect.objectContaining({ code: 'GRAPH_INVALID', kind: 'refused_input' }));
  });

  test.each([
    ['another format', { format: 2, tasks: [], given: {} }, 'graph.json.format'],
    ['an id that would leave its folder', toyGraph(toyTask('../a')), 'graph.json.tasks[0].id'],
    ['a key too many', { ...toyGraph(), more: 1 }, 'more'],
    ['a hash that is none', { ...toyGraph(), given: { a: { directory: '/data', outputs: { x: 'abc' } } } }, '.given.a'],
  ])('in a file: %s', (_, value, message) => {
    expect(() => parseGraph(value, 'graph.json', ['count'])).toThrow(message);
    expect(() => parseGraph(value, 'graph.json', ['count'])).toThrow(
      expect.objectContaining({ code: 'GRAPH_INVALID' }),
    );
  });
});

test('a graph survives its file, and its tasks come after their needs', () => {
  const graph = toyGraph(
    toyTask('c', {}, { a: 'b', b: 'a' }),
    toyTask('b', {}, { a: 'a' }),
    toyTask('a'),
    toyTask('d'),
  );
  const parsed = parseGraph(JSON.parse(JSON.stringify(graph)), 'graph.json', ['count']);
  expect(parsed.tasks.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  expect(new Set(parsed.tasks)).toEqual(new Set(graph.tasks));
});

test('a chain of 20,000 tasks', () => {
  const chain = Array.from({ length: 20_000 }, (_, i) => toyTask(`t${i}`, {}, i > 0 ? { a: `t${i - 1}` } : {}));
  expect(check(toyGraph(...chain.toReversed())).tasks.map(({ id }) => id)).toEqual(chain.map(({ id }) => id));
});

test('ready tasks and dependents', () => {
  const graph = check(
    toyGraph(toyTask('a'), toyTask('b', {}, { a: 'a' }), toyTask('c', {}, { a: 'a', b: 'b' }), toyTask('d')),
  );
  const ready = (finished: string[], taken: string[] = []): string[] =>
    readyTasks(graph, new Set(finished), new Set(taken)).map(({ id }) => id);
  expect(ready([])).toEqual(['a', 'd']);
  expect(ready([], ['a'])).toEqual(['d']);
  expect(ready(['a'])).toEqual(['b', 'd']);
  expect(ready(['a', 'b', 'd'])).toEqual(['c']);
  expect(dependents(graph, 'a')).toEqual(['b', 'c']);
  expect(dependents(graph, 'd')).toEqual([]);
});

test('a key holds the hashes of needs and of given files', () => {
  const given = { directory: '/data', outputs: { 'b.txt': 'b'.repeat(64), 'a.txt': 'a'.repeat(64) } };
  const graph = { ...toyGraph(toyTask('a'), toyTask('b', {}, { a: 'a', b: 'files' })), given: { files: given } };
  const a: Finished = { hash: 'h', result: 'r', seconds: 1, outputs: {}, summary: {}, directory: '/cells/a' };
  const hash = sha256(canonicalJson(given.outputs));
  const { key, needs } = resolve(graph.tasks[1], graph, new Map([['a', a]]), countKind, TOY_CORE);
  expect(key.inputs).toEqual({ a: 'r', b: hash });
  expect(needs.a).toBe(a);
  expect(needs.b).toEqual({
    hash,
    result: hash,
    seconds: 0,
    outputs: given.outputs,
    summary: null,
    directory: '/data',
  });
  expect(finishedGiven(given).hash).toBe(hash);
  expect(() => resolve(graph.tasks[1], graph, new Map(), countKind, TOY_CORE)).toThrow('not finished');
});
