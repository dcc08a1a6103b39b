// The progress of verification: rate, share and time left, on a terminal and elsewhere.
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createVerifyProgress } from '../../src/cli/verify-progress.ts';

function start(isTTY: boolean): {
  progress: ReturnType<typeof createVerifyProgress>;
  wait: (seconds: number) => void;
  text: () => string;
} {
  let now = 100;
  let text = '';
  const stream = Object.assign(
    new Writable({
      write: (chunk, _encoding, done) => {
        text += String(chunk);
        done();
      },
    }),
    { isTTY },
  );
  return {
    progress: createVerifyProgress(stream, () => now),
    wait: (seconds) => {
      now += seconds;
    },
    text: () => text,
  };
}

it('lines every five seconds where there is no terminal', () => {
  const { progress, wait, text } = start(false);
  progress.show(1e6, 1e9);
  wait(5);
  progress.show(500e6, 2e9);
  progress.show(501e6, 2e9);
  wait(5);
  progress.show(2e9, 2e9);
  progress.end();
  expect(text()).toBe(
    'verify 500 of 2,000 MB, 25 %, 100 MB/s, ETA 15 s\nverify 2,000 of 2,000 MB, 100 %, 200 MB/s, ETA 0 s\n',
  );
});

it('no share and no time left for a stream', () => {
  const { progress, wait, text } = start(false);
  wait(10);
  progress.show(1e9, null);
  expect(text()).toBe('verify 1,000 MB, 100 MB/s\n');
});

it('one line that renews itself on a terminal, and is gone at the end', () => {
  const { progress, wait, text } = start(true);
  wait(1);
  progress.show(0, 100e6);
  wait(1);
  progress.show(50e6, 100e6);
  progress.end();
  progress.end();
  expect(text()).toBe(
    '\r\u001b[Kverify 0 of 100 MB, 0 %, 0 MB/s, ETA ?\r\u001b[Kverify 50 of 100 MB, 50 %, 25 MB/s, ETA 2 s\r\u001b[K',
  );
});
