// A trace that only creates and closes the cells of the plan, with their correct costs. The paper's own validator
// accepts it.
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
