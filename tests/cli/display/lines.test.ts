// Plain lines: one for each start, end, failure and message, progress of a task every 30 seconds, and never anything
// that moves a cursor.
import { expect, it } from 'vitest';
import { chooseMode, createDisplay } from '../../../src/cli/display/create-display.ts';
import { finished, note, progress, retried, setAside, started, stopped, waiting } from './events.ts';
import { fakePipe, fakeTerminal } from './terminal.ts';

it('tells a run in lines that can be searched', () => {
  let time = 50;
  const { stream, text } = fakePipe();
  const display = createDisplay({
    mode: 'lines',
    out: stream,
    now: () => time,
    ids: ['data', 'train-correct-seed1', 'train-swapped-seed1', 'test'],
    estimates: new Map([
      ['data', { seconds: 0 }],
      ['train-correct-seed1', { seconds: 250 }],
      ['train-swapped-seed1', { seconds: 250 }],
    ]),
    wholeSeconds: { low: 400, high: 500 },
  });
  display.event(finished('data', 4, true));
  display.event(started('train-correct-seed1', 2));
  display.event(note('train-correct-seed1', 'resumes at step 257\r\nof 4,344'));
  for (let i = 0; i <= 61; i++) {
    display.event(progress('train-correct-seed1', i / 100, { words: `loss ${i}` }));
    time += 1;
  }
  display.event(retried('train-correct-seed1'));
  display.event(started('train-correct-seed1', 1, 2));
  display.event(progress('train-correct-seed1', 0.6, { tokens_per_second: null, seconds_left: null, words: '' }));
  time += 29;
  display.event(progress('train-correct-seed1', 0.7));
  time += 1;
  display.event(progress('train-correct-seed1', 0.8, { tokens_per_second: null, seconds_left: null, words: 'x' }));
  display.event(finished('train-correct-seed1', 61));
  display.event(waiting('train-swapped-seed1'));
  display.event(setAside('train-swapped-seed1', ['test'], 'a\u001b[2J.log'));
  display.event(stopped('test'));
  display.say('stopped;\r\n\u001b[31mrun');
  display.end();
  expect(text().split('\n')).toEqual([
    'reused     data',
    'start      train-correct-seed1  2 threads',
    'note       train-correct-seed1  resumes at step 257\ufffd of 4,344',
    '           train-correct-seed1  30 %, loss 30, 12,345 tokens/s, ETA 4 min 12 s',
    '           train-correct-seed1  60 %, loss 60, 12,345 tokens/s, ETA 4 min 12 s',
    'retry      train-correct-seed1  try 1 failed: CHILD_DIED train-correct-seed1: the process of the task ended with signal SIGKILL',
    'start      train-correct-seed1  1 thread, try 2',
    '           train-correct-seed1  80 %, x',
    expect.stringMatching(/^done {7}train-correct-seed1 {2}1 min 01 s; 2 of 4 done, about 2 min left$/),
    'waits      train-swapped-seed1  for its lease, held by process 71 on atlas',
    expect.stringMatching(
      /^set aside {2}train-swapped-seed1 {2}CHILD_DIED .*SIGKILL; log: a\ufffd\[2J\.log; not run without it: test$/,
    ),
    'stopped    test',
    'stopped;',
    '\ufffd[31mrun',
    '',
  ]);
  expect(text()).not.toMatch(/[\r\u001b]/);
});

it('breaks lines at blanks on a terminal without a cursor', async () => {
  const terminal = fakeTerminal(40, 24);
  const display = createDisplay({
    mode: 'lines',
    out: terminal.stream,
    now: () => 0,
    ids: ['data'],
    estimates: new Map(),
  });
  display.event(note('data', 'resumes at the last state that was saved'));
  expect(await terminal.lines()).toEqual(['note       data  resumes at the last', '  state that was saved']);
});

it('is chosen where no cursor can be moved', () => {
  expect(chooseMode(false, { isTTY: true }, { TERM: 'xterm' })).toBe('live');
  expect(chooseMode(false, { isTTY: true }, { TERM: 'dumb' })).toBe('lines');
  expect(chooseMode(false, {}, { TERM: 'xterm' })).toBe('lines');
  expect(chooseMode(false, { isTTY: true, columns: 0, rows: 0 }, { TERM: 'xterm' })).toBe('lines');
  expect(chooseMode(true, { isTTY: true }, { TERM: 'xterm' })).toBe('json');
});
