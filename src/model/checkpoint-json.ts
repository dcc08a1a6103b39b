// A JSON file of a checkpoint folder, and what a schema makes of it.
import type { z } from 'zod';
import { parseJson, readWhole } from '../base/files.ts';
import { sha256 } from '../base/hash.ts';
import { issueText } from '../base/schema-issue.ts';
import type { Fault } from './checkpoint-fault.ts';

/**
 * The content of a file and the SHA-256 of its bytes.
 * @throws TracelabError FILE_MISSING, FILE_READ, JSON_SYNTAX
 */
export async function readHashed(path: string): Promise<{ readonly json: unknown; readonly sha256: string }> {
  const bytes = await readWhole(path);
  const json = parseJson(new TextDecoder().decode(bytes), path, 'JSON_SYNTAX', 'a complete JSON document');
  return { json, sha256: sha256(bytes) };
}

/** @throws TracelabError of `fault` for content of another form */
export function checked<T>(json: unknown, schema: z.ZodType<T>, where: string, fault: Fault): T {
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  throw fault(where, issueText(error), 'a checkpoint folder written by tracelab', valueAt(json, error.issues[0].path));
}

function valueAt(json: unknown, path: readonly PropertyKey[]): string {
  let value = json;
  for (const key of path) value = (value as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key];
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
