// Forced traces as pure functions of the texts: the text of the trace section, what is left to the model, and the
// path that it spells.
import { describe, expect, it } from 'vitest';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { splitCompletion } from '../../src/domain/completion.ts';
import { completionText, parseCompletion, promptText } from '../../src/domain/maze/grammar.ts';
import type { Example } from '../../src/domain/types.ts';
import { parseCompletionLeniently } from '../../src/domain/maze/verdict/parse.ts';
import { judgePlan } from '../../src/domain/maze/verdict/plan.ts';
import { searchRun } from '../../src/domain/maze/verdict/search-run.ts';
import { impliedPath, traceStart } from '../../src/evaluation/implied-path.ts';
import {
  forcedTraces,
  forcedWords,
  type Intervention,
  INTERVENTION_FAMILIES,
  interventionName,
  ownRecords,
  readInterventions,
} from '../../src/evaluation/interventions.ts';

const EXAMPLES: Example[] = Array.from({ length: 12 }, (_, i) => {
  const problem = generateProblem('wilson', 6, new RandomSequence(2, STREAMS.test, i));
  const { trace, plan } = solve(problem);
  return {
    id: `maze-${i}`,
    generator: 'wilson',
    size: 6,
    prompt: promptText(problem),
    completion: completionText(trace, plan ?? []),
  };
});
const OWN = EXAMPLES.map(({ completion }, i) =>
  i === 0 ? 'close 0 0 c0 c4 junk create 1 0 c1 c3 solution plan 0 0 end' : completion,
);
const texts = { examples: EXAMPLES, own: OWN, other: EXAMPLES.map(() => 'close 1 1 c0 c2 solution end') };

const forced = (intervention: Intervention, seed = 1) => forcedTraces(intervention, texts, seed);
const records = (trace: string | undefined) =>
  parseCompletionLeniently(trace ?? '').words.map((words) => words.join(' '));

describe('names', () => {
  it('every family reads, and every intervention is read back from its own name', () => {
    for (const family of Object.keys(INTERVENTION_FAMILIES)) {
      const members = readInterventions(family);
      expect(members?.map(interventionName)).toEqual(INTERVENTION_FAMILIES[family]);
    }
    expect(readInterventions('early@100')).toEqual([{ kind: 'early', records: 100 }]);
  });

  it.each([
    '',
    'golden',
    'truncated@1.5',
    'early@2.5',
    'early@-1',
    'gold@0.5',
    'truncated@',
    'constructor',
    'corrupted@0.5',
  ])('refuses %j', (name) => {
    expect(readInterventions(name)).toBeNull();
  });
});

describe('forced traces', () => {
  it('gold, empty and other are the texts; `solution` stands behind all of them', () => {
    expect(forced({ kind: 'gold' }).map((each) => each?.trace)).toEqual(
      EXAMPLES.map(({ completion }) => splitCompletion(completion).trace),
    );
    expect(forced({ kind: 'empty' }).map((each) => each && forcedWords(each))).toEqual(EXAMPLES.map(() => 'solution'));
    expect(forced({ kind: 'other' })[3]).toEqual({ trace: 'close 1 1 c0 c2', continues: false });
    expect(forcedWords({ trace: 'close 1 1 c0 c2', continues: false })).toBe('close 1 1 c0 c2 solution');
    expect(forcedWords({ trace: 'close 1 1 c0 c2', continues: true })).toBe('close 1 1 c0 c2');
    expect(() => forcedTraces({ kind: 'other' }, { ...texts, other: null }, 1)).toThrow(RangeError);
  });

  it('swapped: every trace of another maze, each once, fixed by the seed', () => {
    const swapped = forced({ kind: 'swapped' }).map((each) => each?.trace);
    const gold = forced({ kind: 'gold' }).map((each) => each?.trace);
    expect(swapped.every((trace, i) => trace !== gold[i])).toBe(true);
    expect(swapped.toSorted()).toEqual(gold.toSorted());
    expect(forced({ kind: 'swapped' }).map((each) => each?.trace)).toEqual(swapped);
    expect(forced({ kind: 'swapped' }, 2).map((each) => each?.trace)).not.toEqual(swapped);
  });

  it('filler: in the place of each word of the gold trace the one that begins every gold trace', () => {
    const gold = EXAMPLES.map(({ completion }) => splitCompletion(completion).trace.split(' '));
    expect(new Set(gold.map(([first]) => first))).toEqual(new Set(['close']));
    expect(forced({ kind: 'filler' })).toEqual(
      gold.map((words) => ({ trace: words.map(() => 'close').join(' '), continues: false })),
    );
  });

  it('filler spells no event, no start and no path', () => {
    for (const each of forced({ kind: 'filler' })) {
      const { body } = parseCompletionLeniently(each?.trace ?? '');
      expect(new Set(body)).toEqual(new Set([null]));
      expect([traceStart(body), impliedPath(body)]).toEqual([null, null]);
    }
  });

  it('truncated: the first share of the gold events, whole events only', () => {
    for (const share of [0, 0.25, 0.5, 1]) {
      const [cut] = forced({ kind: 'truncated', share });
      const gold = parseCompletion(EXAMPLES[0].completion, 6).trace;
      expect(records(cut?.trace)).toHaveLength(Math.floor(share * gold.length));
      expect(splitCompletion(EXAMPLES[0].completion).trace.startsWith(cut?.trace ?? 'x')).toBe(true);
    }
  });

  it.each([0, 0.5, 1])(
    'corrupted at %d: exactly one event differs, in the right place; the rest is kept or left to the model',
    (share) => {
      const kept = forced({ kind: 'corrupted-kept', share });
      const again = forced({ kind: 'corrupted-regenerated', share });
      for (const [i, { completion }] of EXAMPLES.entries()) {
        const gold = records(splitCompletion(completion).trace);
        const changed = records(kept[i]?.trace);
        const at = Math.min(gold.length - 1, Math.floor(share * gold.length));
        expect(changed.flatMap((record, place) => (record === gold[place] ? [] : [place]))).toEqual([at]);
        expect(changed).toHaveLength(gold.length);
        expect(records(again[i]?.trace)).toEqual(changed.slice(0, at + 1));
        expect([kept[i]?.continues, again[i]?.continues]).toEqual([false, true]);
      }
    },
  );

  it("early: the model's own records, junk among them; too short ones do not apply", () => {
    expect(ownRecords(OWN[0])).toEqual(['close 0 0 c0 c4', 'junk', 'create 1 0 c1 c3']);
    expect(forced({ kind: 'early', records: 2 })[0]).toEqual({ trace: 'close 0 0 c0 c4 junk', continues: false });
    expect(forced({ kind: 'early', records: 4 })[0]).toBeNull();
    expect(forced({ kind: 'early', records: 0 })[0]?.trace).toBe('');
    expect(forced({ kind: 'early-share', share: 0.5 })[0]?.trace).toBe('close 0 0 c0 c4');
    expect(forced({ kind: 'early-share', share: 1 })[1]?.trace).toBe(splitCompletion(OWN[1]).trace);
    // A completion that never came to `solution` is all trace.
    expect(ownRecords('close 0 0 c0 c4 create 1 0')).toEqual(['close 0 0 c0 c4', 'create 1 0']);
  });
});

describe('the path that a trace spells', () => {
  const path = (trace: string) =>
    impliedPath(parseCompletionLeniently(trace).body)
      ?.map(({ x, y }) => `${x}${y}`)
      .join(' ');

  it('of gold traces it is the plan', () => {
    for (const { completion } of EXAMPLES) {
      const { trace, plan } =
        splitCompletion(completion).trace === '' ? { trace: [], plan: [] } : parseCompletion(completion, 6);
      expect(impliedPath(trace)).toEqual(plan);
    }
  });

  it('of the traces of other searches it is a valid plan whose n-th cell was closed at cost n, cycles or not', () => {
    for (const search of ['bfs', 'dfs', 'dijkstra', 'greedy'] as const) {
      for (let i = 0; i < 40; i++) {
        const problem = generateProblem('drunkard', 6, new RandomSequence(5, STREAMS.test, i));
        const trace = searchRun(problem, search);
        const implied = impliedPath(trace) ?? [];
        expect(judgePlan(problem, implied, null).valid).toBe(true);
        const closedAt = implied.map(
          ({ x, y }) => trace.find((event) => event.operation === 'close' && event.x === x && event.y === y)?.g,
        );
        expect(closedAt).toEqual(implied.map((_, at) => at));
      }
    }
  });

  it('one that jumps is none: a plan could not follow it', () => {
    // The close of 1 0 was replaced, so 2 0 hangs on 0 0.
    expect(path('close 0 0 c0 c2 create 1 0 c1 c1 close 0 1 c1 c3 create 2 0 c2 c0 close 2 0 c2 c0')).toBeUndefined();
  });

  it('parents are those of the create that the close repeats, the goal is the cell closed last with h = 0', () => {
    expect(path('close 0 0 c0 c2 create 1 0 c1 c1 close 1 0 c1 c1 create 2 0 c2 c0 close 2 0 c2 c0')).toBe('00 10 20');
    // 1 1 is found again at a lower cost, from 1 0; then at a higher one, from 0 1, which changes nothing.
    expect(
      path(
        'close 0 0 c0 c2 create 1 1 c9 c1 create 1 0 c1 c2 close 1 0 c1 c2 create 1 1 c2 c1 close 0 1 c1 c1 create 1 1 c5 c1 close 1 1 c2 c1 create 2 1 c3 c0 close 2 1 c3 c0',
      ),
    ).toBe('00 10 11 21');
  });

  it('there is none without a start, a goal or a way back', () => {
    expect(path('')).toBeUndefined();
    expect(path('create 1 0 c1 c0 close 1 0 c1 c0')).toBeUndefined();
    expect(path('close 0 0 c0 c2 create 1 0 c1 c1 close 1 0 c1 c1')).toBeUndefined();
    expect(path('close 0 0 c0 c2 close 2 0 c2 c0')).toBeUndefined();
    expect(path('close 0 0 c0 c0')).toBeUndefined();
    // Parents in a circle.
    expect(path('close 0 0 c0 c2 close 1 0 c1 c1 create 2 0 c1 c0 close 2 0 c1 c0 create 1 0 c1 c1')).toBeUndefined();
  });

  it('begins at the first close and nowhere else', () => {
    expect(traceStart(parseCompletionLeniently('close 3 4 c0 c2').body)).toEqual({ x: 3, y: 4 });
    expect(traceStart(parseCompletionLeniently('reasoning close 3 4 c0 c2').body)).toBeNull();
  });
});
