// Every error code of the readers, raised by a bad input: each has place, what, expected, got and hint. A code that is
// new in these files, and not here, fails.
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { trainFileOf } from '../../src/cli/data-files.ts';
import { lastCheckpoint, testFiles } from '../../src/cli/test-files.ts';
import { readTrainData } from '../../src/cli/train-data.ts';
import { scheduleBatches } from '../../src/data/batches.ts';
import { convertFile } from '../../src/data/convert.ts';
import { readExamples, writeDataset } from '../../src/data/dataset.ts';
import { checkFormats } from '../../src/data/formats.ts';
import { openTexts, writeParquet } from '../../src/data/parquet.ts';
import { readExamplesOf } from '../../src/data/records.ts';
import { textChunks } from '../../src/data/text-chunks.ts';
import { tokenizeExamples } from '../../src/data/tokens.ts';
import { domainOf } from '../../src/domain/domains.ts';
import { parseCompletion } from '../../src/domain/maze/grammar.ts';
import { checkRequest, checkSize } from '../../src/domain/splits.ts';
import type { Example } from '../../src/domain/types.ts';
import { stream } from './reading.ts';

const root = new URL('../..', import.meta.url).pathname;
const PROMPT = 'query start 0 0 goal 1 0 reasoning';
const RIGHT = 'close 0 0 c0 c1 create 1 0 c1 c0 create 0 1 c1 c2 close 1 0 c1 c0 solution plan 0 0 plan 1 0 end';
const ROW = { id: 'a', generator: 'free', size: 4, prompt: PROMPT, completion: RIGHT };
const BOARD = { ...ROW, domain: 'sokoban' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-refusals-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Reads a text to its end. */
async function readText(text: string | Uint8Array): Promise<void> {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  for await (const { example } of readExamplesOf('-', { stdin: stream(bytes) })) expect(example.id).not.toBe('');
}
const readRow = (row: object): Promise<void> => readText(JSON.stringify({ ...ROW, ...row }));
const fileOf = (name: string, text: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
};
const tokens = (example: Example): unknown => tokenizeExamples([example], domainOf('maze').vocabulary(4));
const dataset = async (): Promise<string> => {
  const data = join(folder, 'dataset');
  rmSync(data, { recursive: true, force: true });
  const counts = { train: 2, dev: 1, test: 1, test_in_distribution: 1, distributions: ['wilson'] };
  await writeDataset(data, {
    domain: 'maze',
    generator: 'wilson',
    size: 4,
    drunkard_coverage: 0.5,
    seed: 1,
    ...counts,
  });
  return data;
};

const SPLITS = {
  domain: 'maze',
  generator: 'wilson',
  size: 4,
  train: 1,
  dev: 0,
  test: 0,
  test_in_distribution: 0,
  distributions: [],
  seed: 1,
};

/** One bad input a line; the code is that of the error. */
const CASES: readonly (readonly [code: string, raise: () => unknown])[] = [
  ['ROW', () => readRow({ completion: null })],
  ['ROW', () => readRow({ completions: [], completion: null })],
  ['ROW', () => readRow({ size: null })],
  ['ROW', () => readText('{"a": 1, "size": 4}')],
  ['ROW', () => readText('{"text": 7, "size": 4}')],
  ['ROW', () => readText('[[1]]')],
  ['ROW', () => readText(JSON.stringify({ ...BOARD, text: 'x', prompt: undefined }))],
  ['JSON_SYNTAX', () => readText('{"a": ')],
  ['JSON_SYNTAX', () => readText('{"a": x}')],
  ['JSON_SYNTAX', () => readText('[{"a": 1},,]')],
  ['PROMPT_SYNTAX', () => readRow({ prompt: 'hello' })],
  ['PROMPT_SYNTAX', () => readRow({ prompt: 'query start 0 0 goal 0 0 reasoning' })],
  ['PROMPT_SYNTAX', () => readRow({ prompt: 'query start 0 9 goal 0 0 reasoning' })],
  ['PROMPT_SYNTAX', () => readRow({ prompt: `${PROMPT} more` })],
  ['PROMPT_SYNTAX', () => readRow({ prompt: 'query start 0 0 goal 1 0 wall 1 0 reasoning' })],
  ['PROMPT_SYNTAX', () => readRow({ ...BOARD, prompt: 'hello' })],
  ['PROMPT_SIZE', () => readRow({ size: 0 })],
  ['PROMPT_SIZE', () => readRow({ ...BOARD, size: 1 })],
  ['ASCII_MAZE', () => readText('####\n#SE#\n####')],
  ['ASCII_MAZE', () => readText('###\n#S#\n###')],
  ['NO_PATH', () => readText('#####\n#S# #\n### #\n#  E#\n#####')],
  ['FILE_FORMAT', () => readText('PK\x03\x04 and more of the archive')],
  ['FILE_FORMAT', () => readText(`PAR1${'\0'.repeat(20)}`)],
  ['COMPRESSED_DAMAGED', () => readText(gzipSync(JSON.stringify(ROW)).subarray(0, -9))],
  [
    'LINE_TOO_LONG',
    async () => {
      for await (const { line } of textChunks(stream(Buffer.from('too long a line')), 'f', { chunk: 4, line: 8 }))
        expect(line).toBe(1);
    },
  ],
  ['PARQUET_READ', () => openTexts(fileOf('cut.parquet', 'PAR1 and no more'), ['text'])],
  [
    'PARQUET_COLUMNS',
    async () => {
      const path = join(folder, 'columns.parquet');
      await writeParquet(path, [{ name: 'a', type: 'text', value: () => 'b' }], [{}]);
      await openTexts(path, ['text']);
    },
  ],
  ['DOMAIN_UNKNOWN', () => readRow({ domain: 'chess' })],
  [
    'DOMAIN_MIXED',
    async () => {
      const boards = await boardRow();
      const file = fileOf('mixed.jsonl', `${JSON.stringify(ROW)}\n${JSON.stringify(boards)}\n`);
      await convertFile(file, join(folder, 'mixed'), { split: 'train' });
    },
  ],
  ['NO_ROWS', () => convertFile(fileOf('empty.jsonl', '\n'), join(folder, 'none'), { split: 'train' })],
  [
    'DATASET_HERE',
    async () => convertFile(fileOf('one.jsonl', JSON.stringify(ROW)), await dataset(), { split: 'train' }),
  ],
  [
    'DATASET_DAMAGED',
    async () => {
      const data = await dataset();
      const [first] = readFileSync(join(data, 'train.jsonl'), 'utf8').split('\n');
      writeFileSync(join(data, 'train.jsonl'), `${first}\n`);
      await readExamples(join(data, 'train.jsonl'));
    },
  ],
  [
    'EXAMPLE_ROW',
    async () => {
      const data = await dataset();
      writeFileSync(join(data, 'train.jsonl'), '{"id": 1}\n');
      await readExamples(join(data, 'train.jsonl'));
    },
  ],
  ['EXAMPLE_WORD', () => tokens({ ...ROW, completion: `${RIGHT} other` })],
  ['EXAMPLE_FORM', () => tokens({ ...ROW, completion: '' })],
  ['COMPLETION_SYNTAX', () => parseCompletion('close', 4)],
  ['FILE_MISSING', () => readExamples(join(folder, 'nothing.jsonl'))],
  ['FILE_MISSING', () => readExamples(folder)],
  ['FILE_READ', () => readExamples(join(folder, 'x'.repeat(4000)))],
  ['FILE_WRITE', () => writeParquet(join(fileOf('file', ''), 'a.parquet'), [], [])],
  ['FORMAT_DOMAIN', () => checkFormats(['searchformer'], 'sokoban')],
  ['BATCH_TOO_SMALL', () => scheduleBatches(tokens(ROW) as ReturnType<typeof tokenizeExamples>, { epochs: 1 }, 4, 1)],
  ['RUN_TOO_LONG', () => scheduleBatches(tokens(ROW) as ReturnType<typeof tokenizeExamples>, { epochs: 2e9 }, 4e3, 1)],
  ['TRAIN_FILE', () => trainFileOf(join(fileOf('untrained/test.jsonl', ''), '..'))],
  ['TEST_FILES', () => testFiles([fileOf('test-none.jsonl', '')], {}, folder)],
  ['CHECKPOINT_MISSING', () => lastCheckpoint(join(folder, 'untrained'))],
  [
    'MIXED_SIZES',
    () =>
      readTrainData(
        fileOf('sizes.jsonl', [ROW, { ...ROW, size: 5 }].map((row) => JSON.stringify(row)).join('\n')),
        'correct',
        {},
        { scratch: folder, json: true },
      ),
  ],
  ['GRID_SIZE', () => checkSize(3.5, domainOf('maze'))],
  ['SPLIT_REQUEST', () => checkRequest({ ...SPLITS, train: -1 }, domainOf('maze'))],
  ['TOO_FEW_PROBLEMS', () => checkRequest({ ...SPLITS, train: 1_000_000 }, domainOf('maze'))],
];

async function boardRow(): Promise<Example> {
  const data = join(folder, 'boards');
  const counts = { train: 1, dev: 0, test: 0, test_in_distribution: 0, distributions: [] };
  await writeDataset(data, { domain: 'sokoban', generator: 'sokoban', size: 7, seed: 1, ...counts });
  return JSON.parse(readFileSync(join(data, 'train.jsonl'), 'utf8')) as Example;
}

it.each(CASES)('%s', async (code, raise) => {
  const error = await Promise.resolve()
    .then(raise)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(TracelabError);
  const { message, details } = error as TracelabError;
  expect(details.code, message).toBe(code);
  for (const part of ['where', 'what', 'expected', 'got', 'hint'] as const) expect(details[part], part).toMatch(/\S/);
  expect(message).not.toMatch(/[\n\r]|undefined|\[object/);
});

it('no code of these files is missing above', () => {
  const files = globSync(
    [
      'src/data/*.ts',
      'src/domain/*.ts',
      'src/domain/*/grammar.ts',
      'src/domain/maze/interchange/*.ts',
      'src/cli/{data-files,train-data,test-files}.ts',
    ],
    { cwd: root },
  );
  const codes = files.flatMap((path) =>
    [
      ...readFileSync(join(root, path), 'utf8').matchAll(
        /\bcode(?: =|:) '([A-Z_]+)'|\w*[rR]efusal\(\s*'([A-Z_]+)'|WordReader\([^)]*'([A-Z_]+)'\)/g,
      ),
    ].map(([, ...found]) => found.join('')),
  );
  expect(new Set(codes).size).toBeGreaterThan(25);
  // Domains from outside need modules and processes of their own.
  const elsewhere = readFileSync(join(root, 'tests/domain/outside-domain.test.ts'), 'utf8');
  const raised = new Set([...CASES.map(([code]) => code), ...(elsewhere.match(/\bDOMAIN_[A-Z]+/g) ?? [])]);
  expect([...new Set(codes)].filter((code) => !raised.has(code))).toEqual([]);
});
