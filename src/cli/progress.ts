// What a running study shows: one line that renews itself on a terminal, a plain line every few seconds elsewhere, or JSON lines.
import { domainOfDistribution } from '../domain/domains.ts';
import cliProgress from 'cli-progress';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { duration, integer } from '../report/format.ts';
import type { StudyEvent } from '../study/events.ts';
import { startText } from './plan-text.ts';
import { rlWords } from './rl-text.ts';
import { printable } from './text.ts';

export interface Progress {
  readonly emit: (event: StudyEvent) => void;
  /** A message of its own line, kept apart from the renewing one. */
  readonly say: (text: string) => void;
  /** Removes the renewing line. */
  readonly end: () => void;
}

/** Where lines go; the terminal's streams, or a test's. */
export interface ProgressStreams {
  readonly out: NodeJS.WritableStream;
  readonly error: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  /** Seconds. */
  readonly clock: () => number;
}

/** Columns for a bar and the whole text; a narrower terminal gets the short one. */
const WIDE = 130;
const PLAIN_EVERY_SECONDS = 5;
const JSON_EVERY_SECONDS = 1;

/** Progress goes to stderr, JSON events to stdout. @param json one JSON document per event, and no other text on stdout */
export function createProgress(
  json: boolean,
  streams: ProgressStreams = { out: process.stdout, error: process.stderr, clock: SYSTEM_CLOCK.seconds },
): Progress {
  if (json) return jsonProgress(streams);
  return streams.error.isTTY ? terminalProgress(streams) : plainProgress(streams);
}

function jsonProgress({ out, error, clock }: ProgressStreams): Progress {
  const due = everySoOften(JSON_EVERY_SECONDS, clock);
  return {
    emit: (event) => {
      if (!isTick(event) || due(event)) out.write(`${JSON.stringify(event)}\n`);
    },
    say: (text) => {
      error.write(`${printable(text)}\n`);
    },
    end: () => undefined,
  };
}

function plainProgress({ error, clock }: ProgressStreams): Progress {
  const status = new StatusLine(clock);
  const due = everySoOften(PLAIN_EVERY_SECONDS, clock);
  const say = (text: string): void => {
    error.write(`${printable(text)}\n`);
  };
  return {
    say,
    emit: (event) => {
      status.learn(event);
      if (isTick(event) ? due(event) : true) {
        const text = isTick(event)
          ? `${status.place()} ${status.share(event)}, ${status.text(event)}`
          : status.message(event);
        if (text !== undefined) say(text);
      }
    },
    end: () => undefined,
  };
}

function terminalProgress({ error, clock }: ProgressStreams): Progress {
  const status = new StatusLine(clock);
  const bar = new cliProgress.SingleBar({
    stream: error,
    barsize: 16,
    barCompleteChar: '\u2588',
    barIncompleteChar: '\u2591',
    format: (options, { progress }, { place, label, share, text, brief }: Record<string, string>) =>
      (error.columns ?? 80) < WIDE
        ? `${label} ${brief}`
        : `${place} ${cliProgress.Format.BarFormat(progress, options)} ${share}  ${text}`,
    clearOnComplete: true,
    hideCursor: true,
    linewrap: true,
    gracefulExit: false,
    fps: 5,
    emptyOnZero: true,
  });
  let isShown = false;
  const end = (): void => {
    if (isShown) bar.stop();
    isShown = false;
  };
  // A second Ctrl-C leaves in the middle of a line; the cursor must come back.
  process.once('exit', end);
  const say = (text: string): void => {
    end();
    error.write(`${printable(text)}\n`);
  };
  return {
    say,
    end: () => {
      end();
      process.off('exit', end);
    },
    emit: (event) => {
      status.learn(event);
      if (!isTick(event)) {
        const text = status.message(event);
        if (text !== undefined) say(text);
        return;
      }
      const [value, total] = amounts(event);
      const payload = {
        place: status.place(),
        label: event.cell.label,
        share: status.share(event),
        text: printable(status.text(event)),
        brief: printable(status.brief(event)),
      };
      if (isShown) {
        bar.setTotal(total);
        bar.update(value, payload);
      } else {
        bar.start(total, value, payload);
        isShown = true;
      }
    },
  };
}

const TICKS = ['training', 'evaluating', 'scoring', 'learning'] as const;
type Tick = Extract<StudyEvent, { event: (typeof TICKS)[number] }>;

function isTick(event: StudyEvent): event is Tick {
  return TICKS.some((name) => name === event.event);
}

/** Done and total of the running cell; for evaluations of the running distribution. */
function amounts(event: Tick): readonly [value: number, total: number] {
  return event.event === 'training' || event.event === 'learning'
    ? [event.progress.step, event.progress.steps]
    : [event.progress.done, event.progress.total];
}

/** Whether a tick is worth a line: the first of its cell, and one every few seconds. */
function everySoOften(seconds: number, clock: () => number): (event: Tick) => boolean {
  let cell = '';
  let next = 0;
  return (event) => {
    const now = clock();
    if (event.cell.label === cell && now < next) return false;
    cell = event.cell.label;
    next = now + seconds;
    return true;
  };
}

/** Words for events, with what earlier events told: the plan, and when the cell and its distribution began. */
class StatusLine {
  private readonly clock: () => number;
  private readonly planned = new Map<string, number>();
  private order: readonly string[] = [];
  private current = '';
  private cellStart = 0;
  private part = '';
  private partStart = 0;
  private cell = '';

  constructor(clock: () => number) {
    this.clock = clock;
  }

  learn(event: StudyEvent): void {
    if (event.event === 'plan') {
      this.order = event.plan.cells.map(({ label }) => label);
      for (const { label, seconds } of event.plan.cells) this.planned.set(label, seconds);
    }
    if (event.event === 'cell_started') {
      this.current = event.cell.label;
      this.cell = `[${event.cell.index}/${event.cell.of}] ${event.cell.label}`;
      this.cellStart = this.clock();
    }
    if (
      (event.event === 'evaluating' || event.event === 'scoring') &&
      this.part !== `${event.cell.label} ${event.progress.distribution}`
    ) {
      this.part = `${event.cell.label} ${event.progress.distribution}`;
      this.partStart = this.clock();
    }
  }

  /** `[3/10] train-correct-seed1` */
  place(): string {
    return this.cell;
  }

  share(event: Tick): string {
    const [value, total] = amounts(event);
    return `${total === 0 ? 100 : Math.floor((100 * value) / total)} %`;
  }

  /** The changing part of the line. */
  text(event: Tick): string {
    const left = this.secondsLeft(event);
    const later = this.order
      .slice(this.order.indexOf(this.current) + 1)
      .reduce((sum, label) => sum + (this.planned.get(label) ?? 0), 0);
    const eta = `ETA ${left === null ? '?' : duration(left)}${left === null || later === 0 ? '' : `, study ${duration(left + later)}`}`;
    if (event.event === 'training') {
      const { step, steps, loss, tokens_per_second } = event.progress;
      return `step ${integer(step)}/${integer(steps)}, loss ${loss.toFixed(3)}, ${integer(tokens_per_second)} tokens/s, ${eta}`;
    }
    if (event.event === 'learning') return `${rlWords(event.progress)}, ${eta}`;
    const { distribution, done, total } = event.progress;
    if (event.event === 'scoring') return `${distribution} ${integer(done)}/${integer(total)} scored, ${eta}`;
    const { tokens_per_second } = event.progress;
    return `${distribution} ${integer(done)}/${integer(total)} ${domainOfDistribution(distribution)?.words.problems ?? 'problems'}, ${integer(tokens_per_second)} tokens/s, ${eta}`;
  }

  /** The same for 80 columns. */
  brief(event: Tick): string {
    const left = this.secondsLeft(event);
    const eta =
      left === null
        ? ''
        : ` ETA ${duration(left)
            .replace(/ (?=s|min|h)/g, '')
            .replace('min', 'm')}`;
    if (event.event === 'training') {
      const { step, steps, loss, tokens_per_second } = event.progress;
      return `step ${integer(step)}/${integer(steps)} loss ${loss.toFixed(3)} ${integer(tokens_per_second)} tok/s${eta}`;
    }
    if (event.event === 'learning') {
      const { step, steps, reward, tokens_per_second } = event.progress;
      return `step ${integer(step)}/${integer(steps)} reward ${reward.toFixed(3)} ${integer(tokens_per_second)} tok/s${eta}`;
    }
    const { distribution, done, total } = event.progress;
    const speed = event.event === 'scoring' ? ' scored' : ` ${integer(event.progress.tokens_per_second)} tok/s`;
    return `${distribution} ${integer(done)}/${integer(total)}${speed}${eta}`;
  }

  /** A line for an event that is no tick; undefined for one that needs none. */
  message(event: Exclude<StudyEvent, Tick>): string | undefined {
    switch (event.event) {
      case 'measuring':
        return 'measuring this machine for a few seconds';
      case 'plan':
        return startText(event.plan);
      case 'cell_started':
        return event.cell.label === 'data' ? `${this.cell}: drawing and solving problems` : undefined;
      case 'cell_finished':
        return `[${event.cell.index}/${event.cell.of}] ${event.cell.label}: ${event.reused ? 'done earlier' : 'done'} in ${duration(event.seconds)}`;
      case 'warning':
        return `warning: ${event.cell.label}: ${event.text}`;
      case 'stopped':
      case 'finished':
        return undefined;
      default:
        return event satisfies never;
    }
  }

  private secondsLeft(event: Tick): number | null {
    if (event.event === 'training') {
      const { tokens, total_tokens, tokens_per_second } = event.progress;
      return tokens_per_second > 0 ? (total_tokens - tokens) / tokens_per_second : null;
    }
    if (event.event === 'learning') return event.progress.seconds_left;
    const { done, total } = event.progress;
    if (done === 0) return null;
    const ofPart = ((this.clock() - this.partStart) * (total - done)) / done;
    return Math.max(ofPart, (this.planned.get(this.current) ?? 0) - (this.clock() - this.cellStart));
  }
}
