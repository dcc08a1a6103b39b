// Completions for a list of prompts in the memory of an open model, on its threads. Model.generate is the way in.
import { TracelabError } from '../base/errors.ts';
import { Arena, growMemory } from '../core/memory.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import type { DraftCounts } from './drafts.ts';
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
  /**
   * What the completions of each prompt may turn out to be, as texts; null for no guess. They make generation faster
   * where they are right, for a start at least, and never change a token.
   */
  readonly drafts?: readonly (string | null)[];
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
  { prompts, maxNewTokens, temperature, seed, samples = 1, drafts = [] }: GenerateRequest,
  onProgress: (done: number, tokens: number) => void,
  signal: AbortSignal | undefined,
  onDrafts: (counts: DraftCounts) => void,
): Promise<Completion[] | null> {
  const { model, vocabulary } = room.checkpoint;
  const encoded = encodePrompts(vocabulary, prompts);
  const guesses = drafts.map((draft, i) => (draft === null ? undefined : encodeDraft(vocabulary, draft, i)));
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
  // The completions of a prompt follow each other, because they share its keys and values while they are decoded.
  const jobs = prompts.flatMap((_, prompt) =>
    Array.from({ length: samples }, (_unused, sample) => ({
      prompt,
      maxNewTokens,
      temperature,
      seed,
      index: sample * prompts.length + prompt,
      draft: guesses[prompt],
    })),
  );
  const completions = await decodeIn(room, encoded, jobs, onProgress, signal, onDrafts);
  const ordered: Completion[] = [];
  for (const [i, completion] of completions.entries()) {
    if (completion === null) return null;
    ordered[jobs[i].index] = completion;
  }
  return ordered;
}

/** A completion with settings of its own. */
export interface CompletionJob extends Drawing {
  /** Number of its prompt. */
  readonly prompt: number;
  /** Token ids of what it may turn out to be; see GenerateRequest. */
  readonly draft?: Uint16Array;
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
  onDrafts: (counts: DraftCounts) => void,
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
  const longest = jobs.reduce((most, job) => Math.max(most, prompts[job.prompt].length + job.maxNewTokens), 0);
  const sizes = { threads, prompts: jobs.length, longest };
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
    ...shareDrafts(jobs),
    jobs: sharedJobs,
    endId: vocabulary.idOf('end'),
    eosId: vocabulary.eos,
  };
  try {
    await pool.run(ENTRY, threads, shared, (message: GeneratedCompletion[] | DraftCounts) => {
      if ('drafted' in message) {
        onDrafts(message);
        return;
      }
      for (const { index, ids, truncated } of message) {
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

/**
 * The words of a draft.
 * @throws TracelabError DRAFT_WORD (refused input) for a word outside the vocabulary; a model may write <unk> itself
 */
function encodeDraft(vocabulary: Vocabulary, draft: string, prompt: number): Uint16Array {
  const ids = vocabulary.encode(draft);
  const { unk } = vocabulary;
  if (ids.includes(unk)) {
    const foreign = draft.split(/\s+/).find((word) => vocabulary.idOf(word) === unk && word !== vocabulary.words[unk]);
    if (foreign !== undefined)
      throw new TracelabError({
        code: 'DRAFT_WORD',
        kind: 'refused_input',
        where: `draft of prompt ${prompt + 1}`,
        what: "a word is not in the model's vocabulary",
        expected: `words of a ${vocabulary.size}x${vocabulary.size} grid`,
        got: foreign.slice(0, 60),
        hint: 'give a completion of the same vocabulary, or null',
      });
  }
  return ids;
}

/** One after the other, and where each begins. */
function sharePrompts(prompts: readonly Uint16Array[]): Pick<GenerationShared, 'promptIds' | 'promptStarts'> {
  const { ids, starts } = shareLists(prompts);
  return { promptIds: ids, promptStarts: starts };
}

/** The draft of each job; jobs of one prompt have one copy where they have one draft. */
function shareDrafts(jobs: readonly CompletionJob[]): Pick<GenerationShared, 'draftIds' | 'draftStarts' | 'draftOf'> {
  const places = new Map<Uint16Array, number>();
  const draftOf = new Int32Array(new SharedArrayBuffer(4 * jobs.length));
  for (const [i, { draft }] of jobs.entries()) {
    if (draft !== undefined && !places.has(draft)) places.set(draft, places.size);
    draftOf[i] = draft === undefined ? -1 : (places.get(draft) ?? -1);
  }
  const { ids, starts } = shareLists([...places.keys()]);
  return { draftIds: ids, draftStarts: starts, draftOf };
}

function shareLists(lists: readonly Uint16Array[]): {
  ids: Uint16Array<SharedArrayBuffer>;
  starts: Uint32Array<SharedArrayBuffer>;
} {
  const starts = new Uint32Array(new SharedArrayBuffer(4 * (lists.length + 1)));
  for (const [i, ids] of lists.entries()) starts[i + 1] = starts[i] + ids.length;
  const ids = new Uint16Array(new SharedArrayBuffer(2 * Math.max(1, starts[lists.length])));
  for (const [i, list] of lists.entries()) ids.set(list, starts[i]);
  return { ids, starts };
}
