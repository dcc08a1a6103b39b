// Bad inputs of every command and of every key of a configuration: exactly what is said, the exit code, nothing on
// stdout, and nothing written. They run in this process; every fortieth also runs as a process of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { configKeys } from '../../src/study/config.ts';
import { type BadInput, clear, FULL, makeBench, prepare, refusalOf, stateOf, wordsOf } from './bad-inputs/bench.ts';
import { readTable, TABLES } from './bad-inputs/tables.ts';
import { runCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

/** Wrong values by their text, with what a message calls each; a list where that is the text itself. */
type Values = readonly string[] | Readonly<Record<string, string>>;

interface KeyTable {
  /** Values that are wrong for every key of a kind. */
  readonly wrong: Readonly<Record<string, Values>>;
  readonly keys: Readonly<
    Record<
      string,
      {
        readonly expected: string;
        readonly like?: string;
        readonly bad?: Values;
        /** Of the items of a list. */
        readonly items?: { readonly expected: string; readonly like?: string; readonly bad: Values };
        /** Configuration of the bench that has what the key needs; each case is a process of its own then. */
        readonly base?: string;
      }
    >
  >;
}

const { wrong, keys } = readTable('settings') as KeyTable;

const pairs = (values: Values = []): (readonly [value: string, got: string])[] =>
  Array.isArray(values) ? (values as string[]).map((value) => [value, value]) : Object.entries(values);

/** The way out of a wrong value of a key. */
function hintOf(expected: string, got: string): string {
  const scalar = /^(?:the text ")?([\w.-]+)"?$/.exec(got)?.[1];
  if (expected.startsWith('a list of') && scalar !== undefined) return `a list has brackets: [${scalar}]`;
  return 'change it in the file, or with --set KEY=VALUE';
}

const SETTINGS = Object.entries(keys).flatMap(([key, { expected, like, bad, items, base }]) =>
  [
    ...pairs(like === undefined ? [] : wrong[like]).map((pair) => [...pair, expected] as const),
    ...pairs(bad).map((pair) => [...pair, expected] as const),
    ...pairs(items?.like === undefined ? [] : wrong[items.like]).map((pair) => [...pair, items?.expected] as const),
    ...pairs(items?.bad).map((pair) => [...pair, items?.expected] as const),
  ].map(([value, got, wanted]) => ({ key, value, got, expected: wanted ?? '', base })),
);

let folder: string;
let bench: Map<string, string>;
const variables = ['TMPDIR', 'XDG_CACHE_HOME'] as const;
const before = variables.map((name) => process.env[name]);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-bad-'));
  // What a command leaves among temporary files counts, too.
  process.env.TMPDIR = join(folder, 'tmp');
  process.env.XDG_CACHE_HOME = `${folder}-cache`;
  await makeBench(folder);
  bench = stateOf(folder);
});

afterAll(() => {
  for (const [i, name] of variables.entries())
    if (before[i] === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before[i];
  rmSync(folder, { recursive: true, force: true });
  rmSync(`${folder}-cache`, { recursive: true, force: true });
});

const REPO = join(import.meta.dirname, '../..');

/** Hashes and folders differ from run to run. */
function plain(text: string): string {
  return text
    .replaceAll(folder, 'BENCH')
    .replaceAll(REPO, 'REPO')
    .replaceAll(/\b(?:[0-9a-f]{64}|[0-9a-f]{16}|[0-9a-f]{12})\b/g, 'HASH');
}

async function check(input: BadInput, isProcess = false): Promise<void> {
  prepare(folder, input);
  try {
    const state = stateOf(folder);
    const { code, out, error } = isProcess ? await runCli(wordsOf(input.run), folder) : await refusalOf(folder, input);
    expect(plain(error)).toBe(`${input.error}\n`);
    expect(out).toBe('');
    expect(code).toBe(input.code ?? 2);
    expect(stateOf(folder)).toEqual(state);
  } finally {
    clear(folder, bench);
  }
}

describe.each(TABLES)('%s', (name) => {
  const inputs = readTable(name) as BadInput[];
  it.each(inputs.map((input) => [JSON.stringify(input.run), input] as const))('%s', async (_, input) => {
    await check(input);
  });

  const fit = inputs.filter(({ forbidden, stdin, env }) => forbidden === undefined && stdin === undefined && !env);
  it.each(fit.filter((_, i) => i % 40 === 7).map((input) => [JSON.stringify(input.run), input] as const))(
    'as a process of its own: %s',
    async (_, input) => {
      await check(input, true);
    },
  );
});

describe('keys of a configuration', () => {
  it('are all in the table', () => {
    expect(Object.keys(keys)).toEqual(configKeys());
  });

  it.each(SETTINGS)('--set $key=$value', async ({ key, value, got, expected, base }) => {
    const option = `--set ${key}=${value}`;
    await check({
      ...(base !== undefined && { process: true }),
      run: ['study', base ?? 'full.yaml', '--plan', '--set', `${key}=${value}`],
      error: `error[CONFIG_VALUE] ${option}: wrong value of ${key}; expected ${expected}, got ${got} (hint: ${hintOf(expected, got)})`,
    });
  });

  // A text of the keys that are left out is the path of a module: the table of configurations has their places.
  const IN_A_FILE = Object.keys(keys).filter((key) => key.includes('.') && !/^data\.domain$|^domain_module/.test(key));
  it.each(IN_A_FILE)('%s in a file has its place', async (key) => {
    const [section, name] = key.split('.');
    const lines = [
      ...FULL.trimEnd()
        .split('\n')
        .filter((line) => !line.startsWith(`${section}:`)),
      `${section}:`,
    ];
    // What the section must have, but for the key itself.
    const given = FULL.split('\n').find((line) => line.startsWith(`${section}: {`)) ?? '';
    for (const pair of given.slice(section.length + 3, -1).split(/, (?=\w+:)/))
      if (pair !== '' && !pair.startsWith(`${name}:`)) lines.push(`  ${pair}`);
    lines.push(`  ${name}: !!str wrong-in-a-file`);
    const { expected } = keys[key];
    const got = 'the text "wrong-in-a-file"';
    await check({
      run: 'study wrong.yaml --plan',
      files: { 'wrong.yaml': `${lines.join('\n')}\n` },
      error: `error[CONFIG_VALUE] wrong.yaml:${lines.length}:${name.length + 11}: wrong value of ${key}; expected ${expected}, got ${got} (hint: ${hintOf(expected, got)})`,
    });
  });
});

it('four hundred bad inputs and more are different', () => {
  const all = [
    ...TABLES.flatMap((name) => (readTable(name) as BadInput[]).map((input) => JSON.stringify(input))),
    ...SETTINGS.map(({ key, value }) => `${key}=${value}`),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(1000);
});
