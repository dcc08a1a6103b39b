// A JSON file of a checkpoint folder, as a schema has it.
import type { z } from 'zod';
import { parseJson, readWhole } from '../base/files.ts';
import { sha256 } from '../base/hash.ts';
import { damaged, type Fault } from './checkpoint-fault.ts';

export interface CheckedJson<T> {
  readonly value: T;
  readonly json: object;
  readonly fault: Fault;
  /** SHA-256 of the file's bytes. */
  readonly sha256: string;
}

/**
 * @param faultOf what a file of another form is refused with, by its content
 * @throws TracelabError FILE_MISSING, FILE_READ, JSON_SYNTAX, and of `faultOf`
 */
export async function readChecked<T>(
  path: string,
  schema: z.ZodType<T>,
  faultOf: (json: unknown) => Fault = () => damaged,
): Promise<CheckedJson<T>> {
  const bytes = await readWhole(path);
  const json = parseJson(new TextDecoder().decode(bytes), path, 'JSON_SYNTAX', 'a complete JSON document');
  const fault = faultOf(json);
  const value = checked(json, schema, path, fault);
  return { value, json: json as object, fault, sha256: sha256(bytes) };
}

/** @throws TracelabError of `fault` */
export function checked<T>(json: unknown, schema: z.ZodType<T>, where: string, fault: Fault): T {
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  const [{ path, message }] = error.issues;
  const what = `${path.join('.')}: ${message}`;
  throw fault(where, what, 'a checkpoint folder written by tracelab', got(json, path));
}

function got(json: unknown, path: readonly PropertyKey[]): string {
  let value = json;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
