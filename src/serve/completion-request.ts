// The body of POST /v1/completions, checked: OpenAI's fields with a meaning here, and those that change nothing at
// their neutral values. Any other field is refused by name.
import { randomInt } from 'node:crypto';
import * as z from 'zod';
import { LIMITS } from '../base/limits.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import { badRequest, HttpError } from './http-error.ts';

/** A prompt as the model reads it. */
export interface Prompt {
  /** <bos> first. */
  readonly ids: Uint16Array;
  /** The client did not send <bos>: it is no part of what is echoed. */
  readonly hasAddedBos: boolean;
}

export interface CompletionRequest {
  readonly prompts: readonly Prompt[];
  /** Completions of each prompt. */
  readonly n: number;
  /** New tokens wanted; 0 = none. The context may have room for fewer. */
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number;
  /** Likeliest tokens of each place; null = no log-probabilities. */
  readonly logprobs: number | null;
  readonly echo: boolean;
  readonly stop: readonly string[];
  readonly stream: boolean;
  /** With `stream`: a last event with the usage. */
  readonly hasUsageEvent: boolean;
}

const ids = z.array(z.int()).min(1);
const neutral = <T extends z.ZodType>(type: T): z.ZodOptional<z.ZodNullable<T>> => type.nullable().optional();

const STOPS = `a text, or at most ${LIMITS.stops.most} texts, none empty`;

const SCHEMA = z.strictObject({
  model: neutral(z.string()),
  prompt: z.union([z.string(), ids, z.array(z.string()).min(1), z.array(ids).min(1)], {
    error: 'a text, a list of token ids, or a list of either',
  }),
  max_tokens: neutral(z.int().min(0)),
  temperature: neutral(z.number().min(0).max(LIMITS.temperature.most)),
  seed: neutral(z.int().min(0).max(LIMITS.seed.most)),
  n: neutral(z.int().min(1).max(LIMITS.choices.most)),
  logprobs: neutral(z.int().min(0).max(LIMITS.logprobs.most)),
  echo: neutral(z.boolean()),
  stop: neutral(
    z
      .union([z.string(), z.array(z.string())], { error: STOPS })
      .refine((stop) => typeof stop === 'string' || (stop.length <= LIMITS.stops.most && !stop.includes('')), {
        error: STOPS,
      }),
  ),
  stream: neutral(z.boolean()),
  stream_options: neutral(z.strictObject({ include_usage: neutral(z.boolean()) })),
  // What changes nothing.
  user: neutral(z.string()),
  best_of: neutral(z.int()),
  suffix: neutral(z.literal('')),
  top_p: neutral(z.literal(1, { error: '1: the whole distribution is sampled' })),
  presence_penalty: neutral(z.literal(0, { error: '0: there are no penalties' })),
  frequency_penalty: neutral(z.literal(0, { error: '0: there are no penalties' })),
  logit_bias: neutral(z.strictObject({})),
});

/** What a client asks for when it leaves a field out, as OpenAI has it. */
const DEFAULTS = { maxTokens: 16, temperature: 1 } as const;

/**
 * @param name of the model
 * @param context most tokens of prompt and completion together
 * @throws HttpError 400 with the field; 404 for another model
 */
export function readCompletionRequest(
  value: unknown,
  { name, vocabulary, context }: { readonly name: string; readonly vocabulary: Vocabulary; readonly context: number },
): CompletionRequest {
  const parsed = SCHEMA.safeParse(value);
  if (!parsed.success) throw issueError(parsed.error.issues[0]);
  const { data } = parsed;
  if (typeof data.model === 'string' && data.model !== name)
    throw new HttpError(404, 'model_not_found', `there is no such model here; the model is \`${name}\``, 'model');
  const n = data.n ?? 1;
  if (typeof data.best_of === 'number' && data.best_of !== n)
    throw badRequest('`best_of` must equal `n`: all completions are returned', 'best_of');
  const { prompt } = data;
  const isOne = typeof prompt === 'string' || typeof prompt[0] === 'number';
  const given = (isOne ? [prompt] : prompt) as (string | number[])[];
  if (n * given.length > LIMITS.choices.most)
    throw badRequest(`at most ${LIMITS.choices.most} completions of one request`, 'n');
  const maxTokens = data.max_tokens ?? DEFAULTS.maxTokens;
  const prompts = given.map((each, i) => {
    const read = readPrompt(each, isOne ? 'prompt' : `prompt[${i}]`, vocabulary);
    const length = read.ids.length;
    if (length + Math.min(maxTokens, 1) > context)
      throw badRequest(
        `the context of the model has ${context} tokens; the prompt has ${length} with <bos>` +
          (maxTokens > 0 ? ' and leaves no room for a completion' : ''),
        'prompt',
        'context_length_exceeded',
      );
    return read;
  });
  const tokens = prompts.reduce(
    (sum, { ids }) => sum + n * (ids.length + Math.min(maxTokens, context - ids.length)),
    0,
  );
  if (tokens > LIMITS.requestTokens.most)
    throw badRequest(
      `prompts and new tokens of all completions are at most ${LIMITS.requestTokens.most} tokens, got ${tokens}`,
      'max_tokens',
    );
  const temperature = data.temperature ?? DEFAULTS.temperature;
  const stop = data.stop ?? [];
  return {
    prompts,
    n,
    maxTokens,
    temperature,
    // Without a seed each request has its own draws.
    seed: data.seed ?? (temperature === 0 ? 0 : randomInt(LIMITS.seed.most + 1)),
    logprobs: data.logprobs ?? null,
    echo: data.echo ?? false,
    stop: typeof stop === 'string' ? (stop === '' ? [] : [stop]) : stop,
    stream: data.stream ?? false,
    hasUsageEvent: data.stream_options?.include_usage ?? false,
  };
}

function readPrompt(given: string | readonly number[], field: string, vocabulary: Vocabulary): Prompt {
  const { bos, unk, length } = vocabulary;
  let ids: Uint16Array;
  if (typeof given === 'string') {
    ids = vocabulary.encode(given);
    const unknown = ids.indexOf(unk);
    if (unknown >= 0)
      throw badRequest(`word ${unknown + 1} is not in the vocabulary of the model`, field, 'unknown_word');
  } else {
    const wrong = given.find((id) => id < 0 || id >= length);
    if (wrong !== undefined) throw badRequest(`token ids are from 0 to ${length - 1}, got ${wrong}`, field);
    ids = Uint16Array.from(given);
  }
  return ids[0] === bos ? { ids, hasAddedBos: false } : { ids: Uint16Array.of(bos, ...ids), hasAddedBos: true };
}

function issueError(issue: z.core.$ZodIssue): HttpError {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = [path, issue.keys[0]]
      .filter((part) => part !== '')
      .join('.')
      .slice(0, 100);
    return badRequest(`there is no field ${JSON.stringify(key)}`, key, 'unknown_parameter');
  }
  return badRequest(`${path === '' ? 'the request' : `\`${path}\``}: ${issue.message}`, path === '' ? null : path);
}
