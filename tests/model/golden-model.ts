// Loads the golden model into the core, one instance per kernel path that this engine can run.
import { type CoreExports, WORKSPACE } from '../../src/core/exports.ts';
import { Arena, createMemory } from '../../src/core/memory.ts';
import { type CoreHandle, instantiateCore } from '../../src/core/module.ts';
import type { ModelConfig } from '../../src/model/config.ts';
import { elementCount, layoutOf, type ModelLayout } from '../../src/model/layout.ts';
import { configureModel, placeModel, writeRopeTables } from '../../src/model/place.ts';
import { adamwArguments, type AdamwConstants, clipFactor } from '../../src/model/update.ts';
import { corePaths } from '../core/paths.ts';

export interface Golden {
  config: {
    vocab_size: number;
    hidden_size: number;
    num_hidden_layers: number;
    num_attention_heads: number;
    num_key_value_heads: number;
    intermediate_size: number;
    rope_theta: number;
    rms_norm_eps: number;
  };
  sequences: number[][];
  loss_mask: number[][];
  weights: Record<string, (number | number[])[]>;
  logits: number[][][];
  loss: number;
  gradients: Record<string, (number | number[])[]>;
  adamw: {
    lr: number;
    betas: number[];
    eps: number;
    weight_decay_matrices: number;
    clip: number;
    losses: number[];
    final_embedding_row0: number[];
  };
}

export function goldenModel(golden: Golden) {
  return { golden, runs: corePaths().map(({ name, core }) => ({ name, start: () => new GoldenRun(golden, core()) })) };
}

class GoldenRun {
  readonly core: CoreExports;
  readonly layout: ModelLayout;
  private readonly golden: Golden;
  private readonly memory = createMemory(16 << 20);
  private readonly arena = new Arena();
  private readonly parameters: number;
  private readonly gradients: number;
  private readonly moments: [number, number];

  constructor(golden: Golden, handle: CoreHandle) {
    this.golden = golden;
    const c = golden.config;
    const model: ModelConfig = {
      d_model: c.hidden_size,
      n_layer: c.num_hidden_layers,
      n_head: c.num_attention_heads,
      n_kv_head: c.num_key_value_heads,
      d_ff: c.intermediate_size,
      context: 32,
      rope_base: c.rope_theta,
      rms_norm_eps: c.rms_norm_eps,
    };
    this.core = instantiateCore(handle, this.memory);
    const placed = placeModel(this.arena, model, c.vocab_size);
    writeRopeTables(this.memory, placed);
    configureModel(this.core, placed);
    this.layout = layoutOf(this.core, model, c.vocab_size);
    this.parameters = this.arena.take(this.layout.bytes);
    this.gradients = this.arena.take(this.layout.bytes);
    this.moments = [this.arena.take(this.layout.bytes), this.arena.take(this.layout.bytes)];
    for (const tensor of this.layout.tensors)
      this.view(this.parameters, tensor.name).set(golden.weights[tensor.name].flat());
    this.arena.skipTo(this.core.configure_workspace(this.arena.end, 64, 64, 32, WORKSPACE.gradients) >>> 0);
  }

  logits(sequence: number): number[] {
    const tokens = this.golden.sequences[sequence].slice(0, -1);
    const batch = this.batch([tokens], [tokens.map(() => 1)]);
    this.core.forward(this.parameters, ...batch.forward);
    const stride = this.core.logits_stride();
    const all = new Float32Array(this.memory.buffer, this.core.logits_address() >>> 0, tokens.length * stride);
    return tokens.flatMap((_, row) => [...all.subarray(row * stride, row * stride + this.golden.config.vocab_size)]);
  }

  lossAndGradients(): number {
    new Uint8Array(this.memory.buffer, this.gradients, this.layout.bytes).fill(0);
    const { sequences, loss_mask } = this.golden;
    const batch = this.batch(
      sequences.map((s) => s.slice(0, -1)),
      loss_mask,
      sequences.map((s) => s.slice(1)),
    );
    const losses = this.arena.take(16);
    this.core.train_microbatch(
      this.parameters,
      this.gradients,
      ...batch.forward,
      batch.targets,
      batch.classes,
      1 / batch.count,
      losses,
    );
    const [trace, plan] = new Float64Array(this.memory.buffer, losses, 2);
    return (trace + plan) / batch.count;
  }

  step(constants: AdamwConstants): void {
    const { core, layout } = this;
    const floats = layout.bytes / 4;
    const norm = Math.sqrt(core.reduce_gradients(this.gradients, this.gradients, 0, 1, floats));
    const { step_size, root, keep } = adamwArguments(constants);
    for (const [from, to, factor] of [
      [0, layout.decayed_bytes, keep],
      [layout.decayed_bytes, layout.bytes, 1],
    ]) {
      core.adamw(
        this.parameters + from,
        this.gradients + from,
        this.moments[0] + from,
        this.moments[1] + from,
        (to - from) / 4,
        clipFactor(norm, constants.grad_clip),
        constants.beta1,
        constants.beta2,
        constants.eps,
        step_size,
        root,
        factor,
      );
    }
  }

  gradient(name: string): Float32Array {
    return this.view(this.gradients, name);
  }

  parameter(name: string): Float32Array {
    return this.view(this.parameters, name);
  }

  private view(block: number, name: string): Float32Array {
    const place = this.layout.tensors.find((tensor) => tensor.name === name);
    if (place === undefined) throw new Error(`no tensor ${name}`);
    return new Float32Array(this.memory.buffer, block + place.offset, elementCount(place));
  }

  /** Writes a ragged batch; counted rows are those with mask 1. */
  private batch(inputs: number[][], mask: number[][], nexts: number[][] = inputs) {
    const flat = inputs.flat();
    const rows = mask.flat().flatMap((counted, i) => (counted === 1 ? [i] : []));
    const offsets = inputs.reduce<number[]>((all, s) => [...all, all[all.length - 1] + s.length], [0]);
    const next = nexts.flat();
    const write = (values: number[]): number => {
      const at = this.arena.take(4 * values.length);
      new Int32Array(this.memory.buffer, at, values.length).set(values);
      return at;
    };
    const classes = this.arena.take(rows.length);
    return {
      forward: [
        write(flat),
        write(inputs.flatMap((s) => s.map((_, i) => i))),
        flat.length,
        write(offsets),
        inputs.length,
        write(rows),
        rows.length,
      ] as const,
      targets: write(rows.map((row) => next[row])),
      classes,
      count: rows.length,
    };
  }
}
