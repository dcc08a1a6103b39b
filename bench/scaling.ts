// Efficiency of 1, 2, 4, ... all threads: one training step or one decoding call with T threads against T single-thread
// runs side by side, and T small trainings side by side against T times one alone. Both sides are measured in turns.
import { sha256 } from '../src/base/hash.ts';
import { usableMemory } from '../src/host/machine.ts';
import { checkEqualBits } from './check.ts';
import { openDecoder } from './decode.ts';
import type { PresetName } from './groups.ts';
import { planOf } from './memory.ts';
import { type Preset, tokensOf, usefulThreads } from './presets.ts';
import type { ScalingRow, Skipped } from './results.ts';
import { sideBySide, summedRates } from './side-by-side.ts';
import { summarizeRates } from './timing.ts';
import { proveEqualBits, timeSteps, trainAlone } from './training-step.ts';

/** Models whose trainings are small tasks of a study. */
const SMALL_TASKS: ReadonlySet<PresetName> = new Set(['quick', 'nano']);
const WARM_UP = 1;

/** Takes each row once it is measured, and what is skipped. */
export interface ScalingSink {
  readonly rows: ScalingRow[];
  readonly skipped: Skipped[];
}

/** 1, 2, 4, ... and `all`. */
export function threadCounts(all: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < all; count *= 2) counts.push(count);
  return [...counts, all];
}

/**
 * Training steps with each number of threads, and small tasks.
 * @param sink gets the rows
 * @param turns steps of each turn
 * @param onCount called with each number of threads before it is measured
 * @throws TracelabError BENCH_CHECK when a number of threads gives other bits
 */
export async function measureStepScaling(
  preset: Preset,
  counts: readonly number[],
  turns: readonly number[],
  { rows, skipped }: ScalingSink,
  onCount: (threads: number) => void,
): Promise<void> {
  const { bytes, others } = usableMemory();
  const needed = (threads: number): number => threads * planOf(preset, 1).bytes;
  const fitting = counts.filter((threads) => needed(threads) <= bytes - others);
  for (const threads of counts.filter((count) => !fitting.includes(count)))
    skipped.push({
      what: `scaling: ${preset.name}, ${threads} threads`,
      reason: `${threads} memories need ${gibibytes(needed(threads))}, free are ${gibibytes(bytes - others)}`,
    });
  const used = fitting.map((count) => usefulThreads(preset, count));
  const hash = await proveEqualBits(preset, [...new Set([1, ...used])]);
  for (const threads of fitting) {
    onCount(threads);
    const together: number[][] = [],
      apart: number[][] = [],
      alone: number[][] = [];
    for (const steps of turns) {
      if (threads > 1) together.push(await stepRates(preset, usefulThreads(preset, threads), steps));
      apart.push(await apartRates(preset, threads, steps));
      if (threads > 1 && SMALL_TASKS.has(preset.name)) alone.push(await apartRates(preset, 1, steps));
    }
    const base = { preset: preset.name, threads, sha256: hash };
    rows.push({
      ...base,
      workload: 'step',
      used_threads: usefulThreads(preset, threads),
      ...compared(threads > 1 ? together : apart, apart),
    });
    if (SMALL_TASKS.has(preset.name)) {
      const times = threads > 1 ? alone.map((turn) => turn.map((rate) => threads * rate)) : apart;
      rows.push({ ...base, workload: 'tasks', used_threads: threads, ...compared(apart, times) });
    }
  }
}

/**
 * Greedy decoding with each number of threads, 72 prompts a thread.
 * @param rows gets each row once it is measured
 * @throws TracelabError BENCH_CHECK when T threads write other completions than T models with a thread each
 */
export async function measureDecodeScaling(
  preset: Preset,
  size: number,
  counts: readonly number[],
  turns: readonly number[],
  rows: ScalingRow[],
): Promise<void> {
  for (const threads of counts) {
    await using whole = openDecoder(preset, size, threads, 0);
    await using parts = new AsyncDisposableStack();
    const singles = Array.from({ length: threads }, (_, i) => parts.use(openDecoder(preset, size, 1, i)));
    const together = await whole.decode();
    const apart = await Promise.all(singles.map((single) => single.decode()));
    const hash = checkEqualBits('bench scaling', [
      [`completions of ${threads} models with a thread each`, hashOf(apart.flatMap(({ texts }) => texts))],
      [`completions with ${threads} threads`, hashOf(together.texts)],
    ]);
    const amounts = apart.map(({ tokens }) => tokens);
    const speeds: number[][] = [],
      references: number[][] = [];
    for (const calls of turns) {
      speeds.push(await calledRates([together.tokens], calls, () => whole.decode()));
      references.push(await calledRates(amounts, calls, (i) => singles[i].decode()));
    }
    rows.push({
      workload: 'decode',
      preset: preset.name,
      threads,
      used_threads: threads,
      ...(threads > 1 ? compared(speeds, references) : compared(references, references)),
      sha256: hash,
    });
  }
}

/** Tokens a second of training steps with several threads. */
async function stepRates(preset: Preset, threads: number, steps: number): Promise<number[]> {
  const { seconds } = await timeSteps({ preset, threads, warmUp: WARM_UP, steps });
  return seconds.map((time) => tokensOf(preset) / time);
}

/** Tokens a second of single-thread trainings side by side. */
async function apartRates(preset: Preset, count: number, steps: number): Promise<number[]> {
  const ends = await sideBySide(count, WARM_UP, steps, (_, ended) => trainAlone(preset, ended));
  return summedRates(ends, Array<number>(count).fill(tokensOf(preset)), WARM_UP, steps);
}

async function calledRates(
  amounts: readonly number[],
  calls: number,
  call: (index: number) => Promise<unknown>,
): Promise<number[]> {
  const ends = await sideBySide(amounts.length, WARM_UP, calls, async (i, ended) => {
    do await call(i);
    while (!ended());
  });
  return summedRates(ends, amounts, WARM_UP, calls);
}

/**
 * Speed and reference with their ratio.
 * @param speeds rates of each turn
 * @param references rates of the same turns; a ratio of rounds compares each rate with the mean reference of its turn
 */
export function compared(
  speeds: readonly (readonly number[])[],
  references: readonly (readonly number[])[],
): Pick<ScalingRow, 'speed' | 'reference' | 'efficiency' | 'lowest' | 'highest'> {
  const [speed, reference] = [summarizeRates(speeds.flat()), summarizeRates(references.flat())];
  const ratios =
    speeds === references
      ? [1]
      : speeds.flatMap((turn, i) => {
          const mean = references[i].reduce((sum, rate) => sum + rate, 0) / references[i].length;
          return turn.map((rate) => rate / mean);
        });
  return {
    speed,
    reference,
    efficiency: speed.best / reference.best,
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
  };
}

function hashOf(texts: readonly string[]): string {
  return sha256(new TextEncoder().encode(JSON.stringify(texts)));
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
