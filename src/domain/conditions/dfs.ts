// Another algorithm: the newest open cell is closed next. verdict/search.ts says whether a trace is one of it.
import { searchTrace } from '../search.ts';
import type { ConditionRule } from './rule.ts';
import { traceText } from './words.ts';

export const dfs: ConditionRule = {
  label: 'Depth-first search', meaning: 'the trace of a depth-first search of the same problem', keepsLength: false, usualRate: 1,
  change: 'trace',
  trace: ({ problem }) => traceText(searchTrace(problem, 'dfs')),
};
