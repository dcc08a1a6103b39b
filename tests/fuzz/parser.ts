// What a parser is to the fuzzing: its seeds, how they are damaged, and which endings are right. A parser gives a value
// or a TracelabError of one of its kinds; anything else is a fault.
import { type ErrorKind, TracelabError } from '../../src/base/errors.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { mutateBytes, mutateJson, mutateText } from './mutations.ts';

export interface Parser {
  readonly name: string;
  /** What of its seeds is damaged: letters, bytes, or values of JSON (and bytes, now and then). */
  readonly form: 'text' | 'bytes' | 'json' | 'json lines';
  readonly seeds: readonly Uint8Array[];
  /** Kinds of refusals that are right. */
  readonly kinds: readonly ErrorKind[];
  /** Makes the hashes right that a file has of itself. */
  readonly seal?: (value: object) => object;
  /**
   * Reads damaged input to its end. What can be printed again is printed and read again, and must be equal.
   * @throws TracelabError of its kinds; an error of any other class is a fault
   */
  readonly read: (input: Buffer) => unknown;
  /** The code of a refusal that is not a TracelabError, as a server answers; undefined for any other error. */
  readonly refusal?: (error: unknown) => string | undefined;
}

/** Wrong input of a person. */
export const REFUSED: readonly ErrorKind[] = ['refused_input'];
/** A damaged file that tracelab wrote. */
export const DAMAGED: readonly ErrorKind[] = ['damaged_artifact'];
/** Files that people also write or copy. */
export const EITHER: readonly ErrorKind[] = ['refused_input', 'damaged_artifact'];

/** A text in UTF-8. */
export const bytesOf = (text: string): Uint8Array => Buffer.from(text);

/** Damaged input of a parser, a function of seed and index. */
export function inputOf(parser: Parser, seed: number, index: number): Buffer {
  const random = new RandomSequence(seed, STREAMS.corruption, index);
  const { form, seeds, seal } = parser;
  const whole = seeds[random.below(seeds.length)];
  const text = Buffer.from(whole).toString();
  // Bytes of a text are damaged, too: what is no UTF-8 must be refused.
  if (form === 'bytes' || random.below(5) === 0) return mutateBytes(whole, seeds, random);
  switch (form) {
    case 'text':
      return Buffer.from(
        mutateText(
          text,
          seeds.map((each) => Buffer.from(each).toString()),
          random,
        ),
      );
    case 'json':
      return Buffer.from(mutateJson(text, random, seal));
    case 'json lines': {
      const lines = text.trimEnd().split('\n');
      const at = random.below(lines.length);
      return Buffer.from(`${lines.with(at, mutateJson(lines[at], random)).join('\n')}\n`);
    }
    default:
      return form satisfies never;
  }
}

/** Seconds of processor time after which an input hangs. */
const SLOWEST = 5;

/**
 * Feeds one damaged input.
 * @returns `value`, or the code of the refusal
 * @throws Error for any other ending: a fault
 */
export async function feed(parser: Parser, input: Buffer): Promise<string> {
  // Of this thread: parsers run side by side.
  const started = process.threadCpuUsage();
  let ending = 'value';
  try {
    await parser.read(input);
  } catch (error) {
    ending = parser.refusal?.(error) ?? refusalCode(parser, error);
  }
  const { user, system } = process.threadCpuUsage(started);
  if ((user + system) / 1e6 > SLOWEST)
    throw new Error(`took ${((user + system) / 1e6).toFixed(1)} s of processor time`);
  return ending;
}

/** The code of a refusal of a right kind. */
function refusalCode(parser: Parser, error: unknown): string {
  if (!(error instanceof TracelabError)) throw error;
  if (!parser.kinds.includes(error.kind))
    throw new Error(`refused as ${error.kind}: ${error.message}`, { cause: error });
  if (!/^error\[[A-Z_]+\] [^]+; expected [^]+, got [^]+ \(hint: [^]+\)$/.test(error.message))
    throw new Error(`not a whole refusal: ${error.message}`, { cause: error });
  return error.code;
}
