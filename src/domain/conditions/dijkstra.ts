// Another algorithm: an open cell of least g is closed next. verdict/search.ts says whether a trace is one of it.
import { searchTrace } from '../search.ts';
import type { ConditionRule } from './rule.ts';
import { traceText } from './words.ts';

export const dijkstra: ConditionRule = {
  label: 'Uniform-cost search (Dijkstra)', meaning: 'the trace of Dijkstra’s algorithm on the same problem', keepsLength: false, usualRate: 1,
  change: 'trace',
  trace: ({ problem }) => traceText(searchTrace(problem, 'dijkstra')),
};
