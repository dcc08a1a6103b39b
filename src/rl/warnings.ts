// What a person should know while the run goes on: that most groups teach nothing, or that most completions hit the cap. Said once each.
import type { StepRow } from './step-row.ts';

/** Steps over which shares are taken; all of a shorter run. */
const WINDOW = 5;

type WatchedRow = Pick<StepRow, 'groups' | 'zero_spread' | 'completions' | 'truncated' | 'step'>;

export class WarningWatch {
  readonly said: string[] = [];
  private readonly window: number;
  private readonly say: (text: string) => void;
  private readonly rows: WatchedRow[] = [];

  /** @param steps of the whole run */
  constructor(steps: number, say: (text: string) => void) {
    this.window = Math.min(WINDOW, steps);
    this.say = say;
  }

  /** A step that was just done. */
  look(row: WatchedRow): void {
    for (const text of this.add(row)) this.say(text);
  }

  /** A step from before the run was stopped: what there was to say of it has been said. */
  recall(row: WatchedRow): void {
    this.add(row);
  }

  private add(row: WatchedRow): string[] {
    this.rows.push(row);
    if (this.rows.length > this.window) this.rows.shift();
    if (this.rows.length < this.window) return [];
    const sum = (name: Exclude<keyof WatchedRow, 'step'>): number => this.rows.reduce((total, each) => total + each[name], 0);
    const [groups, flat, completions, truncated] = [sum('groups'), sum('zero_spread'), sum('completions'), sum('truncated')];
    return [
      ...(2 * flat > groups ? this.once('no spread', `most groups have no spread (${flat} of ${groups} in the steps to ${row.step}) and teach nothing: draw others in their place, larger groups, or harder prompts`) : []),
      ...(2 * truncated > completions ? this.once('truncated', `most completions are truncated (${truncated} of ${completions} in the steps to ${row.step}) and earn nothing: raise the cap, or train the checkpoint longer`) : []),
    ];
  }

  private once(mark: string, text: string): string[] {
    if (this.said.some((earlier) => earlier.includes(mark))) return [];
    this.said.push(text);
    return [text];
  }
}
