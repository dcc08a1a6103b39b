// What a training run of each preset plans to use, and the most that this process has held.
import { planMemory } from '../src/training/memory.ts';
import type { Preset } from './presets.ts';
import type { BenchResults } from './results.ts';

export function measureMemory(presets: readonly Preset[], threads: number): NonNullable<BenchResults['memory']> {
  return {
    // maxRSS is in KiB on every system (libuv).
    peak_resident_bytes: 1024 * process.resourceUsage().maxRSS,
    plans: presets.map(({ name, model, vocab, sequence, batch, accumulators }) => {
      const used = Math.min(threads, accumulators);
      const { bytes, parts } = planMemory({
        model,
        vocab,
        batch_tokens: batch * (sequence + 1),
        accumulators,
        threads: used,
        longest: sequence + 1,
        position_offset: 0,
      });
      return { preset: name, threads: used, bytes, parts };
    }),
  };
}
