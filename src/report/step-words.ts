// One step of a replayed trace in words: what the record does to the open list, which rule it breaks, and what was
// expected instead.
import type { Cell, Problem, TraceEvent, TraceRule } from '../domain/maze/types.ts';
import type { OpenEntry, ReplayLevel, ReplayStep } from '../domain/maze/verdict/replay.ts';
import { MAZE_WORDS } from '../domain/maze/words.ts';
import { ruleLabel } from '../tables/rules.ts';

export function cellText({ x, y }: Cell): string {
  return `(${x}, ${y})`;
}

/** `wrong cost: g is not the cost ...; its entry has g = 3, not 5`. */
export function breachWords(problem: Problem, step: ReplayStep, rule: TraceRule): string {
  return `${ruleLabel(rule)}: ${MAZE_WORDS.traceRules[rule]}${contrast(problem, step, rule)}`;
}

/** The verdict on a step at a level. `broken`: here; `behind`: an earlier record broke a rule. */
export interface LevelWords {
  readonly tone: 'valid' | 'broken' | 'behind';
  readonly words: string;
}

export function levelWords(problem: Problem, step: ReplayStep, level: ReplayLevel): LevelWords {
  const rule = step.broken[level];
  if (rule !== null) return { tone: 'broken', words: breachWords(problem, step, rule) };
  const { valid, record = 0 } = step.verdict[level];
  if (valid) return { tone: 'valid', words: step.effect === 'end' ? 'valid' : 'valid so far' };
  return {
    tone: 'behind',
    words:
      level === 'strict' ? `broken at event ${record + 1}, not judged further` : `broken first at event ${record + 1}`,
  };
}

/** The expected numbers or cells, for the rules that have them; otherwise empty. */
function contrast({ goal }: Problem, { event, open, last, owed }: ReplayStep, rule: TraceRule): string {
  if (event === null) return '';
  const entry = open.find(({ x, y }) => x === event.x && y === event.y);
  switch (rule) {
    case 'wrong_heuristic':
      return `; here it is ${Math.abs(event.x - goal.x) + Math.abs(event.y - goal.y)}, not ${event.h}`;
    case 'wrong_cost':
      return costContrast(event, last, entry);
    case 'create_non_neighbor':
      return last === null ? '' : `, ${cellText(last)}`;
    case 'create_not_cheaper':
      return entry === undefined ? '' : `; it is open with g = ${entry.g}`;
    case 'expansion_incomplete':
      return `: ${owed.map(cellText).join(', ')}`;
    case 'close_not_in_open_list':
      return entry === undefined
        ? `; there is none for ${cellText(event)}`
        : `; that of ${cellText(event)} has g = ${entry.g}, h = ${entry.h}`;
    case 'close_not_lowest_f_value':
      return lowestContrast(event, open);
    default:
      return '';
  }
}

function costContrast(event: TraceEvent, last: OpenEntry | null, entry: OpenEntry | undefined): string {
  const expected = event.operation === 'close' ? entry?.g : last === null ? undefined : last.g + 1;
  return expected === undefined ? '' : `; here it is ${expected}, not ${event.g}`;
}

function lowestContrast(event: TraceEvent, open: readonly OpenEntry[]): string {
  if (open.length === 0) return '';
  const lowest = open.reduce((least, entry) => (entry.f < least.f ? entry : least));
  return `; ${cellText(lowest)} has f = ${lowest.f}, this one ${event.g + event.h}`;
}
