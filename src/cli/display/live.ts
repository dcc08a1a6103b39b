// The live view of a terminal: a line a running task, the counts and the time of the whole below; finished tasks and
// messages scroll by above.
import { createLogUpdate } from 'log-update';
import stringWidth from 'string-width';
import { duration } from '../../tables/format.ts';
import { printable, wrap } from '../../render/terminal-text.ts';
import type { Display, DisplayOptions } from './display.ts';
import { idWidth, LABEL_WIDTH, lineText, permanentLine } from './event-words.ts';
import { styleOf, type Tone } from './style.ts';
import { taskLines } from './task-lines.ts';
import { TaskStates } from './task-states.ts';
import { rangeWords, timeLeft } from './time-left.ts';

const DRAW_EVERY_SECONDS = 0.1;
const TICK_MILLISECONDS = 200;
const CURSOR_HIDE = '\u001b[?25l';
const CURSOR_SHOW = '\u001b[?25h';
const LINE_ABOVE_ERASED = '\u001b[1A\u001b[2K';

/** Draws a view of all tasks and renews it, for a terminal. end() leaves the last view. */
export function liveDisplay(options: Omit<DisplayOptions, 'mode'>): Display {
  const { out, now, ids, env = process.env, every = tickEvery } = options;
  const style = styleOf(out, env);
  const states = new TaskStates(ids.length);
  const widthOfIds = idWidth(ids);
  const begun = now();
  // Its cursor is that of stderr, whatever the stream; ours is hidden below.
  const log = createLogUpdate(out, { showCursor: true });
  let frame: readonly string[] = [];
  let drawnAt = -Infinity;
  let hasEnded = false;

  /** A character less than there are: a full line would leave the cursor at an undefined place. */
  const width = (): number => Math.max(20, out.columns ?? 80) - 1;

  const draw = (): void => {
    drawnAt = now();
    frame = frameLines(states, options, { width: width(), rows: out.rows ?? 24, elapsed: drawnAt - begun, style });
    log(frame.join('\n'));
  };
  const persist = (tone: Tone, line: string, indent: number): void => {
    const [first, ...others] = wrap(line, width());
    const rest = others.length === 0 ? [] : wrap(others.join(' '), width(), indent);
    const text = [first, ...rest].map((part) => style.paint(tone, part)).join('\n');
    if (hasEnded) out.write(`${text}\n`);
    else {
      log.persist(text);
      draw();
    }
  };
  const onResize = (): void => {
    // Lines that no longer fit were broken by the terminal: more of them are there than log-update knows of.
    const columns = Math.max(1, out.columns ?? 80);
    const broken = frame.reduce((sum, line) => sum + Math.max(0, Math.ceil(stringWidth(line) / columns) - 1), 0);
    log.clear();
    out.write(LINE_ABOVE_ERASED.repeat(broken));
    draw();
  };
  const end = (): void => {
    if (hasEnded) return;
    draw();
    hasEnded = true;
    log.done();
    out.write(CURSOR_SHOW);
    stopTicking();
    out.off('resize', onResize);
    process.off('exit', end);
  };
  out.write(CURSOR_HIDE);
  out.on('resize', onResize);
  // A second Ctrl-C leaves in the middle of a frame: the cursor must come back.
  process.once('exit', end);
  const stopTicking = every(TICK_MILLISECONDS, draw);
  draw();
  return {
    event: (event) => {
      states.learn(event, now());
      const line = permanentLine(event);
      if (line) persist(line.tone, lineText(line, widthOfIds), LABEL_WIDTH);
      else if (!hasEnded && now() - drawnAt >= DRAW_EVERY_SECONDS) draw();
    },
    say: (text) => {
      for (const line of text.split(/\r?\n/)) persist('plain', printable(line), 0);
    },
    end,
  };
}

function frameLines(
  states: TaskStates,
  options: Omit<DisplayOptions, 'mode'>,
  view: {
    readonly width: number;
    readonly rows: number;
    readonly elapsed: number;
    readonly style: ReturnType<typeof styleOf>;
  },
): string[] {
  const { width, rows, elapsed, style } = view;
  const { done, running, waiting, setAside, blocked, stopped, of } = states.counts();
  const counts = `done ${done}, running ${running}, waiting ${waiting}${
    stopped > 0 ? `, stopped ${stopped}` : ''
  }${blocked > 0 ? `, blocked ${blocked}` : ''}, set aside ${setAside} of ${of}`;
  const left = running + waiting === 0 ? null : timeLeft(states, options, options.now());
  const whole = `elapsed ${duration(elapsed)}${left === null ? '' : `, about ${rangeWords(left)} left`}`;
  const below = [...wrap(counts, width), ...wrap(whole, width)];
  // One line for those that are not shown, one for the cursor below the frame.
  const room = Math.max(1, rows - below.length - 1);
  const tasks = states.running();
  const shown = tasks.length <= room ? tasks : tasks.slice(0, Math.max(1, room - 1));
  const hidden = tasks.length - shown.length;
  return [
    ...(shown.length === 0 ? [] : taskLines(shown, width, options.now(), style)),
    ...(hidden === 0 ? [] : [`and ${hidden} more running`]),
    ...below,
  ];
}

/** Never keeps the process alive. */
function tickEvery(milliseconds: number, callback: () => void): () => void {
  const timer = setInterval(callback, milliseconds);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
