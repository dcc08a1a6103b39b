// Another algorithm: the newest open cell is closed next. verdict/search.ts says whether a trace is one of it.
import { searchTrace } from '../search.ts';
import type { MazeTrace } from './parts.ts';
import { traceText } from './words.ts';

/** The trace of a depth-first search of the same problem. */
export const dfs: MazeTrace = ({ problem }) => traceText(searchTrace(problem, 'dfs'));
