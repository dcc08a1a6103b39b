// One JSON value as others write it: Python writes NaN, Infinity and integers of 64 bits, which JSON.parse refuses or
// rounds.
import { depthFault, jsonFault } from '../base/json-fault.ts';
import { LIMITS } from '../base/limits.ts';

/** Why a text is no JSON value. */
export interface JsonFault {
  /** Index of the first wrong letter; the length of the text where it ends too early. */
  readonly at: number;
  /** It may be one, but is nested too deeply. */
  readonly isDeep?: true;
  readonly cause?: unknown;
}

/** @returns the value, with null for NaN and the infinities, and the JSON that it was read from; or what is wrong */
export function parseRowJson(text: string): { readonly value: unknown; readonly json: string } | JsonFault {
  const deep = depthFault(text, LIMITS.rowDepth.most);
  if (deep !== undefined) return { at: deep, isDeep: true };
  try {
    return { value: JSON.parse(text) as unknown, json: text };
  } catch (cause) {
    if (/NaN|Infinity/.test(text)) {
      const json = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) =>
        found.startsWith('"') ? found : 'null',
      );
      try {
        return { value: JSON.parse(json) as unknown, json };
      } catch {
        // Something else is wrong, too.
      }
    }
    return { at: jsonFault(text), cause };
  }
}

/**
 * An id as text.
 * @param fields of the row
 * @param source the JSON that they were read from; empty where there is none
 * @returns undefined without one
 */
export function idOf(fields: Readonly<Record<string, unknown>>, source: string): string | undefined {
  const name = fields['id'] === undefined || fields['id'] === null ? '_id' : 'id';
  const id = fields[name];
  if (typeof id === 'string') return id === '' ? undefined : id;
  // Hashes in Python have 64 bits.
  if (typeof id === 'number')
    return Number.isInteger(id) && !Number.isSafeInteger(id) ? digitsOf(name, source) : String(id);
  if (typeof id === 'bigint') return String(id);
  if (typeof id !== 'object' || id === null) return undefined;
  // MongoDB: {"$oid": "65b8..."}, {"$numberLong": "-12"}.
  const [[key, value] = [], ...more] = Object.entries(id as Readonly<Record<string, unknown>>);
  return more.length === 0 && key?.startsWith('$') === true && typeof value === 'string' ? value : undefined;
}

/** A number of a row as it was written. */
function digitsOf(name: string, source: string): string | undefined {
  const written = new Map<object, string>();
  let found: string | undefined;
  const note = function (this: object, key: string, value: unknown, context?: { readonly source?: string }): unknown {
    if (key === name && context?.source !== undefined) written.set(this, context.source);
    // Called for the row itself last.
    if (key === '' && typeof value === 'object' && value !== null) found = written.get(value);
    return value;
  };
  try {
    JSON.parse(source, note);
  } catch {
    return undefined;
  }
  return found;
}
