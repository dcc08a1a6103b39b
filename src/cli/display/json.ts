// One JSON event a line, for programs; docs/events.md describes them and event-schema.ts checks them.
import type { TaskEvent } from '../../work/executor.ts';
import type { Display, DisplayOptions } from './display.ts';
import type { DisplayEvent } from './event-schema.ts';
import { TaskStates } from './task-states.ts';

/** Between two reports of one task. */
const PROGRESS_EVERY_SECONDS = 1;

/** Writes events as JSON lines (docs/events.md); progress of a task at most once a second. */
export function jsonDisplay({ out, now, ids, estimates, wholeSeconds }: Omit<DisplayOptions, 'mode'>): Display {
  const states = new TaskStates(ids.length);
  const saidAt = new Map<string, number>();
  const begun = now();
  let hasEnded = false;
  const write = (event: DisplayEvent): void => {
    out.write(`${JSON.stringify(event)}\n`);
  };
  const seconds = (): number => Math.round(1000 * (now() - begun)) / 1000;
  const isDue = ({ id, event }: TaskEvent): boolean => {
    if (event === 'started') saidAt.delete(id);
    if (event !== 'progress') return true;
    if (now() - (saidAt.get(id) ?? -Infinity) < PROGRESS_EVERY_SECONDS) return false;
    saidAt.set(id, now());
    return true;
  };
  write({
    event: 'planned',
    seconds: 0,
    tasks: ids.length,
    estimates: Object.fromEntries([...estimates].map(([id, estimate]) => [id, estimate.seconds])),
    whole: wholeSeconds ? { low: wholeSeconds.low, high: wholeSeconds.high } : null,
  });
  return {
    event: (event) => {
      states.learn(event, now());
      if (isDue(event)) write({ ...event, seconds: seconds() } as DisplayEvent);
    },
    say: (text) => {
      write({ event: 'message', seconds: seconds(), text });
    },
    end: () => {
      if (hasEnded) return;
      hasEnded = true;
      const { done, reused, setAside, blocked, stopped, of } = states.counts();
      write({ event: 'ended', seconds: seconds(), done, reused, stopped, set_aside: setAside, blocked, of });
    },
  };
}
