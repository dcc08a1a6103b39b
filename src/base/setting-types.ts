// Zod types for the values of settings. The error of each type says what is allowed, never what was wrong: whoever
// reports it adds the place and the value.
import * as z from 'zod';

/** T with the keys K present: what is left out in a file and has a value once it is resolved. */
export type Resolved<T, K extends keyof T> = Readonly<Omit<T, K> & { [Key in K]-?: Exclude<T[Key], undefined> }>;

/** Schema of a whole number from `low` to `high`, both included; its error states the range. */
export function integer(low: number, high: number): z.ZodInt {
  const error = `a whole number from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
}

/** Schema of a number from `low` to `high`, both included; its error states the range. */
export function between(low: number, high: number): z.ZodNumber {
  const error = `a number from ${low} to ${high}`;
  return z.number({ error }).min(low, { error }).max(high, { error });
}

/** Schema of a number above 0 and at most `high`; its error states the range. */
export function above0(high: number): z.ZodNumber {
  const error = `a number above 0, at most ${high}`;
  return z.number({ error }).gt(0, { error }).max(high, { error });
}

/**
 * Schema of a text that is not empty.
 * @param error what it is, in words
 */
export function text(error: string): z.ZodString {
  return z.string({ error }).min(1, { error });
}

/** Schema of one of some names; its error lists them. */
export function choice<const Name extends string>(names: readonly Name[]): z.ZodEnum<{ [K in Name]: K }> {
  return z.enum(names, { error: `one of ${names.join(', ')}` });
}

/**
 * A list without repetitions.
 * @param of one item, in words
 */
export function list<T extends z.ZodType>(
  item: T,
  of: string,
): z.ZodType<readonly z.output<T>[], readonly z.input<T>[]> {
  const error = `a list of at least one ${of}, each once`;
  return z
    .array(item, { error })
    .min(1, { error })
    .refine((items) => new Set(items).size === items.length, { error });
}

/**
 * A mapping with these keys and no other.
 * @param of what the settings are about, in words
 */
export function section<T extends z.core.$ZodLooseShape>(shape: T, of: string): z.ZodObject<T, z.core.$strict> {
  return z.strictObject(shape, { error: `a mapping of ${of} settings` });
}

/** The seed of a random stream. */
export const SEED = integer(0, 2 ** 32 - 1);
