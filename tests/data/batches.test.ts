// Examples as token ids, the schedule of batches, and one batch as ragged arrays with the targets that count.
import fc from '../seeded.ts';
import { describe, expect, it } from 'vitest';
import { RandomSequence, STREAMS, threefry2x32 } from '../../src/base/random.ts';
import {
  batchCapacity,
  type BatchArrays,
  drawGaps,
  MICRO_BATCH_WORDS,
  packBatch,
  scheduleBatches,
} from '../../src/data/batches.ts';
import { longestExample, tokenizeExamples } from '../../src/data/tokens.ts';
import type { Example } from '../../src/domain/types.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { chiSquareQuantile } from '../domain/chi-square.ts';

const vocabulary = createVocabulary(4);

function example(id: string, prompt: string, completion: string): Example {
  return { id, generator: 'wilson', size: 4, prompt, completion };
}

/** `events` events and a plan of `cells` cells. */
function made(id: number, events: number, cells: number): Example {
  const trace = Array.from(
    { length: events },
    (_, i) => `${i % 2 === 0 ? 'close' : 'create'} ${i % 4} ${(i >> 2) % 4} c${i % 16} c${id % 16} `,
  ).join('');
  return example(
    `e${id}`,
    `query start ${id % 4} 0 goal 3 3 wall 1 ${(id >> 2) % 4} reasoning`,
    `${trace}solution${Array.from({ length: cells }, (_, i) => ` plan ${i % 4} ${id % 4}`).join('')} end`,
  );
}

/** 60 examples of many lengths; every third without a trace. */
const EXAMPLES = Array.from({ length: 60 }, (_, i) => made(i, i % 3 === 0 ? 0 : (i * 7) % 23, 1 + (i % 5)));
const TOKENIZED = tokenizeExamples(EXAMPLES, vocabulary);
const lengthOf = (i: number): number => TOKENIZED.starts[i + 1] - TOKENIZED.starts[i];

function emptyBatch(tokens: number, accumulators: number): BatchArrays {
  const capacity = batchCapacity(tokens, accumulators);
  const words = (n: number): Int32Array => new Int32Array(n).fill(-1);
  return {
    tokens: words(capacity.tokens),
    positions: words(capacity.tokens),
    offsets: words(capacity.offsets),
    rows: words(capacity.tokens),
    targets: words(capacity.tokens),
    classes: new Uint8Array(capacity.tokens).fill(255),
    microBatches: words(capacity.microBatches * MICRO_BATCH_WORDS),
    firstMicroBatch: words(accumulators + 1),
  };
}

const noGaps = (members: Uint32Array): Uint32Array => new Uint32Array(members.length);

/** One micro-batch read back as sequences of words, each with its counted targets. */
function readMicroBatch(batch: BatchArrays, micro: number) {
  const [token, tokens, offset, sequences, row, rows] = batch.microBatches.subarray(
    micro * MICRO_BATCH_WORDS,
    (micro + 1) * MICRO_BATCH_WORDS,
  );
  return Array.from({ length: sequences }, (_, s) => {
    const [from, to] = [batch.offsets[offset + s], batch.offsets[offset + s + 1]];
    expect(to).toBeLessThanOrEqual(tokens);
    const counted = Array.from({ length: rows }, (_unused, r) => ({
      at: batch.rows[row + r],
      target: batch.targets[row + r],
      kind: batch.classes[row + r],
    })).filter(({ at }) => at >= from && at < to);
    return {
      words: vocabulary.decode(batch.tokens.subarray(token + from, token + to)),
      positions: [...batch.positions.subarray(token + from, token + to)],
      counted: counted.map(({ at, target, kind }) => ({
        position: at - from,
        target: vocabulary.words[target],
        kind: kind === 1 ? 'plan' : kind === 0 ? 'trace' : 'unknown',
      })),
    };
  });
}

describe('tokenizeExamples', () => {
  it('writes <bos> prompt completion <eos> and marks `reasoning` and `solution`', () => {
    const two = tokenizeExamples(
      [
        example('a', 'query start 0 0 goal 1 0 reasoning', 'close 0 0 c0 c1 solution plan 0 0 plan 1 0 end'),
        example('b', 'query start 2 0 goal 1 0 reasoning', 'solution plan 2 0 plan 1 0 end'),
      ],
      vocabulary,
    );
    expect(two.count).toBe(2);
    expect([...two.starts]).toEqual([0, 23, 41]);
    expect(vocabulary.decode(two.ids)).toBe(
      '<bos> query start 0 0 goal 1 0 reasoning close 0 0 c0 c1 solution plan 0 0 plan 1 0 end <eos> <bos> query start 2 0 goal 1 0 reasoning solution plan 2 0 plan 1 0 end <eos>',
    );
    expect([...two.reasoning]).toEqual([8, 8]);
    expect([...two.solution]).toEqual([14, 9]);
    expect(longestExample(two)).toBe(23);
  });

  it.each([
    [
      'a word of a larger grid',
      'query start 4 0 goal 1 0 reasoning',
      'solution plan 1 0 end',
      { code: 'EXAMPLE_WORD', where: 'example x, word 3' },
    ],
    [
      '<unk> itself',
      'query start 1 0 goal 1 0 <unk> reasoning',
      'solution plan 1 0 end',
      { code: 'EXAMPLE_WORD', where: 'example x, word 8' },
    ],
    ['a prompt without `reasoning`', 'query start 1 0 goal 1 0', 'solution plan 1 0 end', { code: 'EXAMPLE_FORM' }],
    ['a completion without `solution`', 'query start 1 0 goal 1 0 reasoning', 'plan 1 0 end', { code: 'EXAMPLE_FORM' }],
    [
      'a prompt that solves itself',
      'query start 1 0 goal 1 0 solution reasoning',
      'plan 1 0 end',
      { code: 'EXAMPLE_FORM' },
    ],
  ])('refuses %s', (_, prompt, completion, expected) => {
    expect(() => tokenizeExamples([made(1, 2, 2), example('x', prompt, completion)], vocabulary)).toThrow(
      expect.objectContaining({ ...expected, exitCode: 2 }) as Error,
    );
  });
});

describe('scheduleBatches', () => {
  const budget = 2 * longestExample(TOKENIZED) + 17;
  const schedule = scheduleBatches(TOKENIZED, { epochs: 3 }, budget, 5);

  it('takes every example once an epoch, in another order each time', () => {
    const epochs = [0, 1, 2].map((epoch) => [...schedule.order.subarray(60 * epoch, 60 * (epoch + 1))]);
    for (const epoch of epochs) expect(epoch.toSorted((a, b) => a - b)).toEqual(EXAMPLES.map((_, i) => i));
    expect(new Set(epochs.map(String)).size).toBe(3);
    expect(epochs[0]).not.toEqual(EXAMPLES.map((_, i) => i));
  });

  it('fills every batch up to its budget: no empty one, none too large, no example that would still have fit', () => {
    expect(schedule.starts.length).toBe(schedule.steps + 1);
    expect([schedule.starts[0], schedule.starts[schedule.steps]]).toEqual([0, 180]);
    let total = 0;
    for (let step = 0; step < schedule.steps; step++) {
      const members = [...schedule.order.subarray(schedule.starts[step], schedule.starts[step + 1])];
      const tokens = members.reduce((sum, i) => sum + lengthOf(i), 0);
      expect(members.length).toBeGreaterThan(0);
      expect(tokens).toBeLessThanOrEqual(budget);
      if (step < schedule.steps - 1)
        expect(tokens + lengthOf(schedule.order[schedule.starts[step + 1]])).toBeGreaterThan(budget);
      total += tokens;
    }
    expect(schedule.tokens).toBe(total);
    expect(total).toBe(3 * TOKENIZED.ids.length);
  });

  it("is a function of the seed; an epoch's order does not depend on how many follow", () => {
    expect(scheduleBatches(TOKENIZED, { epochs: 3 }, budget, 5)).toEqual(schedule);
    expect(scheduleBatches(TOKENIZED, { epochs: 1 }, budget, 5).order).toEqual(schedule.order.slice(0, 60));
    expect(scheduleBatches(TOKENIZED, { epochs: 3 }, budget, 6).order).not.toEqual(schedule.order);
  });

  it('ends a run of so many tokens with the example that reaches them, in the middle of an epoch and of a batch', () => {
    for (const tokens of [1, budget + 1, TOKENIZED.ids.length, TOKENIZED.ids.length + 1, schedule.tokens - 5]) {
      const cut = scheduleBatches(TOKENIZED, { tokens }, budget, 5);
      const last = lengthOf(cut.order[cut.order.length - 1]);
      expect(cut.tokens).toBe([...cut.order].reduce((sum, i) => sum + lengthOf(i), 0));
      expect(cut.tokens).toBeGreaterThanOrEqual(tokens);
      expect(cut.tokens - last).toBeLessThan(tokens);
      expect(cut.order).toEqual(schedule.order.slice(0, cut.order.length));
      expect([...cut.starts]).toEqual([...schedule.starts.slice(0, cut.steps), cut.order.length]);
    }
  });

  it('reads one set after the other, by the order of a single one', () => {
    // 60 examples as 3 sets of 20: the order of an epoch is that of 20 examples, moved to its set.
    const single = scheduleBatches({ ...TOKENIZED, count: 20 }, { epochs: 5 }, budget, 5);
    const sets = scheduleBatches(TOKENIZED, { epochs: 5 }, budget, 5, 3);
    expect([...sets.order]).toEqual(Array.from(single.order, (example, i) => example + 20 * (Math.floor(i / 20) % 3)));
  });

  it('takes a budget of exactly the longest example and refuses one token less', () => {
    const longest = longestExample(TOKENIZED);
    expect(scheduleBatches(TOKENIZED, { epochs: 1 }, longest, 1).tokens).toBe(TOKENIZED.ids.length);
    expect(() => scheduleBatches(TOKENIZED, { epochs: 1 }, longest - 1, 1)).toThrow(
      expect.objectContaining({ code: 'BATCH_TOO_SMALL', where: 'train.batch_tokens' }) as Error,
    );
  });

  it('refuses a run whose order would not fit the memory', () => {
    expect(() => scheduleBatches(TOKENIZED, { tokens: 1e12 }, 4096, 1)).toThrow(
      expect.objectContaining({ code: 'RUN_TOO_LONG', where: 'train.tokens' }) as Error,
    );
  });
});

describe('packBatch', () => {
  it('counts exactly the targets after `reasoning` through <eos>: events as trace, `solution` and the rest as plan', () => {
    const one = tokenizeExamples(
      [
        example(
          'a',
          'query start 0 0 goal 1 0 reasoning',
          'close 0 0 c0 c1 create 1 0 c1 c0 solution plan 0 0 plan 1 0 end',
        ),
      ],
      vocabulary,
    );
    const batch = emptyBatch(64, 2);
    expect(packBatch(one, Uint32Array.of(0), Uint32Array.of(0), 2, 64, batch)).toEqual({
      tokens: 28,
      traceTargets: 10,
      planTargets: 9,
    });
    const [sequence] = readMicroBatch(batch, 0);
    // The last word, <eos>, is only a target.
    expect(sequence.words).toBe(
      '<bos> query start 0 0 goal 1 0 reasoning close 0 0 c0 c1 create 1 0 c1 c0 solution plan 0 0 plan 1 0 end',
    );
    expect(sequence.positions).toEqual(Array.from({ length: 27 }, (_, i) => i));
    const targets = 'close 0 0 c0 c1 create 1 0 c1 c0 solution plan 0 0 plan 1 0 end <eos>'.split(' ');
    expect(sequence.counted).toEqual(
      targets.map((target, i) => ({ position: 8 + i, target, kind: i < 10 ? 'trace' : 'plan' })),
    );
    expect([...batch.firstMicroBatch]).toEqual([0, 1, 1]);
  });

  it('a solution without a trace has plan targets only', () => {
    const one = tokenizeExamples(
      [example('a', 'query start 0 0 goal 1 0 reasoning', 'solution plan 0 0 plan 1 0 end')],
      vocabulary,
    );
    const batch = emptyBatch(64, 1);
    expect(packBatch(one, Uint32Array.of(0), Uint32Array.of(0), 1, 64, batch)).toEqual({
      tokens: 18,
      traceTargets: 0,
      planTargets: 9,
    });
    expect(readMicroBatch(batch, 0)[0].counted.map(({ target, kind }) => `${target} ${kind}`)).toEqual(
      'solution plan 0 0 plan 1 0 end <eos>'.split(' ').map((word) => `${word} plan`),
    );
  });

  it.each([
    [1, 1000],
    [3, 120],
    [5, 64],
    [16, 64],
    [100, 64],
  ])('%i accumulators, micro-batches of %i tokens: every member once, nothing else', (accumulators, micro) => {
    const members = Uint32Array.from([3, 59, 17, 4, 22, 58, 30, 9, 41, 2, 2]);
    const budget = members.reduce((sum, i) => sum + lengthOf(i), 0);
    const batch = emptyBatch(budget, accumulators);
    const counts = packBatch(
      TOKENIZED,
      members,
      noGaps(members),
      accumulators,
      Math.max(micro, longestExample(TOKENIZED)),
      batch,
    );
    expect(counts.tokens).toBe(budget);
    const sequences: string[] = [];
    const targets = { trace: 0, plan: 0, unknown: 0 };
    for (let m = 0; m < batch.firstMicroBatch[accumulators]; m++) {
      for (const { words, positions, counted } of readMicroBatch(batch, m)) {
        sequences.push(`${words} <eos>`);
        expect(positions).toEqual([...positions.keys()]);
        const text = `${words} <eos>`.split(' ');
        const reasoning = text.indexOf('reasoning'),
          solution = text.indexOf('solution');
        expect(counted).toEqual(
          text.slice(reasoning + 1).map((target, i) => ({
            position: reasoning + i,
            target,
            kind: reasoning + 1 + i < solution ? 'trace' : 'plan',
          })),
        );
        for (const { kind } of counted) targets[kind as keyof typeof targets] += 1;
      }
    }
    expect(targets).toEqual({ trace: counts.traceTargets, plan: counts.planTargets, unknown: 0 });
    const expected = [...members].map((i) =>
      vocabulary.decode(TOKENIZED.ids.subarray(TOKENIZED.starts[i], TOKENIZED.starts[i + 1])),
    );
    expect(sequences.sort()).toEqual(expected.sort());
  });

  it('keeps micro-batches within their tokens and accumulators within the longest example of each other', () => {
    const members = Uint32Array.from(EXAMPLES.keys());
    const accumulators = 7,
      micro = longestExample(TOKENIZED) + 30;
    const batch = emptyBatch(TOKENIZED.ids.length, accumulators);
    packBatch(TOKENIZED, members, noGaps(members), accumulators, micro, batch);
    const loads = Array.from({ length: accumulators }, (_, a) => {
      let tokens = 0;
      for (let m = batch.firstMicroBatch[a]; m < batch.firstMicroBatch[a + 1]; m++) {
        const size = batch.microBatches[m * MICRO_BATCH_WORDS + 1];
        expect(size).toBeLessThanOrEqual(micro);
        tokens += size;
      }
      return tokens;
    });
    // Longest first to the lightest: two loads differ by less than one example.
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(longestExample(TOKENIZED));
  });

  it('is a function of the members and their gaps alone, whatever the arrays held before', () => {
    const members = Uint32Array.from([5, 6, 7, 8, 40, 41]);
    const [fresh, used] = [emptyBatch(1000, 3), emptyBatch(1000, 3)];
    const gaps = Uint32Array.from([0, 3, 9, 0, 1, 2]);
    packBatch(TOKENIZED, members, gaps, 3, 300, fresh);
    packBatch(TOKENIZED, Uint32Array.from([50, 51, 52, 1, 2]), Uint32Array.from([7, 7, 7, 7, 7]), 3, 300, used);
    packBatch(TOKENIZED, members, gaps, 3, 300, used);
    const micros = fresh.firstMicroBatch[3];
    expect([...used.firstMicroBatch]).toEqual([...fresh.firstMicroBatch]);
    for (let m = 0; m < micros; m++) expect(readMicroBatch(used, m)).toEqual(readMicroBatch(fresh, m));
  });

  it('shifts the positions from `reasoning` on by the gap of the member, and changes nothing else', () => {
    const members = Uint32Array.from([3, 59, 17, 4, 22, 3]);
    const gaps = Uint32Array.from([0, 5, 1, 0, 900, 7]);
    const [plain, shifted] = [emptyBatch(1000, 4), emptyBatch(1000, 4)];
    const counts = packBatch(TOKENIZED, members, noGaps(members), 4, 300, plain);
    expect(packBatch(TOKENIZED, members, gaps, 4, 300, shifted)).toEqual(counts);
    expect({ ...shifted, positions: plain.positions }).toEqual(plain);
    const read = (batch: BatchArrays) =>
      Array.from({ length: batch.firstMicroBatch[4] }, (_unused, m) => readMicroBatch(batch, m)).flat();
    const found = read(shifted).map(({ words, positions }) => {
      const text = words.split(' ');
      const at = text.indexOf('reasoning');
      expect(positions.slice(0, at)).toEqual(Array.from({ length: at }, (_unused, t) => t));
      const gap = positions[at] - at;
      expect(positions.slice(at)).toEqual(Array.from({ length: text.length - at }, (_unused, t) => at + gap + t));
      return `${gap} ${words} <eos>`;
    });
    const expected = [...members].map((i, m) => {
      const words = vocabulary.decode(TOKENIZED.ids.subarray(TOKENIZED.starts[i], TOKENIZED.starts[i + 1]));
      return `${gaps[m]} ${words}`;
    });
    expect(found.sort()).toEqual(expected.sort());
  });

  it('gives every counted target the gap: its word is predicted from a shifted position', () => {
    const members = Uint32Array.from([5, 3, 50]);
    const batch = emptyBatch(1000, 1);
    packBatch(TOKENIZED, members, Uint32Array.from([40, 40, 40]), 1, 1000, batch);
    const counted = new Set<number>();
    for (const { counted: targets, positions } of readMicroBatch(batch, 0))
      for (const { position } of targets) {
        expect(positions[position]).toBe(position + 40);
        counted.add(position);
      }
    // `reasoning` predicts the first word.
    expect(counted).toContain(TOKENIZED.reasoning[5]);
  });

  it('any batch of a budget fits into the arrays that batchCapacity asks for', () => {
    // The shortest examples that the grammar allows make the most sequences.
    const short = tokenizeExamples(
      Array.from({ length: 50 }, (_, i) => example(`s${i}`, 'reasoning', 'solution')),
      vocabulary,
    );
    const random = new RandomSequence(1, 1, 1);
    for (const [examples, count] of [
      [short, 50],
      [TOKENIZED, 60],
    ] as const) {
      for (let round = 0; round < 20; round++) {
        const members = Uint32Array.from({ length: 1 + random.below(count) }, () => random.below(count));
        const budget = members.reduce((sum, i) => sum + examples.starts[i + 1] - examples.starts[i], 0);
        const accumulators = 1 + random.below(20);
        const batch = emptyBatch(budget, accumulators);
        // A typed array drops what is written past its end: a sequence without room would not come back.
        packBatch(examples, members, noGaps(members), accumulators, longestExample(examples), batch);
        let sequences = 0;
        for (let m = 0; m < batch.firstMicroBatch[accumulators]; m++) sequences += readMicroBatch(batch, m).length;
        expect(sequences).toBe(members.length);
      }
    }
  });
});

describe('drawGaps', () => {
  it('are 0 where nothing is shifted', () => {
    expect([...drawGaps(3, 17, 100, 0)]).toEqual(Array<number>(100).fill(0));
  });

  it.each([1, 2, 6, 16, 255])('are uniform over 0 to %i', (most) => {
    const count = 40_000;
    const counts = new Array<number>(most + 1).fill(0);
    for (const gap of drawGaps(11, 0, count, most)) counts[gap] += 1;
    expect(counts.length).toBe(most + 1);
    const expected = count / (most + 1);
    const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 99.9 % quantile, exact below 100 degrees of freedom (tables); the seed is fixed, so this never flickers.
    expect(chiSquare).toBeLessThanOrEqual(
      { 1: 10.83, 2: 13.82, 6: 22.46, 16: 39.25 }[most] ?? chiSquareQuantile(0.999, most),
    );
  });

  it('of one epoch say nothing about those of the next, nor those of neighbours about each other', () => {
    const count = 30_000;
    const [first, second] = [0, count].map((at) => drawGaps(4, at, count, 16));
    const correlation = (a: Uint32Array, b: Uint32Array): number => {
      let sum = 0;
      for (let i = 0; i < b.length; i++) sum += (a[i] - 8) * (b[i] - 8);
      return sum / b.length / ((17 ** 2 - 1) / 12);
    };
    // Four standard errors.
    expect(Math.abs(correlation(first, second))).toBeLessThanOrEqual(4 / Math.sqrt(count));
    expect(Math.abs(correlation(first, first.subarray(1)))).toBeLessThanOrEqual(4 / Math.sqrt(count));
  });

  it('are functions of the seed and the number of the sequence, wherever a call begins', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 0, max: 2 ** 28 }),
        fc.integer({ min: 1, max: 131_072 }),
        fc.integer({ min: 0, max: 20 }),
        (seed, first, most, cut) => {
          const gaps = drawGaps(seed, first, 20, most);
          expect([...drawGaps(seed, first, cut, most), ...drawGaps(seed, first + cut, 20 - cut, most)]).toEqual([
            ...gaps,
          ]);
          expect(Math.max(...gaps)).toBeLessThanOrEqual(most);
          // The random numbers of the specification, without RandomSequence: one in 2^32 / (most + 1) or fewer is drawn
          // again.
          const words = new Uint32Array(2);
          threefry2x32(seed, 15, first, 0, words);
          if (words[0] < 2 ** 32 - most - 1) expect(gaps[0]).toBe(words[0] % (most + 1));
        },
      ),
    );
    expect(drawGaps(1, 0, 20, 100)).not.toEqual(drawGaps(2, 0, 20, 100));
  });

  it('use a stream that nothing else uses', () => {
    const { position_offset, ...others } = STREAMS;
    expect(Object.values(others)).not.toContain(position_offset);
    // Sets of problems are drawn from train, dev and test plus multiples of 256.
    expect(position_offset).toBeLessThan(256);
  });
});
