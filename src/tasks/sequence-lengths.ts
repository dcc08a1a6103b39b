// Lengths of examples in words: what a study will read and write, known exactly once the data exist and from a sample
// before that.
import { RandomSequence } from '../base/random.ts';
import { startedEpochs } from '../data/batches.ts';
import type { TrainLength } from '../data/batches.ts';
import { exampleOf } from '../data/dataset.ts';
import type { DataConfig } from '../data/dataset.ts';
import { countWords } from '../data/word-lengths.ts';
import { domainOf } from '../domain/domains.ts';
import { applyCondition, changesByEpoch, keepsLengths } from '../domain/conditions/apply.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { splitCompletion } from '../domain/completion.ts';
import { streamOf } from '../domain/splits.ts';
import type { DrawnProblem } from '../domain/splits.ts';
import type { Example, GeneratorName } from '../domain/types.ts';

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

/**
 * The first `count` problems of a generator, drawn as the training set draws them (duplicates and problems of other
 * splits not removed).
 */
export function sampleProblems(data: DataConfig, generator: GeneratorName, count: number): DrawnProblem[] {
  const { size, seed } = data;
  const domain = domainOf(data.domain);
  const stream = streamOf('train', generator);
  return Array.from({ length: count }, (_, index) => ({
    index,
    problem: domain.draw(generator, size, new RandomSequence(seed, stream, index), data),
  }));
}

/** Correct examples of sampleProblems. */
export function solveSample({ domain, size }: DataConfig, generator: GeneratorName, sample: DrawnProblem[]): Example[] {
  return sample.map((drawn) => exampleOf(drawn, { split: 'train', generator }, domainOf(domain), size));
}

/** The first `count` correct examples of a distribution, from the random stream of training sets. */
export function sampleExamples(data: DataConfig, generator: GeneratorName, count: number): Example[] {
  return solveSample(data, generator, sampleProblems(data, generator, count));
}

/** @param examples in any condition */
export function lengthsOf(examples: readonly Example[]): ExampleLengths {
  const solutions = examples.map(({ completion }) => splitCompletion(completion));
  return {
    prompt: examples.map(({ prompt }) => countWords(prompt)),
    trace: solutions.map(({ trace }) => countWords(trace)),
    solution: solutions.map(({ solution }) => countWords(solution)),
  };
}

/**
 * Totals of the sequences of one epoch in a condition.
 * @param examples correct ones
 * @param seed of the training run, which decides what the condition draws
 */
export function epochTotals(
  examples: readonly Example[],
  condition: Condition,
  seed: number,
  epoch = 0,
): SequenceTotals {
  return sequenceTotals(
    lengthsOf(keepsLengths(condition) ? examples : applyCondition(examples, condition, seed, epoch)),
  );
}

/** Tokens of the longest sequence of a whole run. */
export function longestTrained(
  examples: readonly Example[],
  condition: Condition,
  seed: number,
  length: TrainLength,
): number {
  const first = epochTotals(examples, condition, seed);
  const epochs = changesByEpoch(condition) ? startedEpochs(length, first.tokens) : 1;
  return Array.from({ length: epochs - 1 }, (_, i) => epochTotals(examples, condition, seed, i + 1).longest).reduce(
    (a, b) => Math.max(a, b),
    first.longest,
  );
}

/**
 * Totals of a whole run over `count` examples that are like the sampled ones.
 * @param epoch totals of one epoch of the sample
 */
export function runTotals(epoch: SequenceTotals, count: number, { epochs, tokens }: TrainLength): SequenceTotals {
  return scaleTotals(epoch, epochs === undefined ? (epoch.sequences * tokens) / epoch.tokens : count * epochs);
}

/** Totals of both sets of sequences together. */
export function addTotals(a: SequenceTotals, b: SequenceTotals): SequenceTotals {
  return {
    sequences: a.sequences + b.sequences,
    tokens: a.tokens + b.tokens,
    squares: a.squares + b.squares,
    longest: Math.max(a.longest, b.longest),
  };
}

/** Totals of <bos> prompt trace solution <eos>. */
export function sequenceTotals(lengths: ExampleLengths): SequenceTotals {
  return totalsOf(sequenceLengths(lengths));
}

/** Tokens of each <bos> prompt trace solution <eos>. */
export function sequenceLengths({ prompt, trace, solution }: ExampleLengths): number[] {
  return prompt.map((words, i) => words + trace[i] + solution[i] + 2);
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
  return {
    sequences,
    tokens: Math.round(totals.tokens * factor),
    squares: Math.round(totals.squares * factor),
    longest: totals.longest,
  };
}
