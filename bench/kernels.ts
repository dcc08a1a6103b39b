// The kernels of the benchmark by the name of their group.
import { measureAttention } from './attention.ts';
import { measureGemm } from './gemm.ts';
import type { Group } from './groups.ts';
import type { Bench, MeasuredKernel } from './kernel.ts';
import { measureLoss } from './loss.ts';
import { measureNorm } from './norm.ts';
import { measureOptimizer } from './optimizer.ts';
import { measurePolicyLoss } from './policy-loss.ts';
import { measureRope } from './rope.ts';
import { measureSwiglu } from './swiglu.ts';

export type KernelGroup = Exclude<
  Group,
  'training-step' | 'decode' | 'lanes' | 'scaling' | 'validator' | 'generator' | 'memory'
>;

/** Each checks its results before it is timed. */
export const KERNELS: Readonly<Record<KernelGroup, (bench: Bench) => MeasuredKernel[]>> = {
  gemm: measureGemm,
  attention: measureAttention,
  norm: measureNorm,
  rope: measureRope,
  swiglu: measureSwiglu,
  loss: measureLoss,
  'policy-loss': measurePolicyLoss,
  optimizer: measureOptimizer,
};
