// The training file of `tracelab train`, judged before anything is trained: what cannot become a sequence is refused
// with its place, what is not what its label says is counted and named.
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { writeJsonl } from '../base/files.ts';
import { readExamples } from '../data/dataset.ts';
import { expectedContent } from '../data/manifest.ts';
import { readExamplesOf } from '../data/records.ts';
import { checkSequence } from '../data/tokens.ts';
import { type Truth, TruthTally, truthText } from '../data/truth.ts';
import { type Condition, hasTraces, isOwn } from '../domain/conditions/condition.ts';
import { domainOf } from '../domain/domains.ts';
import type { Example } from '../domain/types.ts';
import { printable } from '../render/terminal-text.ts';
import { type RowDefaults, sameOr } from './data-files.ts';
import { print } from './fit.ts';
import { saySpecial } from './refused-rows.ts';
import { noteCopy } from './scratch.ts';

export interface TrainData {
  /** What the task reads. */
  readonly file: string;
  readonly examples: readonly Example[];
}

/**
 * Reads and judges a training file, and prints on stderr what it is.
 * @param scratch folder for a file of another form
 * @param json whether standard output has events
 * @throws TracelabError as readExamples and readExamplesOf; EXAMPLE_WORD, EXAMPLE_FORM, MIXED_SIZES with the place
 */
export async function readTrainData(
  path: string,
  condition: Condition,
  defaults: RowDefaults,
  { scratch, json }: { readonly scratch: string; readonly json: boolean },
): Promise<TrainData> {
  const examples: Example[] = [];
  const places: string[] = [];
  let special = 0;
  const isOurs = (await expectedContent(path)) !== null;
  if (isOurs) {
    for (const [i, example] of (await readExamples(path)).entries()) {
      examples.push(example);
      places.push(`${path}:${i + 1}`);
    }
  } else {
    for await (const { example, place, row } of readExamplesOf(path, defaults)) {
      examples.push(example);
      places.push(place);
      if (row.special !== undefined) special += 1;
    }
  }
  checkSequences(examples, places);
  // A file without examples is refused by the task.
  if (examples.length > 0) sayTruth(examples, places, condition, json);
  saySpecial({ count: special, n: examples.length });
  if (isOurs) return { file: path, examples };
  const copy = join(scratch, 'train.jsonl');
  noteCopy(copy, path);
  await writeJsonl(copy, examples);
  return { file: await sameOr(path, copy), examples };
}

function checkSequences(examples: readonly Example[], places: readonly string[]): void {
  if (examples.length === 0) return;
  const [{ domain, size }] = examples;
  const vocabulary = domainOf(domain).vocabulary(size);
  for (const [i, example] of examples.entries()) {
    if (example.size !== size)
      throw new TracelabError({
        code: 'MIXED_SIZES',
        kind: 'refused_input',
        where: `${places[i]}, example ${example.id}`,
        what: 'one model has one vocabulary',
        expected: `size ${size}`,
        got: String(example.size),
        hint: 'write a file for each size',
      });
    checkSequence(example, vocabulary, places[i]);
  }
}

function sayTruth(examples: readonly Example[], places: readonly string[], condition: Condition, json: boolean): void {
  const tally = new TruthTally(hasTraces(condition));
  for (const [i, example] of examples.entries()) tally.add(example, places[i]);
  const { truth } = tally;
  // Programs that read events get warnings only.
  if (!json) say(`data       ${truthText(truth)}`);
  const warning = untrueText(truth, condition);
  if (warning !== null) say(warning);
}

/** The warning about rows that are not what the condition says; null where there are none. */
function untrueText({ n, untrue, first }: Truth, condition: Condition): string | null {
  if (first === null || isOwn(condition)) return null;
  return (
    `warning: ${untrue} of ${n} rows are not correct, which the condition ${condition} takes them to be; the first ` +
    `is ${first.place}, example ${first.id}: ${first.reason} (hint: --condition NAME --unchecked trains on the ` +
    'traces of the file as they are, under a name of yours)'
  );
}

function say(line: string): void {
  print(`${printable(line)}\n`, process.stderr);
}
