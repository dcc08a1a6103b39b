// Completions for a list of prompts in the memory of an open model, on its threads. Model.generate is the way in.
import { TracelabError } from '../base/errors.ts';
import { Arena, growMemory } from '../core/memory.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import { planGenerationRoom } from './generation-memory.ts';
import type { GeneratedCompletion, GenerationShared } from './generation-thread.ts';
import type { ModelRoom } from './model-memory.ts';

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
  const {
    checkpoint: { model, vocabulary },
    core,
    memory,
    map,
    pool,
  } = room;
  const { promptIds, promptStarts, longestPrompt } = encodePrompts(vocabulary, prompts);
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
  const wanted = samples * prompts.length;
  if (wanted === 0) return [];
  if (signal?.aborted === true) return null;
  const threads = Math.min(pool.threads, wanted);
  const sizes = { threads, prompts: wanted, longestPrompt, longest };
  const call = planGenerationRoom(room.instance, new Arena(map.end), sizes);
  growMemory(memory, call.bytes);

  const queue = new Int32Array(memory.buffer, call.queue, 2).fill(0);
  const stop = (): void => {
    Atomics.store(queue, 1, 1);
  };
  signal?.addEventListener('abort', stop);
  const completions: Completion[] = [];
  let done = 0,
    tokens = 0;
  const shared: GenerationShared = {
    core,
    memory,
    map,
    room: call,
    promptIds,
    promptStarts,
    completions: wanted,
    maxNewTokens,
    endId: vocabulary.idOf('end'),
    eosId: vocabulary.eos,
    temperature,
    seed,
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
  }
  return done === wanted ? completions : null;
}

function encodePrompts(
  vocabulary: Vocabulary,
  prompts: readonly string[],
): {
  promptIds: Uint16Array<SharedArrayBuffer>;
  promptStarts: Uint32Array<SharedArrayBuffer>;
  longestPrompt: number;
} {
  const encoded = prompts.map((prompt, i) => {
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
    return ids;
  });
  const promptStarts = new Uint32Array(new SharedArrayBuffer(4 * (prompts.length + 1)));
  for (const [i, ids] of encoded.entries()) promptStarts[i + 1] = promptStarts[i] + ids.length + 1;
  const promptIds = new Uint16Array(new SharedArrayBuffer(2 * Math.max(1, promptStarts[prompts.length])));
  for (const [i, ids] of encoded.entries()) {
    promptIds[promptStarts[i]] = vocabulary.bos;
    promptIds.set(ids, promptStarts[i] + 1);
  }
  return {
    promptIds,
    promptStarts,
    longestPrompt: encoded.reduce((longest, ids) => Math.max(longest, ids.length + 1), 0),
  };
}
