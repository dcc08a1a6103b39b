// Files of others as the commands see them: examples, verdicts, refusals.
import { type ExampleSettings, readExamplesOf } from '../../src/data/records.ts';
import { isMazeRow } from '../../src/data/rows.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import type { Example, Verdict } from '../../src/domain/types.ts';

export interface Read {
  readonly examples: Example[];
  readonly verdicts: Verdict[];
  readonly refused: string[];
  readonly special: (string | undefined)[];
}

export async function* stream(bytes: Uint8Array, piece = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

export async function read(file: string, settings: ExampleSettings = {}): Promise<Read> {
  const found: Read = { examples: [], verdicts: [], refused: [], special: [] };
  const refuse = ({ message }: Error): void => {
    found.refused.push(message);
  };
  for await (const { example, row } of readExamplesOf(file, { refuse, ...settings })) {
    if (!isMazeRow(row)) throw new Error('a row of another domain');
    const { problem, completion } = row;
    found.examples.push(example);
    found.verdicts.push(judge({ ...problem, generator: 'free' }, completion));
    found.special.push(row.special);
  }
  return found;
}

export const readText = async (text: string | Uint8Array, settings: ExampleSettings = {}): Promise<Read> =>
  read('-', { stdin: stream(Buffer.from(text)), ...settings });
