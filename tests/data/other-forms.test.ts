// Forms of others, after their sources: Searchformer (facebookresearch/searchformer: trace.py, rollout.py), TRL
// (GRPOTrainer.log, its page on dataset formats), maze-dataset (LatticeMaze.as_ascii), MongoDB's exports, Python's
// JSON. Tables in `cases` were written by pandas 3.0.6 and pyarrow 25.0.1.
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { readExplainedRow } from '../../src/cli/explain-source.ts';
import { read, readText } from './reading.ts';

const CASES = join(import.meta.dirname, 'cases');
const PROMPT = 'query start 0 0 goal 1 0 reasoning';
const RIGHT = 'close 0 0 c0 c1 create 1 0 c1 c0 create 0 1 c1 c2 close 1 0 c1 c0 solution plan 0 0 plan 1 0 end';
const WRONG = RIGHT.replace('plan 1 0', 'plan 1 1');
const line = (row: object): string => `${JSON.stringify(row)}\n`;
const words = (text: string): string[] => text.split(' ');
/** Ids and valid plans. */
const judged = async (text: string, size = 4): Promise<[ids: string[], valid: boolean[], refused: string[]]> => {
  const { examples, verdicts, refused } = await readText(text, { size });
  return [examples.map(({ id }) => id), verdicts.map(({ plan }) => plan.valid), refused];
};

describe('several completions of one prompt are rows of their own', () => {
  it.each([
    ['texts', { completions: [RIGHT, WRONG] }],
    ['texts under the singular', { completion: [RIGHT, WRONG] }],
    ['lists of words', { completion: [words(RIGHT), words(WRONG)] }],
    ['messages', { completions: [[{ role: 'assistant', content: RIGHT }], [{ role: 'assistant', content: WRONG }]] }],
  ])('%s', async (_, completions) => {
    expect(await judged(line({ id: 'a', prompt: PROMPT, ...completions }))).toEqual([
      ['a#1', 'a#2'],
      [true, false],
      [],
    ]);
  });

  it("Searchformer's rollouts, with their bos and eos; the reference is no completion", async () => {
    const trace = ['create 0 0 c0 c1', ...RIGHT.split(/ (?=create|close)/).slice(0, 4)]
      .join(' ')
      .replace(/ solution.*/, '');
    const plan = 'plan 0 0 plan 1 0';
    const row = {
      _id: { $numberLong: '-5077437373648375001' },
      prompt: words('start 0 0 goal 1 0'),
      reasoning: words(trace),
      plan: words(plan),
      rollouts: [words(`bos ${trace} ${plan} eos`), words(`bos ${trace} plan 0 0 eos`), words(`bos ${trace}`)],
    };
    const { examples, verdicts, refused } = await readText(line(row), { size: 4 });
    expect(refused).toEqual([]);
    expect(examples.map(({ id }) => id)).toEqual([1, 2, 3].map((part) => `-5077437373648375001#${part}`));
    expect(verdicts.map(({ exact, format, plan: { valid } }) => [exact, format, valid])).toEqual([
      [true, true, true],
      [true, true, false],
      // Cut off before its plan.
      [true, false, false],
    ]);
  });

  it('a row without an id has the number of the row', async () => {
    const [ids] = await judged(
      line({ prompt: PROMPT, completion: RIGHT }) + line({ prompt: PROMPT, completions: [RIGHT, WRONG] }),
    );
    expect(ids).toEqual(['row-1', 'row-2#1', 'row-2#2']);
  });

  it('a wrong one is refused by its number, and leaves the others', async () => {
    expect(await judged(line({ id: 7, prompt: PROMPT, completions: [RIGHT, null, WRONG] }))).toEqual([
      ['7#1', '7#3'],
      [true, false],
      [
        'error[ROW] stdin:1:1, completion 2: `completions` is null; expected a text, a list of words, or a list with one message, got null (hint: leave the row out, or write its text)',
      ],
    ]);
  });

  it.each([
    [{ completions: [] }, '`completions` is empty; expected a list of completions, got []'],
    [{ completions: 'x' }, '`completions` is a string; expected a list of completions, got "x"'],
    [
      { completions: ['so', 'thus'], labels: [true, false] },
      '`completions` are the steps of one completion, each with a label; expected completions of their own, got a list `labels` (hint: join the steps',
    ],
  ])('%j is refused', async (fields, message) => {
    const [ids, , refused] = await judged(line({ prompt: PROMPT, ...fields }));
    expect([ids, refused.length]).toEqual([[], 1]);
    expect(refused[0]).toContain(`error[ROW] stdin:1:1: ${message}`);
  });

  it('of a Parquet table, and explained by number', async () => {
    const file = join(CASES, 'several-completions.parquet');
    const { examples, verdicts, refused } = await read(file, { size: 4 });
    expect(refused).toEqual([]);
    expect(examples.map(({ id }, i) => [id, verdicts[i].plan.valid])).toEqual([
      ['7#1', true],
      ['7#2', false],
      // More than a double holds.
      ['4611686018427387905#1', false],
      ['4611686018427387905#2', true],
      ['4611686018427387905#3', true],
    ]);
    for (const [target, id, shown] of [
      [file, undefined, '7#1'],
      [file, '7', '7#1'],
      [file, '7#2', '7#2'],
      [`${file}:2`, undefined, '4611686018427387905#1'],
      [`${file}:2`, '4611686018427387905#3', '4611686018427387905#3'],
    ] as const)
      expect(await readExplainedRow(target, { size: 4, ...(id !== undefined && { id }) })).toMatchObject({ id: shown });
    await expect(readExplainedRow(file, { size: 4, id: '7#3' })).rejects.toMatchObject({ code: 'ROW_MISSING' });
  });
});

describe("TRL's logged completions", () => {
  it.each(['trl-completions.parquet', 'trl-chat.parquet', 'lz4.parquet'])('%s', async (name) => {
    const { examples, verdicts, refused } = await read(join(CASES, name), { size: 4 });
    expect(refused).toEqual([]);
    expect(new Set(examples.map(({ prompt }) => prompt))).toEqual(new Set([PROMPT]));
    expect(verdicts.map(({ plan }) => plan.valid)).toEqual([true, false, true, true]);
  });

  it('LZ4_RAW is what the table is compressed with', async () => {
    const { row_groups } = await parquetMetadataAsync(await asyncBufferFromFile(join(CASES, 'lz4.parquet')));
    const codecs = row_groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data?.codec));
    expect(new Set(codecs)).toEqual(new Set(['LZ4_RAW']));
  });

  it('conversational prompts and completions, nested in Parquet', async () => {
    const { examples, verdicts } = await read(join(CASES, 'chat-messages.parquet'), { size: 4 });
    expect(examples.map(({ prompt }) => prompt)).toEqual([PROMPT, PROMPT]);
    expect(verdicts.map(({ plan }) => plan.valid)).toEqual([true, false]);
  });

  it.each([
    `system\nYou solve mazes from a start to a goal.\nuser\n${PROMPT}\nassistant\n`,
    `<|im_start|>system\nSolve.<|im_end|>\n<|im_start|>user\n${PROMPT}<|im_end|>\n<|im_start|>assistant\n`,
    `<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n${PROMPT}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n`,
    `<bos><start_of_turn>user\n${PROMPT}<end_of_turn>\n<start_of_turn>model\n`,
    `<s>[INST] ${PROMPT} [/INST]`,
    `<|user|>\n${PROMPT}<|end|>\n<|assistant|>\n`,
    `<|im_start|>user\n${PROMPT}<|im_end|>\n<|im_start|>assistant\n<think>\n`,
  ])('the template of a chat around a prompt: %j', async (prompt) => {
    const { examples, verdicts, refused } = await readText(line({ prompt, completion: RIGHT }), { size: 4 });
    expect(refused).toEqual([]);
    expect(examples[0].prompt).toBe(PROMPT);
    expect(verdicts[0]).toMatchObject({ exact: true, format: true, plan: { optimal: true } });
  });

  it('a wrong word in such a prompt has its column', async () => {
    const prompt = `user\n${PROMPT.replace('goal 1', 'goal 9')}\nassistant\n`;
    // Escapes before it: then the column is that of the line.
    const [, , refused] = await judged(line({ prompt, completion: RIGHT }));
    expect(refused[0]).toMatch(/^error\[PROMPT_SYNTAX\] stdin:1:\d+: not a coordinate of this grid; /);
  });

  it.each([
    [{ prompt: PROMPT }, 'a prompt alone cannot be judged: add `completion`'],
    [{ prompt: PROMPT, chosen: RIGHT, rejected: WRONG }, 'preference data: rename `chosen` or `rejected`'],
    [{ columns: ['prompt'], data: [[PROMPT]] }, 'a table of Weights & Biases: write its rows'],
  ])('%j is refused with the way out', async (row, hint) => {
    const [, , refused] = await judged(line(row));
    expect(refused[0]).toMatch(/^error\[ROW\] stdin:1:1: the row has no texts; expected .*, got .* \(hint: /);
    expect(refused[0]).toContain(`(hint: ${hint}`);
  });
});

describe('JSON as Python and MongoDB write it', () => {
  it('NaN and infinities are no fault; in a text they stay', async () => {
    const row = `{"id": "NaN", "reward": NaN, "all": [-Infinity, Infinity], "prompt": "${PROMPT}", "completion": "${RIGHT}"}`;
    expect(await judged(`${row}\n`)).toEqual([['NaN'], [true], []]);
    const [, , refused] = await judged('{"reward": NaN, "prompt": nil}\n');
    expect(refused[0]).toMatch(/^error\[JSON_SYNTAX\] stdin:1:12: not valid JSON; /);
  });

  it.each([
    ['{"$oid": "65b8382b9ee4fbaa76e005b7"}', '65b8382b9ee4fbaa76e005b7'],
    ['{"$numberLong": "-12"}', '-12'],
    ['-5077437373648375001', '-5077437373648375001'],
    ['{"$a": "1", "$b": "2"}', 'row-1'],
    ['null', 'row-1'],
  ])('the id %s', async (id, shown) => {
    const row = `{"note": {"_id": 3}, "_id": ${id}, "prompt": "${PROMPT}", "completion": "${RIGHT}"}`;
    expect(await judged(`${row}\n`)).toEqual([[shown], [true], []]);
  });

  it.each([
    ['an archive of MongoDB', Buffer.from([0x6d, 0xe2, 0x99, 0x81, ...Array<number>(20).fill(0)])],
    ['BSON', Buffer.concat([Buffer.from([40, 0, 0, 0, 2]), Buffer.from('_id\0rest of the document')])],
  ])('%s is refused by its name', async (name, bytes) => {
    await expect(readText(bytes)).rejects.toThrow(new RegExp(`^error\\[FILE_FORMAT\\] stdin: .*, got ${name}`));
  });
});

it.each([
  ['a CSV table', Buffer.from('id,prompt,completion\n1,"query start 0 0","x"\n')],
  ['a CSV table', Buffer.from('prompt\tcompletion\n')],
  ['binary data', Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * i * 7 + 13) % 251))],
  ['a pickle', Buffer.from('\x80\x05\x95 and what is in it', 'latin1')],
])('%s is refused by its name', async (name, bytes) => {
  await expect(readText(bytes)).rejects.toThrow(new RegExp(`^error\\[FILE_FORMAT\\] stdin: .*, got ${name} \\(hint: `));
});

it('one damaged byte, or a few, are the fault of their row', async () => {
  const good = line({ prompt: PROMPT, completion: RIGHT });
  const [ids, , refused] = await judged(`\0\0\0\0\0\0${good}${good}`);
  expect([ids, refused.length]).toEqual([['row-2'], 1]);
});

describe('maze-dataset', () => {
  // Two by two nodes, connected 00-01, 00-10, 10-11: rows 2r + 1 and columns 2c + 1 are nodes.
  const picture = ['#####', '#X S#', '#X###', '#XXE#', '#####'].join('\n').replace('X S', 'XXS');

  it('as_ascii with its solution', async () => {
    const { examples, verdicts, refused } = await readText(`${picture}\n\n${picture.replaceAll('X', ' ')}`);
    expect(refused).toEqual([]);
    expect(examples.map(({ size, prompt }) => [size, prompt])).toEqual(
      Array(2).fill([3, 'query start 2 0 goal 2 2 wall 1 1 wall 2 1 reasoning']),
    );
    expect(verdicts.map(({ plan }) => plan.valid)).toEqual([true, false]);
  });

  it('without ends it is refused', async () => {
    const [, , refused] = await judged(picture.replaceAll(/[SEX]/g, ' '));
    expect(refused[0]).toContain(
      'error[ASCII_MAZE] stdin:1:1: no S in the picture; expected one S and one E, got neither (hint: ',
    );
  });

  it('its tokens are refused with the way out', async () => {
    const [, , refused] = await judged(
      '<ADJLIST_START> (0,0) <--> (0,1) ; <ADJLIST_END> <ORIGIN_START> (0,0) <ORIGIN_END>',
    );
    expect(refused[0]).toMatch(
      /got `<ADJLIST_START>` \(hint: write mazes of maze-dataset as pictures, with as_ascii\(\)\)$/,
    );
  });
});
