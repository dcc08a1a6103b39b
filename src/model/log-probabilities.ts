// Log-probabilities of given tokens and of the likeliest ones in their places, in the memory of an open model and on
// its threads. Model.logProbabilities is the way in. score.ts has sums over traces and plans instead.
import { Arena, growMemory } from '../core/memory.ts';
import { planProbabilityRoom } from './log-probability-memory.ts';
import type { LogProbabilityShared } from './log-probability-thread.ts';
import type { ModelRoom } from './model-memory.ts';

export interface ScoredSequence {
  readonly ids: Uint16Array;
  /** The first token whose log-probability is wanted; at least 1, for the first token follows nothing. */
  readonly from: number;
}

/** Of the tokens of a sequence from `from` on. */
export interface TokenProbabilities {
  /** Nats. */
  readonly chosen: Float64Array;
  /** [tokens, top]: ids of the likeliest tokens, likeliest first, the smaller id first where two are equally likely. */
  readonly topIds: Int32Array;
  /** [tokens, top]: nats. */
  readonly top: Float64Array;
}

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './log-probability-thread.ts' : './log-probability-thread.js',
  import.meta.url,
);

/** See Model.logProbabilities. One sequence a pass: neither its neighbours nor the threads change its bits. */
export async function logProbabilitiesIn(
  { core, memory, map, pool, instance }: ModelRoom,
  sequences: readonly ScoredSequence[],
  top: number,
  signal: AbortSignal | undefined,
): Promise<TokenProbabilities[] | null> {
  if (signal?.aborted === true) return null;
  if (sequences.length === 0) return [];
  const longest = sequences.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  const threads = Math.min(pool.threads, sequences.length);
  const room = planProbabilityRoom(instance, new Arena(map.end), threads, longest, top);
  growMemory(memory, room.bytes);

  const starts = new Uint32Array(new SharedArrayBuffer(4 * (sequences.length + 1)));
  const firsts = new Uint32Array(new SharedArrayBuffer(4 * sequences.length));
  const places = new Uint32Array(sequences.length + 1);
  for (const [i, { ids, from }] of sequences.entries()) {
    starts[i + 1] = starts[i] + ids.length;
    firsts[i] = from;
    places[i + 1] = places[i] + ids.length - from;
  }
  const ids = new Uint16Array(new SharedArrayBuffer(2 * starts[sequences.length]));
  for (const [i, sequence] of sequences.entries()) ids.set(sequence.ids, starts[i]);
  const all = places[sequences.length];
  const shared: LogProbabilityShared = {
    core,
    memory,
    map,
    room,
    ids,
    starts,
    firsts,
    places,
    chosen: new Float64Array(new SharedArrayBuffer(8 * all)),
    topIds: new Int32Array(new SharedArrayBuffer(4 * top * all)),
    top: new Float64Array(new SharedArrayBuffer(8 * top * all)),
  };
  const queue = new Int32Array(memory.buffer, room.queue, 2).fill(0);
  const stop = (): void => {
    Atomics.store(queue, 1, 1);
  };
  signal?.addEventListener('abort', stop);
  let done = 0;
  try {
    await pool.run(ENTRY, threads, shared, (more: number) => {
      done += more;
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  if (done < sequences.length) return null;
  return sequences.map((_, i) => {
    const [from, to] = [places[i], places[i + 1]];
    return {
      chosen: shared.chosen.slice(from, to),
      topIds: shared.topIds.slice(top * from, top * to),
      top: shared.top.slice(top * from, top * to),
    };
  });
}
