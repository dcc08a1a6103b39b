// Reads documents of `tracelab bench --json`. Another format is refused by its number; a document that the schema does
// not accept is damaged.
import { TracelabError } from '../src/base/errors.ts';
import { readJson } from '../src/base/files.ts';
import { issueText } from '../src/base/schema-issue.ts';
import { BENCH_FORMAT, BENCH_SCHEMA, type BenchResults } from './results.ts';

/** @throws TracelabError as readJson and parseBenchDocument */
export async function readBenchDocument(file: string): Promise<BenchResults> {
  return parseBenchDocument(await readJson(file), file);
}

/**
 * @param where for the error
 * @throws TracelabError BENCH_FORMAT (refused input) for another format, BENCH_DOCUMENT (damaged artefact)
 */
export function parseBenchDocument(value: unknown, where: string): BenchResults {
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (Number.isSafeInteger(format) && format !== BENCH_FORMAT)
    throw new TracelabError({
      code: 'BENCH_FORMAT',
      kind: 'refused_input',
      where,
      what: 'was written by another version of tracelab bench',
      expected: `format ${BENCH_FORMAT}`,
      got: `format ${JSON.stringify(format)}`,
      hint: HINT,
    });
  const { success, data, error } = BENCH_SCHEMA.safeParse(value);
  if (success) return data;
  throw new TracelabError({
    code: 'BENCH_DOCUMENT',
    kind: 'damaged_artifact',
    where,
    what: 'is no document of tracelab bench --json',
    expected: 'what tracelab bench --schema describes',
    got: issueText(error, 'the document'),
    hint: HINT,
  });
}

const HINT = 'tracelab bench --json writes a new one';
