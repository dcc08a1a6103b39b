// What a training run of each preset plans to use, and the most that this process has held.
import { planMemory } from '../src/training/memory.ts';
import { type Preset, trainingSizes, usefulThreads } from './presets.ts';
import type { BenchResults } from './results.ts';

/** Plans of full batches, with as many threads as each preset can use. */
export function measureMemory(presets: readonly Preset[], threads: number): NonNullable<BenchResults['memory']> {
  return {
    // maxRSS is in KiB on every system (libuv).
    peak_resident_bytes: 1024 * process.resourceUsage().maxRSS,
    plans: presets.map((preset) => {
      const used = usefulThreads(preset, threads);
      const { bytes, parts } = planOf(preset, used);
      return { preset: preset.name, threads: used, bytes, parts };
    }),
  };
}

/** The memory plan of a training run. */
export function planOf(preset: Preset, threads: number): ReturnType<typeof planMemory> {
  return planMemory({ ...trainingSizes(preset), threads });
}
