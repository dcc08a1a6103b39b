// Plain lines for a pipe, a log file or a simple terminal: one for each start, end, failure and message, and the
// progress of a running task now and then.
import { print } from '../fit.ts';
import { counted, printable } from '../../render/terminal-text.ts';
import type { Display, DisplayOptions } from './display.ts';
import { idWidth, lineText, permanentLine } from './event-words.ts';
import { taskWords } from './task-lines.ts';
import { type TaskState, TaskStates } from './task-states.ts';
import { rangeWords, timeLeft } from './time-left.ts';

/** Between two lines of one task. */
const PROGRESS_EVERY_SECONDS = 30;

/** Writes plain lines, for output that is not a terminal. */
export function linesDisplay(options: Omit<DisplayOptions, 'mode'>): Display {
  const { out, now, ids } = options;
  const states = new TaskStates(ids.length);
  const saidAt = new Map<string, number>();
  const width = idWidth(ids);
  const write = (line: string): void => {
    print(`${line}\n`, out);
  };
  return {
    event: (event) => {
      const time = now();
      states.learn(event, time);
      const { id } = event;
      if (event.event === 'started') {
        saidAt.set(id, time);
        const again = event.attempt > 1 ? `, try ${event.attempt}` : '';
        write(lineText({ label: 'start', id, text: `${counted(event.threads, 'thread')}${again}` }, width));
      } else if (event.event === 'progress') {
        const task = states.get(id);
        if (!task || time - (saidAt.get(id) ?? -Infinity) < PROGRESS_EVERY_SECONDS) return;
        saidAt.set(id, time);
        write(lineText({ label: '', id, text: progressText(task, time) }, width));
      } else {
        const line = permanentLine(event);
        if (!line) return;
        const isEnd = event.event === 'finished' && !event.reused;
        write(lineText(isEnd ? { ...line, text: `${line.text}; ${wholeText(states, options, time)}` } : line, width));
      }
    },
    say: (text) => {
      // A carriage return is no line, and escapes are no text.
      for (const line of text.split(/\r?\n/)) write(printable(line));
    },
    end: () => undefined,
  };
}

/** `42 %, loss 0.312, 12,345 tokens/s, ETA 4 min 12 s`. */
function progressText(task: TaskState, now: number): string {
  const { percent, words, speed, eta } = taskWords(task, now);
  return [percent, words, speed, eta].filter((part) => part !== '').join(', ');
}

/** `12 of 22 done, about 18 to 25 min left`. */
function wholeText(states: TaskStates, options: Omit<DisplayOptions, 'mode'>, now: number): string {
  const { done, running, waiting, of } = states.counts();
  const left = running + waiting === 0 ? null : timeLeft(states, options, now);
  return `${done} of ${of} done${left === null ? '' : `, about ${rangeWords(left)} left`}`;
}
