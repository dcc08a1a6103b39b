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
  'validator',
  'generator',
  'memory',
] as const;
export type Group = (typeof GROUPS)[number];
