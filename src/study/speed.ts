// The speed of this machine on a study's own sequences: a few seconds of real training and real decoding, nothing kept.
import { countParameters } from '../model/config.ts';
import { domainOf } from '../domain/domains.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import type { StudyConfig } from './config.ts';
import type { StudyDependencies } from './dependencies.ts';
import { totalsOf } from './lengths.ts';
import type { ExampleLengths } from './lengths.ts';
import { trainingFlops } from './flops.ts';

/** Speeds on sequences with traces, or on the shorter ones without. */
export interface SequenceSpeed {
  readonly traces: boolean;
  /** Prompt and completion tokens of forward, backward and update. */
  readonly training_tokens_per_second: number;
  /** The same in operations (flops.ts), which longer sequences take more of. */
  readonly training_flops_per_second: number;
  /** Generated tokens, reading the prompts included. */
  readonly decode_tokens_per_second: number;
}

/** How long each training measurement lasts after its warm-up. */
const SECONDS = 3;
/** Work of one measured step: a large model gets smaller batches of shorter sequences, so that the whole stays within seconds. */
const STEP_FLOPS = 1e11;
/** Shorter sequences than this are never cut. */
const LEAST_CUT = 256;
const DECODE_FLOPS = 1.5e11;
/** Longer sequences are cut: what counts is work per token. */
const DECODE_TOKENS = 256;
/** Sequences that a thread decodes side by side. */
const SLOTS = 64;

/** Measures what the conditions of the study and of its phase diagram need. @param lengths of examples like those of the training set */
export async function measureSpeeds(
  config: StudyConfig,
  lengths: ExampleLengths,
  threads: number,
  dependencies: Pick<StudyDependencies, 'measureTrainingSpeed' | 'measureDecodeSpeed'>,
): Promise<SequenceSpeed[]> {
  const speeds: SequenceSpeed[] = [];
  for (const traces of new Set([...config.conditions, ...(config.phase?.conditions ?? [])].map(hasTraces))) {
    speeds.push(await measureSpeed(config, lengths, traces, threads, dependencies));
  }
  return speeds;
}

async function measureSpeed(
  { model, train, data }: StudyConfig,
  lengths: ExampleLengths,
  traces: boolean,
  threads: number,
  dependencies: Pick<StudyDependencies, 'measureTrainingSpeed' | 'measureDecodeSpeed'>,
): Promise<SequenceSpeed> {
  const vocabSize = domainOf(data.domain).vocabulary(data.size).length;
  const parameters = countParameters(model, vocabSize);
  const sequences = lengths.prompt.map((prompt, i) => ({
    prompt: prompt + 1,
    completion: (traces ? lengths.trace[i] : 0) + lengths.solution[i] + 1,
  }));
  const stepTokens = Math.ceil(STEP_FLOPS / (6 * parameters));
  const cut = sequences.map((one) => shorten(one, Math.max(LEAST_CUT, Math.floor(stepTokens / 4))));
  const batch_tokens = Math.max(Math.min(train.batch_tokens, stepTokens), ...cut.map(tokensOf));
  // What was cut off is attention over long sequences, whose operations are known.
  const flopsPerToken = (some: readonly Sequence[]): number => {
    const totals = totalsOf(some.map(tokensOf));
    return trainingFlops(model, parameters, totals) / totals.tokens;
  };
  const measured = await dependencies.measureTrainingSpeed({
    model,
    vocabSize,
    train: { ...train, batch_tokens },
    threads: Math.min(threads, train.accumulators),
    lengths: cut,
    seconds: SECONDS,
  });

  const prompt = Math.min(DECODE_TOKENS, mean(sequences.map((one) => one.prompt)));
  const completion = Math.min(DECODE_TOKENS, mean(sequences.map((one) => one.completion)));
  // A decoded token costs about four times a read one: it cannot share its weights with its neighbours in the sequence.
  const prompts = Math.floor(DECODE_FLOPS / (2 * parameters * (prompt + 4 * completion)));
  return {
    traces,
    training_tokens_per_second: (measured * flopsPerToken(cut)) / flopsPerToken(sequences),
    training_flops_per_second: measured * flopsPerToken(cut),
    decode_tokens_per_second: await dependencies.measureDecodeSpeed({
      model,
      ...(data.domain !== undefined && { domain: data.domain }),
      size: data.size,
      threads,
      prompt,
      completion,
      prompts: Math.min(SLOTS * threads, Math.max(4 * threads, prompts)),
    }),
  };
}

interface Sequence {
  readonly prompt: number;
  readonly completion: number;
}

function tokensOf({ prompt, completion }: Sequence): number {
  return prompt + completion;
}

/** The same shares of prompt and completion within `most` tokens. */
function shorten(sequence: Sequence, most: number): Sequence {
  const factor = Math.min(1, most / tokensOf(sequence));
  return {
    prompt: Math.max(1, Math.floor(sequence.prompt * factor)),
    completion: Math.max(1, Math.floor(sequence.completion * factor)),
  };
}

function mean(values: readonly number[]): number {
  return Math.round(values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1));
}
