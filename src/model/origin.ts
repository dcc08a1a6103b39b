// Where a checkpoint comes from, as tracelab.json has it.

export interface CheckpointOrigin {
  readonly domain: string;
  /** Cells per side; with the domain it decides the vocabulary. */
  readonly size: number;
  readonly condition: string;
  readonly seed: number;
  /** Updates and tokens of the training run; reinforcement learning after it leaves them as they are. */
  readonly step: number;
  readonly tokens: number;
  /** Absent from a training run's own checkpoints. */
  readonly rl?: RlOrigin;
}

/** What reinforcement learning has made of a checkpoint. */
export interface RlOrigin {
  /** SHA-256 of the weights file that it started from. */
  readonly start_sha256: string;
  readonly seed: number;
  /** Steps of prompts, rollouts and updates. */
  readonly step: number;
}
