// Generation against the full forward pass, bit for bit: prefill, then one token a slot, with slots at different
// lengths and slots used again.
import { describe, expect, it } from 'vitest';
import { type CoreExports, WORKSPACE } from '../../src/core/exports.ts';
import { Arena, createMemory } from '../../src/core/memory.ts';
import { type CoreHandle, instantiateCore } from '../../src/core/module.ts';
import type { ModelConfig } from '../../src/model/config.ts';
import { layoutOf } from '../../src/model/layout.ts';
import { configureModel, initialiseWeights, placeModel, writeRopeTables } from '../../src/model/place.ts';
import { corePaths } from '../core/paths.ts';
import { expectWithin } from '../core/room.ts';
import { entropyOf, logProbability } from '../reference/policy-loss.ts';
import { randomTokens } from './model-run.ts';

const VOCAB = 23;
const LONGEST = 96;
const SLOTS = 3;
const MODELS: ModelConfig[] = [
  {
    d_model: 32,
    n_layer: 2,
    n_head: 4,
    n_kv_head: 2,
    d_ff: 40,
    context: LONGEST,
    rope_base: 10_000,
    rms_norm_eps: 1e-6,
  },
  {
    d_model: 24,
    n_layer: 3,
    n_head: 4,
    n_kv_head: 4,
    d_ff: 16,
    context: LONGEST,
    rope_base: 10_000,
    rms_norm_eps: 1e-6,
  },
  {
    d_model: 64,
    n_layer: 1,
    n_head: 2,
    n_kv_head: 1,
    d_ff: 64,
    context: LONGEST,
    rope_base: 10_000,
    rms_norm_eps: 1e-6,
  },
];

/** One model in the core with room for both ways of computing its logits. */
class DecodeRun {
  private readonly core: CoreExports;
  private readonly memory = createMemory(32 << 20);
  private readonly arena = new Arena();
  private readonly parameters: number;
  private readonly packed: number;

  constructor(handle: CoreHandle, model: ModelConfig) {
    this.core = instantiateCore(handle, this.memory);
    const placed = placeModel(this.arena, model, VOCAB);
    writeRopeTables(this.memory, placed);
    configureModel(this.core, placed);
    const layout = layoutOf(this.core, model, VOCAB);
    this.parameters = this.arena.take(layout.bytes);
    initialiseWeights(this.core, this.memory, layout, this.parameters, model, 5, 0.4);
    this.packed = this.arena.take(this.core.packed_weights_bytes(1));
    this.core.pack_weights(this.parameters, this.packed);
    this.arena.skipTo(this.core.configure_decode(this.arena.end, SLOTS, LONGEST, SLOTS * LONGEST) >>> 0);
    this.arena.skipTo(
      this.core.configure_workspace(this.arena.end, SLOTS * LONGEST, LONGEST, LONGEST, WORKSPACE.forward) >>> 0,
    );
  }

  /** Logits of every position by the full forward pass. */
  full(tokens: readonly number[]): Float32Array[] {
    const all = tokens.map((_, i) => i);
    this.core.forward(
      this.parameters,
      this.list(tokens),
      this.list(all),
      tokens.length,
      this.list([0, tokens.length]),
      1,
      this.list(all),
      tokens.length,
    );
    return this.rows(this.core.logits_address(), tokens.length);
  }

  /** Logits of the last tokens of prompts that go into slots. */
  prefill(prompts: readonly (readonly number[])[], slots: readonly number[]): Float32Array[] {
    for (const slot of slots) this.core.own_cache(slot);
    return this.feed(
      prompts.map((tokens, i) => ({ slot: slots[i], from: 0, tokens })),
      'last',
    );
  }

  step(tokens: readonly number[], positions: readonly number[], slots: readonly number[]): Float32Array[] {
    return this.feed(
      tokens.map((token, i) => ({ slot: slots[i], from: positions[i], tokens: [token] })),
      'all',
    );
  }

  /** Logits of all tokens of the pieces, or of their last ones; a piece begins at position `from` of its slot. */
  feed(
    pieces: readonly { readonly slot: number; readonly from: number; readonly tokens: readonly number[] }[],
    wanted: 'all' | 'last',
  ): Float32Array[] {
    const all = pieces.flatMap(({ slot, from, tokens }) =>
      tokens.map((token, i) => ({ token, slot, position: from + i, isLast: i === tokens.length - 1 })),
    );
    const rows = all.flatMap(({ isLast }, i) => (isLast || wanted === 'all' ? [i] : []));
    this.core.decode_tokens(
      this.parameters,
      this.packed,
      this.list(all.map(({ token }) => token)),
      this.list(all.map(({ position }) => position)),
      this.list(all.map(({ slot }) => slot)),
      all.length,
      this.list(rows),
      rows.length,
    );
    return this.rows(this.core.decode_logits_address(), rows.length);
  }

  /** A slot begins with the first positions of another one. */
  share(source: number, slot: number, length: number): void {
    this.core.share_prefix(source, slot, length);
  }

  takePrefix(slot: number): void {
    this.core.take_prefix(slot);
  }

  move(slot: number, source: number): void {
    this.core.move_prefix(slot, source);
  }

  /** Tokens sampled from given logits, one row a sequence, each with its log-probability and the entropy of its row. */
  sampleWithChances(
    logits: readonly (readonly number[])[],
    temperature: number,
    indices: readonly number[],
    positions: readonly number[],
    seed = 1,
  ): { tokens: number[]; chances: number[] } {
    const stride = this.core.logits_stride();
    const at = this.arena.take(4 * stride * logits.length);
    for (const [i, row] of logits.entries())
      new Float32Array(this.memory.buffer, at + 4 * stride * i, row.length).set(row);
    const out = this.list(logits.map(() => 0));
    const chances = this.arena.take(16 * logits.length);
    this.core.sample(out, at, logits.length, temperature, seed, 7, this.list(indices), this.list(positions), chances);
    return {
      tokens: [...new Int32Array(this.memory.buffer, out, logits.length)],
      chances: [...new Float64Array(this.memory.buffer, chances, 2 * logits.length)],
    };
  }

  sample(...args: Parameters<DecodeRun['sampleWithChances']>): number[] {
    return this.sampleWithChances(...args).tokens;
  }

  /**
   * The policy's ratio to what it sampled, and its KL to itself, over a whole sequence whose log-probabilities
   * generation has recorded.
   */
  ratio(
    tokens: readonly number[],
    first: number,
    recorded: readonly number[],
    temperature: number,
  ): { furthest: number; kl: number } {
    const rows = recorded.map((_, i) => first - 1 + i);
    const terms = this.arena.take(32 * rows.length),
      sums = this.arena.take(24),
      kl = this.arena.take(8);
    new Float64Array(this.memory.buffer, terms, 4 * rows.length).set(
      recorded.flatMap((lp) => [1, 1 / rows.length, lp, NaN]),
    );
    new Float64Array(this.memory.buffer, sums, 3).fill(0);
    new Float64Array(this.memory.buffer, kl, 1).fill(0);
    const fed = tokens.slice(0, -1);
    const forward = [
      this.list(fed),
      this.list(fed.map((_, i) => i)),
      fed.length,
      this.list([0, fed.length]),
      1,
      this.list(rows),
      rows.length,
    ] as const;
    const targets = this.list(tokens.slice(first));
    this.core.reference_microbatch(this.parameters, ...forward, targets, terms, temperature, kl);
    this.core.forward(this.parameters, ...forward);
    this.core.policy_loss(
      this.core.logits_address(),
      this.core.logits_stride(),
      VOCAB,
      rows.length,
      targets,
      terms,
      temperature,
      0.2,
      0.2,
      0.1,
      sums,
    );
    return {
      furthest: new Float64Array(this.memory.buffer, sums, 3)[2],
      kl: new Float64Array(this.memory.buffer, kl, 1)[0],
    };
  }

  private list(values: readonly number[]): number {
    const at = this.arena.take(4 * values.length);
    new Int32Array(this.memory.buffer, at, values.length).set(values);
    return at;
  }

  private rows(address: number, count: number): Float32Array[] {
    const stride = this.core.logits_stride();
    return Array.from({ length: count }, (_, i) =>
      Float32Array.from(new Float32Array(this.memory.buffer, (address >>> 0) + 4 * stride * i, VOCAB)),
    );
  }
}

describe.each(corePaths())('$name', ({ core }) => {
  it.each(MODELS.map((model, i) => ({ model, i })))(
    'cached logits equal the full forward pass, model $i',
    ({ model }) => {
      const run = new DecodeRun(core(), model);
      const sequences = [71, 53, 90].map((length, s) => randomTokens(length, VOCAB, s));
      const starts = [1, 50, 17];
      const exact = sequences.map((tokens) => run.full(tokens));
      const first = run.prefill(
        sequences.map((tokens, s) => tokens.slice(0, starts[s])),
        [2, 0, 1],
      );
      for (const [s, row] of first.entries()) expect(row).toEqual(exact[s][starts[s] - 1]);
      const at = [...starts];
      for (;;) {
        // Sequences end at different times: later calls have fewer rows.
        const active = sequences.flatMap((tokens, s) => (at[s] < tokens.length ? [s] : []));
        if (active.length === 0) break;
        const rows = run.step(
          active.map((s) => sequences[s][at[s]]),
          active.map((s) => at[s]),
          active.map((s) => [2, 0, 1][s]),
        );
        for (const [i, s] of active.entries())
          expect(rows[i], `sequence ${s}, position ${at[s]}`).toEqual(exact[s][at[s]]);
        for (const s of active) at[s] += 1;
      }
      // A slot that held a longer sequence gives the same bits to the next one.
      const next = randomTokens(20, VOCAB, 9);
      const again = run.full(next);
      expect(run.prefill([next.slice(0, 19)], [1])[0]).toEqual(again[18]);
      expect(run.step([next[19]], [19], [1])[0]).toEqual(again[19]);
    },
  );

  it.each(MODELS.map((model, i) => ({ model, i })))(
    'pieces of any length, fed in any mixture, have the logits of the full forward pass, model $i',
    ({ model }) => {
      const run = new DecodeRun(core(), model);
      const sequences = [96, 75, 88].map((length, s) => randomTokens(length, VOCAB, 30 + s));
      const exact = sequences.map((tokens) => run.full(tokens));
      for (const slot of [0, 1, 2]) run.prefill([[0]], [slot]);
      const lengths = [1, 2, 3, 4, 5, 6, 7, 13, 30, 50];
      const at = [0, 0, 0];
      for (let turn = 0; at.some((from, s) => from < sequences[s].length); turn++) {
        const pieces = sequences.flatMap((tokens, slot) => {
          const piece = tokens.slice(at[slot], at[slot] + lengths[(3 * turn + 4 * slot) % lengths.length]);
          return piece.length === 0 ? [] : [{ slot, from: at[slot], tokens: piece }];
        });
        const rows = run.feed(pieces, 'all');
        expect(rows).toEqual(pieces.flatMap(({ slot, from, tokens }) => exact[slot].slice(from, from + tokens.length)));
        for (const { slot, tokens } of pieces) at[slot] += tokens.length;
      }
    },
  );

  it.each(MODELS.map((model, i) => ({ model, i })))(
    'tokens that were fed and refused leave nothing behind, model $i',
    ({ model }) => {
      const run = new DecodeRun(core(), model);
      const tokens = randomTokens(90, VOCAB, 40);
      const exact = run.full(tokens);
      run.prefill([tokens.slice(0, 20)], [1]);
      for (let from = 20; from < tokens.length; from += 7) {
        const wrong = tokens.slice(from, from + 7).map((token) => (token + 1) % VOCAB);
        const [kept] = run.feed(
          [{ slot: 1, from, tokens: [tokens[from], ...wrong] }].map((piece) => ({
            ...piece,
            tokens: piece.tokens.slice(0, LONGEST - from),
          })),
          'all',
        );
        expect(kept).toEqual(exact[from]);
        const piece = tokens.slice(from, from + 7);
        expect(run.feed([{ slot: 1, from, tokens: piece }], 'all')).toEqual(exact.slice(from, from + piece.length));
      }
    },
  );

  it.each([1, 20, 31, 32, 33, 63, 64, 70])('a slot that shares %d positions has the bits of its own', (length) => {
    for (const model of MODELS) {
      const run = new DecodeRun(core(), model);
      const prompt = randomTokens(length, VOCAB, 50);
      const endings = [1, 2, 3].map((s) => randomTokens(20, VOCAB, 50 + s));
      const exact = endings.map((ending) => run.full([...prompt, ...ending]));
      run.prefill([prompt], [1]);
      run.share(1, 0, length);
      run.share(1, 2, length);
      const feed = (slots: readonly number[], from: number, to: number): void => {
        const rows = run.feed(
          slots.map((slot) => ({ slot, from: length + from, tokens: endings[slot].slice(from, to) })),
          'all',
        );
        expect(rows).toEqual(slots.flatMap((slot) => exact[slot].slice(length + from, length + to)));
      };
      feed([0, 1, 2], 0, 1);
      feed([2, 1, 0], 1, 9);
      // The first slot takes another prompt: one of the others gets a copy before.
      run.takePrefix(0);
      run.move(2, 0);
      run.prefill([randomTokens(80, VOCAB, 60)], [1]);
      feed([0, 2], 9, 10);
      feed([0, 2], 10, 20);
    }
  });

  it('greedy takes the largest logit, the first one on a tie', () => {
    const run = new DecodeRun(core(), MODELS[0]);
    const flat = Array.from({ length: VOCAB }, () => -1);
    expect(run.sample([flat, flat.with(22, 3), flat.with(4, 2).with(9, 2)], 0, [0, 1, 2], [0, 0, 0])).toEqual([
      0, 22, 4,
    ]);
  });

  it('sampling is a function of (seed, index, position) and follows the softmax', () => {
    const run = new DecodeRun(core(), MODELS[0]);
    const logits = Array.from({ length: VOCAB }, (_, i) => (i < 4 ? i / 2 : -40));
    const draws = 4000,
      temperature = 0.8;
    const indices = Array.from({ length: draws }, (_, i) => i);
    const rows = indices.map(() => logits);
    const tokens = run.sample(
      rows,
      temperature,
      indices,
      indices.map(() => 3),
    );
    expect(
      run.sample(
        rows.slice(10, 20),
        temperature,
        indices.slice(10, 20),
        indices.slice(10, 20).map(() => 3),
      ),
    ).toEqual(tokens.slice(10, 20));
    expect(
      run.sample(
        rows,
        temperature,
        indices,
        indices.map(() => 4),
      ),
    ).not.toEqual(tokens);
    expect(
      run.sample(
        rows,
        temperature,
        indices,
        indices.map(() => 3),
        2,
      ),
    ).not.toEqual(tokens);
    const weights = logits.map((z) => Math.exp(z / temperature));
    const total = weights.reduce((a, b) => a + b);
    const expected = weights.slice(0, 4).map((w) => (draws * w) / total);
    const counts = [0, 1, 2, 3].map((word) => tokens.filter((token) => token === word).length);
    const chiSquare = counts.reduce((sum, count, i) => sum + (count - expected[i]) ** 2 / expected[i], 0);
    // 99.9 % quantile of chi-square with 3 degrees of freedom; the seed is fixed, so this never flickers.
    expect(chiSquare).toBeLessThanOrEqual(16.27);
  });

  it('records the log-probability of what it samples and the entropy it samples from', () => {
    const run = new DecodeRun(core(), MODELS[0]);
    const logits = Array.from({ length: 12 }, (_, i) =>
      Array.from({ length: VOCAB }, (_unused, j) => Math.fround(4 * Math.sin(7 * i + 3 * j))),
    );
    for (const temperature of [0.6, 1, 1.7]) {
      const { tokens, chances } = run.sampleWithChances(
        logits,
        temperature,
        logits.map((_, i) => i),
        logits.map(() => 5),
      );
      expectWithin(
        chances,
        logits.flatMap((row, i) => [logProbability(row, tokens[i], temperature), entropyOf(row, temperature)]),
        2e-6,
        'chance',
      );
    }
  });

  it.each(MODELS.map((model, i) => ({ model, i })))(
    'a policy that has not moved has ratio exactly 1 and KL exactly 0 on its own rollouts, model $i',
    ({ model }) => {
      const run = new DecodeRun(core(), model);
      for (const temperature of [1, 0.7]) {
        const prompts = [4, 33, 18].map((length, s) => randomTokens(length, VOCAB, 20 + s));
        const sequences = prompts.map((prompt) => [...prompt]);
        const recorded = prompts.map((): number[] => []);
        let logits = run.prefill(prompts, [2, 0, 1]);
        for (let t = 0; t < 40; t++) {
          const { tokens, chances } = run.sampleWithChances(
            logits.map((row) => [...row]),
            temperature,
            [0, 1, 2],
            sequences.map(({ length }) => length),
          );
          for (const [s, token] of tokens.entries()) {
            sequences[s].push(token);
            recorded[s].push(chances[2 * s]);
          }
          logits = run.step(
            tokens,
            sequences.map(({ length }) => length - 1),
            [2, 0, 1],
          );
        }
        for (const [s, tokens] of sequences.entries())
          expect(run.ratio(tokens, prompts[s].length, recorded[s], temperature), `sequence ${s}`).toEqual({
            furthest: 0,
            kl: 0,
          });
        const [[tokens], [first]] = [sequences, prompts];
        expect(
          run.ratio(
            tokens,
            first.length,
            recorded[0].map((lp) => lp - 1e-9),
            temperature,
          ).furthest,
        ).toBeGreaterThan(0);
      }
    },
  );
});
