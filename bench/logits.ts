// What the kernels of a loss share: the logits of a micro-batch with a target a row, and their size in the tables.
import { type Bench, EXP_FLOPS, type MeasuredKernel } from './kernel.ts';
import { microBatch, type Preset } from './presets.ts';

export interface Logits {
  /** Rows: tokens of the micro-batch. */
  readonly n: number;
  readonly vocab: number;
  /** Floats a row, padded to a multiple of 16 as in the model. */
  readonly width: number;
  readonly targets: readonly number[];
  /** Byte addresses. */
  readonly at: { readonly logits: number; readonly targets: number };
  /** A copy of the logits, and the same region as a kernel changes it. */
  readonly before: Float32Array;
  readonly after: Float32Array;
}

/** Forgets what was on the stage. */
export function stageLogits({ stage }: Bench, preset: Preset): Logits {
  const { vocab } = preset;
  const { tokens: n } = microBatch(preset);
  const width = Math.ceil(vocab / 16) * 16;
  stage.clear();
  const logits = stage.random(n * width, 1);
  const targets = Array.from({ length: n }, (_, t) => (7 * t) % vocab);
  return {
    n,
    vocab,
    width,
    targets,
    at: { logits, targets: stage.integers(targets) },
    before: stage.read(logits, n * width),
    after: stage.view(logits, n * width),
  };
}

/** Softmax and gradient: an exponential and five operations a logit, each read and written once. */
export function sizeOf({ n, vocab }: Logits): Pick<MeasuredKernel, 'what' | 'shape' | 'flops' | 'bytes'> {
  return { what: 'logits', shape: `${n}x${vocab}`, flops: (EXP_FLOPS + 5) * n * vocab, bytes: 8 * n * vocab };
}
