// Warnings during a run, once each: most groups have equal rewards and teach nothing, most completions reach the cap,
// or the numbers of generation and forward pass disagree.
import type { StepRow } from './step-row.ts';

/** Steps over which shares are taken; all of a shorter run. */
const WINDOW = 5;

type WatchedRow = Pick<
  StepRow,
  'groups' | 'zero_spread' | 'completions' | 'truncated' | 'furthest_ratio_first' | 'step'
>;

type Mark = 'no_spread' | 'truncated' | 'ratio';

export class WarningWatch {
  readonly said: string[] = [];
  private readonly window: number;
  private readonly say: (text: string) => void;
  private readonly rows: WatchedRow[] = [];
  private readonly marks = new Set<Mark>();

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
    const { step, furthest_ratio_first } = row;
    const ratio =
      furthest_ratio_first > 0
        ? this.once(
            'ratio',
            `generation and forward pass disagree: before the first update of step ${step} a ratio is ` +
              `${furthest_ratio_first.toPrecision(2)} away from 1, so ratios and KL are off by that much; they ` +
              'should agree to the last bit, please report it with the output of tracelab doctor',
          )
        : [];
    return [...ratio, ...this.shares(row)];
  }

  private shares(row: WatchedRow): string[] {
    this.rows.push(row);
    if (this.rows.length > this.window) this.rows.shift();
    if (this.rows.length < this.window) return [];
    const sum = (name: 'groups' | 'zero_spread' | 'completions' | 'truncated'): number =>
      this.rows.reduce((total, each) => total + each[name], 0);
    const [groups, flat, completions, truncated] = [
      sum('groups'),
      sum('zero_spread'),
      sum('completions'),
      sum('truncated'),
    ];
    return [
      ...(2 * flat > groups
        ? this.once(
            'no_spread',
            `most groups have no spread (${flat} of ${groups} in the steps to ${row.step}) and teach nothing: ` +
              'draw others in their place, larger groups, or harder prompts',
          )
        : []),
      ...(2 * truncated > completions
        ? this.once(
            'truncated',
            `most completions are truncated (${truncated} of ${completions} in the steps to ${row.step}) and ` +
              'earn nothing: raise the cap, or train the checkpoint longer',
          )
        : []),
    ];
  }

  private once(mark: Mark, text: string): string[] {
    if (this.marks.has(mark)) return [];
    this.marks.add(mark);
    this.said.push(text);
    return [text];
  }
}
