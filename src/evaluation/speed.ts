// How fast this machine generates: real generation threads with random weights on made-up prompts.
import { DEFAULT_DOMAIN, domainOf } from '../domain/domains.ts';
import type { Checkpoint } from '../model/checkpoint.ts';
import type { ModelConfig } from '../model/config.ts';
import { madeUpWeights } from '../model/made-up.ts';
import { Model } from '../model/model.ts';

export interface DecodeSpeedRequest {
  readonly model: ModelConfig;
  readonly domain: string;
  /** Cells per side. */
  readonly size: number;
  readonly threads: number;
  /** Tokens of a typical prompt with <bos>, and of a completion. */
  readonly prompt: number;
  readonly completion: number;
  /** Prompts to complete. */
  readonly prompts: number;
  /** Whether threads start before the clock does: for short measurements. */
  readonly isWarm?: boolean;
}

/** New tokens per second, prompts included in the time. */
export async function measureDecodeSpeed({
  model,
  domain,
  size,
  threads,
  prompt,
  completion,
  prompts,
  isWarm = false,
}: DecodeSpeedRequest): Promise<number> {
  const checkpoint = madeUpCheckpoint(model, size, domain);
  const text = madeUpPrompt(checkpoint, prompt);
  let started = performance.now();
  await using opened = Model.of(checkpoint, threads);
  const complete = async (count: number, maxNewTokens: number): ReturnType<Model['generate']> =>
    opened.generate({ prompts: Array.from({ length: count }, () => text), maxNewTokens, temperature: 0, seed: 0 });
  if (isWarm) {
    await complete(4, 1);
    started = performance.now();
  }
  const completions = await complete(prompts, completion);
  const tokens = (completions ?? []).reduce((sum, { tokens: count }) => sum + count, 0);
  return tokens / ((performance.now() - started) / 1000);
}

/** A checkpoint that nobody trained. */
export function madeUpCheckpoint(model: ModelConfig, size: number, domain = DEFAULT_DOMAIN): Checkpoint {
  const vocabulary = domainOf(domain).vocabulary(size);
  const weights = { tensors: madeUpWeights(model, vocabulary.length, 0.02), metadata: {} };
  return { model, vocabulary, origin: { domain, size, condition: 'none', seed: 0, step: 0, tokens: 0 }, weights };
}

/**
 * Words of the vocabulary in a row; with <bos> they make `tokens` tokens.
 * @param first index of the first word; prompts with different indices differ
 */
export function madeUpPrompt({ vocabulary }: Checkpoint, tokens: number, first = 0): string {
  return Array.from({ length: tokens - 1 }, (_, i) => vocabulary.words[(first + i) % vocabulary.length])
    .map((word) => (word.startsWith('<') ? 'query' : word))
    .join(' ');
}
