// Permanent lines: what is said once and stays, for each event that deserves it, in the live view and in plain lines.
import { duration, list } from '../../tables/format.ts';
import type { TaskEvent, TaskFailure } from '../../work/executor.ts';
import { printable } from '../../render/terminal-text.ts';
import type { Tone } from './style.ts';

export interface PermanentLine {
  /** One or two words: `done`, `set aside`. */
  readonly label: string;
  readonly id: string;
  readonly text: string;
  readonly tone: Tone;
}

/** Columns of the longest label and the gap after it. */
export const LABEL_WIDTH = 'set aside'.length + 2;

/** @returns undefined for events that only move the live view */
export function permanentLine(event: TaskEvent): PermanentLine | undefined {
  const { id } = event;
  switch (event.event) {
    case 'started':
    case 'progress':
      return undefined;
    case 'said':
      return { label: event.level, id, text: event.text, tone: event.level === 'warning' ? 'warning' : 'plain' };
    case 'waiting':
      return { label: 'waits', id, text: `for its lease, held by ${event.owner}`, tone: 'plain' };
    case 'finished':
      return event.reused
        ? { label: 'reused', id, text: '', tone: 'quiet' }
        : { label: 'done', id, text: duration(event.finished.seconds), tone: 'good' };
    case 'stopped':
      return { label: 'stopped', id, text: '', tone: 'warning' };
    case 'retried':
      return {
        label: 'retry',
        id,
        text: `try ${event.attempt} failed: ${reason(event.failure)}`,
        tone: 'warning',
      };
    case 'set_aside': {
      const log = event.log === null ? '' : `; log: ${event.log}`;
      const blocked = event.blocked.length === 0 ? '' : `; not run without it: ${list(event.blocked)}`;
      return { label: 'set aside', id, text: `${reason(event.failure)}${log}${blocked}`, tone: 'bad' };
    }
    default:
      return event satisfies never;
  }
}

/** `FILE_WRITE runs/a: cannot write; ...`: the line of the error itself comes once, at the end of the command. */
function reason({ message }: TaskFailure): string {
  return message.replace(/^error\[(\w+)\]/, '$1');
}

/**
 * `done       train-correct-seed1  4 min 12 s`, one line whatever the text holds.
 * @param idWidth columns of the longest id, so that texts begin in one column
 */
export function lineText({ label, id, text }: Omit<PermanentLine, 'tone'>, idWidth: number): string {
  const line = `${label.padEnd(LABEL_WIDTH)}${id.padEnd(idWidth)}  ${text}`;
  return printable(line)
    .replaceAll(/[\n\t]/g, ' ')
    .trimEnd();
}

/** Columns for ids; a few long ones do not push all texts to the right. */
export function idWidth(ids: Iterable<string>): number {
  return Math.min(32, Math.max(0, ...[...ids].map((id) => id.length)));
}
