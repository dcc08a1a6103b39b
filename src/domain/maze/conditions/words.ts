// Events as the words of a completion.
import type { TraceEvent } from '../types.ts';

/** `create|close X Y cG cH`. */
export function eventText({ operation, x, y, g, h }: TraceEvent): string {
  return `${operation} ${x} ${y} c${g} c${h}`;
}

/** Events as the words of a trace, separated by spaces. */
export function traceText(events: readonly TraceEvent[]): string {
  return events.map(eventText).join(' ');
}
