// Signals to a real process: the first one asks for a stop, the second one ends it at once; each has its exit code.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SIGNALS = join(import.meta.dirname, '../../src/cli/signals.ts');

/** Listens, says so, waits for the stop, and then for a line on standard input before it ends. */
const WORK = `
const { listenForStop, STOPPING } = await import(process.argv[1]);
const stop = listenForStop(() => console.log(STOPPING));
stop.signal.addEventListener('abort', () => console.log('aborted'));
process.stdin.on('data', () => {
  stop.dispose();
  process.exitCode = stop.exitCode();
  process.stdin.destroy();
});
console.log('ready');
`;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
}

/** @param script what to do when the text before it was printed */
async function work(
  ...script: readonly (readonly [text: string, act: (child: ReturnType<typeof spawn>) => void])[]
): Promise<Ended> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WORK, SIGNALS], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let out = '';
  const left = [...script];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    while (left.length > 0 && out.includes(left[0][0])) left.shift()?.[1](child);
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal, out });
    });
  });
}

describe.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s', (name, exitCode) => {
  it('asks once, and the work ends when it is ready', async () => {
    const { code, out } = await work(
      ['ready', (child) => child.kill(name)],
      ['aborted', (child) => child.stdin?.write('\n')],
    );
    expect(out).toBe('ready\naborted\nstopping at the next safe point (at most 5 s); Ctrl-C again stops at once\n');
    expect(code).toBe(exitCode);
  });

  it('ends the process at once the second time, whichever came first', async () => {
    const { code, signal } = await work(
      ['ready', (child) => child.kill('SIGTERM')],
      ['aborted', (child) => child.kill(name)],
    );
    expect([code, signal]).toEqual([exitCode, null]);
  });
});
