// Time, for progress, manifests and lock files. Nothing that makes numbers may import this.

export interface Clock {
  /** Wall time, for people. */
  readonly now: () => Date;
  /** Seconds since some fixed moment; never goes back. */
  readonly seconds: () => number;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => new Date(),
  seconds: () => performance.now() / 1000,
};
