// Another program that measures itself on request: a line of JSON to it, a line of JSON back. It sleeps while it is not
// asked, so that it takes nothing from whoever is measured meanwhile.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Answer = Readonly<Record<string, unknown>>;

export class PeerProcess {
  /** What it said of itself at its start: versions and settings. */
  readonly about: Answer;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;

  private constructor(child: ChildProcessWithoutNullStreams, lines: AsyncIterator<string>, about: Answer) {
    this.child = child;
    this.lines = lines;
    this.about = about;
  }

  /** @returns the running peer, or in words what is missing here */
  static async start(
    command: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<PeerProcess | string> {
    const child = spawn(command, args, { env: { ...process.env, ...environment } });
    let error = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      error = (error + text).slice(-2000);
    });
    const failed = new Promise<string>((resolve) =>
      child.once('error', ({ message }) => {
        resolve(message);
      }),
    );
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await Promise.race([lines.next(), failed]);
    if (typeof first === 'string') return first;
    if (first.done === true) return /^\w*Error\b.*$/m.exec(error)?.[0] ?? `${command} ended without a word`;
    const about = JSON.parse(first.value) as Answer;
    if (typeof about.missing === 'string') return about.missing;
    const peer = new PeerProcess(child, lines, about);
    child.kill('SIGSTOP');
    return peer;
  }

  /**
   * Wakes it, waits for its answer, and puts it to sleep again.
   * @param seconds that it has; it is stopped when they are over
   * @throws Error when it ends, reports a failure or has no answer in time
   */
  async ask(request: Answer, seconds = Infinity): Promise<Answer> {
    this.child.kill('SIGCONT');
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const late = new AbortController();
    const timer = Number.isFinite(seconds)
      ? setTimeout(() => {
          late.abort();
          this.stop();
        }, 1000 * seconds)
      : undefined;
    const line = await this.lines.next();
    clearTimeout(timer);
    if (late.signal.aborted) throw new Error(`${this.child.spawnfile} had no answer in ${seconds.toFixed(0)} s`);
    if (line.done === true)
      throw new Error(`${this.child.spawnfile} ended while it was asked for ${JSON.stringify(request)}`);
    this.child.kill('SIGSTOP');
    const answer = JSON.parse(line.value) as Answer;
    if (typeof answer.error === 'string') throw new Error(`${this.child.spawnfile}: ${answer.error}`);
    return answer;
  }

  stop(): void {
    this.child.kill('SIGCONT');
    this.child.kill('SIGKILL');
  }
}

/**
 * A number of an answer.
 * @throws Error when it is none
 */
export function numberOf(answer: Answer, name: string): number {
  const value = answer[name];
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Error(`expected a number ${name}, got ${JSON.stringify(answer)}`);
  return value;
}
