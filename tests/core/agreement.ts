// Do the two validators agree? Seeded damaged traces, judged by the readable one and by the core in every form that the
// core reads.
import { RandomSequence } from '../../src/base/random.ts';
import {
  ALL_LEVELS,
  encodeWords,
  type Judgement,
  judgeCompletions,
  judgeIds,
  judgeTexts,
  PAPER_LEVEL,
  type PaperJudgement,
  type ValidatorRegion,
  wordCodes,
} from '../../src/core/validator.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText } from '../../src/domain/maze/grammar.ts';
import { GENERATORS } from '../../src/domain/maze/types.ts';
import type { Problem, Verdict } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import type { Vocabulary } from '../../src/domain/vocabulary.ts';
import { damage } from './damage.ts';
import { randomRun } from './random-run.ts';

export interface DamagedTrace {
  readonly problem: Problem;
  readonly completion: string;
}

/** Streams of their own, away from those of the study. */
const BASES = 0x7700;
const DAMAGE = 0x7701;
/** Damaged traces that are drawn from one base: to draw and solve a maze takes longer than to damage its trace. */
const TRACES_A_BASE = 5;

interface Base {
  readonly problem: Problem;
  readonly texts: readonly string[];
  /** Of the same problem or of another one. */
  readonly other: string;
}

/** Damaged trace `index` of a seed: a function of both. Grids of 2x2 to 30x30, most of them small. */
export function damagedTrace(seed: number, index: number): DamagedTrace {
  const { problem, texts, other } = baseOf(seed, Math.floor(index / TRACES_A_BASE));
  const random = new RandomSequence(seed, DAMAGE, index);
  return { problem, completion: damage(texts[random.below(texts.length)], other, problem.size, random) };
}

let last: { readonly seed: number; readonly index: number; readonly base: Base } | undefined;

function baseOf(seed: number, index: number): Base {
  if (last?.seed === seed && last.index === index) return last.base;
  const random = new RandomSequence(seed, BASES, index);
  const problem = drawProblem(random);
  const texts = [drawCompletion(problem, random), drawCompletion(problem, random)];
  const base = { problem, texts, other: drawCompletion(random.below(2) === 0 ? problem : drawProblem(random), random) };
  last = { seed, index, base };
  return base;
}

function drawProblem(random: RandomSequence): Problem {
  const kind = random.below(200);
  const size = kind < 184 ? 2 + random.below(6) : kind < 198 ? 8 + random.below(5) : 13 + random.below(18);
  if (size >= 4) return generateProblem(GENERATORS[random.below(GENERATORS.length)], size, random);
  const walls = Uint8Array.from({ length: size * size }, () => Number(random.below(3) === 0));
  const start = random.below(walls.length);
  const goal = (start + 1 + random.below(walls.length - 1)) % walls.length;
  walls[start] = walls[goal] = 0;
  const cell = (index: number): { x: number; y: number } => ({ x: index % size, y: Math.floor(index / size) });
  return { generator: 'free', size, walls, start: cell(start), goal: cell(goal) };
}

/** The deterministic trace, one in another order, one that searches nothing, or random events. */
function drawCompletion(problem: Problem, random: RandomSequence): string {
  const { trace, plan } = solve(problem);
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      return completionText(trace, plan ?? []);
    case 3:
    case 4:
    case 5:
      return completionText(randomRun(problem, random).trace, plan ?? []);
    case 6: {
      const path = new Set((plan ?? []).map(({ x, y }) => `${x} ${y}`));
      return completionText(
        trace.filter(({ x, y }) => path.has(`${x} ${y}`)),
        plan ?? [],
      );
    }
    default:
      return eventSoup(problem, random);
  }
}

/** Random events and plan records around the start, with small costs. */
export function eventSoup({ size, start }: Problem, random: RandomSequence): string {
  const words = ['close', `${start.x}`, `${start.y}`, 'c0', `c${random.below(4)}`];
  for (let i = random.below(60); i > 0; i--) {
    const xy = (): number => random.below(size + (random.below(8) === 0 ? 1 : 0));
    const kind = random.below(9);
    if (kind === 8) words.push('plan', `${xy()}`, `${xy()}`);
    else words.push(kind < 4 ? 'create' : 'close', `${xy()}`, `${xy()}`, `c${random.below(4)}`, `c${random.below(4)}`);
  }
  return words.join(' ');
}

export interface Disagreement {
  readonly index: number;
  /** Form and levels that the core was asked for. */
  readonly path: string;
  readonly completion: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * Overwrites the memory of verdicts: one that an earlier call left there must not pass for an answer.
 * @returns the region
 */
export function stain(region: ValidatorRegion): ValidatorRegion {
  new Uint8Array(region.memory.buffer, region.base, Math.min(region.bytes, 1 << 18)).fill(0xa5);
  return region;
}

/**
 * Judges damaged traces `from` to `to` of a seed in every way.
 * @returns where the core differs from the readable validator
 */
export function disagreements(region: ValidatorRegion, seed: number, from: number, to: number): Disagreement[] {
  const traces = Array.from({ length: to - from }, (_, i) => damagedTrace(seed, from + i));
  const found: Disagreement[] = [];
  const compare = (path: string, i: number, completion: string, got: string, expected: string): void => {
    if (got !== expected) found.push({ index: from + i, path, completion, expected, got });
  };
  const expected = traces.map(({ problem, completion }) => judge(problem, completion));
  const compareAll = (path: string, verdicts: readonly Judgement[], papers: readonly PaperJudgement[]): void => {
    traces.forEach(({ completion }, i) => {
      compare(path, i, completion, told(verdicts[i]), told(expected[i]));
      compare(`${path}, paper level`, i, completion, toldPaper(papers[i]), toldPaper(expected[i]));
    });
  };
  const texts = traces.map(({ problem, completion }, i) => ({
    problem,
    text: i % 2 === 0 ? completion : Buffer.from(completion),
  }));
  compareAll('text', judgeTexts(stain(region), texts, ALL_LEVELS), judgeTexts(stain(region), texts, PAPER_LEVEL));
  const words = traces.map(({ problem, completion }) => ({ problem, words: encodeWords(completion) }));
  compareAll(
    'codes',
    judgeCompletions(stain(region), words, ALL_LEVELS),
    judgeCompletions(stain(region), words, PAPER_LEVEL),
  );

  for (const [size, members] of Map.groupBy(traces.keys(), (i) => traces[i].problem.size)) {
    const { vocabulary, codes } = vocabularyOf(size);
    const items = members.map((i) => ({ problem: traces[i].problem, ids: vocabulary.encode(traces[i].completion) }));
    const verdicts = judgeIds(stain(region), codes, items, ALL_LEVELS);
    const papers = judgeIds(stain(region), codes, items, PAPER_LEVEL);
    members.forEach((i, at) => {
      // A model cannot write a word that its vocabulary lacks: then the ids are another completion.
      const { problem, ids } = items[at];
      const isWhole = !ids.includes(vocabulary.unk);
      const completion = isWhole ? traces[i].completion : vocabulary.decode(ids);
      const verdict = isWhole ? expected[i] : judge(problem, completion);
      compare('ids', i, completion, told(verdicts[at]), told(verdict));
      compare('ids, paper level', i, completion, toldPaper(papers[at]), toldPaper(verdict));
    });
  }
  return found;
}

const vocabularies = new Map<number, { vocabulary: Vocabulary; codes: Uint32Array }>();

function vocabularyOf(size: number): { vocabulary: Vocabulary; codes: Uint32Array } {
  const known = vocabularies.get(size);
  if (known) return known;
  const vocabulary = createVocabulary(size);
  const made = { vocabulary, codes: wordCodes(vocabulary.words) };
  vocabularies.set(size, made);
  return made;
}

export function toldPaper({ format, records, paper, plan }: PaperJudgement | Verdict): string {
  return [format, records, paper.valid, paper.rule, paper.record, plan.valid, plan.error].join(' ');
}

/** A verdict as one line. */
export function told(verdict: Judgement | Verdict): string {
  const { strict, exact, plan } = verdict;
  return [toldPaper(verdict), strict.valid, strict.rule, strict.record, exact, plan.optimal].join(' ');
}
