// A file from elsewhere as a dataset folder of our own, with its card: one file, or one a distribution for tests.
import { join } from 'node:path';
import { existsSync, isFolderSync, readdir } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { readJsonl, writeFileAtomic, writeJsonl } from '../base/files.ts';
import { hashFile, sha256 } from '../base/hash.ts';
import { checkSameDomain, DEFAULT_DOMAIN, sizeWords } from '../domain/domains.ts';
import type { Example } from '../domain/types.ts';
import { type Card, CARD_FILE, cardText } from './card.ts';
import { datasetFileName } from './dataset.ts';
import { type DatasetFile, MANIFEST, readManifest } from './manifest.ts';
import { type ExampleSettings, readExamplesOf } from './records.ts';
import { type Truth, TruthTally } from './truth.ts';
import { wallsOf } from './walls.ts';
import { countWords, Lengths } from './word-lengths.ts';

export interface ConvertSettings extends ExampleSettings {
  /** What the rows are for. */
  readonly split: 'train' | 'dev' | 'test';
}

export interface Converted {
  readonly card: Card;
  readonly truth: Truth;
  /** Completions that end in a word of a tokenizer. */
  readonly special: { readonly count: number; readonly n: number };
}

/** Examples of one file that is to be written. */
interface Rows {
  readonly examples: Example[];
  readonly truth: TruthTally;
}

/**
 * Reads all rows, then writes them. A folder that holds converted files gets the new one in addition.
 * @throws TracelabError as readExamplesOf; NO_ROWS; DOMAIN_MIXED; DATASET_HERE for a folder with another dataset; all
 * of them before anything is written
 */
export async function convertFile(
  file: string,
  directory: string,
  { split, ...settings }: ConvertSettings,
): Promise<Converted> {
  const truth = new TruthTally(true);
  const files = new Map<string, Rows>();
  let domain: string | undefined;
  let special = 0;
  let n = 0;
  for await (const { example, place, row } of readExamplesOf(file, settings)) {
    domain ??= example.domain ?? DEFAULT_DOMAIN;
    checkSameDomain(place, 'one dataset has one domain', domain, example.domain);
    const name = datasetFileName(split, example.generator);
    const rows = files.get(name) ?? { examples: [], truth: new TruthTally(true) };
    files.set(name, rows);
    rows.examples.push(example);
    rows.truth.add(example, place);
    truth.add(example, place);
    n += 1;
    if (row.special !== undefined) special += 1;
  }
  if (domain === undefined)
    throw new TracelabError({
      code: 'NO_ROWS',
      kind: 'refused_input',
      where: file,
      what: 'nothing to convert',
      expected: 'at least one row that can be read',
      got: '0 rows',
      hint: 'is it the right file?',
    });
  const card = await writeFiles(directory, domain, split, files);
  return { card, truth: truth.truth, special: { count: special, n } };
}

/**
 * Writes examples as train.jsonl of a folder whose other files are those of a dataset, with what the card says of them.
 * @throws TracelabError FILE_WRITE
 */
export async function convertExamples(
  directory: string,
  examples: readonly Example[],
): Promise<{ readonly truth: Truth; readonly card: string }> {
  const tally = new TruthTally(true);
  const name = datasetFileName('train', '');
  for (const [i, example] of examples.entries()) tally.add(example, `${name}:${i + 1}`);
  const path = join(directory, name);
  await writeJsonl(path, examples);
  const file = await describe(path, 'train', { examples: [...examples], truth: tally }, null);
  const [{ domain = DEFAULT_DOMAIN, size }] = examples;
  const card = cardText({ domain, mazes: sizeWords(domain, size, 'x'), format: 'jsonl', files: { [name]: file } });
  return { truth: tally.truth, card };
}

/** Names of a dataset folder; hidden ones are temporary. */
const OWN = /^(?:\.|(?:train|dev|test-.*)\.jsonl$|README\.md$)/;

async function writeFiles(
  directory: string,
  domain: string,
  split: ConvertSettings['split'],
  files: ReadonlyMap<string, Rows>,
): Promise<Card> {
  const before = await readManifest(directory);
  const here = (what: string, got: string): TracelabError =>
    new TracelabError({
      code: 'DATASET_HERE',
      kind: 'refused_input',
      where: directory,
      what,
      expected: 'another folder',
      got,
      hint: 'give another --out',
    });
  if (before !== null && before.config !== null) throw here('holds a generated dataset', join(directory, MANIFEST));
  for (const [name, { examples }] of files) {
    const path = join(directory, name);
    // A file without its line in dataset.json is left of a call that was stopped, or somebody's own.
    const known = before?.files[name]?.sha256 ?? (existsSync(path) ? await hashFile(path) : undefined);
    if (known !== undefined && known !== hashOfRows(examples)) throw here('holds another file of this name', path);
  }
  const other =
    before === null && isFolderSync(directory) ? (await readdir(directory)).find((name) => !OWN.test(name)) : undefined;
  if (other !== undefined) throw here('holds files that are no dataset', join(directory, other));
  const train = await trainedIn(directory, before?.files ?? {});
  const written: Record<string, ConvertedFile> = { ...before?.files };
  for (const [name, rows] of files) {
    const path = join(directory, name);
    await writeJsonl(path, rows.examples);
    written[name] = await describe(path, split, rows, split === 'train' ? null : train);
  }
  const order = ['train', 'dev', 'test'];
  const sorted = Object.fromEntries(
    Object.entries(written).sort(([, a], [, b]) => order.indexOf(a.split) - order.indexOf(b.split)),
  );
  const sizes = new Set(Object.values(sorted).flatMap((each) => each.sizes ?? []));
  const card: Card = {
    domain,
    mazes: [...sizes]
      .sort((a, b) => a - b)
      .map((size) => sizeWords(domain, size, 'x'))
      .join(', '),
    format: 'jsonl',
    files: sorted,
  };
  await writeFileAtomic(join(directory, CARD_FILE), cardText(card));
  await writeFileAtomic(
    join(directory, MANIFEST),
    `${JSON.stringify({ format: 1, config: null, files: sorted }, null, 2)}\n`,
  );
  return card;
}

type ConvertedFile = DatasetFile & {
  /** Cells per side, each once. */
  readonly sizes?: readonly number[];
  /** Rows whose problem an earlier row has. */
  readonly duplicates?: number;
  readonly plans_valid?: number;
  readonly traces_valid?: number;
};

interface Trained {
  readonly walls: ReadonlySet<string>;
  readonly promptWords: ReadonlySet<number>;
}

/** Of train.jsonl in a folder of converted files; null where there is none. */
async function trainedIn(directory: string, files: Readonly<Record<string, unknown>>): Promise<Trained | null> {
  const name = datasetFileName('train', '');
  if (files[name] === undefined) return null;
  const walls = new Set<string>();
  const promptWords = new Set<number>();
  for await (const example of readJsonl(join(directory, name), (row) => row as Example)) {
    walls.add(wallsOf(example));
    promptWords.add(countWords(example.prompt));
  }
  return { walls, promptWords };
}

async function describe(
  path: string,
  split: ConvertSettings['split'],
  { examples, truth }: Rows,
  train: Trained | null,
): Promise<ConvertedFile> {
  const [prompt, completion, both] = [new Lengths(), new Lengths(), new Lengths()];
  const problems = new Set<string>();
  for (const example of examples) {
    const promptWords = countWords(example.prompt);
    const completionWords = countWords(example.completion);
    prompt.add(promptWords);
    completion.add(completionWords);
    both.add(promptWords + completionWords);
    problems.add(`${example.size} ${example.prompt}`);
  }
  const seen = (isSeen: (example: Example, trained: Trained) => boolean): number | null =>
    train === null ? null : examples.filter((example) => isSeen(example, train)).length;
  const { plans_valid, traces_valid } = truth.truth;
  return {
    split,
    generator: [...new Set(examples.map(({ generator }) => generator))].join(', '),
    count: examples.length,
    sha256: await hashFile(path),
    prompt_words: prompt.summary(),
    completion_words: completion.summary(),
    example_words: both.summary(),
    walls_seen: seen((example, { walls }) => walls.has(wallsOf(example))),
    prompt_lengths_seen: seen(({ prompt: words }, { promptWords }) => promptWords.has(countWords(words))),
    sizes: [...new Set(examples.map(({ size }) => size))],
    duplicates: examples.length - problems.size,
    plans_valid,
    traces_valid,
  };
}

/** Of the file that writeJsonl would write. */
function hashOfRows(examples: readonly Example[]): string {
  return sha256(Buffer.concat(examples.map((example) => Buffer.from(`${JSON.stringify(example)}\n`))));
}
