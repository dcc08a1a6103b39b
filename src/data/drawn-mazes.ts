// Mazes that others drew, as pictures, to a folder of examples: solved here, and written as a test set that evaluation
// can read.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { readText, writeFileAtomic, writeJsonl } from '../base/files.ts';
import { hashFile } from '../base/hash.ts';
import { solve } from '../domain/maze/astar.ts';
import { completionText, promptText } from '../domain/maze/grammar.ts';
import { readMazes } from '../domain/maze/interchange/ascii.ts';
import { MAZE_DISTRIBUTIONS } from '../domain/maze/distributions.ts';
import type { Example, GeneratorName } from '../domain/types.ts';
import { type Card, CARD_FILE, cardText } from './card.ts';
import { countWords, Lengths } from './word-lengths.ts';

/**
 * @param path of the pictures
 * @param generator label of the rows
 * @returns the card of the folder, which holds test-<generator>.jsonl
 * @throws TracelabError ASCII_MAZE, NO_PATH, NO_MAZES, DATASET_HERE with the place in the file before anything is
 * written
 */
export async function importMazes(path: string, generator: GeneratorName, directory: string): Promise<Card> {
  const known = MAZE_DISTRIBUTIONS.find(({ name }) => name === generator);
  if (known === undefined) {
    throw new TracelabError({
      code: 'EXAMPLE_ROW',
      kind: 'refused_input',
      where: '--generator',
      what: 'no generator of mazes',
      expected: `one of ${MAZE_DISTRIBUTIONS.map(({ name }) => name).join(', ')}`,
      got: generator,
    });
  }
  const drawn = readMazes(await readText(path), known.name, path);
  if (drawn.length === 0)
    throw new TracelabError({
      code: 'NO_MAZES',
      kind: 'refused_input',
      where: path,
      what: 'no maze in the file',
      expected: 'pictures, an empty line between them',
      got: 'nothing',
    });
  const prompts = new Lengths();
  const completions = new Lengths();
  const sizes = new Set<number>();
  const examples = drawn.map(({ problem, where }, i): Example => {
    const { trace, plan } = solve(problem);
    if (plan === null)
      throw new TracelabError({
        code: 'NO_PATH',
        kind: 'refused_input',
        where,
        what: 'the goal cannot be reached',
        expected: 'a path from S to E',
        got: 'none',
      });
    const example = {
      id: `${generator}-${problem.size}-drawn-${i}`,
      generator,
      size: problem.size,
      prompt: promptText(problem),
      completion: completionText(trace, plan),
    };
    prompts.add(countWords(example.prompt));
    completions.add(countWords(example.completion));
    sizes.add(problem.size);
    return example;
  });
  const manifest = join(directory, 'dataset.json');
  if (existsSync(manifest)) {
    throw new TracelabError({
      code: 'DATASET_HERE',
      kind: 'refused_input',
      where: directory,
      what: 'holds a generated dataset',
      expected: 'another folder',
      got: manifest,
    });
  }
  const name = `test-${generator}.jsonl`;
  await writeJsonl(join(directory, name), examples);
  const card: Card = {
    domain: 'maze',
    mazes: [...sizes]
      .sort((a, b) => a - b)
      .map((size) => `${size}x${size}`)
      .join(', '),
    format: 'jsonl',
    files: {
      [name]: {
        generator,
        count: examples.length,
        sha256: await hashFile(join(directory, name)),
        prompt_words: prompts.summary(),
        completion_words: completions.summary(),
      },
    },
  };
  await writeFileAtomic(join(directory, CARD_FILE), cardText(card));
  return card;
}
