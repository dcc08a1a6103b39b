// The speed of this machine within some tenths of a second: for plans that are asked for again and again. speed.ts
// measures for seconds, before hours of work.
import { countParameters } from '../model/config.ts';
import { measureDecodeSpeed } from '../evaluation/speed.ts';
import { measureTrainingSpeed } from '../training/speed.ts';
import { vocabularySize } from './facts.ts';
import type { SequenceSpeed } from './facts.ts';
import { trainingFlops } from './flops.ts';
import { totalsOf } from './sequence-lengths.ts';
import type { SpeedRequest } from './speed.ts';

/** How long the training is measured after its warm-up, and the operations of one of its steps. */
const SECONDS = 0.1;
const STEP_FLOPS = 3e9;
const DECODE_FLOPS = 5e9;
/** Most prompts of a thread. */
const PROMPTS = 64;
/** Tokens that are read count 1, tokens that are written count so much: they cannot share weights in a sequence. */
const WRITTEN = 4;

/**
 * Measures one thread on sequences with traces.
 * @returns the speed on sequences with or without traces; the latter follows from the operations
 */
export async function measureBriefly({
  model,
  train,
  data,
  lengths,
}: SpeedRequest): Promise<(traces: boolean) => SequenceSpeed> {
  const vocabSize = vocabularySize(data);
  const parameters = countParameters(model, vocabSize);
  const sequencesOf = (traces: boolean): Sequence[] =>
    lengths.prompt.map((prompt, i) => ({
      prompt: prompt + 1,
      completion: (traces ? lengths.trace[i] : 0) + lengths.solution[i] + 1,
    }));
  const flopsPerToken = (sequences: readonly Sequence[]): number => {
    const totals = totalsOf(sequences.map(({ prompt, completion }) => prompt + completion));
    return trainingFlops(model, parameters, totals) / totals.tokens;
  };
  const sequences = sequencesOf(true);
  const longest = sequences.reduce((most, { prompt, completion }) => Math.max(most, prompt + completion), 0);
  const batch_tokens = Math.max(longest, Math.min(train.batch_tokens, Math.ceil(STEP_FLOPS / (6 * parameters))));
  const trained = await measureTrainingSpeed({
    model,
    vocabSize,
    train: { ...train, batch_tokens },
    threads: 1,
    lengths: sequences,
    seconds: SECONDS,
  });
  const { prompt } = meanOf(sequences);
  const units = DECODE_FLOPS / (2 * parameters);
  const completion = Math.max(
    8,
    Math.min(meanOf(sequences).completion, Math.floor((units / PROMPTS - prompt) / WRITTEN)),
  );
  const prompts = Math.max(4, Math.min(PROMPTS, Math.floor(units / (prompt + WRITTEN * completion))));
  const { domain, size } = data;
  const request = { model, domain, size, threads: 1, prompt, completion, prompts, isWarm: true };
  const unitSeconds = completion / (await measureDecodeSpeed(request)) / (prompt + WRITTEN * completion);
  return (traces) => {
    const given = sequencesOf(traces);
    const mean = meanOf(given);
    return {
      traces,
      n_layer: model.n_layer,
      training_tokens_per_second: (trained * flopsPerToken(sequences)) / flopsPerToken(given),
      training_flops_per_second: trained * flopsPerToken(sequences),
      decode_tokens_per_second: mean.completion / unitSeconds / (mean.prompt + WRITTEN * mean.completion),
    };
  };
}

/** Tokens. */
interface Sequence {
  readonly prompt: number;
  readonly completion: number;
}

function meanOf(sequences: readonly Sequence[]): Sequence {
  const total = { prompt: 0, completion: 0 };
  for (const { prompt, completion } of sequences) {
    total.prompt += prompt;
    total.completion += completion;
  }
  const count = Math.max(1, sequences.length);
  return { prompt: Math.round(total.prompt / count), completion: Math.round(total.completion / count) };
}
