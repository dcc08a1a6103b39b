// The plan told twice: only its cells are created and closed, with their right costs. The paper's own validator takes
// this for a search.
import type { TraceEvent } from '../types.ts';
import type { MazeTrace } from './parts.ts';
import { traceText } from './words.ts';

export const noSearch: MazeTrace = ({ problem: { goal }, plan }) =>
  traceText(
    plan.flatMap(({ x, y }, g): TraceEvent[] => {
      const closed: TraceEvent = { operation: 'close', x, y, g, h: Math.abs(x - goal.x) + Math.abs(y - goal.y) };
      // The start is open from the beginning: no trace creates it.
      return g === 0 ? [closed] : [{ ...closed, operation: 'create' }, closed];
    }),
  );
