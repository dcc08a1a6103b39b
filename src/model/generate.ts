// Completions for a list of prompts from one checkpoint, on all threads.
import { TracelabError } from '../base/errors.ts';
import { createMemory } from '../core/memory.ts';
import { instantiateCore, loadCore } from '../core/module.ts';
import { runThreads } from '../core/threads.ts';
import { type Checkpoint, loadTensors } from './checkpoint.ts';
import { packWeights, planGenerationMemory } from './generation-memory.ts';
import type { GeneratedCompletion, GenerationShared } from './generation-thread.ts';
import { writeRopeTables } from './place.ts';

export interface GenerateOptions {
  readonly checkpoint: Checkpoint;
  /** Texts ending in `reasoning`. */
  readonly prompts: readonly string[];
  /** Cap of a completion in tokens; with the longest prompt it must fit into the context. */
  readonly maxNewTokens: number;
  /** 0 = greedy. */
  readonly temperature: number;
  readonly seed: number;
  readonly threads: number;
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

/**
 * @param onProgress told now and then how many prompts are done and how many new tokens that took
 * @returns one completion a prompt, in order; null when the signal stopped it
 * @throws TracelabError PROMPT_WORD for a word outside the vocabulary, CONTEXT_TOO_SHORT
 */
export async function generate(
  options: GenerateOptions,
  onProgress: (done: number, tokens: number) => void,
  signal?: AbortSignal,
): Promise<Completion[] | null> {
  const { checkpoint, maxNewTokens, temperature, seed, threads } = options;
  const { model, vocabulary, weights } = checkpoint;
  const { promptIds, promptStarts, longestPrompt } = encodePrompts(options);
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
    });
  }
  if (options.prompts.length === 0) return [];
  const core = loadCore();
  const used = Math.min(threads, options.prompts.length);
  const map = planGenerationMemory(instantiateCore(core, createMemory(1 << 16)), {
    model,
    vocabSize: vocabulary.length,
    threads: used,
    prompts: options.prompts.length,
    longestPrompt,
    longest,
  });
  const memory = createMemory(map.bytes);
  writeRopeTables(memory, map.placed);
  loadTensors(weights, map.layout, memory, map.parameters, 'model.safetensors');
  packWeights(instantiateCore(core, memory), map);

  const queue = new Int32Array(memory.buffer, map.queue, 2);
  const stop = (): void => {
    Atomics.store(queue, 1, 1);
  };
  if (signal?.aborted === true) return null;
  signal?.addEventListener('abort', stop);
  const completions: Completion[] = [];
  let done = 0,
    tokens = 0;
  const entry = new URL(
    import.meta.url.endsWith('.ts') ? './generation-thread.ts' : './generation-thread.js',
    import.meta.url,
  );
  const shared: GenerationShared = {
    core: { module: core.module, tile: core.tile },
    memory,
    map,
    promptIds,
    promptStarts,
    maxNewTokens,
    endId: vocabulary.idOf('end'),
    eosId: vocabulary.eos,
    temperature,
    seed,
  };
  try {
    await runThreads(entry, used, shared, (finished: GeneratedCompletion[]) => {
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
  return done === options.prompts.length ? completions : null;
}

function encodePrompts({ checkpoint: { vocabulary }, prompts }: GenerateOptions): {
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
