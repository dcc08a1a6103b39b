// Kind `own-data`: the dataset of a study with a training set of the user's own in the place of train.jsonl. Dev and
// test sets are the study's, so that its models are compared on the same problems.
import { join } from 'node:path';
import { copyFile } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { hashFile } from '../base/hash.ts';
import { convertExamples } from '../data/convert.ts';
import type { DataConfig } from '../data/dataset.ts';
import { readExamplesOf } from '../data/records.ts';
import { checkSequence } from '../data/tokens.ts';
import { type Truth, truthText } from '../data/truth.ts';
import { checkSameDomain, domainOf } from '../domain/domains.ts';
import type { Example } from '../domain/types.ts';
import { plain } from '../work/task.ts';
import { defineKind } from './define.ts';
import { PROCESS_BYTES, TASK_SECONDS } from './facts.ts';
import { hashesOf, pathOf } from './finished-files.ts';
import { DATASET_OUTPUTS } from './outputs.ts';

/** Traces of the user's own, as a study names them. */
export interface OwnTraces {
  readonly name: string;
  /** Path of the file. */
  readonly data: string;
  readonly sha256: string;
}

/** Needs `data`: the study's own dataset. */
export interface OwnDataTask extends DataConfig {
  readonly own: OwnTraces;
}

/** Bytes of an example in memory. */
const EXAMPLE_BYTES = 8192;

export const ownDataKind = defineKind<OwnDataTask, Truth>({
  name: 'own-data',
  version: 1,
  usesCore: false,
  unit: 'problems',
  outputs: DATASET_OUTPUTS,
  state: [],
  inputs: (_, { data }) =>
    hashesOf(
      data,
      Object.keys(data.outputs).filter((name) => /^(?:dev|test-.*)\.jsonl$/.test(name)),
    ),
  // Neither the path nor the name of the file decides what is in it.
  keyed: ({ domain, size, generator, own: { sha256 } }) => plain({ domain, size, generator, sha256 }),
  estimate: ({ task }) => {
    const { train } = task.config as unknown as OwnDataTask;
    const bytes = PROCESS_BYTES + EXAMPLE_BYTES * train;
    return { tokens: train, flops: 0, seconds: TASK_SECONDS + train / 1000, threads: [1], bytes: () => bytes };
  },
  run: async ({ config, directory, need, say }) => {
    const data = need('data');
    const examples = await readOwn(config);
    for (const name of Object.keys(data.outputs).filter((each) => /^(?:dev|test-.*)\.jsonl$/.test(each)))
      await copyFile(pathOf(data, name), join(directory, name));
    const { truth, card } = await convertExamples(directory, examples);
    await writeFileAtomic(join(directory, 'README.md'), card);
    say(`${config.own.name}: ${truthText(truth)}`);
    return truth;
  },
});

/** @throws TracelabError of the first row that cannot be read or encoded, or that is of another domain or size */
async function readOwn({ domain, size, generator, own }: OwnDataTask): Promise<Example[]> {
  const hash = await hashFile(own.data);
  if (hash !== own.sha256)
    throw new TracelabError({
      code: 'OWN_TRACES_CHANGED',
      kind: 'refused_input',
      where: own.data,
      what: `the traces ${own.name} changed since the study began`,
      expected: `sha256 ${own.sha256}`,
      got: hash,
      hint: 'give the same `tracelab study` command again',
    });
  const vocabulary = domainOf(domain).vocabulary(size);
  const examples: Example[] = [];
  for await (const { example, place } of readExamplesOf(own.data, { size, generator })) {
    checkSameDomain(place, 'the study is about another domain', domain, example.domain);
    if (example.size !== size)
      throw new TracelabError({
        code: 'MIXED_SIZES',
        kind: 'refused_input',
        where: `${place}, example ${example.id}`,
        what: 'one model has one vocabulary',
        expected: `size ${size}`,
        got: String(example.size),
        hint: 'write a file for each size',
      });
    checkSequence(example, vocabulary, place);
    examples.push(example);
  }
  if (examples.length > 0) return examples;
  throw new TracelabError({
    code: 'NO_EXAMPLES',
    kind: 'refused_input',
    where: own.data,
    what: 'nothing to train on',
    expected: 'at least one row',
    got: '0 rows',
    hint: 'is it the right file?',
  });
}
