// A budget of time that is shared out over measurements: each gets its part of what is left.

export class Budget {
  private readonly end: number;
  private readonly now: () => number;

  /** @param now seconds, never going back */
  constructor(seconds: number, now: () => number = () => performance.now() / 1000) {
    this.now = now;
    this.end = now() + seconds;
  }

  /** Seconds that are left; negative when it is overdrawn. */
  get left(): number {
    return this.end - this.now();
  }

  /**
   * The time that a measurement may take.
   * @param weight expected cost, in any unit
   * @param weights of it and of all later ones
   * @returns the moment at which it ends, in seconds of `now`
   */
  share(weight: number, weights: number): number {
    return this.now() + (Math.max(0, this.left) * weight) / weights;
  }

  /** True from the moment that `share` returned on. */
  isOver(moment: number): boolean {
    return this.now() >= moment;
  }
}
