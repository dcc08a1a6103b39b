import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scheduleOf, type Situation } from '../../src/work/schedule.ts';
import { scheduleOf as old } from '../../src/work/schedule-old.ts';
import { toyGraph, toyTask } from './toy-kinds.ts';
const EVERY = Array.from({ length: 16 }, (_, i) => i + 1);
const anyGraph = fc.array(fc.record({ seconds: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constant(100)), threads: fc.constantFrom([1], [1, 2], [1, 2, 4, 8], EVERY), fixed: fc.integer({ min: 0, max: 60 }), each: fc.integer({ min: 0, max: 20 }), needs: fc.array(fc.nat(), { maxLength: 2 }) }), { minLength: 1, maxLength: 40 })
  .map((drawn) => [
    toyGraph(...drawn.map(({ needs }, i) => toyTask(`t${i}`, {}, i === 0 ? {} : Object.fromEntries(needs.map((need, k) => [`n${k}`, `t${need % i}`]))))),
    new Map(drawn.map(({ seconds, threads, fixed, each }, i) => [`t${i}`, { tokens: 0, flops: 0, seconds, threads, bytes: (used: number) => fixed + each * used }])),
  ] as const);
const anySlots = fc.record({ threads: fc.integer({ min: 1, max: 20 }), jobs: fc.integer({ min: 1, max: 20 }), bytes: fc.integer({ min: 80, max: 400 }) });
let calm = 0;
test('same', () => {
  fc.assert(fc.property(anyGraph, anySlots, fc.infiniteStream(fc.nat()), ([graph, estimates], slots, draws) => {
    const d = () => Number(draws.next().value);
    const [a, b] = [scheduleOf(graph as never, estimates as never, slots), old(graph as never, estimates as never, slots)];
    const finished = new Set<string>(); const running = new Map<string, { threads: number; seconds: number; age: number; resumable: boolean }>();
    const absent = new Set<string>(); const left = new Map<string, number>(); 
    for (let round = 0; round < 200 && finished.size + absent.size < graph.tasks.length; round++) {
      const free = graph.tasks.map(({ id }) => id).filter((id) => !finished.has(id) && !running.has(id) && !absent.has(id));
      const expected = new Set(free.filter((id) => graph.tasks.find((t) => t.id === id)!.needs && Object.values(graph.tasks.find((t) => t.id === id)!.needs).every((n) => finished.has(n)) && d() % 5 === 0));
      const situation: Situation = { finished, running: [...running].map(([id, r]) => ({ id, ...r })), absent, expected, left };
      const [x, y] = [a.start(situation), b.start(situation)];
      expect(x.starts).toEqual(y.starts);
      expect(a.widen(situation)).toEqual(b.widen(situation));
      if (x.starts.length) calm++;
      for (const { id, threads } of x.starts) running.set(id, { threads, seconds: d() % 300, age: d() % 100, resumable: d() % 2 === 0 });
      if (running.size === 0) continue;
      const ends = [...running.keys()][d() % running.size];
      running.delete(ends);
      const what = d() % 10;
      if (what === 0) left.set(ends, d() % 500);
      else if (what === 1) { absent.add(ends); }
      else finished.add(ends);
      // a reused chain
      for (const { id, needs } of graph.tasks) if (!finished.has(id) && !running.has(id) && !absent.has(id) && Object.values(needs).every((n) => finished.has(n)) && d() % 20 === 0) finished.add(id);
    }
  }), { numRuns: 1500 });
  console.log('decisions with starts', calm);
}, 300000);
