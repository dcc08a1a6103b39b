// The forms in which a dataset is given to others. The JSONL files stay what tracelab itself reads.
import { join } from 'node:path';
import { readJsonl, writeFileAtomic, writeJsonl, writeTexts } from '../base/files.ts';
import { hashFile } from '../base/hash.ts';
import { TracelabError } from '../base/errors.ts';
import { DEFAULT_DOMAIN, domainOf } from '../domain/domains.ts';
import { paperText } from '../domain/maze/interchange/paper-text.ts';
import { searchformerText } from '../domain/maze/interchange/searchformer.ts';
import type { Example } from '../domain/types.ts';
import { type Card, CARD_FILE, type CardFile, cardText } from './card.ts';
import type { DataFormat, OtherFormat } from './data-format.ts';
import type { ParquetColumn } from './parquet.ts';

const EXTENSIONS: Readonly<Record<OtherFormat, string>> = {
  text: 'jsonl',
  searchformer: 'txt',
  ascii: 'txt',
  parquet: 'parquet',
};

const COLUMNS: readonly ParquetColumn<Example>[] = [
  { name: 'id', type: 'text', value: ({ id }) => id },
  { name: 'generator', type: 'text', value: ({ generator }) => generator },
  { name: 'size', type: 'integer', value: ({ size }) => size },
  { name: 'prompt', type: 'text', value: ({ prompt }) => prompt },
  { name: 'completion', type: 'text', value: ({ completion }) => completion },
];

/**
 * Refuses a form that the domain does not have, before anything is written.
 * @throws TracelabError FORMAT_DOMAIN
 */
export function checkFormats(formats: readonly DataFormat[], domain: string): void {
  if (domain === 'maze' || !formats.includes('searchformer')) return;
  throw new TracelabError({
    code: 'FORMAT_DOMAIN',
    kind: 'refused_input',
    where: '--format searchformer',
    what: 'is the word order of mazes',
    expected: 'text, ascii or parquet',
    got: domainOf(domain).words.problems,
    hint: 'leave --format searchformer out',
  });
}

const DOMAIN_COLUMNS: readonly ParquetColumn<Example>[] = [
  ...COLUMNS,
  { name: 'domain', type: 'text', value: ({ domain }) => domain },
];

/**
 * Writes all files of a dataset folder in another format, into the subfolder of its name, with a card of its own.
 * @param card of the JSONL files
 * @returns path of the subfolder
 * @throws TracelabError FILE_WRITE
 */
export async function writeFormat(directory: string, format: OtherFormat, card: Card): Promise<string> {
  const folder = join(directory, format);
  const files: Record<string, CardFile> = {};
  for (const [name, file] of Object.entries(card.files)) {
    const written = name.replace(/jsonl$/, EXTENSIONS[format]);
    const path = join(folder, written);
    await writeRows(
      path,
      format,
      card.domain === DEFAULT_DOMAIN ? COLUMNS : DOMAIN_COLUMNS,
      readJsonl(join(directory, name), (row) => row as Example),
    );
    files[written] = { ...file, sha256: await hashFile(path) };
  }
  await writeFileAtomic(join(folder, CARD_FILE), cardText({ ...card, format, files }));
  return folder;
}

async function writeRows(
  path: string,
  format: OtherFormat,
  columns: readonly ParquetColumn<Example>[],
  rows: AsyncIterable<Example>,
): Promise<void> {
  switch (format) {
    case 'text':
      return writeJsonl(
        path,
        each(rows, (example) => ({ text: paperText(example) })),
      );
    case 'searchformer':
      return writeTexts(
        path,
        each(rows, (example) => `${searchformerText(example)}\n`),
      );
    case 'ascii':
      return writeTexts(path, each(rows, picture));
    case 'parquet': {
      const { writeParquet } = await import('./parquet.ts');
      return writeParquet(path, columns, rows);
    }
    default:
      return format satisfies never;
  }
}

function picture(example: Example): string {
  return `${domainOf(example.domain).picture(example)}\n\n`;
}

async function* each<From, To>(rows: AsyncIterable<From>, change: (row: From) => To): AsyncGenerator<To> {
  for await (const row of rows) yield change(row);
}
