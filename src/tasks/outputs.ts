// Names of the files that tasks leave, and what each name says of its content: decided to the bit by the key, or with
// times in it.
import type { OutputPattern } from '../work/kind.ts';

const exact = (pattern: RegExp): OutputPattern => ({ pattern, exact: true });
const timed = (pattern: RegExp): OutputPattern => ({ pattern, exact: false });

export const DATASET_OUTPUTS: readonly OutputPattern[] = [
  exact(/^(train|dev|test-[a-z0-9-]+)\.jsonl$/),
  timed(/^dataset\.json$/),
  timed(/^README\.md$/),
];

/** Of training and of reinforcement learning. */
export const RUN_OUTPUTS: readonly OutputPattern[] = [
  exact(/^checkpoints\/step-\d+\/model\.safetensors$/),
  timed(/^checkpoints\/step-\d+\/([a-z_]+\.json|README\.md)$/),
  timed(/^metrics\.jsonl$/),
];

/** Of a part of a training: what its next part begins with, in addition. The state has times in it. */
export const PART_OUTPUTS: readonly OutputPattern[] = [
  ...RUN_OUTPUTS,
  timed(/^state\.safetensors$/),
  timed(/^state\.json$/),
];

/** Completions and sampled groups, of one checkpoint or of several in folders of their steps. */
export const EVALUATION_OUTPUTS: readonly OutputPattern[] = [
  exact(/^(step-\d+\/)?completions-[a-z0-9-]+\.jsonl$/),
  exact(/^(step-\d+\/)?sampled-[a-z0-9-]+\.json$/),
  timed(/^(step-\d+\/)?evaluation\.json$/),
  timed(/^(step-\d+\/)?completions-[a-z0-9-]+\.jsonl\.key$/),
];

/** The card of the model with what its test found, in addition. */
export const TEST_OUTPUTS: readonly OutputPattern[] = [...EVALUATION_OUTPUTS, timed(/^model-card\.md$/)];

/** Several completions of each problem. */
export const SAMPLES_OUTPUTS: readonly OutputPattern[] = [
  exact(/^samples-[a-z0-9-]+\.jsonl$/),
  timed(/^samples\.json$/),
  timed(/^samples-[a-z0-9-]+\.jsonl\.key$/),
];

export const LENGTHS_OUTPUTS: readonly OutputPattern[] = [exact(/^lengths-[a-z0-9-]+\.jsonl$/)];

/** Losses of each source of traces, and the model's own traces. */
export const INFORMATION_OUTPUTS: readonly OutputPattern[] = [
  exact(/^information-[a-z-]+\.jsonl$/),
  exact(/^own-[a-z-]+\.jsonl$/),
  timed(/^information\.json$/),
  timed(/^(information|own)-[a-z-]+\.jsonl\.key$/),
];

export const INTERVENTIONS_OUTPUTS: readonly OutputPattern[] = [
  exact(/^(completions|forced)-[^/]+\.jsonl$/),
  timed(/^interventions\.json$/),
  timed(/^(completions|forced)-[^/]+\.jsonl\.key$/),
];
