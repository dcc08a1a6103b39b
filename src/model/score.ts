// How well a model predicts given completions: negative log-likelihood per example, trace and plan tokens apart, in the
// memory of an open model and on its threads. Model.score is the way in. The passes are those of training without their
// backward half.
import { TracelabError } from '../base/errors.ts';
import { Arena, growMemory } from '../core/memory.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import type { ModelRoom } from './model-memory.ts';
import { planScoreRoom, SUMS } from './score-memory.ts';
import type { ScoreShared } from './score-thread.ts';

/** The prompt ends in `reasoning`, the completion has a `solution`. */
export interface ScoredExample {
  readonly prompt: string;
  readonly completion: string;
}

/**
 * Sums over an example's counted targets, as in training: after `reasoning`, through <eos>; plan from `solution` on.
 */
export interface ExampleLoss {
  readonly trace_tokens: number;
  readonly plan_tokens: number;
  /** Nats. */
  readonly trace_loss: number;
  readonly plan_loss: number;
  /** Of the plan targets those after `solution`, without <eos>: words of the plan and `end`. */
  readonly plan_words: number;
  readonly plan_words_loss: number;
}

/** Mean loss per counted token, nats. */
export function meanLoss({ trace_tokens, plan_tokens, trace_loss, plan_loss }: ExampleLoss): number {
  return (trace_loss + plan_loss) / (trace_tokens + plan_tokens);
}

const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './score-thread.ts' : './score-thread.js', import.meta.url);

/** See Model.score. One example a pass: neither its neighbours nor the threads change its bits. */
export async function scoreIn(
  room: ModelRoom,
  examples: readonly ScoredExample[],
  onProgress: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<ExampleLoss[] | null> {
  const {
    checkpoint: { model, vocabulary },
    core,
    memory,
    map,
    pool,
  } = room;
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
      hint: 'score shorter examples, or train a model with a larger model.context',
    });
  }
  const threads = Math.min(pool.threads, examples.length);
  const call = planScoreRoom(room.instance, new Arena(map.end), threads, examples.length, longest);
  growMemory(memory, call.bytes);

  const starts = new Uint32Array(new SharedArrayBuffer(4 * (sequences.length + 1)));
  for (const [i, { ids }] of sequences.entries()) starts[i + 1] = starts[i] + ids.length;
  const ids = new Uint16Array(new SharedArrayBuffer(2 * starts[sequences.length]));
  for (const [i, sequence] of sequences.entries()) ids.set(sequence.ids, starts[i]);
  const splits = new Uint32Array(new SharedArrayBuffer(8 * sequences.length));
  for (const [i, { reasoning, solution }] of sequences.entries()) splits.set([reasoning, solution], 2 * i);

  const sums = new Float64Array(memory.buffer, call.sums, SUMS * examples.length).fill(0);
  const queue = new Int32Array(memory.buffer, call.queue, 2).fill(0);
  const stop = (): void => {
    Atomics.store(queue, 1, 1);
  };
  signal?.addEventListener('abort', stop);
  const shared: ScoreShared = { core, memory, map, room: call, ids, starts, splits };
  let done = 0;
  try {
    await pool.run(ENTRY, threads, shared, (more: number) => {
      done += more;
      onProgress(done);
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  if (done < examples.length) return null;
  return sequences.map(({ ids: { length }, reasoning, solution }, i) => ({
    trace_tokens: solution - 1 - reasoning,
    plan_tokens: length - solution,
    trace_loss: sums[SUMS * i],
    plan_loss: sums[SUMS * i + 1],
    plan_words: length - 2 - solution,
    plan_words_loss: sums[SUMS * i + 2],
  }));
}

interface Sequence {
  /** <bos> prompt completion <eos>. */
  readonly ids: Uint16Array;
  /** Positions of the two words. */
  readonly reasoning: number;
  readonly solution: number;
}

function encode({ prompt, completion }: ScoredExample, index: number, vocabulary: Vocabulary): Sequence {
  const words = vocabulary.encode(`${prompt} ${completion}`);
  const where = `example ${index + 1}`;
  if (words.includes(vocabulary.unk))
    throw new TracelabError({
      code: 'EXAMPLE_WORD',
      kind: 'refused_input',
      where,
      what: "a word is not in the model's vocabulary",
      expected: `words of a ${vocabulary.size}x${vocabulary.size} grid`,
      got: 'another word',
      hint: 'was the model trained on another grid size?',
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
      got: JSON.stringify(completion.slice(0, 40)),
      hint: 'leave the example out',
    });
  return { ids, reasoning, solution };
}
