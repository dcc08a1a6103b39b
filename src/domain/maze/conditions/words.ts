// Events as the words of a completion.
import type { TraceEvent } from '../types.ts';

/** `create|close X Y cG cH`. */
export function eventText({ operation, x, y, g, h }: TraceEvent): string {
  return `${operation} ${x} ${y} c${g} c${h}`;
}

export function traceText(events: readonly TraceEvent[]): string {
  return events.map(eventText).join(' ');
}
