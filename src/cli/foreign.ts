// Texts from elsewhere: JSONL rows with at least a prompt and a completion, whose missing size and generator options
// fill in.
import { domainOf } from '../domain/domains.ts';
import type { Example, GeneratorName } from '../domain/types.ts';
import { readJsonl, writeJsonl } from '../base/files.ts';
import { TracelabError } from '../base/errors.ts';

export interface ForeignDefaults {
  readonly size?: number;
  readonly generator?: GeneratorName;
}

/** Streams rows as examples; a row's own size and generator win. Throws TracelabError EXAMPLE_ROW with `file:line`. */
export function readForeign(file: string, defaults: ForeignDefaults): AsyncGenerator<Example> {
  let count = 0;
  return readJsonl(file, (value, where) => {
    const row = (typeof value === 'object' && value !== null ? value : {}) as Partial<Record<keyof Example, unknown>>;
    const {
      id = `row-${(count += 1)}`,
      domain,
      generator = defaults.generator,
      size = defaults.size,
      prompt,
      completion,
    } = row;
    if (typeof prompt !== 'string' || typeof completion !== 'string')
      throw refused(
        where,
        'the row has no texts',
        'texts `prompt` and `completion`',
        Object.keys(row).join(', ') || 'no object',
      );
    if (typeof size !== 'number' || !Number.isInteger(size))
      throw refused(where, 'the size of the maze is not told', 'a whole number `size`', told(size), 'give --size');
    const names = domainOf(domain as string | undefined, where).distributions.map(({ name }) => name);
    if (typeof generator !== 'string' || !names.includes(generator))
      throw refused(
        where,
        'the generator is not told',
        `one of ${names.join(', ')}`,
        told(generator),
        'give --generator, which is only a label here',
      );
    return {
      id: String(id),
      ...(domain !== undefined && { domain: domain as string }),
      generator,
      size,
      prompt,
      completion,
    };
  });
}

/**
 * The first example of a file, or undefined. Throws as readForeign does: incomplete rows are refused before any work.
 */
export async function firstExample(file: string): Promise<Example | undefined> {
  for await (const example of readForeign(file, {})) return example;
  return undefined;
}

/**
 * A file that training and evaluation can read: itself when its rows are complete, else a copy with the options filled
 * in.
 * @param copy path of that copy
 */
export async function completeRows(file: string, defaults: ForeignDefaults, copy: string): Promise<string> {
  if (defaults.size === undefined && defaults.generator === undefined) return file;
  await writeJsonl(copy, readForeign(file, defaults));
  return copy;
}

function told(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function refused(where: string, what: string, expected: string, got: string, hint?: string): TracelabError {
  return new TracelabError({
    code: 'EXAMPLE_ROW',
    kind: 'refused_input',
    where,
    what,
    expected,
    got: got.slice(0, 60),
    hint,
  });
}
