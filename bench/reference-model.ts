// The Qwen2 decoder in scalar f64, one sequence, forward only: what the training step and the decoder are compared with
// before they are timed.
import type { ModelConfig } from '../src/model/config.ts';

/** Values of a tensor by its Hugging Face name; matrices are (out, in), row after row. */
export type Weights = (name: string) => ArrayLike<number>;

/** rows of `width` values. */
type Rows = Float64Array[];

/**
 * y = W x (+ b) for every row.
 * @param from first row of W
 */
function project(rows: Rows, weights: ArrayLike<number>, outputs: number, bias?: ArrayLike<number>): Rows {
  return rows.map((x) =>
    Float64Array.from({ length: outputs }, (_, o) => {
      let sum = bias === undefined ? 0 : bias[o];
      for (let i = 0, at = o * x.length; i < x.length; i++, at++) sum += weights[at] * x[i];
      return sum;
    }),
  );
}

function norm(rows: Rows, w: ArrayLike<number>, eps: number): Rows {
  return rows.map((x) => {
    const r = 1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + eps);
    return x.map((value, i) => value * r * w[i]);
  });
}

/** Turns every head of every row to its position. */
function rotate(rows: Rows, size: number, base: number): Rows {
  const half = size / 2;
  return rows.map((x, position) =>
    x.map((value, e) => {
      const i = e % half,
        isFirst = e % size < half;
      const angle = position * base ** ((-2 * i) / size);
      return value * Math.cos(angle) + (isFirst ? -x[e + half] : x[e - half]) * Math.sin(angle);
    }),
  );
}

function attend(q: Rows, k: Rows, v: Rows, { n_head, n_kv_head, d_model }: ModelConfig): Rows {
  const size = d_model / n_head;
  return q.map((query, i) => {
    const out = new Float64Array(d_model);
    for (let h = 0; h < n_head; h++) {
      const from = h * size,
        kv = Math.floor((h * n_kv_head) / n_head) * size;
      const scores = k.slice(0, i + 1).map((key) => {
        let sum = 0;
        for (let c = 0; c < size; c++) sum += query[from + c] * key[kv + c];
        return sum / Math.sqrt(size);
      });
      const top = Math.max(...scores);
      const p = scores.map((score) => Math.exp(score - top));
      const total = p.reduce((a, b) => a + b, 0);
      for (const [j, weight] of p.entries())
        for (let c = 0; c < size; c++) out[from + c] += (weight / total) * v[j][kv + c];
    }
    return out;
  });
}

/** Logits [positions][vocabulary] of one sequence. */
export function referenceLogits(model: ModelConfig, vocab: number, weights: Weights, ids: ArrayLike<number>): Rows {
  const { d_model: d, d_ff, n_layer, n_head, n_kv_head, rope_base, rms_norm_eps: eps } = model;
  const size = d / n_head,
    kv = size * n_kv_head;
  const embedding = weights('model.embed_tokens.weight');
  let x: Rows = Array.from(ids, (id) => Float64Array.from({ length: d }, (_, i) => embedding[id * d + i]));
  const add = (a: Rows, b: Rows): Rows => a.map((row, t) => row.map((value, i) => value + b[t][i]));
  for (let layer = 0; layer < n_layer; layer++) {
    const of = (name: string): ArrayLike<number> => weights(`model.layers.${layer}.${name}`);
    const h = norm(x, of('input_layernorm.weight'), eps);
    const [q, k, v] = [
      ['q', d],
      ['k', kv],
      ['v', kv],
    ].map(([name, outputs]) =>
      project(h, of(`self_attn.${name}_proj.weight`), Number(outputs), of(`self_attn.${name}_proj.bias`)),
    );
    x = add(
      x,
      project(
        attend(rotate(q, size, rope_base), rotate(k, size, rope_base), v, model),
        of('self_attn.o_proj.weight'),
        d,
      ),
    );
    const h2 = norm(x, of('post_attention_layernorm.weight'), eps);
    const [gate, up] = ['gate', 'up'].map((name) => project(h2, of(`mlp.${name}_proj.weight`), d_ff));
    const act = gate.map((row, t) => row.map((g, i) => (g / (1 + Math.exp(-g))) * up[t][i]));
    x = add(x, project(act, of('mlp.down_proj.weight'), d));
  }
  return project(norm(x, weights('model.norm.weight'), eps), embedding, vocab);
}

/**
 * Mean cross-entropy of every next token, nats.
 * @param ids one more than there are predictions
 */
export function referenceLoss(model: ModelConfig, vocab: number, weights: Weights, ids: ArrayLike<number>): number {
  const logits = referenceLogits(model, vocab, weights, Array.from(ids).slice(0, -1));
  const losses = logits.map((row, t) => {
    const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
    return top + Math.log(row.reduce((sum, z) => sum + Math.exp(z - top), 0)) - row[ids[t + 1]];
  });
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}
