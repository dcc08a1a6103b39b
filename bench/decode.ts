// Greedy decoding with the quick study's model, through the same call that an evaluation makes.
import { madeUpCheckpoint, madeUpPrompt } from '../src/evaluation/speed.ts';
import type { Checkpoint } from '../src/model/checkpoint.ts';
import type { Completion } from '../src/model/generate.ts';
import { Model } from '../src/model/model.ts';
import { checkNear } from './check.ts';
import type { Preset } from './presets.ts';
import { referenceLogits } from './reference-model.ts';
import type { DecodeRow } from './results.ts';
import { summarizeTiming } from './timing.ts';

/**
 * Prompts of a thread, three times as many as it decodes side by side; tokens of a prompt (with <bos>), new tokens:
 * those of a 6x6 maze and its trace.
 */
const PROMPTS = 72;
const PROMPT_TOKENS = 66;
const NEW_TOKENS = 96;

const CHECKED_TOKENS = 6;
/**
 * What the largest logit of f64 may exceed that of the chosen token by: f32 may order two that are this close the other
 * way.
 */
const TOLERANCE = 1e-4;

/** @param rounds timed calls; the fastest engine state is reached in one more before them */
export async function measureDecode(
  { model }: Preset,
  size: number,
  threads: number,
  rounds: number,
): Promise<DecodeRow> {
  const checkpoint = madeUpCheckpoint(model, size);
  await using opened = Model.of(checkpoint, threads);
  const prompts = Array.from({ length: PROMPTS * threads }, (_, i) => madeUpPrompt(checkpoint, PROMPT_TOKENS, i));
  const complete = async (
    maxNewTokens: number,
  ): Promise<{ readonly seconds: number; readonly completions: readonly Completion[]; readonly tokens: number }> => {
    const started = performance.now();
    const completions = (await opened.generate({ prompts, maxNewTokens, temperature: 0, seed: 0 })) ?? [];
    return {
      seconds: (performance.now() - started) / 1000,
      completions,
      tokens: completions.reduce((sum, { tokens }) => sum + tokens, 0),
    };
  };
  const { completions } = await complete(NEW_TOKENS);
  for (const i of [0, prompts.length - 1]) checkGreedy(checkpoint, prompts[i], completions[i]);
  const long: number[] = [],
    short: number[] = [];
  let tokens = 0,
    shortTokens = 0;
  for (let round = 0; round < rounds; round++) {
    const one = await complete(1),
      all = await complete(NEW_TOKENS);
    [shortTokens, tokens] = [one.tokens, all.tokens];
    short.push(one.seconds);
    long.push(all.seconds);
  }
  const timing = summarizeTiming(long, 1),
    start = summarizeTiming(short, 1);
  return {
    threads,
    prompts: prompts.length,
    prompt_tokens: PROMPT_TOKENS,
    new_tokens: tokens,
    timing,
    tokens_per_second: tokens / timing.fastest,
    decode_tokens_per_second: (tokens - shortTokens) / (timing.fastest - start.fastest),
  };
}

/** An open model that decodes the benchmark's prompts, for rates over threads. */
export interface Decoder extends AsyncDisposable {
  /** Decodes all prompts once. The first call compares greedy choices with scalar f64. */
  readonly decode: () => Promise<DecodedPrompts>;
}

export interface DecodedPrompts {
  readonly tokens: number;
  readonly texts: readonly string[];
}

/** @param first index of the first prompt: decoders with other prompts share the work of one with more threads */
export function openDecoder({ model }: Preset, size: number, threads: number, first: number): Decoder {
  const checkpoint = madeUpCheckpoint(model, size);
  const opened = Model.of(checkpoint, threads);
  const prompts = Array.from({ length: PROMPTS * threads }, (_, i) =>
    madeUpPrompt(checkpoint, PROMPT_TOKENS, first * PROMPTS + i),
  );
  let isChecked = false;
  return {
    decode: async () => {
      const completions = (await opened.generate({ prompts, maxNewTokens: NEW_TOKENS, temperature: 0, seed: 0 })) ?? [];
      if (!isChecked) checkGreedy(checkpoint, prompts[0], completions[0]);
      isChecked = true;
      return {
        tokens: completions.reduce((sum, { tokens }) => sum + tokens, 0),
        texts: completions.map(({ text }) => text),
      };
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** Each of the first tokens has the largest logit that f64 finds for that position. */
function checkGreedy({ model, vocabulary, weights }: Checkpoint, prompt: string, { text }: Completion): void {
  const ids = [vocabulary.bos, ...vocabulary.encode(prompt), ...vocabulary.encode(text).slice(0, CHECKED_TOKENS)];
  const from = vocabulary.encode(prompt).length;
  const logits = referenceLogits(model, vocabulary.length, (name) => weights.tensors.get(name)?.values ?? [], ids);
  for (let t = from; t < ids.length - 1; t++) {
    const row = logits[t];
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    checkNear(
      'bench decode',
      `token ${t - from + 1}, largest logit against that of the greedy choice`,
      row[ids[t + 1]],
      most,
      TOLERANCE,
    );
  }
}
