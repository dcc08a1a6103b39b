// The steps of a completion as JSON lines: one `example`, the steps, one `verdict`, distinguished by `type`.
import type { Verdict } from '../domain/types.ts';
import { replay, type ReplayLevel } from '../domain/maze/verdict/replay.ts';
import { levelWords } from '../report/step-words.ts';
import type { ExplainedRow } from './explain-source.ts';
import { isShown, lastShown, type StepRange } from './explain-text.ts';

/** A completion may contain any text: only ASCII is printed, and no character is lost. */
export function asciiJsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}\n`;
}

/** Line by line, so that a trace of any length can be printed. `step` counts from 1, `record` from 0 as in verdicts. */
export function* explainJson(
  { id, place, problem, prompt, completion }: ExplainedRow,
  verdict: Verdict,
  ranges: readonly StepRange[],
): Generator<string, void> {
  const { size, start, goal } = problem;
  yield asciiJsonLine({ type: 'example', id, place, size, start, goal, prompt, completion });
  for (const step of replay(problem, completion)) {
    if (step.record + 1 > lastShown(ranges)) break;
    if (!isShown(ranges, step.record + 1)) continue;
    const words = (level: ReplayLevel): string | null =>
      step.broken[level] === null ? null : levelWords(problem, step, level).words;
    yield asciiJsonLine({
      type: 'step',
      step: step.record + 1,
      ...step,
      words: { strict: words('strict'), paper: words('paper') },
    });
  }
  yield asciiJsonLine({ type: 'verdict', ...verdict });
}
