// The events of `--json`: each is as the schema says, each has an example in docs/events.md, and reports come once a
// second at most.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createDisplay } from '../../../src/cli/display/create-display.ts';
import type { Display } from '../../../src/cli/display/display.ts';
import { displayEvent } from '../../../src/cli/display/event-schema.ts';
import { finished, note, progress, retried, setAside, started, stopped, waiting } from './events.ts';
import { fakePipe } from './terminal.ts';

const NAMES = displayEvent.options.map(({ shape }) => shape.event.value);

function run(act: (display: Display, wait: (seconds: number) => void) => void): Record<string, unknown>[] {
  let time = 7;
  const { stream, text } = fakePipe();
  const display = createDisplay({
    mode: 'json',
    out: stream,
    now: () => time,
    ids: ['data', 'train-correct-seed1', 'train-swapped-seed1'],
    estimates: new Map([['train-correct-seed1', { seconds: 250 }]]),
    wholeSeconds: { low: 200, high: 300 },
  });
  act(display, (seconds) => {
    time += seconds;
  });
  return text()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('every event is one line that the schema accepts', () => {
  const lines = run((display, wait) => {
    for (const event of [
      started('train-correct-seed1', 2),
      progress('train-correct-seed1', 0.5, { detail: { step: 3, loss: 0.1 } }),
      note('train-correct-seed1', 'resumes\nat step 257', 'warning'),
      waiting('data'),
      finished('data', 4, true),
      retried('train-correct-seed1'),
      setAside('train-correct-seed1', ['test'], 'x.log'),
      stopped('lengths'),
    ]) {
      wait(0.25);
      display.event(event);
    }
    display.say('stopping\nsoon');
    display.end();
    display.end();
  });
  for (const line of lines) expect(displayEvent.parse(line)).toEqual(line);
  expect(new Set(lines.map(({ event }) => event))).toEqual(new Set(NAMES));
  expect(lines).toHaveLength(NAMES.length);
  expect(lines[0]).toEqual({
    event: 'planned',
    seconds: 0,
    tasks: 3,
    estimates: { 'train-correct-seed1': 250 },
    whole: { low: 200, high: 300 },
  });
  expect(lines[2]).toMatchObject({ event: 'progress', seconds: 0.5, progress: { detail: { step: 3, loss: 0.1 } } });
  expect(lines.at(-1)).toEqual({
    event: 'ended',
    seconds: 2,
    done: 1,
    reused: 1,
    stopped: 1,
    set_aside: 1,
    blocked: 1,
    of: 3,
  });
});

it('reports of one task come once a second at most, each start afresh', () => {
  const lines = run((display, wait) => {
    display.event(started('a'));
    display.event(started('b'));
    for (let i = 0; i < 8; i++) {
      display.event(progress('a', i / 10));
      if (i < 2) display.event(progress('b', i / 10));
      wait(0.25);
    }
    display.event(progress('a', 0.8));
    display.event(started('a', 1, 2));
    display.event(progress('a', 0.1));
  });
  const reports = lines.filter(({ event }) => event === 'progress');
  expect(reports.map(({ id, seconds }) => `${String(id)} ${String(seconds)}`)).toEqual([
    'a 0',
    'b 0',
    'a 1',
    'a 2',
    'a 2',
  ]);
});

it('docs/events.md has an example of every event, and none that the schema refuses', () => {
  const text = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8');
  const examples = [...text.matchAll(/^\{.*\}$/gm)].map(([line]) => displayEvent.parse(JSON.parse(line)));
  expect(examples.map(({ event }) => event)).toEqual(NAMES);
  // Every key that the schema describes is named in the text.
  for (const { shape } of displayEvent.options)
    for (const key of Object.keys(shape)) expect(text).toContain(`\`${key}\``);
});
