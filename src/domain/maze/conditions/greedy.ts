// Another algorithm: an open cell of least h is closed next. verdict/search.ts says whether a trace is one of it.
import { searchTrace } from '../search.ts';
import type { MazeTrace } from './parts.ts';
import { traceText } from './words.ts';

export const greedy: MazeTrace = ({ problem }) => traceText(searchTrace(problem, 'greedy'));
