// Lengths of examples in words: what a study will read and write, known exactly once the data exist and from a sample before that.
import { readJsonl } from '../base/files.ts';
import { RandomSequence } from '../base/random.ts';
import type { DataConfig } from '../data/dataset.ts';
import { solve } from '../domain/astar.ts';
import { derangement } from '../domain/corruption.ts';
import { generateProblem } from '../domain/generate.ts';
import { completionText, promptText, splitCompletion } from '../domain/grammar.ts';
import { streamOf } from '../domain/splits.ts';
import type { Condition, GeneratorName } from '../domain/types.ts';

/** Words of each example's parts; the three arrays have one entry an example. */
export interface ExampleLengths {
  readonly prompt: readonly number[];
  readonly trace: readonly number[];
  /** From `solution` to `end`. */
  readonly solution: readonly number[];
}

/** Totals over a set of sequences; a sequence is <bos> prompt completion <eos>. */
export interface SequenceTotals {
  readonly sequences: number;
  readonly tokens: number;
  /** Sum of squared lengths: causal attention costs half of it. */
  readonly squares: number;
  readonly longest: number;
}

/** Lengths of the first `count` problems of a generator, drawn as the training set draws them (duplicates not removed). */
export function sampleLengths(data: DataConfig, generator: GeneratorName, count: number): ExampleLengths {
  const lengths = { prompt: [] as number[], trace: [] as number[], solution: [] as number[] };
  for (let index = 0; index < count; index++) {
    const problem = generateProblem(generator, data.size, new RandomSequence(data.seed, streamOf('train', generator), index), data.drunkard_coverage);
    const { trace, plan } = solve(problem);
    if (plan === null) continue; // No generator makes such a problem; the data would leave it out.
    addLengths(lengths, promptText(problem), completionText(trace, plan));
  }
  return lengths;
}

/** Lengths of a dataset file, read as a stream. Throws TracelabError as readJsonl does. */
export async function readLengths(file: string): Promise<ExampleLengths> {
  const lengths = { prompt: [] as number[], trace: [] as number[], solution: [] as number[] };
  for await (const row of readJsonl(file, (value) => value as { prompt: string; completion: string })) addLengths(lengths, row.prompt, row.completion);
  return lengths;
}

function addLengths(lengths: { prompt: number[]; trace: number[]; solution: number[] }, prompt: string, completion: string): void {
  const { trace, solution } = splitCompletion(completion);
  lengths.prompt.push(countWords(prompt));
  lengths.trace.push(countWords(trace));
  lengths.solution.push(countWords(solution));
}

function countWords(text: string): number {
  if (text === '') return 0;
  let words = 1;
  for (let at = text.indexOf(' '); at >= 0; at = text.indexOf(' ', at + 1)) words += 1;
  return words;
}

/** Totals of the sequences that a condition trains on. @param seed of the training run, which decides who gets whose trace */
export function sequenceTotals(lengths: ExampleLengths, condition: Condition, seed: number): SequenceTotals {
  const { prompt, trace, solution } = lengths;
  const traces = condition === 'swapped' && prompt.length > 1 ? derangement(prompt.length, seed) : undefined;
  return totalsOf(prompt.map((words, i) => {
    const events = condition === 'solution-only' ? 0 : trace[traces ? traces[i] : i];
    return words + events + solution[i] + 2;
  }));
}

/** @param lengths tokens of each sequence */
export function totalsOf(lengths: readonly number[]): SequenceTotals {
  let tokens = 0;
  let squares = 0;
  let longest = 0;
  for (const length of lengths) {
    tokens += length;
    squares += length * length;
    longest = Math.max(longest, length);
  }
  return { sequences: lengths.length, tokens, squares, longest };
}

/** Totals for `sequences` sequences that are like the sampled ones. */
export function scaleTotals(totals: SequenceTotals, sequences: number): SequenceTotals {
  const factor = totals.sequences === 0 ? 0 : sequences / totals.sequences;
  return { sequences, tokens: Math.round(totals.tokens * factor), squares: Math.round(totals.squares * factor), longest: totals.longest };
}
