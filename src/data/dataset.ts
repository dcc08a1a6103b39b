// A dataset folder: train.jsonl, dev.jsonl, test-<distribution>.jsonl with correct completions, a card for readers, and
// dataset.json, which is written last and says what each file must hold. Conditions are applied later, at training time
// (domain/conditions/apply.ts).
import { LIMITS } from '../base/limits.ts';
import { join } from 'node:path';
import { z } from 'zod';
import { remove } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { diskRefusal, isSystemError, readJsonl, writeFileAtomic, writeJsonl } from '../base/files.ts';
import { hashFile } from '../base/hash.ts';
import { issueText } from '../base/schema-issue.ts';
import type { Clock } from '../base/clock.ts';
import { createPace, type Pace, StoppedAtPause } from '../base/pace.ts';
import type { Domain } from '../domain/domain.ts';
import { DEFAULT_DOMAIN, domainOf, sizeWords } from '../domain/domains.ts';
import type { SplitRequest } from '../domain/split-request.ts';
import { drawSplitsInSteps, problemCount } from '../domain/splits.ts';
import type { DrawingProgress, DrawnProblem, ProblemSet, Splits } from '../domain/splits.ts';
import type { Example } from '../domain/types.ts';
import { type Card, CARD_FILE, cardText } from './card.ts';
import {
  checkContent,
  damaged,
  type DatasetFile,
  type DatasetManifest,
  expectedContent,
  MANIFEST,
} from './manifest.ts';
import { readExamplesOf } from './records.ts';
import { wallsOf } from './walls.ts';
import { countWords, Lengths } from './word-lengths.ts';

export type DataConfig = SplitRequest;

/** No domain has words for larger boards. */
const MAXIMUM_SIZE = LIMITS.mazeSide.most;

const exampleSchema = z.object({
  id: z.string(),
  domain: z.string().optional(),
  generator: z.string(),
  size: z.int().min(1).max(MAXIMUM_SIZE),
  prompt: z.string(),
  completion: z.string(),
});

/** File name of a set of problems inside a dataset folder. */
export function datasetFileName(split: ProblemSet['split'], distribution: string): string {
  return split === 'test' ? `test-${distribution}.jsonl` : `${split}.jsonl`;
}

export interface DatasetHooks {
  /**
   * How far it is, at every pause.
   * @param share of the whole, 0 to 1, never falling
   * @param words `drawn 1,200/39,406` or `train.jsonl 300/33,656`
   */
  readonly progress?: (share: number, words: string) => void;
  /** Aborted: the dataset is given up at the next pause. */
  readonly signal?: AbortSignal;
  /** When pauses are due; default the system's. */
  readonly clock?: Pick<Clock, 'seconds'>;
}

/**
 * Draws, solves and writes a whole dataset. Equal configs give equal bytes. The main thread is free for others at least
 * every 50 ms.
 * @param directory created when missing; an older dataset in it is replaced
 * @returns null when the signal stopped it: no file that it wrote is left, and a folder whose files were not yet
 * touched is as before
 * @throws TracelabError of drawSplits before any file is touched, FILE_WRITE
 */
export async function writeDataset(directory: string, config: DataConfig): Promise<DatasetManifest>;
export async function writeDataset(
  directory: string,
  config: DataConfig,
  hooks: DatasetHooks,
): Promise<DatasetManifest | null>;
export async function writeDataset(
  directory: string,
  config: DataConfig,
  { progress = () => undefined, signal, clock }: DatasetHooks = {},
): Promise<DatasetManifest | null> {
  if (signal?.aborted) return null;
  const domain = domainOf(config.domain, 'data.domain');
  const pace = createPace(signal, clock);
  const total = problemCount(config);
  const written: string[] = [];
  try {
    const { train, dev, test } = await drawPaced(config, domain, pace, ({ problems, share }) => {
      // Drawing is one half; solving and writing is the other.
      progress(share / 2, `drawn ${grouped(problems)}/${grouped(total)}`);
    });
    const manifestPath = join(directory, MANIFEST);
    // Half a new dataset must not pass for a whole old one.
    await removeFile(manifestPath);
    const trained = { walls: new Set<string>(), promptWords: new Set<number>() };
    const files: Record<string, DatasetFile> = {};
    let before = 0;
    for (const set of [train, dev, ...test]) {
      const name = datasetFileName(set.split, set.generator);
      const path = join(directory, name);
      const count = set.problems.length;
      const writer: SetWriter = {
        size: config.size,
        domain,
        trained,
        pace,
        progress: (rows) => {
          progress((total + before + rows) / (2 * total), `${name} ${grouped(rows)}/${grouped(count)}`);
        },
      };
      files[name] = await writeSet(path, set, writer);
      written.push(path);
      before += count;
    }
    const manifest: DatasetManifest = { format: 1, config, files };
    await writeFileAtomic(join(directory, CARD_FILE), cardText(cardOf(manifest)));
    await writeFileAtomic(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  } catch (error) {
    if (!(error instanceof StoppedAtPause)) throw error;
    // Without dataset.json nothing vouches for these files.
    for (const path of written) await removeFile(path);
    return null;
  }
}

async function drawPaced(
  config: DataConfig,
  domain: Domain,
  pace: Pace,
  progress: (drawn: DrawingProgress) => void,
): Promise<Splits> {
  const drawing = drawSplitsInSteps(config, domain);
  for (;;) {
    const step = drawing.next();
    if (step.done) return step.value;
    if (!pace.isDue()) continue;
    progress(step.value);
    await pace.pause();
  }
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** What the card of a dataset says. */
export function cardOf({ config, files }: DatasetManifest): Card {
  return {
    domain: config.domain,
    mazes: sizeWords(config.domain, config.size, 'x'),
    format: 'jsonl',
    config,
    files,
  };
}

async function removeFile(path: string): Promise<void> {
  try {
    await remove(path);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw diskRefusal('FILE_WRITE', path, 'cannot replace', cause);
  }
}

/** Inputs for writing one file of a dataset, apart from its problems. */
interface SetWriter {
  readonly size: number;
  readonly domain: Domain;
  /** The set `train` fills it; the others count in it. */
  /** What the training set has; filled while it is written. */
  readonly trained: { readonly walls: Set<string>; readonly promptWords: Set<number> };
  readonly pace: Pace;
  readonly progress: (rows: number) => void;
}

/** Writes one file, row by row: the texts of a large dataset do not fit in memory together. */
async function writeSet(
  path: string,
  { split, generator, stream, problems }: ProblemSet,
  { size, domain, trained, pace, progress }: SetWriter,
): Promise<DatasetFile> {
  const prompt = new Lengths();
  const completion = new Lengths();
  const both = new Lengths();
  let wallsSeen = 0;
  let lengthsSeen = 0;
  async function* rows(): AsyncGenerator<Example> {
    let count = 0;
    for (const drawn of problems) {
      const example = exampleOf(drawn, { split, generator }, domain, size);
      const promptWords = countWords(example.prompt);
      const completionWords = countWords(example.completion);
      prompt.add(promptWords);
      completion.add(completionWords);
      both.add(promptWords + completionWords);
      const walls = wallsOf(example);
      if (split === 'train') {
        trained.walls.add(walls);
        trained.promptWords.add(promptWords);
      } else {
        if (trained.walls.has(walls)) wallsSeen += 1;
        if (trained.promptWords.has(promptWords)) lengthsSeen += 1;
      }
      yield example;
      count += 1;
      if (!pace.isDue()) continue;
      progress(count);
      await pace.pause();
    }
  }
  await writeJsonl(path, rows());
  return {
    split,
    generator,
    count: problems.length,
    stream,
    sha256: await hashFile(path),
    prompt_words: prompt.summary(),
    completion_words: completion.summary(),
    example_words: both.summary(),
    walls_seen: split === 'train' ? null : wallsSeen,
    prompt_lengths_seen: split === 'train' ? null : lengthsSeen,
  };
}

/** A row of a dataset file: it names its domain unless that is the maze. */
export function exampleOf(
  { index, problem }: DrawnProblem,
  { split, generator }: Pick<ProblemSet, 'split' | 'generator'>,
  domain: Domain,
  size: number,
): Example {
  return {
    id: `${generator}-${size}-${split}-${index}`,
    ...(domain.name !== DEFAULT_DOMAIN && { domain: domain.name }),
    generator,
    size,
    ...domain.solve(problem),
  };
}

/**
 * Reads a file of examples. A file that dataset.json in its folder names must match its count and hash; any other file
 * is read as records.ts reads what others wrote.
 * @throws TracelabError with `file:line`: JSONL_SYNTAX, EXAMPLE_ROW; as readExamplesOf; or with the file:
 * DATASET_DAMAGED, FILE_MISSING
 */
export async function readExamples(path: string): Promise<Example[]> {
  const expected = await expectedContent(path);
  const examples: Example[] = [];
  if (expected === null) {
    for await (const { example } of readExamplesOf(path)) examples.push(example);
    return examples;
  }
  for await (const example of readJsonl(path, parseExample)) examples.push(example);
  if (examples.length !== expected.count)
    throw damaged(
      path,
      'not the file that dataset.json describes',
      `${expected.count} rows`,
      `${examples.length} rows`,
      'the file may be cut short; generate the dataset again',
    );
  await checkContent(path, expected);
  return examples;
}

function parseExample(value: unknown, where: string): Example {
  const result = exampleSchema.safeParse(value);
  if (result.success) {
    domainOf(result.data.domain, where);
    return result.data;
  }
  throw new TracelabError({
    code: 'EXAMPLE_ROW',
    kind: 'damaged_artifact',
    where,
    what: issueText(result.error, 'the row'),
    expected: 'an object {id, generator, size, prompt, completion}',
    got: JSON.stringify(value).slice(0, 60),
    hint: 'generate the dataset again, or convert the file with `tracelab generate --from`',
  });
}
