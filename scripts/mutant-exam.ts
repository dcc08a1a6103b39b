// Worker of mutate-validator.ts: judges completions with one mutant, and reports the first verdict that is not the
// expected one.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { CoreExports } from '../src/core/exports.ts';
import {
  ALL_LEVELS,
  encodeWords,
  judgeCompletions,
  judgeIds,
  judgeTexts,
  PAPER_LEVEL,
  type ValidatorRegion,
  wordCodes,
} from '../src/core/validator.ts';
import type { Problem, Verdict } from '../src/domain/maze/types.ts';
import { createVocabulary } from '../src/domain/maze/vocabulary.ts';
import { stain, told, toldPaper } from '../tests/core/agreement.ts';

/** One completion with the line that `told` makes of its verdict. */
export interface ExamItem {
  readonly size: number;
  /** One digit a cell, 1 = wall. */
  readonly walls: string;
  readonly start: { readonly x: number; readonly y: number };
  readonly goal: { readonly x: number; readonly y: number };
  readonly completion: string;
  readonly expected: string;
}

export interface ExamOrder {
  /** JSON files of ExamItem[], the quickest first. */
  readonly exams: readonly string[];
  /** A mutant of the core, or the file of a judge of the readable validator. */
  readonly mutant: { readonly wasm: Uint8Array<ArrayBuffer> } | { readonly judge: string };
}

const BATCH = 200;
/** Pages of 64 KiB. */
const PAGES = 130;
const BASE = 4096;

interface Sitting {
  readonly problem: Problem;
  readonly completion: string;
  readonly expected: string;
}

type Fault = string | null;

function makeRegion(wasm: Uint8Array<ArrayBuffer>): ValidatorRegion {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: 65_536, shared: true });
  // What an arena holds before is not zero.
  new Uint8Array(memory.buffer).fill(0xa5);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } });
  return { exports: exports as unknown as CoreExports, memory, base: BASE, bytes: (PAGES - 2) * 65_536 };
}

function faultOfCore(region: ValidatorRegion, sittings: readonly Sitting[]): Fault {
  const differs = (
    form: string,
    verdicts: readonly string[],
    wanted: (sitting: Sitting) => string,
    asked: readonly Sitting[],
  ): Fault => {
    const at = asked.findIndex((sitting, i) => verdicts[i] !== wanted(sitting));
    return at < 0 ? null : `${form}: ${asked[at].expected} became ${verdicts[at]}`;
  };
  const whole = ({ expected }: Sitting): string => expected;
  // The fields of the paper level come first.
  const paper = ({ expected }: Sitting): string => expected.split(' ').slice(0, 7).join(' ');
  for (let from = 0; from < sittings.length; from += BATCH) {
    const batch = sittings.slice(from, from + BATCH);
    const texts = batch.map(({ problem, completion }) => ({ problem, text: completion }));
    const words = batch.map(({ problem, completion }) => ({ problem, words: encodeWords(completion) }));
    const fault =
      differs('text', judgeTexts(stain(region), texts, ALL_LEVELS).map(told), whole, batch) ??
      differs('text, paper level', judgeTexts(stain(region), texts, PAPER_LEVEL).map(toldPaper), paper, batch) ??
      differs('codes', judgeCompletions(stain(region), words).map(told), whole, batch);
    if (fault !== null) return fault;
    const { size } = batch[0].problem;
    const vocabulary = createVocabulary(size);
    const readable = batch
      .map((sitting) => ({ sitting, ids: vocabulary.encode(sitting.completion) }))
      .filter(({ sitting, ids }) => sitting.problem.size === size && !ids.includes(vocabulary.unk));
    const ofIds = judgeIds(
      stain(region),
      wordCodes(vocabulary.words),
      readable.map(({ sitting: { problem }, ids }) => ({ problem, ids })),
      ALL_LEVELS,
    );
    const wrongIds = differs(
      'ids',
      ofIds.map(told),
      whole,
      readable.map(({ sitting }) => sitting),
    );
    if (wrongIds !== null) return wrongIds;
  }
  return null;
}

function faultOfJudge(judge: (problem: Problem, completion: string) => Verdict, sittings: readonly Sitting[]): Fault {
  for (const { problem, completion, expected } of sittings) {
    const got = told(judge(problem, completion));
    if (got !== expected) return `${expected} became ${got}`;
  }
  return null;
}

async function examine({ exams, mutant }: ExamOrder): Promise<Fault> {
  const judge =
    'judge' in mutant
      ? ((await import(mutant.judge)) as { judge: (problem: Problem, completion: string) => Verdict }).judge
      : null;
  const region = 'wasm' in mutant ? makeRegion(mutant.wasm) : null;
  for (const exam of exams) {
    const items = JSON.parse(readFileSync(exam, 'utf8')) as ExamItem[];
    const sittings = items.map(({ size, walls, start, goal, completion, expected }): Sitting => ({
      problem: { generator: 'free', size, walls: Uint8Array.from(walls, Number), start, goal },
      completion,
      expected,
    }));
    const fault = judge ? faultOfJudge(judge, sittings) : region ? faultOfCore(region, sittings) : null;
    if (fault !== null) return fault;
  }
  return null;
}

parentPort?.postMessage(await examine(workerData as ExamOrder));
