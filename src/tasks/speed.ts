// The speed of this machine on a study's own sequences: a few seconds of real training and real decoding, nothing kept.
import { countParameters } from '../model/config.ts';
import type { ModelConfig } from '../model/config.ts';
import type { DataConfig } from '../data/dataset.ts';
import { measureDecodeSpeed } from '../evaluation/speed.ts';
import type { TrainConfig } from '../training/config.ts';
import { measureTrainingSpeed } from '../training/speed.ts';
import { vocabularySize } from './facts.ts';
import type { SequenceSpeed } from './facts.ts';
import { trainingFlops } from './flops.ts';
import { totalsOf } from './sequence-lengths.ts';
import type { ExampleLengths } from './sequence-lengths.ts';

/** The sequences of a study, and what works on them. */
export interface SpeedRequest {
  readonly model: ModelConfig;
  readonly train: TrainConfig;
  readonly data: DataConfig;
  /** Of examples like those of the training set. */
  readonly lengths: ExampleLengths;
}

/** How long each training measurement lasts after its warm-up. */
const SECONDS = 3;
/**
 * Work of one measured step: a large model gets smaller batches of shorter sequences, so that the whole stays within
 * seconds.
 */
const STEP_FLOPS = 1e11;
/** Shorter sequences than this are never cut. */
const LEAST_CUT = 256;
const DECODE_FLOPS = 1.5e11;
/** Longer sequences are cut: what counts is work per token. */
const DECODE_TOKENS = 256;
/** Most prompts of a thread. */
const PROMPTS = 64;

/**
 * Measures one thread.
 * @param traces whether the sequences have a trace
 */
export async function measureSpeed(
  { model, train, data, lengths }: SpeedRequest,
  traces: boolean,
): Promise<SequenceSpeed> {
  const threads = 1;
  const vocabSize = vocabularySize(data);
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
  const measured = await measureTrainingSpeed({
    model,
    vocabSize,
    train: { ...train, batch_tokens },
    threads: threads,
    lengths: cut,
    seconds: SECONDS,
  });

  const prompt = Math.min(DECODE_TOKENS, mean(sequences.map((one) => one.prompt)));
  const completion = Math.min(DECODE_TOKENS, mean(sequences.map((one) => one.completion)));
  // A decoded token costs about four times a read one: it cannot share its weights with its neighbours in the sequence.
  const prompts = Math.floor(DECODE_FLOPS / (2 * parameters * (prompt + 4 * completion)));
  return {
    traces,
    n_layer: model.n_layer,
    training_tokens_per_second: (measured * flopsPerToken(cut)) / flopsPerToken(sequences),
    training_flops_per_second: measured * flopsPerToken(cut),
    decode_tokens_per_second: await measureDecodeSpeed({
      model,
      domain: data.domain,
      size: data.size,
      threads,
      prompt,
      completion,
      prompts: Math.min(PROMPTS * threads, Math.max(4 * threads, prompts)),
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
