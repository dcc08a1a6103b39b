// The tokenizer files of a checkpoint folder in Hugging Face's own tokenizers for JavaScript: ids and texts of prompts
// and completions are those of the vocabulary. scripts/check-transformers.py does the same in Python.
import * as tokenizers from '@huggingface/tokenizers';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { domainOf } from '../../src/domain/domains.ts';
import { writeCheckpoint } from '../../src/model/checkpoint.ts';
import { MODEL, ORIGIN, RECIPE } from './small-checkpoint.ts';

/** What is used of it. Its own types name files without extensions, which are not found here. */
interface Tokenizer {
  encode(text: string, options?: { readonly add_special_tokens: boolean }): { readonly ids: number[] };
  decode(ids: readonly number[], options?: { readonly skip_special_tokens: boolean }): string;
}
const { Tokenizer } = tokenizers as unknown as { readonly Tokenizer: new (...files: readonly object[]) => Tokenizer };

/** Prompts with completions of each domain. */
const PROBLEMS = 500;

describe.each([
  { name: 'maze', size: 6 },
  { name: 'sokoban', size: 7 },
])('tokenizer files of $name', ({ name, size }) => {
  const domain = domainOf(name);
  const vocabulary = domain.vocabulary(size);
  const texts = Array.from({ length: PROBLEMS }, (_, i) => {
    const { name: distribution } = domain.distributions[i % domain.distributions.length];
    return domain.solve(domain.draw(distribution, size, new RandomSequence(9, STREAMS.sampling, i), domain.settings));
  });
  let folder = '';
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-tokenizer-'));
    await writeCheckpoint(folder, [], MODEL, vocabulary, { ...ORIGIN, domain: name, size }, RECIPE);
    const json = async (file: string): Promise<object> =>
      JSON.parse(await readFile(join(folder, file), 'utf8')) as object;
    tokenizer = new Tokenizer(await json('tokenizer.json'), await json('tokenizer_config.json'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it(`encodes ${PROBLEMS} prompts and completions as <bos> and our ids`, () => {
    for (const { prompt, completion } of texts) {
      const text = `${prompt} ${completion}`;
      const ids = [...vocabulary.encode(text)];
      expect(ids).not.toContain(vocabulary.unk);
      expect(tokenizer.encode(text).ids).toEqual([vocabulary.bos, ...ids]);
      expect(tokenizer.encode(completion, { add_special_tokens: false }).ids).toEqual([
        ...vocabulary.encode(completion),
      ]);
    }
  });

  it('decodes them to the words, joined by blanks, with or without special words', () => {
    for (const { prompt, completion } of texts) {
      const text = `${prompt} ${completion}`;
      const ids = [vocabulary.bos, ...vocabulary.encode(text), vocabulary.eos, vocabulary.pad];
      expect(tokenizer.decode(ids, { skip_special_tokens: true })).toBe(text);
      expect(tokenizer.decode(ids)).toBe(vocabulary.decode(ids));
    }
  });

  it('takes any blanks between words, <eos> without one before it, and <unk> for a word that it does not know', () => {
    const [{ prompt }] = texts;
    const spread = prompt.replaceAll(' ', ' \t\n ');
    expect(tokenizer.encode(spread).ids).toEqual([vocabulary.bos, ...vocabulary.encode(prompt)]);
    const { eos, unk } = vocabulary;
    const ids = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
    expect(ids('end<eos>')).toEqual([vocabulary.idOf('end'), eos]);
    expect(ids('start 01 Goal c1')).toEqual([...vocabulary.encode('start 01 Goal c1')]);
    expect(ids('Goal')).toEqual([unk]);
  });
});
