// A region of wasm memory for tests of the fast validator, and one call that judges texts in every form.
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import {
  ALL_LEVELS,
  encodeWords,
  type Judgement,
  judgeCompletions,
  judgeIds,
  judgeTexts,
  PAPER_LEVEL,
  type ValidatorRegion,
  wordCodes,
} from '../../src/core/validator.ts';
import type { CoreExports } from '../../src/core/exports.ts';
import type { Problem } from '../../src/domain/maze/types.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { stain } from './agreement.ts';

export const BASE = 4096;

export interface JudgedText {
  readonly problem: Problem;
  readonly completion: string;
}

/**
 * @param name of the module: portable or fused
 * @param pages of memory, 64 KiB each
 */
export function makeRegion(
  name: string,
  bytes = 16 * 65_536,
  pages = 20,
): ValidatorRegion & { readonly exports: CoreExports } {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65_536, shared: true });
  // What an arena holds before is not zero.
  new Uint8Array(memory.buffer).fill(0xa5);
  const module = new WebAssembly.Module(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url)));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { exports: exports as unknown as CoreExports, memory, base: BASE, bytes };
}

/**
 * Verdicts at all levels. Checks on the way that every form gives the same ones, and that the paper level alone gives
 * its part of them.
 */
export function judgeAll(region: ValidatorRegion, items: readonly JudgedText[]): Judgement[] {
  const texts = items.map(({ problem, completion }) => ({ problem, text: completion }));
  const verdicts = judgeTexts(stain(region), texts, ALL_LEVELS);
  const words = items.map(({ problem, completion }) => ({ problem, words: encodeWords(completion) }));
  expect(judgeCompletions(stain(region), words)).toEqual(verdicts);
  expect(
    judgeTexts(
      stain(region),
      items.map(({ problem, completion }) => ({ problem, text: Buffer.from(completion) })),
      ALL_LEVELS,
    ),
  ).toEqual(verdicts);
  const papers = verdicts.map(({ format, records, paper, plan: { valid, error } }) => ({
    format,
    records,
    paper,
    plan: error === undefined ? { valid } : { valid, error },
  }));
  expect(judgeTexts(stain(region), texts, PAPER_LEVEL)).toEqual(papers);
  expect(judgeCompletions(stain(region), words, PAPER_LEVEL)).toEqual(papers);
  for (const [size, members] of Map.groupBy(items.keys(), (i) => items[i].problem.size)) {
    const vocabulary = createVocabulary(size);
    const whole = members
      .map((i) => ({ i, ids: vocabulary.encode(items[i].completion) }))
      .filter(({ ids }) => !ids.includes(vocabulary.unk));
    const completions = whole.map(({ i, ids }) => ({ problem: items[i].problem, ids }));
    expect(judgeIds(stain(region), wordCodes(vocabulary.words), completions, ALL_LEVELS)).toEqual(
      whole.map(({ i }) => verdicts[i]),
    );
    expect(judgeIds(stain(region), wordCodes(vocabulary.words), completions, PAPER_LEVEL)).toEqual(
      whole.map(({ i }) => papers[i]),
    );
  }
  return verdicts;
}
