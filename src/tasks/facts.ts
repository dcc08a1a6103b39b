// What estimates know of this machine and of the problems: a sample of every distribution, speeds measured on one
// thread, memory plans.
import { canonicalJson } from '../base/hash.ts';
import type { Clock } from '../base/clock.ts';
import { TracelabError } from '../base/errors.ts';
import type { DataConfig } from '../data/dataset.ts';
import { applyCondition } from '../domain/conditions/apply.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { domainOf } from '../domain/domains.ts';
import type { Example, GeneratorName } from '../domain/types.ts';
import type { ModelConfig } from '../model/config.ts';
import { generationBytes as bytesOfGeneration, scoringBytes as bytesOfScoring } from '../model/model-memory.ts';
import type { Arm } from './arm.ts';
import { lengthsOf, sampleProblems, sequenceTotals, solveSample } from './sequence-lengths.ts';
import type { ExampleLengths } from './sequence-lengths.ts';

/** Speeds of one thread on sequences with traces, or on the shorter ones without. */
export interface SequenceSpeed {
  readonly traces: boolean;
  /** Transformer blocks of the measured model. */
  readonly n_layer: number;
  /** Prompt and completion tokens of forward, backward and update. */
  readonly training_tokens_per_second: number;
  /** The same in operations (flops.ts), which longer sequences take more of. */
  readonly training_flops_per_second: number;
  /** Generated tokens, reading the prompts included. A deeper model takes as much longer as it has more blocks. */
  readonly decode_tokens_per_second: number;
}

export type Samples = ReadonlyMap<GeneratorName, readonly Example[]>;

export interface ProblemSeconds {
  readonly draw: number;
  /** Its completion included. */
  readonly solve: number;
}

export interface Facts {
  /** Examples of every distribution, drawn as the training set draws them. */
  readonly samples: (data: DataConfig) => Samples;
  /** Of the sample of one distribution. */
  readonly lengths: (data: DataConfig, name: GeneratorName) => ExampleLengths;
  /** Seconds that this machine takes for a problem, on average over the distributions. */
  readonly problemSeconds: (data: DataConfig) => ProblemSeconds;
  readonly speed: (traces: boolean) => SequenceSpeed;
}

/** Enough for a mean within a few percent. */
const SAMPLE = 200;
/** A process with its engine, its compiled core and its texts, without the memory of the core. */
export const PROCESS_BYTES = 200 * 2 ** 20;
/** One memory of WebAssembly has 32-bit addresses. */
export const MEMORY_CEILING = 4 * 2 ** 30;
/** Threads to start, files to read and write: what a task takes however small it is. */
export const TASK_SECONDS = 0.7;
/** A forward pass alone, against forward, backward and update. */
export const FORWARD_SPEED = 2.5;

/**
 * Draws each sample once.
 * @param speeds none before anything was measured: then only sizes can be asked for
 */
export function makeFacts(clock: Clock, speeds: readonly SequenceSpeed[] = []): Facts {
  const sampled = new Map<string, { readonly samples: Samples; readonly seconds: ProblemSeconds }>();
  const sample = (data: DataConfig): { readonly samples: Samples; readonly seconds: ProblemSeconds } => {
    const key = canonicalJson(data);
    const known = sampled.get(key);
    if (known) return known;
    const names = [...new Set([data.generator, ...data.distributions])];
    const perProblem = (seconds: number): number => Math.max(seconds, 1e-3) / (names.length * SAMPLE);
    const started = clock.seconds();
    const problems = names.map((name) => [name, sampleProblems(data, name, SAMPLE)] as const);
    const drawn = clock.seconds();
    const samples = new Map(problems.map(([name, each]) => [name, solveSample(data, name, each)]));
    const seconds = { draw: perProblem(drawn - started), solve: perProblem(clock.seconds() - drawn) };
    sampled.set(key, { samples, seconds });
    return { samples, seconds };
  };
  const measured = new Map<readonly Example[], ExampleLengths>();
  const lengthsIn = (examples: readonly Example[]): ExampleLengths => {
    const lengths = measured.get(examples) ?? lengthsOf(examples);
    measured.set(examples, lengths);
    return lengths;
  };
  return {
    samples: (data) => sample(data).samples,
    lengths: (data, name) => lengthsIn(sampleOf(sample(data).samples, name)),
    problemSeconds: (data) => sample(data).seconds,
    speed: speedIn(speeds),
  };
}

/** The same samples with measured speeds. */
export function withSpeeds(facts: Facts, speeds: readonly SequenceSpeed[]): Facts {
  return { ...facts, speed: speedIn(speeds) };
}

function speedIn(speeds: readonly SequenceSpeed[]): Facts['speed'] {
  return (traces) => {
    const speed = speeds.find((each) => each.traces === traces);
    if (!speed) throw new Error(`no speed of sequences ${traces ? 'with' : 'without'} traces`);
    return speed;
  };
}

/** The sampled examples of a distribution, which must be among the samples. */
export function sampleOf(samples: Samples, name: GeneratorName): readonly Example[] {
  const found = samples.get(name);
  if (!found) throw new Error(`no sample of ${name}`);
  return found;
}

/**
 * The condition to estimate lengths with. A low swap rate may touch one example of the sample, which then has no
 * partner; the estimate uses `correct` instead, because nearly all examples are untouched.
 */
export function sampleCondition(sample: readonly Example[], { condition, seed }: Arm): Condition {
  try {
    applyCondition(sample, condition, seed);
    return condition;
  } catch (error) {
    if (error instanceof TracelabError && error.code === 'TOO_FEW_EXAMPLES') return 'correct';
    throw error;
  }
}

/** A function of a number of threads that is computed once for each: plans ask again and again. */
export function remembered(compute: (threads: number) => number): (threads: number) => number {
  const known = new Map<number, number>();
  return (threads) => {
    const value = known.get(threads) ?? compute(threads);
    known.set(threads, value);
    return value;
  };
}

/** Words of a data section's vocabulary. */
export function vocabularySize({ domain, size }: DataConfig): number {
  return domainOf(domain).vocabulary(size).length;
}

/** Numbers of threads up to 256 that divide `parts` equal parts better than the number before. */
export function usefulThreads(parts: number): number[] {
  return Array.from({ length: Math.min(parts, 256) }, (_, i) => i + 1).filter(
    (threads) => threads === 1 || Math.ceil(parts / threads) < Math.ceil(parts / (threads - 1)),
  );
}

/** Of these numbers of threads those whose memory of the core has addresses; 1 stays, for the caller to refuse. */
export function addressable(
  useful: readonly number[],
  coreBytes: (threads: number) => number,
): { readonly threads: readonly number[]; readonly addressBound: boolean } {
  const threads = useful.filter((each) => each === 1 || coreBytes(each) <= MEMORY_CEILING);
  return { threads, addressBound: threads.length < useful.length };
}

/** Memory of the core for completions of some prompts, in bytes by number of threads. */
export function generationBytes(
  model: ModelConfig,
  data: DataConfig,
  prompts: number,
  facts: Facts,
): (threads: number) => number {
  const longest = longestSequence(model, data, facts);
  const vocabulary = vocabularySize(data);
  return remembered((threads) => bytesOfGeneration(model, vocabulary, { threads, prompts, longest }));
}

/** Memory of the core for scoring `examples` sequences, in bytes by number of threads. */
export function scoringBytes(
  model: ModelConfig,
  data: DataConfig,
  examples: number,
  facts: Facts,
): (threads: number) => number {
  const longest = longestSequence(model, data, facts);
  const vocabulary = vocabularySize(data);
  return remembered((threads) => bytesOfScoring(model, vocabulary, { threads, examples, longest }));
}

/** Tokens: twice those of the sample, within the context. */
function longestSequence(model: ModelConfig, data: DataConfig, facts: Facts): number {
  const longest = [...facts.samples(data).keys()].map((name) => sequenceTotals(facts.lengths(data, name)).longest);
  return Math.min(model.context, 2 * Math.max(...longest));
}
