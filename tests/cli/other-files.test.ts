// Other people's files through the commands: judged, converted and trained on; refused before anything is written.
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteFile } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseCompletion, parsePrompt } from '../../src/domain/maze/grammar.ts';
import { drawMaze } from '../../src/domain/maze/interchange/ascii.ts';
import { searchformerText } from '../../src/domain/maze/interchange/searchformer.ts';
import type { Example } from '../../src/domain/types.ts';
import { runCli } from './run-cli.ts';

// Processes of a busy machine are slow.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const CASES = join(import.meta.dirname, '../data/cases');
const TINY = ['--set', 'model.d_model=16', '--set', 'train.checkpoints=1'];
let folder: string;
let rows: Example[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-other-files-'));
  for (const name of readdirSync(CASES)) copyFileSync(join(CASES, name), join(folder, name));
  const sets = ['data.train=30', 'data.dev=4', 'data.test=4'].flatMap((set) => ['--set', set]);
  const made = await runCli(['generate', 'smoke', ...sets, '--out', 'data'], folder);
  expect(made.code, made.error).toBe(0);
  rows = lines('data/train.jsonl').map((line) => JSON.parse(line) as Example);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const lines = (path: string): string[] => readFileSync(join(folder, path), 'utf8').trimEnd().split('\n');
const train = (...args: string[]): ReturnType<typeof runCli> =>
  runCli(['train', 'smoke', ...TINY, '--set', 'train.epochs=1', ...args], folder);

describe('train judges its file', () => {
  it('counts what is correct and warns where the label is untrue', async () => {
    const { code, error } = await train('--data', 'train-unchecked.jsonl', '--out', 'untrue');
    expect(code).toBe(0);
    expect(error).toMatch(/^data {7}2 of 3 plans valid, 2 of 3 traces valid \(strict\)$/m);
    expect(error).toMatch(
      /^warning: 2 of 3 rows are not correct, which the condition correct takes them to be; the first is train-unchecked\.jsonl:2, example plan-jumps: plan: illegal_start \(hint: --condition NAME --unchecked /m,
    );
    const true_ = await train('--data', 'data', '--out', 'true');
    expect(true_.error).toMatch(/^data {7}30 of 30 plans valid, 30 of 30 traces valid \(strict\)$/m);
    expect(true_.error).not.toContain('warning');
  });

  it.each([
    ['behind `end`', (text: string) => `${text} end`, 'format: not exactly events, solution, plan and end'],
    ['of another maze', () => rows[1].completion, /(?:plan|trace): /],
  ])('words %s are untrue', async (_, change, reason) => {
    const [first] = rows;
    writeFileSync(join(folder, 'odd.jsonl'), JSON.stringify({ ...first, completion: change(first.completion) }));
    const { error } = await train('--data', 'odd.jsonl', '--out', 'odd');
    expect(error).toMatch(/^warning: 1 of 1 rows are not correct/m);
    expect(error).toMatch(reason);
    rmSync(join(folder, 'odd'), { recursive: true });
  });

  it('refuses what cannot be encoded, with file, line and id, and leaves no folder', async () => {
    const { code, error } = await train('--data', 'train-no-place.jsonl', '--out', 'refused');
    expect([code, error]).toEqual([
      2,
      'error[EXAMPLE_FORM] train-no-place.jsonl:2, example empty: no `reasoning` before `solution`; expected query ... reasoning ... solution ... end, got an empty completion (hint: leave the row out)\n',
    ]);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  it('trains on own traces under a name of their own, without a warning', async () => {
    const { code, error } = await train(
      ...['--data', 'train-unchecked.jsonl', '--condition', 'mine', '--unchecked', '--out', 'mine'],
    );
    expect(code, error).toBe(0);
    expect(error).toContain('2 of 3 plans valid');
    expect(error).not.toContain('warning');
    const [checkpoint] = readdirSync(join(folder, 'mine/checkpoints'));
    const origin = readFileSync(join(folder, 'mine/checkpoints', checkpoint, 'tracelab.json'), 'utf8');
    expect(JSON.parse(origin)).toMatchObject({ condition: 'own-mine' });
    const taken = await train('--data', 'data', '--condition', 'swapped', '--unchecked', '--out', 'x');
    expect(taken.error).toBe(
      'error[COMMAND_LINE] tracelab train --condition: wrong value; expected a name of 1 to 32 small letters, digits and -, that is no condition, got "swapped" (hint: tracelab train --help explains it)\n',
    );
  });

  it.each(['bom.jsonl', 'number-id.jsonl', 'null-generator.jsonl', 'unknown-generator.jsonl', 'chat-rows.jsonl'])(
    'reads %s as verify does',
    async (name) => {
      const trained = await train('--data', name, '--out', `out-${name}`);
      expect(trained.error).toMatch(/^data {7}1 of 1 plans valid, 1 of 1 traces valid \(strict\)$/m);
      const verified = await runCli(['verify', name, '--json'], folder);
      expect(verified.code).toBe(0);
      expect(JSON.parse(verified.out)).toMatchObject({ groups: [{ n: 1, plan_valid: { count: 1 } }] });
      const judged = await runCli(['evaluate', '--completions', name, '--json'], folder);
      expect(JSON.parse(judged.out)).toMatchObject({ summaries: [{ n: 1, plan_valid: { count: 1 } }] });
    },
  );

  it('completions with words of a tokenizer get one warning, with the way out', async () => {
    for (const args of [
      ['verify', 'decoded-with-specials.jsonl'],
      ['evaluate', '--completions', 'decoded-with-specials.jsonl'],
    ])
      expect((await runCli(args, folder)).error).toBe(
        'warning: 2 of 2 completions end in a word such as <eos> or <pad>, which no valid completion has (hint: decode with skip_special_tokens=True, or remove these words)\n',
      );
  });
});

describe('files after the formats of others: read, judged, converted, trained on for 20 steps', () => {
  const words = (text: string): string[] => text.split(' ');
  it.each([
    [
      // TokenizedTrace.to_dict, as mongoexport writes it.
      'searchformer.json.gz',
      () => {
        const tokens = rows.map((row, i) => {
          const text = searchformerText(row);
          const [prompt, trace] = [text.slice(0, text.indexOf(' create')), text.slice(text.indexOf('create'))];
          const plan = trace.indexOf(' plan') + 1;
          return {
            _id: { $numberLong: `-507743737364837500${i}` },
            prompt: words(prompt),
            reasoning: words(trace.slice(0, plan - 1)),
            plan: words(trace.slice(plan)),
          };
        });
        const text = tokens.map((row) => `${JSON.stringify(row)}\n`).join('');
        writeFileSync(join(folder, 'searchformer.json.gz'), gzipSync(text));
      },
    ],
    [
      'authors.jsonl',
      () => {
        const texts = rows.map(({ prompt, completion }) => JSON.stringify({ text: `${prompt}\n${completion}` }));
        writeFileSync(join(folder, 'authors.jsonl'), `${texts.join('\r\n')}\r\n`);
      },
    ],
    [
      // LatticeMaze.as_ascii draws the solution by default.
      'maze-dataset.txt',
      () => {
        const pictures = rows.map(({ prompt, size, completion }) =>
          drawMaze(parsePrompt(prompt, size, 'free'), parseCompletion(completion, size).plan),
        );
        writeFileSync(join(folder, 'maze-dataset.txt'), pictures.join('\n\n'));
      },
    ],
    [
      // GRPOTrainer.log with log_completions: a column for each reward function, under its name.
      'completions_00005.parquet',
      () => {
        parquetWriteFile({
          filename: join(folder, 'completions_00005.parquet'),
          columnData: [
            { name: 'step', data: rows.map(() => 5n), type: 'INT64' },
            { name: 'prompt', data: rows.map(({ prompt }) => prompt), type: 'STRING' },
            { name: 'completion', data: rows.map(({ completion }) => completion), type: 'STRING' },
            { name: 'plan_reward', data: rows.map(() => 1), type: 'DOUBLE' },
            { name: 'length_reward', data: rows.map((_, i) => (i === 0 ? null : 0.5)), type: 'DOUBLE' },
            { name: 'advantage', data: rows.map(() => 0.5), type: 'DOUBLE' },
          ],
        });
      },
    ],
  ])('%s', async (name, write) => {
    write();
    const verified = await runCli(['verify', name, '--size', '6', '--json'], folder);
    expect(verified.code, verified.error).toBe(0);
    const [group] = (JSON.parse(verified.out) as { groups: { n: number; plan_valid: { count: number } }[] }).groups;
    // A picture whose ends are neighbours has no X, and so no plan.
    const neighbours = rows.filter(({ completion, size }) => parseCompletion(completion, size).plan.length === 2);
    expect([group.n, group.plan_valid.count]).toEqual([30, name.endsWith('.txt') ? 30 - neighbours.length : 30]);
    const out = `converted-${name}`;
    const converted = await runCli(['generate', '--from', name, '--size', '6', '--out', out], folder);
    expect(converted).toMatchObject({ code: 0, error: '' });
    expect(converted.out).toMatch(/^30 of 30 plans valid, 30 of 30 traces valid \(strict\)$/m);
    const texts = (all: readonly Example[]): unknown => all.map(({ prompt, completion }) => ({ prompt, completion }));
    expect(texts(lines(`${out}/train.jsonl`).map((line) => JSON.parse(line) as Example))).toEqual(texts(rows));
    const card = readFileSync(join(folder, out, 'README.md'), 'utf8');
    expect(card).toMatch(/\| `train\.jsonl` \| [a-z0-9-]+ \| 30 \| .* \| 0 \| 30 \| 30 \|/);
    const trained = await runCli(
      [
        'train',
        'smoke',
        ...TINY,
        '--set',
        'train.epochs=40',
        '--set',
        'train.batch_tokens=8192',
        '--data',
        out,
        '--out',
        `run-${name}`,
      ],
      folder,
    );
    expect(trained.code, trained.error).toBe(0);
    expect(lines(`run-${name}/metrics.jsonl`).length).toBeGreaterThanOrEqual(20);
  });

  it('the card counts duplicates; tests are added to a folder, and evaluated on', async () => {
    writeFileSync(
      join(folder, 'twice.jsonl'),
      [rows[0], rows[0], rows[1]].map((row) => JSON.stringify(row)).join('\n'),
    );
    const args = ['generate', '--from', 'twice.jsonl', '--out', 'twice'];
    expect((await runCli(args, folder)).code).toBe(0);
    expect((await runCli([...args, '--split', 'test'], folder)).code).toBe(0);
    const card = readFileSync(join(folder, 'twice/README.md'), 'utf8');
    expect(card).toMatch(/`test-wilson\.jsonl` \| wilson \| 3 \| - \| [^|]+ \| [^|]+ \| 3 \| 1 \| 3 \| 3 \|/);
    const evaluated = await runCli(
      ['evaluate', '--checkpoint', 'true', '--data', 'twice', '--out', 'twice-test', '--json'],
      folder,
    );
    expect(evaluated.code, evaluated.error).toBe(0);
    const other = await runCli(['generate', '--from', 'bom.jsonl', '--out', 'twice'], folder);
    expect(other.error).toMatch(
      /^error\[DATASET_HERE\] twice: holds another file of this name; expected another folder/,
    );
    const generated = await runCli(['generate', '--from', 'bom.jsonl', '--out', 'data'], folder);
    expect(generated.error).toMatch(/^error\[DATASET_HERE\] data: holds a generated dataset/);
  });

  it('rows that cannot be read are named and left out; --strict stops at the first', async () => {
    writeFileSync(
      join(folder, 'mixed.jsonl'),
      `${JSON.stringify(rows[0])}\n{"prompt": null, "completion": ""}\nx\nx\n`,
    );
    for (const args of [
      ['verify', 'mixed.jsonl', '--size', '6'],
      ['evaluate', '--completions', 'mixed.jsonl', '--size', '6'],
      ['generate', '--from', 'mixed.jsonl', '--size', '6', '--out', 'mixed'],
    ]) {
      const { code, error } = await runCli(args, folder);
      expect([code, error]).toEqual([
        5,
        'error[ROW] mixed.jsonl:2:1: `prompt` is null; expected a text, a list of words, or a list with one message, got null (hint: leave the row out, or write its text)\n' +
          'error[PROMPT_SYNTAX] mixed.jsonl:3:1: not a prompt; expected `query` or `start`, got `x` (hint: a prompt is `query start X Y goal X Y { wall X Y } reasoning`, or that of Searchformer); 2 rows refused for this reason, this is the first\n' +
          '3 rows refused, all others are read (--strict stops at the first)\n',
      ]);
      const strict = await runCli([...args, '--strict'], folder);
      expect([strict.code, strict.error.split(':').slice(0, 3).join(':')]).toEqual([2, 'error[ROW] mixed.jsonl:2:1']);
    }
  });
});

describe('test files of a folder', () => {
  const evaluate = (data: string): ReturnType<typeof runCli> =>
    runCli(['evaluate', '--checkpoint', 'true', '--data', data, '--out', `${data}-out`, '--json'], folder);

  it('with other names are read, and what is not read is named', async () => {
    mkdirSync(join(folder, 'names'));
    copyFileSync(join(folder, 'data/test-dfs.jsonl'), join(folder, 'names/test_dfs.jsonl'));
    copyFileSync(join(folder, 'data/test-free.jsonl'), join(folder, 'names/free.jsonl'));
    const bare = lines('data/test-wilson.jsonl').map((line) => ({ ...(JSON.parse(line) as object), generator: null }));
    writeFileSync(join(folder, 'names/test-mine.json'), JSON.stringify(bare));
    const { code, out, error } = await evaluate('names');
    expect(code, error).toBe(0);
    expect(error).toBe('note: not read as test files, whose names begin with test: free.jsonl in names\n');
    const last = out.trimEnd().split('\n').at(-1) ?? '';
    const { summaries } = JSON.parse(last) as { summaries: { distribution: string; n: number }[] };
    expect(summaries.map(({ distribution, n }) => [distribution, n])).toEqual([
      ['mine', 4],
      ['dfs', 4],
    ]);
  });

  it('that dataset.json names and that are missing or empty are refused', async () => {
    const generated = ['generate', 'smoke', '--set', 'data.train=30', '--set', 'data.dev=4', '--set', 'data.test=4'];
    await runCli([...generated, '--out', 'lost'], folder);
    renameSync(join(folder, 'lost/test-free.jsonl'), join(folder, 'kept.jsonl'));
    const missing = await evaluate('lost');
    expect([missing.code, missing.error]).toEqual([
      3,
      'error[DATASET_DAMAGED] lost/test-free.jsonl: missing, and dataset.json names it; expected the whole dataset, got no such file (hint: generate the dataset again, or give the files that are there)\n',
    ]);
    writeFileSync(join(folder, 'lost/test-free.jsonl'), '');
    const empty = await evaluate('lost');
    expect([empty.code, empty.error]).toEqual([
      3,
      expect.stringMatching(/^error\[CELL_DAMAGED\] lost\/test-free\.jsonl: was changed after it was written; /),
    ]);
    expect(existsSync(join(folder, 'lost-out'))).toBe(false);
  });
});

it.each([{ options: [] }, { options: ['--information'] }])(
  'intervene takes no untrue trace for a reference: $options',
  async ({ options }) => {
    const wrong = lines('data/test-wilson.jsonl').map((line) => JSON.parse(line) as Example);
    wrong[1] = { ...wrong[1], completion: wrong[1].completion.replace(/ c1 /, ' c3 ') };
    writeFileSync(join(folder, 'untrue.jsonl'), wrong.map((row) => JSON.stringify(row)).join('\n'));
    const { code, error } = await runCli(
      ['intervene', 'true', '--data', 'untrue.jsonl', '--out', 'forced', ...options],
      folder,
    );
    expect(code).toBe(2);
    expect(error).toMatch(
      /error\[REFERENCE_UNTRUE\] .*, example .*: its completion is no correct one to force on a model; expected a valid plan behind a faithful trace of A\*, got trace: [a-z_]+, event \d+ \(hint: /,
    );
  },
);

it('sizes from 2 on are read, judged and explained', async () => {
  const row =
    'start 0 0 goal 1 0 wall 0 1 wall 1 1 create 0 0 c0 c1 close 0 0 c0 c1 create 1 0 c1 c0 close 1 0 c1 c0 plan 0 0 plan 1 0';
  writeFileSync(join(folder, 'two.txt'), `${row}\n`);
  for (const args of [
    ['verify', 'two.txt'],
    ['explain', 'two.txt'],
    ['evaluate', '--completions', 'two.txt'],
    ['train', 'smoke', ...TINY, '--set', 'train.epochs=1', '--out', 'two', '--data', 'two.txt'],
  ]) {
    const { code, error } = await runCli([...args, '--size', '2'], folder);
    expect(code, error).toBe(0);
  }
});

describe('no command writes over what it reads', () => {
  const good = (): void => {
    writeFileSync(join(folder, 'in.jsonl'), `${JSON.stringify(rows[0])}\n`);
  };
  it('by the same path, another path, a symbolic or a hard link', async () => {
    good();
    const before = readFileSync(join(folder, 'in.jsonl'), 'utf8');
    symlinkSync('in.jsonl', join(folder, 'soft.jsonl'));
    linkSync(join(folder, 'in.jsonl'), join(folder, 'hard.jsonl'));
    copyFileSync(join(folder, 'in.jsonl'), join(folder, 'train.jsonl'));
    for (const args of [
      ['verify', 'in.jsonl', '--output', 'in.jsonl'],
      ['verify', 'in.jsonl', '--output', './data/../in.jsonl'],
      ['verify', 'in.jsonl', '--output', 'soft.jsonl'],
      ['verify', 'soft.jsonl', '--output', 'hard.jsonl'],
      ['explain', 'in.jsonl', '--html', 'in.jsonl'],
      ['explain', 'in.jsonl:1', '--html', 'hard.jsonl'],
      ['report', 'in.jsonl', '--out', 'in.jsonl'],
      ['generate', '--from', 'train.jsonl', '--out', '.'],
    ]) {
      const { code, error } = await runCli(args, folder);
      expect([code, error.split(':')[0].split(' ')[0]], args.join(' ')).toEqual([2, 'error[OUTPUT_IS_INPUT]']);
      expect(error).toMatch(/; expected the path of another file, got .* \(hint: give another name\)\n$/);
    }
    for (const name of ['in', 'soft', 'hard', 'train'])
      expect(readFileSync(join(folder, `${name}.jsonl`), 'utf8')).toBe(before);
  });

  it('judging the completions of a finished evaluation leaves it', async () => {
    const made = await runCli(['evaluate', '--checkpoint', 'true', '--data', 'data', '--out', 'ev'], folder);
    expect(made.code, made.error).toBe(0);
    const before = readFileSync(join(folder, 'ev/evaluation.json'), 'utf8');
    const same = await runCli(['evaluate', '--completions', 'ev/completions-wilson.jsonl', '--out', 'ev'], folder);
    expect(same.error).toMatch(/^error\[OUTPUT_IS_INPUT\] --out ev\/completions-wilson\.jsonl: /);
    const other = await runCli(['evaluate', '--completions', 'in.jsonl', '--out', 'ev'], folder);
    expect(other.error).toMatch(/^error\[RUN_DIRECTORY\] ev: the folder holds the evaluation of a checkpoint; /);
    expect(readFileSync(join(folder, 'ev/evaluation.json'), 'utf8')).toBe(before);
  });
});
