// Another algorithm: the oldest open cell is closed next. verdict/search.ts says whether a trace is one of it.
import { searchTrace } from '../search.ts';
import type { ConditionRule } from './rule.ts';
import { traceText } from './words.ts';

export const bfs: ConditionRule = {
  label: 'Breadth-first search', meaning: 'the trace of a breadth-first search of the same problem', keepsLength: false, usualRate: 1,
  change: 'trace',
  trace: ({ problem }) => traceText(searchTrace(problem, 'bfs')),
};
