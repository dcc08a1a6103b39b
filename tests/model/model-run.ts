// A small model in the core with random weights, and the same weights for the f64 twin: one instance, one ragged
// micro-batch at a time.
import { type CoreExports, WORKSPACE } from '../../src/core/exports.ts';
import { Arena, createMemory } from '../../src/core/memory.ts';
import { type CoreHandle, instantiateCore } from '../../src/core/module.ts';
import type { ModelConfig } from '../../src/model/config.ts';
import { elementCount, layoutOf, type ModelLayout, type TensorPlace } from '../../src/model/layout.ts';
import { configureModel, placeModel, type PlacedModel, writeRopeTables } from '../../src/model/place.ts';
import { randomFloats } from '../core/room.ts';
import { type Matrix, rowsOf } from '../reference/matrix.ts';
import type { ReferenceModel, ReferenceSequence } from '../reference/model.ts';
import type { PolicyLossSettings, PolicyTerms } from '../reference/policy-loss.ts';

/** Most tokens of a batch, and the bytes of the memory, unless a test says otherwise. */
const ROOM = { tokens: 512, bytes: 48 << 20 };
const GUARD = 0x5a;

/**
 * Random weights, a function of the tensor's index alone: spread widely, so that attention and the norms have something
 * to do.
 */
function weightsOf({ name, shape }: TensorPlace, index: number): Float32Array {
  const values = randomFloats(
    shape.reduce((a, b) => a * b, 1),
    2000 + index,
  );
  if (name.endsWith('norm.weight')) return values.map((x) => 1 + 0.3 * x);
  return values.map((x) => (name.endsWith('.bias') ? 0.5 * x : (1.7 * x) / Math.sqrt(shape[1])));
}

export class ModelRun {
  readonly core: CoreExports;
  readonly layout: ModelLayout;
  readonly model: ModelConfig;
  readonly vocabSize: number;
  readonly parameters: number;
  readonly memory: WebAssembly.Memory;
  readonly placed: PlacedModel;
  /** Bytes from here on are free. */
  readonly end: number;
  private readonly gradients: number;
  private readonly losses: number;
  private readonly lists: number;
  private readonly terms: number;
  private readonly sums: number;
  private readonly tokens: number;

  constructor(handle: CoreHandle, model: ModelConfig, vocabSize: number, { tokens, bytes: size } = ROOM) {
    this.tokens = tokens;
    this.memory = createMemory(size);
    this.model = model;
    this.vocabSize = vocabSize;
    this.core = instantiateCore(handle, this.memory);
    const bytes = new Uint8Array(this.memory.buffer);
    bytes.fill(GUARD);
    const arena = new Arena();
    const placed = placeModel(arena, model, vocabSize);
    this.placed = placed;
    writeRopeTables(this.memory, placed);
    configureModel(this.core, placed);
    this.layout = layoutOf(this.core, model, vocabSize);
    this.parameters = arena.take(this.layout.bytes);
    this.gradients = arena.take(this.layout.bytes);
    bytes.fill(0, this.parameters, this.parameters + this.layout.bytes);
    for (const [index, place] of this.layout.tensors.entries())
      this.view(this.parameters, place).set(weightsOf(place, index));
    this.losses = arena.take(16);
    this.lists = arena.take(4 * 8 * (tokens + 8));
    this.terms = arena.take(32 * tokens);
    this.sums = arena.take(32);
    arena.skipTo(this.core.configure_workspace(arena.end, tokens, tokens, tokens, WORKSPACE.gradients) >>> 0);
    this.end = arena.end;
    if (this.end > size) throw new Error(`the test's memory is too small: ${this.end}`);
    this.clearGradients();
  }

  /** The same weights for the f64 twin. */
  reference(): ReferenceModel {
    const { model } = this;
    const weights = new Map(
      this.layout.tensors.map((place): [string, Matrix] => {
        const [rows, width] = place.shape.length === 2 ? place.shape : [1, place.shape[0]];
        return [place.name, rowsOf(this.view(this.parameters, place), rows, width)];
      }),
    );
    return {
      layers: model.n_layer,
      heads: model.n_head,
      kvHeads: model.n_kv_head,
      headSize: model.d_model / model.n_head,
      ropeBase: model.rope_base,
      eps: model.rms_norm_eps,
      weights,
    };
  }

  /** Logits of every position of each sequence, from one forward pass over all of them. */
  logits(sequences: readonly (readonly number[])[]): Float32Array[] {
    const batch = this.batch(
      sequences.map((tokens) => ({ tokens })),
      sequences.map((tokens) => [...tokens.keys()]),
    );
    this.core.forward(this.parameters, ...batch);
    return this.logitRows(this.core.logits_address(), batch[6]);
  }

  clearGradients(): void {
    new Uint8Array(this.memory.buffer, this.gradients, this.layout.bytes).fill(0);
    new Float64Array(this.memory.buffer, this.losses, 2).fill(0);
  }

  /**
   * Adds one micro-batch to losses and gradients.
   * @param scale 1 / counted targets of the whole batch
   */
  train(sequences: readonly ReferenceSequence[], scale: number): void {
    this.core.train_microbatch(...this.trainArguments(sequences, scale));
  }

  /** Writes one micro-batch; what the core's train_microbatch adds it with. */
  trainArguments(sequences: readonly ReferenceSequence[], scale: number): Parameters<CoreExports['train_microbatch']> {
    const batch = this.batch(
      sequences,
      sequences.map(({ targets }) => targets.map(({ position }) => position)),
    );
    const targets = sequences.flatMap((sequence) => sequence.targets);
    const atTargets = this.write(
      5,
      targets.map(({ next }) => next),
    );
    const atClasses = this.lists + 4 * 6 * (this.tokens + 8);
    new Uint8Array(this.memory.buffer, atClasses, targets.length).set(
      targets.map(({ kind }) => (kind === 'plan' ? 1 : 0)),
    );
    return [this.parameters, this.gradients, ...batch, atTargets, atClasses, scale, this.losses];
  }

  /**
   * Adds the policy gradient of one micro-batch whose tokens were sampled by these very weights, which are the
   * reference too.
   */
  learn(
    sequences: readonly ReferenceSequence[],
    { advantage, weight, beta }: { readonly advantage: number; readonly weight: number; readonly beta: number },
  ): { furthest: number } {
    const own = this.logProbabilities(sequences, 1);
    return this.learnFrom(
      sequences,
      own.map((lp) => ({ advantage, weight, old: lp, reference: lp })),
      { temperature: 1, low: 0.2, high: 0.2, beta },
    );
  }

  /** Log-probability of each counted target, in their order. */
  logProbabilities(sequences: readonly ReferenceSequence[], temperature: number): number[] {
    const { batch, atTargets, count } = this.policyBatch(sequences);
    const terms = new Float64Array(this.memory.buffer, this.terms, 4 * count).fill(0);
    this.core.reference_microbatch(this.parameters, ...batch, atTargets, this.terms, temperature, this.sums + 24);
    return Array.from({ length: count }, (_, r) => terms[4 * r + 3]);
  }

  /**
   * Adds the policy gradient of one micro-batch.
   * @param terms of each counted target, in their order
   */
  learnFrom(
    sequences: readonly ReferenceSequence[],
    terms: readonly PolicyTerms[],
    { temperature, low, high, beta }: PolicyLossSettings,
  ): { loss: number; clipped: number; furthest: number } {
    this.core.policy_microbatch(...this.policyArguments(sequences, terms, { temperature, low, high, beta }));
    const [loss, clipped, furthest] = this.policySums();
    return { loss, clipped, furthest };
  }

  /** Writes one micro-batch; what the core's policy_microbatch adds it with. */
  policyArguments(
    sequences: readonly ReferenceSequence[],
    terms: readonly PolicyTerms[],
    { temperature, low, high, beta }: PolicyLossSettings,
  ): Parameters<CoreExports['policy_microbatch']> {
    const { batch, atTargets, count } = this.policyBatch(sequences);
    new Float64Array(this.memory.buffer, this.terms, 4 * count).set(
      terms.flatMap(({ advantage, weight, old, reference }) => [advantage, weight, old, reference]),
    );
    this.policySums().fill(0);
    return [this.parameters, this.gradients, ...batch, atTargets, this.terms, temperature, low, high, beta, this.sums];
  }

  /** Loss, clipped rows, largest |ratio - 1|, KL. */
  policySums(): Float64Array {
    return new Float64Array(this.memory.buffer, this.sums, 4);
  }

  private policyBatch(sequences: readonly ReferenceSequence[]) {
    const batch = this.batch(
      sequences,
      sequences.map(({ targets }) => targets.map(({ position }) => position)),
    );
    const targets = sequences.flatMap((sequence) => sequence.targets);
    return {
      batch,
      atTargets: this.write(
        5,
        targets.map(({ next }) => next),
      ),
      count: targets.length,
    };
  }

  /** Sums of trace and plan loss. */
  lossSums(): [trace: number, plan: number] {
    const [trace, plan] = new Float64Array(this.memory.buffer, this.losses, 2);
    return [trace, plan];
  }

  gradient(name: string): Float32Array {
    return Float32Array.from(this.view(this.gradients, this.place(name)));
  }

  /** True when no byte after the module's regions has ever been written. */
  tailIsUntouched(): boolean {
    return new Uint8Array(this.memory.buffer, this.end).every((byte) => byte === GUARD);
  }

  /** All bytes of the gradients. */
  gradientBytes(): Buffer {
    return Buffer.from(new Uint8Array(this.memory.buffer, this.gradients, this.layout.bytes));
  }

  /** Hex of all bytes of the parameter block: it must never change. */
  parameterBytes(): string {
    return Buffer.from(this.memory.buffer, this.parameters, this.layout.bytes).toString('hex');
  }

  private logitRows(address: number, rows: number): Float32Array[] {
    const stride = this.core.logits_stride();
    return Array.from({ length: rows }, (_, i) =>
      Float32Array.from(new Float32Array(this.memory.buffer, (address >>> 0) + 4 * i * stride, this.vocabSize)),
    );
  }

  private batch(sequences: readonly Omit<ReferenceSequence, 'targets'>[], counted: readonly (readonly number[])[]) {
    const starts = sequences.reduce<number[]>((all, { tokens }) => [...all, all[all.length - 1] + tokens.length], [0]);
    const n = starts[sequences.length];
    if (n > this.tokens) throw new Error(`${n} tokens are too many for this test`);
    const rows = counted.flatMap((positions, s) => positions.map((position) => starts[s] + position));
    return [
      this.write(
        0,
        sequences.flatMap(({ tokens }) => tokens),
      ),
      this.write(
        1,
        sequences.flatMap(({ tokens, rotatedTo }) => rotatedTo ?? [...tokens.keys()]),
      ),
      n,
      this.write(2, starts),
      sequences.length,
      this.write(3, rows),
      rows.length,
    ] as const;
  }

  private list(index: number): number {
    return this.lists + 4 * index * (this.tokens + 8);
  }

  private write(index: number, values: readonly number[]): number {
    new Int32Array(this.memory.buffer, this.list(index), values.length).set(values);
    return this.list(index);
  }

  private place(name: string): TensorPlace {
    const place = this.layout.tensors.find((tensor) => tensor.name === name);
    if (place === undefined) throw new Error(`no tensor ${name}`);
    return place;
  }

  private view(block: number, place: TensorPlace): Float32Array {
    return new Float32Array(this.memory.buffer, block + place.offset, elementCount(place));
  }
}

/** `length` words of a vocabulary, a function of the index. */
export function randomTokens(length: number, vocabSize: number, index: number): number[] {
  return Array.from(randomFloats(length, 3000 + index), (x) =>
    Math.min(vocabSize - 1, Math.floor(((x + 1) / 2) * vocabSize)),
  );
}
