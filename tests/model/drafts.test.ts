// Drafts change no token: completions with them equal plain ones, whatever the draft, sampled or greedy, on any number
// of threads.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from '../seeded.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../src/model/checkpoint.ts';
import { newDraftRecords } from '../../src/model/drafts.ts';
import type { Completion, GenerateRequest } from '../../src/model/generate.ts';
import { Model } from '../../src/model/model.ts';
import { SIZE, writeSmallCheckpoint } from './small-checkpoint.ts';

const PROMPTS = Array.from({ length: 21 }, (_, i) => {
  const walls = Array.from({ length: (5 * i) % 17 }, (_unused, w) => ` wall ${(w + i) % SIZE} ${w % SIZE}`).join('');
  return `query start ${i % SIZE} 0 goal ${(i + 1) % SIZE} 3${walls} reasoning`;
});
const CAP = 80;

let folder = '';
let checkpoint: Checkpoint;
const models = new Map<number, Model>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-drafts-'));
  checkpoint = await writeSmallCheckpoint(folder);
});
afterAll(async () => {
  for (const model of models.values()) await model.close();
  await rm(folder, { recursive: true, force: true });
});

/** Open for all tests, so that each begins with what another has left in memory. */
const opened = (threads: number): Model => {
  const model = models.get(threads) ?? Model.of(checkpoint, threads);
  models.set(threads, model);
  return model;
};
const run = async (changes: Partial<GenerateRequest>, threads = 1): Promise<Completion[]> =>
  (await opened(threads).generate({ prompts: PROMPTS, maxNewTokens: CAP, temperature: 0, seed: 1, ...changes })) ?? [];

describe.each([0, 1])('at temperature %d', (temperature) => {
  it.each([1, 2, 3])('recorded completions as drafts are accepted whole on %d threads', async (threads) => {
    const plain = await run({ temperature });
    const model = opened(threads);
    const { drafted, accepted } = model.draftCounts;
    expect(await run({ temperature, drafts: plain.map(({ text }) => text) }, threads)).toEqual(plain);
    const counts = model.draftCounts;
    expect(counts.accepted - accepted).toBe(counts.drafted - drafted);
    // All tokens but the ends, and those that follow a whole piece.
    expect(counts.accepted - accepted).toBeGreaterThan(0.8 * plain.reduce((sum, { tokens }) => sum + tokens, 0));
  });

  it('a draft that is wrong at any one place changes nothing', async () => {
    const plain = await run({ temperature });
    const { words } = checkpoint.vocabulary;
    for (let place = 0; place < CAP; place += 1) {
      const drafts = plain.map(({ ids }) => {
        const changed = Array.from(ids, (id) => words[id]);
        if (place < changed.length) changed[place] = words[(ids[place] + 1) % words.length];
        return changed.join(' ');
      });
      expect(await run({ temperature, drafts })).toEqual(plain);
    }
  });

  it('several completions of a prompt share its draft, and its keys and values', async () => {
    const samples = 5;
    const one = await run({ temperature });
    const plain: Completion[] = [];
    for (let sample = 0; sample < samples; sample++) {
      // A sample alone: the same index, reached by repeating the prompts.
      const prompts = Array.from({ length: sample + 1 }, () => PROMPTS).flat();
      plain.push(...(await run({ temperature, prompts })).slice(-PROMPTS.length));
    }
    for (const threads of [1, 2, 3])
      for (const drafts of [undefined, one.map(({ text }) => text), one.map(({ text }) => text).reverse()])
        expect(await run({ temperature, samples, drafts }, threads)).toEqual(plain);
  });
});

/** No draft, random words, or the completion with a part replaced: cut short, shifted, with a wrong end. */
type Guess = null | number[] | { readonly cut: number; readonly from: number; readonly tail: number[] };

it('any drafts leave any completions as they are', async () => {
  const { words, length } = checkpoint.vocabulary;
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        picked: fc.array(fc.nat(PROMPTS.length - 1), { minLength: 1, maxLength: 12 }),
        maxNewTokens: fc.integer({ min: 1, max: 90 }),
        temperature: fc.constantFrom(0, 0.5, 1, 2),
        seed: fc.nat(),
        samples: fc.integer({ min: 1, max: 3 }),
        threads: fc.integer({ min: 1, max: 3 }),
      }),
      fc.infiniteStream(
        fc.oneof<fc.Arbitrary<Guess>[]>(
          fc.constant(null),
          fc.array(fc.nat(length - 1), { maxLength: 160 }),
          fc.record({ cut: fc.nat(120), from: fc.nat(120), tail: fc.array(fc.nat(length - 1), { maxLength: 8 }) }),
        ),
      ),
      async ({ picked, threads, samples, ...settings }, guesses: Iterator<Guess>) => {
        const prompts = picked.map((i) => PROMPTS[i]);
        const plain = await run({ prompts, samples, ...settings });
        const drafts = prompts.map((_, i): string | null => {
          const { value: guess } = guesses.next() as IteratorYieldResult<Guess>;
          if (guess === null) return null;
          if (Array.isArray(guess)) return guess.map((id) => words[id]).join(' ');
          const own = [...plain[i].ids];
          return [...own.slice(0, guess.cut), ...guess.tail, ...own.slice(guess.from)].map((id) => words[id]).join(' ');
        });
        expect(await run({ prompts, samples, drafts, ...settings }, threads)).toEqual(plain);
      },
    ),
    { seed: 1, numRuns: 60 },
  );
});

it('stops trying drafts that are useless, and never tries more than an allowance of them', async () => {
  const model = opened(1);
  const { drafted } = model.draftCounts;
  const prompts = Array.from({ length: 20 }, () => PROMPTS).flat();
  const plain = await run({ prompts });
  const { words } = checkpoint.vocabulary;
  const drafts = plain.map(({ ids }) => Array.from(ids, (id) => words[(id + 1) % words.length]).join(' '));
  expect(await run({ prompts, drafts })).toEqual(plain);
  expect(model.draftCounts.drafted - drafted).toBeLessThan(0.03 * plain.reduce((sum, { tokens }) => sum + tokens, 0));
});

describe('the record of drafts', () => {
  it('lets pieces wait that could waste more than the allowance, until drafts have paid', () => {
    const { first } = newDraftRecords();
    let tried = 0;
    for (; first.allows() === true; tried += 8) first.tries(8);
    expect([tried, first.allows()]).toEqual([64, null]);
    first.count(8, 8);
    expect(first.allows()).toBe(true);
    first.count(56, 56);
    first.count(9, 9);
    first.tries(1000);
    expect(first.allows()).toBe(true);
  });

  it('tries one draft of 16 once they do not pay', () => {
    const { again } = newDraftRecords();
    again.tries(64);
    again.count(64, 0);
    const answers = Array.from({ length: 64 }, () => again.allows());
    expect(answers.filter((answer) => answer === true)).toHaveLength(4);
    expect(answers).not.toContain(null);
  });

  it('first pieces are long while 1 token in 33 is wasted at most', () => {
    const { first, again } = newDraftRecords();
    expect([first.firstPiece, again.firstPiece]).toEqual([8, 4]);
    const lengths = [];
    for (const [tried, accepted] of [
      [255, 255],
      [33, 33],
      [9, 0],
      [32, 32],
    ]) {
      first.tries(tried);
      first.count(tried, accepted);
      lengths.push(first.firstPiece);
    }
    expect(lengths).toEqual([8, 64, 8, 64]);
  });
});

it('refuses a draft with a word outside the vocabulary, and accepts <unk>, which a model may write', async () => {
  const drafts = PROMPTS.map((_, i) => (i === 3 ? 'create 0 0 c0 c9999' : null));
  await expect(run({ drafts })).rejects.toMatchObject({
    code: 'DRAFT_WORD',
    where: 'draft of prompt 4',
    details: { got: 'c9999' },
  });
  expect(await run({ drafts: PROMPTS.map(() => 'create <unk>') })).toEqual(await run({}));
});
