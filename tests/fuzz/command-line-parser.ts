// Command lines as a parser: their seeds are those of the tables of bad inputs.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { main } from '../../src/cli/main.ts';
import { bytesOf, type Parser, REFUSED } from './parser.ts';

/** Options and arguments of any command line; nothing is done. */
export function commandLineParser(): Parser {
  return {
    name: 'command line',
    form: 'text',
    seeds: commandLines().map(bytesOf),
    kinds: REFUSED,
    read: async (input) => commandLine(input.toString().split(' ')),
  };
}

/** Command lines of the tables of bad inputs, and right ones. */
function commandLines(): string[] {
  const tables = ['options', 'commands'].flatMap(
    (name) =>
      parse(readFileSync(new URL(`../cli/bad-inputs/${name}.yaml`, import.meta.url), 'utf8')) as {
        readonly run: string | readonly string[];
      }[],
  );
  return tables.map(({ run }) => (typeof run === 'string' ? run : run.join(' ')));
}

/** Options are read, then help is printed: nothing is done. */
async function commandLine(words: readonly string[]): Promise<void> {
  // Behind `--` no option is one: help would be an argument.
  if (words.includes('--')) return;
  let printed = '';
  const streams = [process.stdout, process.stderr].map(
    (stream) => [stream, Object.getOwnPropertyDescriptor(stream, 'write')] as const,
  );
  const listeners = [process.stdout, process.stderr].map((stream) => [stream, stream.listeners('error')] as const);
  try {
    for (const [stream] of streams)
      stream.write = (text: string | Uint8Array) => {
        printed += String(text);
        return true;
      };
    // The last option may take the first one as its value.
    const code = await main([...words, '--help', '--help']);
    const isRefusal = /^error\[[A-Z_]+\] [^\n]+; expected [^\n]+, got [^\n]+ \(hint: [^\n]+\)\n$/.test(printed);
    if (code !== 0 && !(code === 2 && (isRefusal || printed.startsWith('Usage: '))))
      throw new Error(`exit code ${code}: ${printed.slice(0, 300)}`);
  } finally {
    for (const [stream, write] of streams)
      if (write) Object.defineProperty(stream, 'write', write);
      else Reflect.deleteProperty(stream, 'write');
    for (const [stream, known] of listeners)
      for (const listener of stream.listeners('error'))
        if (!known.includes(listener)) stream.off('error', listener as () => void);
  }
}
