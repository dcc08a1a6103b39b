// What `tracelab bench --only` can name, in the order of measuring. Peaks are always measured: the others are reported
// as shares of them.

export const GROUPS = [
  'gemm',
  'attention',
  'norm',
  'rope',
  'swiglu',
  'loss',
  'policy-loss',
  'optimizer',
  'training-step',
  'decode',
  'lanes',
  'scaling',
  'validator',
  'generator',
  'memory',
] as const;
export type Group = (typeof GROUPS)[number];

/** Measured without `--only`. Scaling takes longer than everything else together: `--scaling` adds it. */
export const DEFAULT_GROUPS: readonly Group[] = GROUPS.filter((group) => group !== 'scaling');

/** Models that `--presets` can name, the smallest first. */
export const PRESET_NAMES = ['quick', 'nano', 'small', 'base'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];
