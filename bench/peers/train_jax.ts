// jax-js: the same decoder, loss, clipping and AdamW as one compiled step in f32. Lines of JSON in and out, as
// train_pytorch.py. Install it without changing package.json: npm i --no-save @jax-js/jax
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** The part of the library that is used. An array is consumed by the function that it is given to; `.ref` keeps it. */
interface Tensor {
  readonly ref: Tensor;
  readonly shape: readonly number[];
  add(other: Tensor | number): Tensor;
  sub(other: Tensor | number): Tensor;
  mul(other: Tensor | number): Tensor;
  div(other: Tensor | number): Tensor;
  sum(axis?: number): Tensor;
  mean(axis: number, options: { readonly keepdims: boolean }): Tensor;
  reshape(shape: readonly number[]): Tensor;
  transpose(): Tensor;
  dispose(): void;
  blockUntilReady(): Promise<Tensor>;
  jsAsync(): Promise<unknown>;
}

type Step = (...state: readonly (Tensor | readonly Tensor[])[]) => [Tensor, Tensor[], Tensor[], Tensor[]];

interface Jax {
  readonly init: () => Promise<readonly string[]>;
  readonly defaultDevice: (device?: string) => string;
  readonly jit: (step: Step) => Step;
  readonly valueAndGrad: (
    loss: (parameters: Tensor[], tokens: Tensor, targets: Tensor) => Tensor,
  ) => (parameters: Tensor[], tokens: Tensor, targets: Tensor) => [Tensor, Tensor[]];
  readonly numpy: {
    readonly array: (values: Float32Array, options: { readonly shape: readonly number[] }) => Tensor;
    readonly zeros: (shape: readonly number[]) => Tensor;
    readonly dot: (a: Tensor, b: Tensor) => Tensor;
    readonly sqrt: (x: Tensor) => Tensor;
    readonly minimum: (a: Tensor | number, b: Tensor | number) => Tensor;
    readonly split: (x: Tensor, parts: number, axis: number) => Tensor[];
    readonly concatenate: (parts: readonly Tensor[], axis: number) => Tensor;
  };
  readonly nn: {
    readonly silu: (x: Tensor) => Tensor;
    readonly logSoftmax: (x: Tensor, axis: number) => Tensor;
    readonly dotProductAttention: (q: Tensor, k: Tensor, v: Tensor, options: { readonly isCausal: boolean }) => Tensor;
  };
}

interface Request {
  readonly shape: {
    readonly vocab: number;
    readonly d_model: number;
    readonly n_layer: number;
    readonly n_head: number;
    readonly n_kv_head: number;
    readonly d_ff: number;
    readonly sequence: number;
  };
  readonly batch: number;
  readonly steps: number;
}

const PACKAGE = '@jax-js/jax';
const EPS = 1e-6;
const ADAMW = { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, decay: 0.01 };
/** Parameters of a layer, in order: norm, q, k, v with biases, o, norm, gate, up, down. */
const LAYER = 12;

const say = (answer: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
};

const jax = await load();
if (jax !== null) {
  let trainer: { readonly key: string; readonly step: () => Promise<{ seconds: number; loss: number }> } | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    const key = JSON.stringify([request.shape, request.batch]);
    try {
      if (trainer?.key !== key) {
        trainer = { key, step: createTrainer(jax, request) };
        // The first step compiles, the second still allocates.
        await trainer.step();
        await trainer.step();
      }
      const steps: { seconds: number; loss: number }[] = [];
      for (let i = 0; i < request.steps; i++) steps.push(await trainer.step());
      say({ seconds: Math.min(...steps.map(({ seconds }) => seconds)), loss: steps[steps.length - 1].loss });
    } catch (error) {
      say({ error: String(error) });
    }
  }
}

async function load(): Promise<Jax | null> {
  try {
    const entry = createRequire(import.meta.url).resolve(PACKAGE);
    const library = (await import(PACKAGE)) as Jax;
    await library.init();
    library.defaultDevice('wasm');
    say({ jax: versionOf(entry), device: library.defaultDevice(), node: process.versions.node });
    return library;
  } catch (error) {
    say({ missing: `${(error as Error).message.split('\n')[0]} (npm i --no-save ${PACKAGE})` });
    return null;
  }
}

function versionOf(entry: string): string {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (name === PACKAGE && version !== undefined) return version;
    } catch {
      // No package.json in this folder: it is further up.
    }
  }
  return 'of unknown version';
}

/** Random but reproducible. */
function uniform(count: number, key: number): Float32Array {
  let state = (key * 2_654_435_761) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function createTrainer(
  { numpy: np, nn, jit, valueAndGrad }: Jax,
  { shape, batch }: Request,
): () => Promise<{ seconds: number; loss: number }> {
  const { vocab, d_model: d, n_layer, n_head, n_kv_head, d_ff, sequence: T } = shape;
  const size = d / n_head,
    kv = size * n_kv_head,
    rows = batch * T;
  const matrix = (inputs: number, outputs: number, key: number): Tensor =>
    np.array(
      uniform(inputs * outputs, key).map((value) => 0.035 * value),
      { shape: [inputs, outputs] },
    );
  const ones = (): Tensor => np.array(new Float32Array(d).fill(1), { shape: [d] });
  let parameters: Tensor[] = [matrix(vocab, d, 1), ones()];
  for (let layer = 0; layer < n_layer; layer++) {
    const key = 10 * layer + 2;
    parameters.push(
      ones(),
      matrix(d, d, key),
      np.zeros([d]),
      matrix(d, kv, key + 1),
      np.zeros([kv]),
      matrix(d, kv, key + 2),
      np.zeros([kv]),
      matrix(d, d, key + 3),
      ones(),
      matrix(d, d_ff, key + 4),
      matrix(d, d_ff, key + 5),
      matrix(d_ff, d, key + 6),
    );
  }
  const angles = Float32Array.from(
    { length: T * size },
    (_, e) => Math.floor(e / size) * 10_000 ** ((-2 * (e % (size / 2))) / size),
  );
  const [cos, sin] = [Math.cos, Math.sin].map((f) => np.array(angles.map(f), { shape: [T, 1, size] }));

  const norm = (x: Tensor, w: Tensor): Tensor =>
    x.ref.div(np.sqrt(x.ref.mul(x).mean(-1, { keepdims: true }).add(EPS))).mul(w);
  const turn = (x: Tensor): Tensor => {
    const [a, b] = np.split(x.ref, 2, -1);
    return x.mul(cos.ref).add(np.concatenate([b.mul(-1), a], -1).mul(sin.ref));
  };
  /**
   * Mean cross-entropy. Tokens and targets are one-hot [rows, vocab]: a product replaces the gather, which costs little
   * at this vocabulary.
   */
  const lossOf = ([embedding, last, ...layers]: Tensor[], tokens: Tensor, targets: Tensor): Tensor => {
    let x = np.dot(tokens, embedding.ref);
    for (let layer = 0; layer < n_layer; layer++) {
      const [n1, wq, bq, wk, bk, wv, bv, wo, n2, wg, wu, wd] = layers.slice(layer * LAYER, (layer + 1) * LAYER);
      const h = norm(x.ref, n1);
      const heads = (w: Tensor, b: Tensor, count: number): Tensor =>
        np.dot(h.ref, w).add(b).reshape([batch, T, count, size]);
      const [q, k, v] = [turn(heads(wq, bq, n_head)), turn(heads(wk, bk, n_kv_head)), heads(wv, bv, n_kv_head)];
      h.dispose();
      x = x.add(np.dot(nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([rows, d]), wo));
      const h2 = norm(x.ref, n2);
      x = x.add(np.dot(nn.silu(np.dot(h2.ref, wg)).mul(np.dot(h2, wu)), wd));
    }
    const logits = np.dot(norm(x, last), embedding.transpose());
    return nn
      .logSoftmax(logits, -1)
      .mul(targets)
      .sum()
      .mul(-1 / rows);
  };

  const oneHot = (key: number): Tensor => {
    const values = new Float32Array(rows * vocab);
    uniform(rows, key).forEach((value, t) => {
      values[t * vocab + Math.floor(((value + 1) / 2) * vocab)] = 1;
    });
    return np.array(values, { shape: [rows, vocab] });
  };
  const [tokens, targets] = [oneHot(100), oneHot(101)];
  const { lr, beta1, beta2, eps, decay } = ADAMW;
  const both = valueAndGrad(lossOf);
  const step = jit(((p: Tensor[], m: Tensor[], v: Tensor[], x: Tensor, y: Tensor, first: Tensor, second: Tensor) => {
    const [loss, gradients] = both(
      p.map((each) => each.ref),
      x,
      y,
    );
    const squares = gradients.map((g) => g.ref.mul(g.ref).sum()).reduce((a, b) => a.add(b));
    const clip = np.minimum(np.array(Float32Array.of(1), { shape: [] }).div(np.sqrt(squares).add(1e-6)), 1);
    const g = gradients.map((each) => each.mul(clip.ref));
    const m1 = m.map((each, i) => each.mul(beta1).add(g[i].ref.mul(1 - beta1)));
    const v1 = v.map((each, i) => each.mul(beta2).add(g[i].ref.mul(g[i]).mul(1 - beta2)));
    const p1 = p.map((each, i) =>
      each.mul(1 - lr * decay).sub(
        m1[i].ref
          .mul(first.ref)
          .div(np.sqrt(v1[i].ref.mul(second.ref)).add(eps))
          .mul(lr),
      ),
    );
    for (const each of [clip, first, second]) each.dispose();
    return [loss, p1, m1, v1];
  }) as unknown as Step);

  const zeros = (): Tensor[] => parameters.map((each) => np.zeros(each.shape));
  let [m, v] = [zeros(), zeros()];
  let done = 0;
  return async () => {
    done += 1;
    const [first, second] = [beta1, beta2].map((beta) =>
      np.array(Float32Array.of(1 / (1 - beta ** done)), { shape: [] }),
    );
    const started = performance.now();
    const [loss, p1, m1, v1] = step(parameters, m, v, tokens.ref, targets.ref, first, second);
    [parameters, m, v] = [p1, m1, v1];
    for (const each of parameters) await each.blockUntilReady();
    return { loss: Number(await loss.jsAsync()), seconds: (performance.now() - started) / 1000 };
  };
}
