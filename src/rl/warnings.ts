// What a person should know while the run goes on: that most groups teach nothing, or that most completions hit the cap. Said once each.
import type { StepRow } from './step-row.ts';

/** Steps over which shares are taken. */
const WINDOW = 5;

export class WarningWatch {
  readonly said: string[] = [];
  private readonly say: (text: string) => void;
  private readonly rows: Pick<StepRow, 'groups' | 'zero_spread' | 'completions' | 'truncated' | 'step'>[] = [];

  constructor(say: (text: string) => void) {
    this.say = say;
  }

  look(row: Pick<StepRow, 'groups' | 'zero_spread' | 'completions' | 'truncated' | 'step'>): void {
    this.rows.push(row);
    if (this.rows.length > WINDOW) this.rows.shift();
    if (this.rows.length < WINDOW) return;
    const sum = (name: 'groups' | 'zero_spread' | 'completions' | 'truncated'): number => this.rows.reduce((total, each) => total + each[name], 0);
    const [groups, flat, completions, truncated] = [sum('groups'), sum('zero_spread'), sum('completions'), sum('truncated')];
    if (2 * flat > groups) this.once('no spread', `most groups have no spread (${flat} of ${groups} in the steps to ${row.step}) and teach nothing: draw others in their place, larger groups, or harder prompts`);
    if (2 * truncated > completions) this.once('truncated', `most completions are truncated (${truncated} of ${completions} in the steps to ${row.step}) and earn nothing: raise the cap, or train the checkpoint longer`);
  }

  private once(mark: string, text: string): void {
    if (this.said.some((earlier) => earlier.includes(mark))) return;
    this.said.push(text);
    this.say(text);
  }
}
