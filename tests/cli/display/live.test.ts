// The live view, read off a terminal's screen: what is shown at which width, what scrolls by, and what remains at the
// end.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDisplay } from '../../../src/cli/display/create-display.ts';
import type { Display, DisplayOptions } from '../../../src/cli/display/display.ts';
import { finished, note, progress, retried, setAside, started, stopped, waiting } from './events.ts';
import { fakeTerminal, type FakeTerminal } from './terminal.ts';

let time = 0;
let tick: () => void = () => undefined;
let ticking = 0;
beforeEach(() => {
  time = 1000;
  ticking = 0;
});

/** Each listens for the end of the process until it ends itself. */
const displays: Display[] = [];
afterEach(() => {
  for (const display of displays.splice(0)) display.end();
});

const UTF8 = { TERM: 'xterm-256color', LANG: 'en_US.UTF-8' };
const IDS = ['train-correct-seed1', 'train-swapped-seed1', 'train-thinned@0.25-seed1', 'data'];

function start(terminal: FakeTerminal, options: Partial<DisplayOptions> = {}): Display {
  const display = createDisplay({
    mode: 'live',
    out: terminal.stream,
    now: () => time,
    ids: IDS,
    estimates: new Map(IDS.map((id) => [id, { seconds: 600 }])),
    env: UTF8,
    every: (_, callback) => {
      ticking++;
      tick = callback;
      return () => {
        ticking--;
      };
    },
    ...options,
  });
  displays.push(display);
  return display;
}

/** Three tasks run; time passes, so that the newest state is drawn. */
function threeRunning(display: Display): void {
  for (const id of IDS.slice(0, 3)) display.event(started(id, 2));
  display.event(progress('train-correct-seed1', 0.42));
  display.event(progress('train-swapped-seed1', 1, { words: 'loss 1.700', tokens_per_second: 9_000, seconds_left: 7 }));
  time += 1;
  display.event(progress('train-thinned@0.25-seed1', 0.071, { words: 'loss 2.100', seconds_left: 4000 }));
}

describe('columns', () => {
  it('140 columns show all', async () => {
    const terminal = fakeTerminal(140, 24);
    threeRunning(start(terminal));
    expect(await terminal.lines()).toEqual([
      'train-correct-seed1       ██████████░░░░░░░░░░░░░░   42 %  loss 0.312  12,345 tokens/s  ETA 4 min 11 s  2 threads',
      'train-swapped-seed1       ████████████████████████  100 %  loss 1.700   9,000 tokens/s  ETA 6 s         2 threads',
      'train-thinned@0.25-seed1  █░░░░░░░░░░░░░░░░░░░░░░░    7 %  loss 2.100  12,345 tokens/s  ETA 1 h 06 min  2 threads',
      'done 0, running 3, waiting 1, set aside 0 of 4',
      'elapsed 1 s',
    ]);
  });

  it('80 columns drop threads and speed and keep the bar', async () => {
    const terminal = fakeTerminal(80, 24);
    threeRunning(start(terminal));
    expect(await terminal.lines()).toEqual([
      'train-correct-seed1       ███████░░░░░░░░░░░   42 %  loss 0.312  ETA 4 min 11 s',
      'train-swapped-seed1       ██████████████████  100 %  loss 1.700  ETA 6 s',
      'train-thinned@0.25-seed1  █░░░░░░░░░░░░░░░░░    7 %  loss 2.100  ETA 1 h 06 min',
      'done 0, running 3, waiting 1, set aside 0 of 4',
      'elapsed 1 s',
    ]);
  });

  it('less than that drops the bar, then clauses of the words, then shortens ids in the middle', async () => {
    const shown = async (columns: number): Promise<string> => {
      const terminal = fakeTerminal(columns, 24);
      const display = start(terminal);
      display.event(started('interventions-thinned@0.25-seed1'));
      time += 1;
      display.event(progress('interventions-thinned@0.25-seed1', 0.5, { words: 'drunkard 120/300, entropy 0.12' }));
      return (await terminal.lines())[0];
    };
    const whole = 'interventions-thinned@0.25-seed1   50 %  drunkard 120/300, entropy 0.12  ETA 4 min 12 s';
    expect(await shown(whole.length + 1)).toBe(whole);
    expect(await shown(whole.length + 11)).toBe(whole.replace('   50 %', `  ${'█'.repeat(4)}${'░'.repeat(4)}   50 %`));
    expect(await shown(80)).toBe('interventions-thinned@0.25-seed1   50 %  drunkard 120/300  ETA 4 min 12 s');
    expect(await shown(66)).toBe('intervention…@0.25-seed1   50 %  drunkard 120/300  ETA 4 min 12 s');
    expect(await shown(50)).toBe('interventions…d@0.25-seed1   50 %  ETA 4 min 12 s');
    expect(await shown(20)).toBe('interv…seed1   50 %');
  });

  it('a task before its first report, and one that knows neither speed nor time', async () => {
    const terminal = fakeTerminal(100, 24);
    const display = start(terminal);
    display.event(started('data'));
    display.event(started('train-correct-seed1', 2));
    time += 1;
    display.event(progress('data', Number.NaN, { tokens_per_second: null, seconds_left: null, words: '' }));
    expect((await terminal.lines()).slice(0, 2)).toEqual([
      'data                 ░░░░░░░░░░░░░░░░░░░░░░░░    0 %          1 thread',
      'train-correct-seed1  ░░░░░░░░░░░░░░░░░░░░░░░░         starts  2 threads',
    ]);
  });

  it('nothing from data moves the cursor', async () => {
    const terminal = fakeTerminal(100, 24);
    const display = start(terminal);
    display.event(started('data'));
    display.event(note('data', 'evil \u001b[2J\r\nsecond'));
    time += 1;
    display.event(progress('data', 0.5, { words: 'loss\n\u001b[31m1\r' }));
    const lines = await terminal.lines();
    expect(lines[0]).toBe('note       data                      evil \ufffd[2J\ufffd second');
    expect(lines[1]).toContain('loss \ufffd[31m1\ufffd');
    expect(lines).toHaveLength(4);
  });
});

describe('what scrolls by', () => {
  it('one line for each end, failure and message, above what is running', async () => {
    const terminal = fakeTerminal(100, 24);
    const display = start(terminal, { ids: [...IDS, 'test-a', 'test-b'] });
    display.event(finished('data', 4, true));
    display.event(started('train-correct-seed1'));
    display.event(note('train-correct-seed1', 'resumes at step 257 of 4,344'));
    display.event(waiting('train-swapped-seed1'));
    display.event(retried('train-correct-seed1'));
    display.event(started('train-correct-seed1', 1, 2));
    display.event(finished('train-correct-seed1'));
    display.event(setAside('train-thinned@0.25-seed1', ['test-a', 'test-b'], 'runs/x.log'));
    display.say('stopping');
    expect(await terminal.lines()).toEqual([
      'reused     data',
      'note       train-correct-seed1       resumes at step 257 of 4,344',
      'waits      train-swapped-seed1       for its lease, held by process 71 on atlas',
      'retry      train-correct-seed1       try 1 failed: CHILD_DIED train-correct-seed1: the process of',
      '           the task ended with signal SIGKILL',
      'done       train-correct-seed1       4 min 12 s',
      'set aside  train-thinned@0.25-seed1  CHILD_DIED train-correct-seed1: the process of the task ended',
      '           with signal SIGKILL; log: runs/x.log; not run without it: test-a and test-b',
      'stopping',
      'done 2, running 0, waiting 1, blocked 2, set aside 1 of 6',
      'elapsed 0 s',
    ]);
  });

  it('more tasks than the terminal has lines: the rest is counted, and the view never scrolls', async () => {
    const terminal = fakeTerminal(80, 12);
    const ids = Array.from({ length: 40 }, (_, i) => `train-seed${i}`);
    const display = start(terminal, { ids, estimates: new Map() });
    for (const id of ids.slice(0, 17)) display.event(started(id));
    for (let round = 1; round <= 30; round++) {
      time += 1;
      tick();
    }
    const lines = await terminal.lines();
    expect(lines).toHaveLength(11);
    expect(lines.slice(-4)).toEqual([
      expect.stringMatching(/^train-seed7 /),
      'and 9 more running',
      'done 0, running 17, waiting 23, set aside 0 of 40',
      'elapsed 30 s',
    ]);
    for (const id of ids.slice(0, 17)) display.event(finished(id));
    const after = await terminal.lines();
    expect(after.filter((line) => line.startsWith('done  '))).toHaveLength(17);
    expect(after.slice(-2)).toEqual([
      'done 17, running 0, waiting 23, set aside 0 of 40',
      expect.stringMatching(/^elapsed 30 s/),
    ]);
    expect(after).toHaveLength(19);
  });
});

describe('the whole', () => {
  it('counts down from the plan, and moves on while no event comes', async () => {
    const terminal = fakeTerminal(80, 24);
    const display = start(terminal, { wholeSeconds: { low: 1080, high: 1500 } });
    display.event(started('data'));
    expect((await terminal.lines()).at(-1)).toBe('elapsed 0 s, about 18 to 25 min left');
    time += 60;
    tick();
    expect((await terminal.lines()).at(-1)).toBe('elapsed 1 min 00 s, about 18 to 25 min left');
    for (const id of IDS) display.event(finished(id));
    expect((await terminal.lines()).at(-1)).toBe('elapsed 1 min 00 s');
  });
});

describe('resizing', () => {
  it.each([
    ['narrower', 50, 24],
    ['wider', 140, 24],
    ['lower', 100, 8],
  ])('%s leaves one view and all permanent lines', async (_, columns, rows) => {
    const terminal = fakeTerminal(100, 24);
    const display = start(terminal);
    display.event(finished('data', 4, true));
    threeRunning(display);
    await terminal.resize(columns, rows);
    time += 1;
    display.event(progress('train-correct-seed1', 0.5));
    const lines = await terminal.lines();
    expect(lines).toHaveLength(6);
    expect(lines[0]).toBe('reused     data');
    expect(lines.slice(1, 4).map((line) => line.slice(0, 7))).toEqual(['train-c', 'train-s', 'train-t']);
    expect(lines.slice(4)).toEqual(['done 1, running 3, waiting 0, set aside 0 of 4', 'elapsed 2 s']);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
  });
});

describe('the end', () => {
  it('leaves the last state and the cursor, and takes the timer and the listeners away', async () => {
    const listening = process.listenerCount('exit');
    const terminal = fakeTerminal(80, 24);
    const display = start(terminal);
    threeRunning(display);
    expect([terminal.isCursorShown(), ticking]).toEqual([false, 1]);
    display.event(progress('train-correct-seed1', 0.99));
    display.event(stopped('train-swapped-seed1'));
    display.end();
    display.end();
    display.say('stopped; run the same command to resume');
    expect([terminal.isCursorShown(), ticking, process.listenerCount('exit')]).toEqual([true, 0, listening]);
    expect(terminal.stream.listenerCount('resize')).toBe(0);
    expect(await terminal.lines()).toEqual([
      'stopped    train-swapped-seed1',
      expect.stringMatching(/^train-correct-seed1 .* 99 % /),
      expect.stringMatching(/^train-thinned@0.25-seed1 .* 7 % /),
      'done 0, running 2, waiting 1, stopped 1, set aside 0 of 4',
      'elapsed 1 s',
      'stopped; run the same command to resume',
    ]);
  });

  it('comes when the process leaves in the middle', async () => {
    const before = process.listeners('exit');
    const terminal = fakeTerminal(80, 24);
    const display = start(terminal);
    display.event(started('data'));
    const [leave] = process.listeners('exit').filter((listener) => !before.includes(listener));
    leave(130);
    expect(terminal.isCursorShown()).toBe(true);
    expect((await terminal.lines())[0]).toMatch(/^data /);
    expect(process.listeners('exit')).toEqual(before);
  });
});

describe('what the terminal can show', () => {
  const shown = (env: DisplayOptions['env'], hasColours = true): string => {
    const terminal = fakeTerminal(80, 24, hasColours);
    const display = start(terminal, { env });
    threeRunning(display);
    display.event(finished('train-correct-seed1'));
    display.event(setAside('train-swapped-seed1'));
    display.end();
    return terminal.raw();
  };
  const COLOUR = /\u001b\[\d+m/;

  it('colours where there are some, and never with NO_COLOR', () => {
    expect(shown(UTF8)).toMatch(/\u001b\[32mdone /);
    expect(shown({ ...UTF8, NO_COLOR: '1' })).not.toMatch(COLOUR);
    expect(shown(UTF8, false)).not.toMatch(COLOUR);
  });

  it.each([
    ['a locale without UTF-8', { TERM: 'xterm', LANG: 'C' }],
    ['a locale that overrides another', { TERM: 'xterm', LC_ALL: 'de_DE.ISO-8859-1', LANG: 'en_US.UTF-8' }],
    ['the console of Linux', { TERM: 'linux', LANG: 'en_US.UTF-8' }],
  ])('%s: ASCII only', (_, env) => {
    const text = shown(env);
    expect(text).toContain('#######...........   42 %');
    expect(text).not.toMatch(/[^\u0000-\u007f]/);
  });

  it('no locale at all: characters of today', () => {
    expect(shown({ TERM: 'xterm' })).toContain('█');
  });
});
