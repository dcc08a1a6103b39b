// What came out of a finished completion, in sentences that are computed. Pure.
import { solve } from '../../domain/maze/astar.ts';
import type { Cell, Problem } from '../../domain/maze/types.ts';
import { judge } from '../../domain/maze/verdict/judge.ts';
import { parseCompletionLeniently } from '../../domain/maze/verdict/parse.ts';
import type { RecordedCompletion, TraceKind } from '../../report/live/data.ts';

export interface Finished {
  readonly kind: TraceKind;
  readonly maze: Problem;
  /** Whose trace was given; null without one. */
  readonly other: Problem | null;
  readonly text: string;
}

/** Whether the plan follows the maze, the given trace, both or neither. */
export function conclusion({ kind, maze, other, text }: Finished): string {
  const { plan, strict, records } = judge(maze, text);
  if (kind === 'other' && other !== null) {
    const isOther = samePlan(parseCompletionLeniently(text).plan, solve(other).plan ?? []);
    if (plan.valid && isOther)
      return 'The plan is valid in this maze and equals A*’s plan of the other one: it follows both.';
    if (plan.valid) return 'The plan follows the maze: it is valid here, and is not the plan of the other maze.';
    if (isOther)
      return 'The plan follows the trace: it equals A*’s plan of the other maze and is not valid in this one.';
    return 'The plan follows neither: it is not valid in this maze, and is not the plan of the other one.';
  }
  const planWords = plan.valid
    ? `The plan is valid${plan.optimal ? '' : ', but longer than needed'}`
    : 'The plan is not valid';
  switch (kind) {
    case 'reference':
      return `${planWords}, behind A*’s own trace of this maze.`;
    case 'filler':
      return `${planWords}, behind filler instead of a trace.`;
    case 'empty':
      return `${planWords}, without any trace.`;
    default:
      if (records === 0) return `${planWords}. The model wrote no trace.`;
      if (strict.valid) return `${planWords}; the trace is valid.`;
      return `${planWords}; the trace breaks a rule at event ${(strict.record ?? 0) + 1} of ${records}.`;
  }
}

/** How a completion compares with the recorded one; empty where none was recorded. */
export function comparison(text: string, recorded: RecordedCompletion | undefined): string {
  if (recorded === undefined) return '';
  const [now, then] = [text.split(' '), recorded.text.split(' ')];
  const difference = then.findIndex((word, i) => word !== now[i]);
  if (difference >= 0) return `The recorded test completion differs from token ${difference + 1} on.`;
  if (now.length === then.length) return 'It equals the recorded test completion, token by token.';
  return recorded.truncated
    ? `It equals the recorded test completion up to its cap of ${then.length} tokens.`
    : `The recorded test completion ended after ${then.length} tokens.`;
}

function samePlan(a: readonly Cell[], b: readonly Cell[]): boolean {
  return a.length === b.length && a.every(({ x, y }, i) => x === b[i].x && y === b[i].y);
}
