// Runs the real command line as its own process.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../src/cli/bin.ts');

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface Running {
  /** Undefined where the process could not be started. */
  readonly pid: number | undefined;
  readonly finished: Promise<Finished>;
  /** Resolves when stdout or stderr holds the text; rejects when the process ends without it. */
  readonly until: (text: string) => Promise<void>;
  /** What a pattern captures of stdout so far. */
  readonly captured: (pattern: RegExp) => string | undefined;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** @param nodeOptions options of node itself, before the script */
export function startCli(args: readonly string[], cwd: string, nodeOptions: readonly string[] = []): Running {
  const child = spawn(process.execPath, [...nodeOptions, BIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let error = '';
  const waiting: { text: string; resolve: () => void; reject: (reason: Error) => void }[] = [];
  const look = (): void => {
    for (const wait of waiting) if (out.includes(wait.text) || error.includes(wait.text)) wait.resolve();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text;
    look();
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => {
      for (const { reject, text } of waiting)
        reject(new Error(`ended without ${JSON.stringify(text)}: ${out}${error}`));
      resolve({ code, out, error });
    });
  });
  return {
    pid: child.pid,
    finished,
    until: (text) =>
      new Promise((resolve, reject) => {
        waiting.push({ text, resolve, reject });
        look();
      }),
    captured: (pattern) => pattern.exec(out)?.[1],
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

export async function runCli(
  args: readonly string[],
  cwd: string,
  nodeOptions: readonly string[] = [],
): Promise<Finished> {
  return startCli(args, cwd, nodeOptions).finished;
}
