// How well a checkpoint predicts given completions: negative log-likelihood per example, trace and plan tokens apart, on all threads. Nothing
// is generated and nothing is learnt; the passes are those of training without their backward half.
import { TracelabError } from '../base/errors.ts';
import { createMemory } from '../core/memory.ts';
import { instantiateCore, loadCore } from '../core/module.ts';
import { runThreads } from '../core/threads.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import { type Checkpoint, loadTensors } from './checkpoint.ts';
import { writeRopeTables } from './place.ts';
import { planScoreMemory } from './score-memory.ts';
import type { ScoreShared } from './score-thread.ts';

export interface ScoreOptions {
  readonly checkpoint: Checkpoint;
  /** Prompts that end in `reasoning`, completions with a `solution`. */
  readonly examples: readonly { readonly prompt: string; readonly completion: string }[];
  readonly threads: number;
}

/** Sums over an example's counted targets, as training counts them: after `reasoning`, through <eos>; plan from `solution` on. */
export interface ExampleLoss {
  readonly trace_tokens: number;
  readonly plan_tokens: number;
  /** Nats. */
  readonly trace_loss: number;
  readonly plan_loss: number;
}

/** Mean loss per counted token, nats. */
export function meanLoss({ trace_tokens, plan_tokens, trace_loss, plan_loss }: ExampleLoss): number {
  return (trace_loss + plan_loss) / (trace_tokens + plan_tokens);
}

/**
 * One example a pass, so an example's bits depend on nothing but itself and the weights: not on its neighbours, not on threads.
 * @param onProgress told now and then how many examples are done
 * @returns one loss an example, in order; null when the signal stopped it
 * @throws TracelabError EXAMPLE_WORD, EXAMPLE_FORM, CONTEXT_TOO_SHORT
 */
export async function score(
  options: ScoreOptions,
  onProgress: (done: number) => void,
  signal?: AbortSignal,
): Promise<ExampleLoss[] | null> {
  const {
    checkpoint: { model, vocabulary, weights },
    examples,
  } = options;
  if (signal?.aborted === true) return null;
  if (examples.length === 0) return [];
  const sequences = examples.map((example, i) => encode(example, i, vocabulary));
  const longest = sequences.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  if (longest > model.context) {
    throw new TracelabError({
      code: 'CONTEXT_TOO_SHORT',
      kind: 'refused_input',
      where: 'scoring',
      what: 'the longest example does not fit into the context',
      expected: `at most ${model.context} tokens`,
      got: String(longest),
    });
  }
  const core = loadCore();
  const threads = Math.min(options.threads, examples.length);
  const map = planScoreMemory(
    instantiateCore(core, createMemory(1 << 16)),
    model,
    vocabulary.length,
    threads,
    examples.length,
    longest,
  );
  const memory = createMemory(map.bytes);
  writeRopeTables(memory, map.placed);
  loadTensors(weights, map.layout, memory, map.parameters, 'model.safetensors');

  const starts = new Uint32Array(new SharedArrayBuffer(4 * (sequences.length + 1)));
  for (const [i, { ids }] of sequences.entries()) starts[i + 1] = starts[i] + ids.length;
  const ids = new Uint16Array(new SharedArrayBuffer(2 * starts[sequences.length]));
  for (const [i, sequence] of sequences.entries()) ids.set(sequence.ids, starts[i]);
  const splits = new Uint32Array(new SharedArrayBuffer(8 * sequences.length));
  for (const [i, { reasoning, solution }] of sequences.entries()) splits.set([reasoning, solution], 2 * i);

  const queue = new Int32Array(memory.buffer, map.queue, 2);
  const stop = (): void => {
    Atomics.store(queue, 1, 1);
  };
  signal?.addEventListener('abort', stop);
  const shared: ScoreShared = { core: { module: core.module, tile: core.tile }, memory, map, ids, starts, splits };
  const entry = new URL(import.meta.url.endsWith('.ts') ? './score-thread.ts' : './score-thread.js', import.meta.url);
  let done = 0;
  try {
    await runThreads(entry, threads, shared, (more: number) => {
      done += more;
      onProgress(done);
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  if (done < examples.length) return null;
  const sums = new Float64Array(memory.buffer, map.sums, 2 * examples.length);
  return sequences.map(({ ids: { length }, reasoning, solution }, i) => ({
    trace_tokens: solution - 1 - reasoning,
    plan_tokens: length - solution,
    trace_loss: sums[2 * i],
    plan_loss: sums[2 * i + 1],
  }));
}

interface Sequence {
  /** <bos> prompt completion <eos>. */
  readonly ids: Uint16Array;
  /** Positions of the two words. */
  readonly reasoning: number;
  readonly solution: number;
}

function encode(
  { prompt, completion }: ScoreOptions['examples'][number],
  index: number,
  vocabulary: Vocabulary,
): Sequence {
  const words = vocabulary.encode(`${prompt} ${completion}`);
  const where = `example ${index + 1}`;
  if (words.includes(vocabulary.unk))
    throw new TracelabError({
      code: 'EXAMPLE_WORD',
      kind: 'refused_input',
      where,
      what: "a word is not in the model's vocabulary",
      expected: `words of a ${vocabulary.size}x${vocabulary.size} grid`,
    });
  const ids = Uint16Array.of(vocabulary.bos, ...words, vocabulary.eos);
  const reasoning = ids.indexOf(vocabulary.idOf('reasoning'));
  const solution = ids.indexOf(vocabulary.idOf('solution'));
  if (reasoning < 0 || solution < reasoning)
    throw new TracelabError({
      code: 'EXAMPLE_FORM',
      kind: 'refused_input',
      where,
      what: 'no `reasoning` before `solution`',
      expected: 'query ... reasoning ... solution ... end',
    });
  return { ids, reasoning, solution };
}
