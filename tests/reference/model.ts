// f64 twin of the whole Qwen2 model, one sequence at a time, from the formulas of "The model, exactly": logits, loss
// and every gradient under Hugging Face's tensor names. Matrices are (out, in); vectors are matrices of one row.
import { attention, attentionGradient } from './attention.ts';
import { crossEntropy, crossEntropyGradient } from './cross-entropy.ts';
import { addRows, type Matrix, plus, product, transpose, zeros } from './matrix.ts';
import { rmsnorm, rmsnormGradient } from './rmsnorm.ts';
import { rotate } from './rope.ts';
import { swiglu, swigluGradient } from './swiglu.ts';

export interface ReferenceModel {
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly ropeBase: number;
  readonly eps: number;
  /** By Hugging Face name. */
  readonly weights: ReadonlyMap<string, Matrix>;
}

export interface ReferenceSequence {
  readonly tokens: readonly number[];
  /** What each token is rotated to; default 0, 1, 2, ... */
  readonly rotatedTo?: readonly number[];
  /** Counted positions and their next tokens. */
  readonly targets: readonly { readonly position: number; readonly next: number; readonly kind: 'trace' | 'plan' }[];
}

const EMBEDDING = 'model.embed_tokens.weight';
const FINAL_NORM = 'model.norm.weight';

/** What the backward pass of a layer needs. */
interface LayerRecord {
  readonly x: Matrix;
  readonly h: Matrix;
  readonly qkv: Matrix;
  readonly out: Matrix;
  readonly mid: Matrix;
  readonly h2: Matrix;
  readonly gate: Matrix;
  readonly up: Matrix;
  readonly act: Matrix;
}

class Reference {
  readonly model: ReferenceModel;

  constructor(model: ReferenceModel) {
    this.model = model;
  }

  weight(name: string): Matrix {
    const matrix = this.model.weights.get(name);
    if (matrix === undefined) throw new Error(`no weight ${name}`);
    return matrix;
  }

  /** x W^T + b. */
  linear(x: Matrix, name: string): Matrix {
    const bias = this.model.weights.get(`${name}.bias`)?.[0];
    const y = product(x, transpose(this.weight(`${name}.weight`)));
    return bias === undefined ? y : y.map((row) => row.map((value, j) => value + bias[j]));
  }

  norm(x: Matrix, name: string): Matrix {
    return x.map((row) => rmsnorm(row, this.weight(name)[0], this.model.eps));
  }

  /** Turns every head of each row to (or back from) the row's position, or to what it is rotated to instead. */
  turn(x: Matrix, direction: 1 | -1, rotatedTo: readonly number[] | undefined): Matrix {
    const { headSize, ropeBase } = this.model;
    return x.map((row, position) => {
      const heads = Array.from({ length: row.length / headSize }, (_, h) =>
        row.slice(h * headSize, (h + 1) * headSize),
      );
      return heads.flatMap((head) => rotate(head, rotatedTo?.[position] ?? position, ropeBase, direction));
    });
  }

  layer(l: number, x: Matrix, rotatedTo: readonly number[] | undefined): { record: LayerRecord; y: Matrix } {
    const prefix = `model.layers.${l}`;
    const h = this.norm(x, `${prefix}.input_layernorm.weight`);
    const [q, k, v] = ['q', 'k', 'v'].map((name) => this.linear(h, `${prefix}.self_attn.${name}_proj`));
    const [turnedQ, turnedK] = [this.turn(q, 1, rotatedTo), this.turn(k, 1, rotatedTo)];
    const qkv = x.map((_, t) => [...turnedQ[t], ...turnedK[t], ...v[t]]);
    const { out } = attention(qkv, this.model);
    const mid = plus(x, this.linear(out, `${prefix}.self_attn.o_proj`));
    const h2 = this.norm(mid, `${prefix}.post_attention_layernorm.weight`);
    const [gate, up] = ['gate', 'up'].map((name) => this.linear(h2, `${prefix}.mlp.${name}_proj`));
    const act = gate.map((row, t) => swiglu(row, up[t]));
    return {
      record: { x, h, qkv, out, mid, h2, gate, up, act },
      y: plus(mid, this.linear(act, `${prefix}.mlp.down_proj`)),
    };
  }

  run({ tokens, rotatedTo }: Omit<ReferenceSequence, 'targets'>): {
    records: LayerRecord[];
    last: Matrix;
    h: Matrix;
    logits: Matrix;
  } {
    const embedding = this.weight(EMBEDDING);
    const records: LayerRecord[] = [];
    let x = tokens.map((token) => [...embedding[token]]);
    for (let l = 0; l < this.model.layers; l++) {
      const { record, y } = this.layer(l, x, rotatedTo);
      records.push(record);
      x = y;
    }
    const h = this.norm(x, FINAL_NORM);
    return { records, last: x, h, logits: product(h, transpose(embedding)) };
  }
}

/** Logits [T, vocabulary] of every position. */
export function referenceLogits(
  model: ReferenceModel,
  tokens: readonly number[],
  rotatedTo?: readonly number[],
): Matrix {
  return new Reference(model).run({ tokens, rotatedTo }).logits;
}

/** Sums of the loss over counted targets, per class. */
export function referenceLosses(
  model: ReferenceModel,
  sequences: readonly ReferenceSequence[],
): { trace: number; plan: number; count: number } {
  const sums = { trace: 0, plan: 0, count: 0 };
  for (const { tokens, rotatedTo, targets } of sequences) {
    const logits = referenceLogits(model, tokens, rotatedTo);
    for (const { position, next, kind } of targets) {
      sums[kind] += crossEntropy(logits[position], next);
      sums.count += 1;
    }
  }
  return sums;
}

/**
 * Gradient of a loss in the logits of a counted target.
 * @param target its number within the sequence
 */
type LogitGradient = (logits: readonly number[], next: number, sequence: number, target: number) => number[];

/** Gradient of the mean cross-entropy over all counted targets, by tensor name. */
export function referenceGradients(
  model: ReferenceModel,
  sequences: readonly ReferenceSequence[],
): Map<string, Matrix> {
  const count = sequences.reduce((sum, { targets }) => sum + targets.length, 0);
  return gradientsOf(model, sequences, (logits, next) =>
    crossEntropyGradient(logits, next).map((value) => value / count),
  );
}

/** Gradient of any loss that is a sum over counted targets, by tensor name. */
export function gradientsOf(
  model: ReferenceModel,
  sequences: readonly ReferenceSequence[],
  logitGradient: LogitGradient,
): Map<string, Matrix> {
  const reference = new Reference(model);
  const gradients = new Map([...model.weights].map(([name, w]) => [name, zeros(w.length, w[0].length)]));
  for (const [s, sequence] of sequences.entries())
    addSequence(reference, gradients, sequence, (logits, next, target) => logitGradient(logits, next, s, target));
  return gradients;
}

function addSequence(
  reference: Reference,
  gradients: Map<string, Matrix>,
  { tokens, rotatedTo, targets }: ReferenceSequence,
  logitGradient: (logits: readonly number[], next: number, target: number) => number[],
): void {
  const add = (name: string, g: Matrix): void => {
    gradients.set(name, plus(gradients.get(name) as Matrix, g));
  };
  /** Adds the gradients of y = x W^T + b and returns that of x. */
  const linear = (dy: Matrix, x: Matrix, name: string): Matrix => {
    add(`${name}.weight`, product(transpose(dy), x));
    const bias = gradients.get(`${name}.bias`);
    if (bias !== undefined) addRows(bias[0], dy);
    return product(dy, reference.weight(`${name}.weight`));
  };
  const norm = (dy: Matrix, x: Matrix, name: string): Matrix =>
    dy.map((row, t) => {
      const { dx, dw } = rmsnormGradient(row, x[t], reference.weight(name)[0], reference.model.eps);
      add(name, [dw]);
      return dx;
    });

  const { records, last, h, logits } = reference.run({ tokens, rotatedTo });
  const dLogits = logits.map((row) => row.map(() => 0));
  for (const [target, { position, next }] of targets.entries())
    dLogits[position] = logitGradient(logits[position], next, target);
  add(EMBEDDING, product(transpose(dLogits), h));
  let dx = norm(product(dLogits, reference.weight(EMBEDDING)), last, FINAL_NORM);
  for (const [l, record] of [...records.entries()].reverse()) {
    const prefix = `model.layers.${l}`;
    const dAct = linear(dx, record.act, `${prefix}.mlp.down_proj`);
    const parts = dAct.map((row, t) => swigluGradient(row, record.gate[t], record.up[t]));
    const dH2 = plus(
      linear(
        parts.map(({ dGate }) => dGate),
        record.h2,
        `${prefix}.mlp.gate_proj`,
      ),
      linear(
        parts.map(({ dUp }) => dUp),
        record.h2,
        `${prefix}.mlp.up_proj`,
      ),
    );
    const dMid = plus(dx, norm(dH2, record.mid, `${prefix}.post_attention_layernorm.weight`));
    const dOut = linear(dMid, record.out, `${prefix}.self_attn.o_proj`);
    const { heads, kvHeads, headSize } = reference.model;
    const dqkv = attentionGradient(dOut, record.qkv, reference.model);
    const ends = [0, heads, heads + kvHeads, heads + 2 * kvHeads].map((n) => n * headSize);
    const [dq, dk, dv] = [0, 1, 2].map((i) => dqkv.map((row) => row.slice(ends[i], ends[i + 1])));
    const dH = [
      linear(reference.turn(dq, -1, rotatedTo), record.h, `${prefix}.self_attn.q_proj`),
      linear(reference.turn(dk, -1, rotatedTo), record.h, `${prefix}.self_attn.k_proj`),
      linear(dv, record.h, `${prefix}.self_attn.v_proj`),
    ];
    dx = plus(dMid, norm(dH.reduce(plus), record.x, `${prefix}.input_layernorm.weight`));
  }
  const embedding = gradients.get(EMBEDDING) as Matrix;
  for (const [t, token] of tokens.entries()) addRows(embedding[token], [dx[t]]);
}
