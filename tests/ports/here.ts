// Runs commands of tracelab in this process, one at a time, as if each were a process of its own: with its own number,
// so that what it leaves behind has a dead owner, and with what it prints kept.
import { main } from '../../src/cli/main.ts';
import { type FilePort, installPort, NODE_PORT } from '../../src/base/file-port.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Above the largest number that Linux gives to a process. */
const FIRST_PID = 5_000_000;
let started = 0;

/**
 * @param folder the working directory
 * @param seconds after which the command counts as hanging
 * @throws Error for a command that hangs
 */
export async function runHere(
  args: readonly string[],
  folder: string,
  port: FilePort = NODE_PORT,
  seconds = 120,
): Promise<Ran> {
  let [out, error] = ['', ''];
  const before = process.cwd();
  const streams = [process.stdout, process.stderr].map(
    (stream) => [stream, Object.getOwnPropertyDescriptor(stream, 'write')] as const,
  );
  const pid = Object.getOwnPropertyDescriptor(process, 'pid');
  let timer: NodeJS.Timeout | undefined;
  const stray: unknown[] = [];
  const keep = (reason: unknown): void => {
    stray.push(reason);
  };
  process.on('unhandledRejection', keep);
  process.on('uncaughtException', keep);
  const listeners = [process.stdout, process.stderr].map((stream) => [stream, stream.listeners('error')] as const);
  try {
    process.chdir(folder);
    Object.defineProperty(process, 'pid', { value: FIRST_PID + started++, configurable: true, enumerable: true });
    process.stdout.write = (text: string | Uint8Array) => {
      out += String(text);
      return true;
    };
    process.stderr.write = (text: string | Uint8Array) => {
      error += String(text);
      return true;
    };
    installPort(port);
    const hanging = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`hangs: tracelab ${args.join(' ')}`));
      }, seconds * 1000);
    });
    const code = await Promise.race([main(args), hanging]);
    // What was not awaited fails in the next turns.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    if (stray.length > 0) error += `not awaited: ${String(stray[0])}\n`;
    return { code: stray.length > 0 ? 70 : code, out, error };
  } finally {
    clearTimeout(timer);
    installPort(NODE_PORT);
    for (const [stream, write] of streams) {
      if (write) Object.defineProperty(stream, 'write', write);
      else Reflect.deleteProperty(stream, 'write');
    }
    if (pid) Object.defineProperty(process, 'pid', pid);
    // Each call of main() listens to both streams for the rest of its process.
    for (const [stream, known] of listeners)
      for (const listener of stream.listeners('error'))
        if (!known.includes(listener)) stream.off('error', listener as () => void);
    process.off('unhandledRejection', keep);
    process.off('uncaughtException', keep);
    process.chdir(before);
  }
}
