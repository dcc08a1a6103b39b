// Another algorithm: an open cell of least h is closed next. verdict/search.ts says whether a trace is one of it.
import { searchTrace } from '../search.ts';
import type { MazeTrace } from './parts.ts';
import { traceText } from './words.ts';

/** The trace of a greedy best-first search of the same problem. */
export const greedy: MazeTrace = ({ problem }) => traceText(searchTrace(problem, 'greedy'));
