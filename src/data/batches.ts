// Which examples make up which batch, and a batch as ragged arrays: rows are tokens, sequences are offsets, nothing is
// padded.
import { TracelabError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { RandomSequence, STREAMS } from '../base/random.ts';
import type { TokenizedExamples } from './tokens.ts';

/** How long a run is: whole passes over its training set, or tokens, in any number of passes. */
export type TrainLength =
  { readonly epochs: number; readonly tokens?: undefined } | { readonly tokens: number; readonly epochs?: undefined };

/**
 * Passes that a run begins.
 * @param epochTokens tokens of the first epoch; conditions that change in every epoch only exchange traces, so all
 * epochs have the same length
 */
export function startedEpochs({ epochs, tokens }: TrainLength, epochTokens: number): number {
  return epochs ?? Math.ceil(tokens / epochTokens);
}

const MOST_READ = LIMITS.examplesRead.most;

/** All batches of a run, decided before it starts. */
export interface BatchSchedule {
  /** Example indices in the order they are consumed: one fresh shuffle an epoch. */
  readonly order: Uint32Array;
  /** [steps + 1]: batch s is order[starts[s] .. starts[s + 1]). */
  readonly starts: Uint32Array;
  readonly steps: number;
  /** Tokens of all batches. */
  readonly tokens: number;
}

/**
 * Fills batches in order up to the token budget; a batch may span two epochs, the last one may be short. A run
 * with a number of tokens ends with the example that reaches this number.
 * @param sets number of equally long sets of examples, one after another in `examples`: epoch e reads set e modulo
 * sets, with the same shuffles as a single set
 * @throws TracelabError BATCH_TOO_SMALL when an example does not fit into one batch, RUN_TOO_LONG beyond MOST_READ
 * examples
 */
export function scheduleBatches(
  examples: TokenizedExamples,
  length: TrainLength,
  batchTokens: number,
  seed: number,
  sets = 1,
): BatchSchedule {
  const { starts: at } = examples;
  const count = examples.count / sets;
  const epochs = startedEpochs(length, at[count]);
  if (count * epochs > MOST_READ) {
    throw new TracelabError({
      code: 'RUN_TOO_LONG',
      kind: 'refused_input',
      where: length.epochs === undefined ? 'train.tokens' : 'train.epochs',
      what: 'the order of all examples would not fit the memory',
      expected: `at most ${MOST_READ} examples in all passes`,
      got: `${count} examples ${epochs} times`,
      hint: 'lower train.tokens or train.epochs, or use fewer examples',
    });
  }
  const order = new Uint32Array(count * epochs);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const permutation = order.subarray(epoch * count, (epoch + 1) * count);
    for (let i = 0; i < count; i++) permutation[i] = i;
    new RandomSequence(seed, STREAMS.shuffle, epoch).shuffle(permutation);
    const first = (epoch % sets) * count;
    for (let i = 0; i < count; i++) permutation[i] += first;
  }
  const starts = [0];
  const budget = length.tokens ?? Infinity;
  let filled = 0,
    tokens = 0,
    used = 0;
  for (; used < order.length && tokens < budget; used++) {
    const needed = at[order[used] + 1] - at[order[used]];
    if (needed > batchTokens) {
      throw new TracelabError({
        code: 'BATCH_TOO_SMALL',
        kind: 'refused_input',
        where: 'train.batch_tokens',
        what: 'the longest example does not fit into one batch',
        expected: `at least ${needed}`,
        got: String(batchTokens),
        hint: `set train.batch_tokens to ${needed} or more`,
      });
    }
    if (filled + needed > batchTokens) {
      starts.push(used);
      filled = 0;
    }
    filled += needed;
    tokens += needed;
  }
  starts.push(used);
  return { order: order.subarray(0, used), starts: Uint32Array.from(starts), steps: starts.length - 1, tokens };
}

/**
 * Gaps of a training that shifts positions: how many positions are left out before `reasoning`. The gap of the n-th
 * sequence that a run reads, over all its epochs, is a function of (seed, n).
 * @param first number of the first sequence
 * @param most the largest gap; each of 0..most is equally likely
 * @returns [count]
 */
export function drawGaps(seed: number, first: number, count: number, most: number): Uint32Array {
  const gaps = new Uint32Array(count);
  if (most === 0) return gaps;
  for (let i = 0; i < count; i++)
    gaps[i] = new RandomSequence(seed, STREAMS.position_offset, first + i).below(most + 1);
  return gaps;
}

/** Shared arrays that hold one batch. All i32 but classes. */
export interface BatchArrays {
  readonly tokens: Int32Array;
  readonly positions: Int32Array;
  readonly offsets: Int32Array;
  readonly rows: Int32Array;
  readonly targets: Int32Array;
  readonly classes: Uint8Array;
  /** [MICRO_BATCH_WORDS] a micro-batch, in the order of accumulators. */
  readonly microBatches: Int32Array;
  /** [accumulators + 1]: micro-batches of accumulator a are firstMicroBatch[a] .. firstMicroBatch[a + 1). */
  readonly firstMicroBatch: Int32Array;
}

/** Fields of one micro-batch: first token, tokens, first offset, sequences, first row, counted rows. */
export const MICRO_BATCH_WORDS = 6;

/** Entries that BatchArrays need for any batch of a budget. */
export function batchCapacity(
  batchTokens: number,
  accumulators: number,
): { tokens: number; offsets: number; microBatches: number } {
  // A sequence is at least 4 tokens long; each one adds an offset, and each micro-batch one more.
  const sequences = Math.floor(batchTokens / 4) + 1;
  return { tokens: batchTokens, offsets: 2 * sequences + accumulators, microBatches: sequences + accumulators };
}

/**
 * Shares sequences out to accumulators, longest first, each to the one with the fewest tokens so far: a function of the
 * lengths alone, so the number of threads changes nothing. Within an accumulator they form micro-batches of at most
 * `microTokens` tokens, or of one sequence.
 * @param lengths tokens of each sequence; the last one is only a target
 * @returns [accumulator][micro-batch] of indices into `lengths`
 */
export function shareOut(lengths: readonly number[], accumulators: number, microTokens: number): number[][][] {
  const shares: number[][][] = Array.from({ length: accumulators }, () => []);
  const load = new Float64Array(accumulators);
  const filled = new Float64Array(accumulators);
  for (const member of [...lengths.keys()].sort((a, b) => lengths[b] - lengths[a] || a - b)) {
    const length = lengths[member];
    const lightest = load.indexOf(Math.min(...load));
    const share = shares[lightest];
    if (share.length === 0 || filled[lightest] + length - 1 > microTokens) {
      share.push([]);
      filled[lightest] = 0;
    }
    share[share.length - 1].push(member);
    filled[lightest] += length - 1;
    load[lightest] += length;
  }
  return shares;
}

/** Tokens of a batch (prompt and completion) and counted targets per class. */
export interface BatchTargets {
  readonly tokens: number;
  readonly traceTargets: number;
  readonly planTargets: number;
}

/**
 * Lays one batch out, shared out to accumulators.
 *
 * Positions of a sequence with gap 4 (docs/specification.md, section 6):
 *
 *     <bos> query ... wall 2 5 | reasoning close 0 1 ... end
 *     0     1         n-2  n-1 | n+4       n+5
 *
 * @param gaps [members]: what is added to the positions of each member from `reasoning` on
 */
export function packBatch(
  examples: TokenizedExamples,
  members: Uint32Array,
  gaps: Uint32Array,
  accumulators: number,
  microTokens: number,
  out: BatchArrays,
): BatchTargets {
  const { ids, starts, reasoning, solution } = examples;
  const lengths = Array.from(members, (example) => starts[example + 1] - starts[example]);
  let token = 0,
    offset = 0,
    row = 0,
    micro = 0,
    tokens = 0,
    traceTargets = 0;
  for (const [a, share] of shareOut(lengths, accumulators, microTokens).entries()) {
    out.firstMicroBatch[a] = micro;
    for (const sequences of share) {
      const first = { token, offset, row };
      out.offsets[offset++] = 0;
      for (const member of sequences) {
        const example = members[member];
        // The last token is only a target: a sequence of n tokens has n - 1 rows.
        const from = starts[example],
          rows = lengths[member] - 1;
        for (let t = 0; t < rows; t++) {
          out.tokens[token + t] = ids[from + t];
          out.positions[token + t] = t < reasoning[example] ? t : t + gaps[member];
        }
        for (let t = reasoning[example]; t < rows; t++) {
          const isPlan = t + 1 >= solution[example];
          out.rows[row] = token - first.token + t;
          out.targets[row] = ids[from + t + 1];
          out.classes[row++] = isPlan ? 1 : 0;
          if (!isPlan) traceTargets += 1;
        }
        token += rows;
        tokens += rows + 1;
        out.offsets[offset++] = token - first.token;
      }
      out.microBatches.set(
        [first.token, token - first.token, first.offset, sequences.length, first.row, row - first.row],
        micro * MICRO_BATCH_WORDS,
      );
      micro += 1;
    }
  }
  out.firstMicroBatch[accumulators] = micro;
  return { tokens, traceTargets, planTargets: row - traceTargets };
}

/** Addresses and counts of one micro-batch, as the core's functions take them. */
export interface MicroBatch {
  readonly sequences: readonly [
    tokens: number,
    positions: number,
    n: number,
    offsets: number,
    sequences: number,
    rows: number,
    count: number,
  ];
  readonly targets: number;
  /** Counted rows of the batch before it. */
  readonly firstRow: number;
}

/**
 * Micro-batch m of a packed batch.
 * @param microBatches [MICRO_BATCH_WORDS] a micro-batch
 * @param at address of each i32 list of the batch
 */
export function microBatchAt(
  microBatches: Int32Array,
  at: Readonly<Record<'tokens' | 'positions' | 'offsets' | 'rows' | 'targets', number>>,
  m: number,
): MicroBatch {
  const [token, tokens, offset, sequences, row, rows] = microBatches.subarray(
    m * MICRO_BATCH_WORDS,
    (m + 1) * MICRO_BATCH_WORDS,
  );
  return {
    sequences: [
      at.tokens + 4 * token,
      at.positions + 4 * token,
      tokens,
      at.offsets + 4 * offset,
      sequences,
      at.rows + 4 * row,
      rows,
    ],
    targets: at.targets + 4 * row,
    firstRow: row,
  };
}
