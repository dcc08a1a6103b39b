// What makes two trainers do the same work: the same weights and tokens in a file that both read, and losses that must
// agree over the first steps.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { madeUpWeights } from '../../src/model/made-up.ts';
import { madeUpExamples } from '../../src/training/speed.ts';
import { checkNear } from '../check.ts';
import type { Preset } from '../presets.ts';
import { RECIPE, stepLengths, timeSteps } from '../training-step.ts';

/**
 * Steps whose losses are compared. Each follows an update, so the later ones also depend on clipping and on every
 * constant of AdamW.
 */
export const PROOF_STEPS = 4;
/**
 * Largest difference of two losses of about 4. Sums in another order differ by less than 1e-6 (measured with PyTorch
 * 1.13: 4e-7 at a tiny model, 3e-7 at nano, 2e-7 at small). Another constant of AdamW or clipping differs by 4e-5
 * (decay 0.01 for 0.1) to 2e-3 there.
 */
export const LOSS_TOLERANCE = 2e-5;

/** A folder with the weights and tokens of presets. */
export class WorkFolder implements Disposable {
  private readonly folder = mkdtempSync(join(tmpdir(), 'tracelab-peers-'));
  private readonly manifests = new Map<string, string>();

  /** @returns path of the manifest that a peer reads: tensors by name with offsets, and token ids */
  manifestOf({ name, model, vocab, lengths, sequence }: Preset): string {
    const known = this.manifests.get(name);
    if (known !== undefined) return known;
    const weights = [...madeUpWeights(model, vocab, RECIPE.init_std).values()];
    const { ids } = madeUpExamples(stepLengths(lengths), vocab);
    const parts: Uint8Array[] = [];
    let offset = 0;
    const place = (bytes: Uint8Array): number => {
      parts.push(bytes);
      offset += bytes.length;
      return offset - bytes.length;
    };
    const tensors = weights.map(({ name: tensor, shape, values }) => ({
      name: tensor,
      shape,
      offset: place(bytesOf(Float32Array.from(values))),
    }));
    const manifest = {
      file: `${name}.bin`,
      tensors,
      ids: { shape: [lengths.length, sequence + 1], offset: place(bytesOf(Int32Array.from(ids))) },
    };
    const path = join(this.folder, `${name}.json`);
    writeFileSync(join(this.folder, manifest.file), Buffer.concat(parts));
    writeFileSync(path, JSON.stringify(manifest));
    this.manifests.set(name, path);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Our losses over the steps of the proof. */
export async function ourLosses(preset: Preset, threads: number): Promise<readonly number[]> {
  return (await timeSteps({ preset, threads, warmUp: 0, steps: PROOF_STEPS })).losses;
}

/** @throws TracelabError BENCH_CHECK when a peer's losses are others, so that it does other work */
export function checkEqualWork(what: string, theirs: readonly number[], ours: readonly number[]): void {
  for (const [i, loss] of ours.entries())
    checkNear('bench peers', `${what}, loss of step ${i + 1}`, theirs[i] ?? NaN, loss, LOSS_TOLERANCE);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
