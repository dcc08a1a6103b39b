// Completions for a list of prompts in the memory of an open model, on its threads. Model.generate is the way in.
import { TracelabError } from '../base/errors.ts';
import { Arena, growMemory } from '../core/memory.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import { planGenerationRoom } from './generation-memory.ts';
import type { GeneratedCompletion, GenerationShared, SharedJobs } from './generation-thread.ts';
import type { ModelRoom } from './model-memory.ts';
import type { Drawing } from './slot-decoder.ts';

/** What to generate. */
export interface GenerateRequest {
  /** Texts ending in `reasoning`. */
  readonly prompts: readonly string[];
  /** Cap of a completion in tokens; with the longest prompt it must fit into the context. */
  readonly maxNewTokens: number;
  /** 0 = greedy. */
  readonly temperature: number;
  readonly seed: number;
  /** Completions of each prompt; default 1. Those of fewer samples are the first ones of more. */
  readonly samples?: number;
}

/** What became of one prompt. */
export interface Completion {
  readonly text: string;
  /** Token ids of the text; `end` among them, <eos> not. */
  readonly ids: Uint16Array;
  readonly tokens: number;
  /** The cap was reached before `end` or <eos>. */
  readonly truncated: boolean;
}

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './generation-thread.ts' : './generation-thread.js',
  import.meta.url,
);

/** See Model.generate; the matrices are packed. */
export async function generateIn(
  room: ModelRoom,
  { prompts, maxNewTokens, temperature, seed, samples = 1 }: GenerateRequest,
  onProgress: (done: number, tokens: number) => void,
  signal: AbortSignal | undefined,
): Promise<Completion[] | null> {
  const { model, vocabulary } = room.checkpoint;
  const encoded = encodePrompts(vocabulary, prompts);
  const longestPrompt = encoded.reduce((longest, ids) => Math.max(longest, ids.length), 0);
  // The last new token is never fed back.
  const longest = longestPrompt + maxNewTokens;
  if (longest > model.context) {
    throw new TracelabError({
      code: 'CONTEXT_TOO_SHORT',
      kind: 'refused_input',
      where: 'generation',
      what: `${longestPrompt} prompt tokens and ${maxNewTokens} new ones do not fit into the context`,
      expected: `at most ${model.context}`,
      got: String(longest),
      hint: 'ask for fewer new tokens, or give shorter prompts',
    });
  }
  const jobs = Array.from({ length: samples * prompts.length }, (_, index) => ({
    prompt: index % prompts.length,
    maxNewTokens,
    temperature,
    seed,
    index,
  }));
  const completions = await decodeIn(room, encoded, jobs, onProgress, signal);
  const whole = completions.filter((completion) => completion !== null);
  return whole.length === jobs.length ? whole : null;
}

/** A completion with settings of its own. */
export interface CompletionJob extends Drawing {
  /** Number of its prompt. */
  readonly prompt: number;
  /** Nobody wants it any more. */
  readonly signal?: AbortSignal;
}

/**
 * Decodes all jobs side by side; see Model.complete.
 * @param prompts token ids, <bos> first; each fits into the context with the new tokens of its jobs
 */
export async function decodeIn(
  room: ModelRoom,
  prompts: readonly Uint16Array[],
  jobs: readonly CompletionJob[],
  onProgress: (done: number, tokens: number) => void,
  signal: AbortSignal | undefined,
): Promise<(Completion | null)[]> {
  const {
    checkpoint: { vocabulary },
    core,
    memory,
    map,
    pool,
  } = room;
  const completions = Array.from(jobs, (): Completion | null => null);
  if (jobs.length === 0 || signal?.aborted === true) return completions;
  const threads = Math.min(pool.threads, jobs.length);
  const longestPrompt = prompts.reduce((longest, ids) => Math.max(longest, ids.length), 0);
  const longest = jobs.reduce((most, job) => Math.max(most, prompts[job.prompt].length + job.maxNewTokens), 0);
  const sizes = { threads, prompts: jobs.length, longestPrompt, longest };
  const call = planGenerationRoom(room.instance, new Arena(map.end), sizes);
  growMemory(memory, call.bytes);

  const queue = new Int32Array(memory.buffer, call.queue, 2).fill(0);
  const stop = (): void => {
    Atomics.store(queue, 1, 1);
  };
  signal?.addEventListener('abort', stop);
  const sharedJobs = shareJobs(jobs);
  const ended = new AbortController();
  for (const [signal, wanted] of Map.groupBy(jobs.keys(), (i) => jobs[i].signal)) {
    const giveUp = (): void => {
      for (const i of wanted) Atomics.store(sharedJobs.givenUp, i, 1);
    };
    if (signal?.aborted === true) giveUp();
    signal?.addEventListener('abort', giveUp, { signal: ended.signal });
  }
  let done = 0,
    tokens = 0;
  const shared: GenerationShared = {
    core,
    memory,
    map,
    room: call,
    ...sharePrompts(prompts),
    jobs: sharedJobs,
    endId: vocabulary.idOf('end'),
    eosId: vocabulary.eos,
  };
  try {
    await pool.run(ENTRY, threads, shared, (finished: GeneratedCompletion[]) => {
      for (const { index, ids, truncated } of finished) {
        completions[index] = { text: vocabulary.decode(ids), ids, tokens: ids.length, truncated };
        done += 1;
        tokens += ids.length;
      }
      onProgress(done, tokens);
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    ended.abort();
  }
  return completions;
}

function shareJobs(jobs: readonly CompletionJob[]): SharedJobs {
  const words = (of: (job: CompletionJob) => number): Uint32Array<SharedArrayBuffer> => {
    const values = new Uint32Array(new SharedArrayBuffer(4 * jobs.length));
    for (const [i, job] of jobs.entries()) values[i] = of(job);
    return values;
  };
  const temperatures = new Float64Array(new SharedArrayBuffer(8 * jobs.length));
  for (const [i, job] of jobs.entries()) temperatures[i] = job.temperature;
  return {
    prompts: words(({ prompt }) => prompt),
    caps: words(({ maxNewTokens }) => maxNewTokens),
    temperatures,
    seeds: words(({ seed }) => seed),
    indices: words(({ index }) => index),
    givenUp: new Int32Array(new SharedArrayBuffer(4 * jobs.length)),
  };
}

/** <bos> and the words of each prompt. */
function encodePrompts(vocabulary: Vocabulary, prompts: readonly string[]): Uint16Array[] {
  return prompts.map((prompt, i) => {
    const ids = vocabulary.encode(prompt);
    if (ids.includes(vocabulary.unk))
      throw new TracelabError({
        code: 'PROMPT_WORD',
        kind: 'refused_input',
        where: `prompt ${i + 1}`,
        what: "a word is not in the model's vocabulary",
        expected: `words of a ${vocabulary.size}x${vocabulary.size} grid`,
        got: 'another word',
        hint: 'was the model trained on another grid size?',
      });
    return Uint16Array.of(vocabulary.bos, ...ids);
  });
}

/** One after the other, and where each begins. */
function sharePrompts(prompts: readonly Uint16Array[]): Pick<GenerationShared, 'promptIds' | 'promptStarts'> {
  const promptStarts = new Uint32Array(new SharedArrayBuffer(4 * (prompts.length + 1)));
  for (const [i, ids] of prompts.entries()) promptStarts[i + 1] = promptStarts[i] + ids.length;
  const promptIds = new Uint16Array(new SharedArrayBuffer(2 * Math.max(1, promptStarts[prompts.length])));
  for (const [i, ids] of prompts.entries()) promptIds.set(ids, promptStarts[i]);
  return { promptIds, promptStarts };
}
