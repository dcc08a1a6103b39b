// The tables of bad inputs have every command, every option of it with a wrong value, and every key of a configuration
// with values of a wrong type and out of range. What must be there comes from the commands and from the schema.
import type { Command, Option } from 'commander';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { programOf } from '../../src/cli/main.ts';
import { configJsonSchema, configKeys } from '../../src/study/config.ts';
import { type BadInput, wordsOf } from './bad-inputs/bench.ts';
import { readTable, TABLES } from './bad-inputs/tables.ts';

const inputs = TABLES.flatMap((name) => readTable(name) as BadInput[]);
const commandLines = inputs.map(({ run, error }) => ({ words: wordsOf(run), error }));

const program = await programOf([], () => undefined);

/** Commands that do something, and the program itself. */
function leavesOf(command: Command): Command[] {
  const isOwn = command.commands.length === 0 || command.registeredArguments.length > 0;
  return [...(isOwn ? [command] : []), ...command.commands.flatMap(leavesOf)];
}

function pathOf(command: Command): string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : [];
}

/** Is an option there with a value that it does not accept? */
function isRefused(command: Command, { long, flags }: Option): boolean {
  const path = pathOf(command);
  const hasValue = /[<[]/.test(flags);
  return commandLines.some(({ words, error }) => {
    if (!path.every((word, i) => words[i] === word)) return false;
    const at = words.findIndex((word) => word === long || word.startsWith(`${long}=`));
    if (at < 0) return false;
    const value = words.slice(at + 1).at(0) ?? '';
    const isThere = !hasValue || at < words.length - 1 || words[at].includes('=');
    return isThere && (error.includes(long ?? flags) || (value !== '' && error.includes(value)));
  });
}

it('every command is refused something', () => {
  const without = leavesOf(program).filter(
    (command) => !commandLines.some(({ words }) => pathOf(command).every((word, i) => words[i] === word)),
  );
  expect(without.map((command) => pathOf(command).join(' '))).toEqual([]);
});

it('every option of every command has a case', () => {
  const missing = [program, ...leavesOf(program)].flatMap((command) =>
    command.options
      .filter((option) => !isRefused(command, option))
      .map(({ long }) => [...pathOf(command), long].join(' ')),
  );
  expect(missing).toEqual([]);
});

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
}

interface KeyCase {
  readonly like?: string;
  readonly bad?: readonly string[] | Readonly<Record<string, string>>;
  readonly items?: KeyCase;
}

const { wrong, keys } = readTable('settings') as {
  readonly wrong: Readonly<Record<string, KeyCase['bad']>>;
  readonly keys: Readonly<Record<string, KeyCase>>;
};

const textsOf = (values: KeyCase['bad'] = []): string[] =>
  Array.isArray(values) ? (values as string[]) : Object.keys(values);

/** The wrong values of a key; of a list, those of its items too. */
function valuesOf({ like, bad, items }: KeyCase): unknown[] {
  const own = [...(like === undefined ? [] : textsOf(wrong[like])), ...textsOf(bad)].map(
    (text) => parse(text) as unknown,
  );
  return items === undefined ? own : [...own, ...valuesOf(items)];
}

/** What a schema asks for that no value of the table breaks. */
function unbroken(schema: JsonSchema, values: readonly unknown[]): string[] {
  if (schema.type === 'array') {
    const items = values.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]));
    const isEmpty = values.some((value) => Array.isArray(value) && value.length === 0);
    return [...(isEmpty ? [] : ['an empty list']), ...(schema.items ? unbroken(schema.items, items) : [])];
  }
  const numbers = values.filter((value) => typeof value === 'number');
  const texts = values.filter((value) => typeof value === 'string');
  const isNumber = schema.type === 'number' || schema.type === 'integer';
  const { minimum, exclusiveMinimum, maximum, enum: names, pattern, minLength } = schema;
  const types = new Set(values.map((value) => (Array.isArray(value) ? 'list' : typeof value)));
  types.delete(isNumber ? 'number' : schema.type === 'string' || names ? 'string' : 'object');
  const rules: readonly (readonly [rule: string, holds: boolean, isBroken: boolean])[] = [
    ['a value of another type', true, types.size > 0],
    ['below the minimum', minimum !== undefined, numbers.some((value) => value < (minimum ?? NaN))],
    ['at the exclusive minimum', exclusiveMinimum !== undefined, numbers.some((value) => value === exclusiveMinimum)],
    ['above the maximum', maximum !== undefined, numbers.some((value) => value > (maximum ?? NaN))],
    ['not a whole number', schema.type === 'integer', numbers.some((value) => !Number.isInteger(value))],
    ['another name', names !== undefined, texts.some((value) => !names?.includes(value))],
    ['another form', pattern !== undefined, texts.some((value) => !new RegExp(pattern ?? '').test(value))],
    ['too short', minLength !== undefined, texts.some((value) => value.length < (minLength ?? 0))],
  ];
  return rules.filter(([, holds, isBroken]) => holds && !isBroken).map(([rule]) => rule);
}

it('every key has values of a wrong type and out of its range', () => {
  const schema = configJsonSchema() as JsonSchema;
  const schemaOf = (key: string): JsonSchema | undefined =>
    key.split('.').reduce<JsonSchema | undefined>((at, name) => at?.properties?.[name], schema);
  const lacking = configKeys().flatMap((key) => {
    const found = schemaOf(key);
    expect(found, key).toBeDefined();
    return unbroken(found ?? {}, valuesOf(keys[key] ?? {})).map((rule) => `${key}: ${rule}`);
  });
  expect(lacking).toEqual([]);
});

it('a key without a case, and a range without a value outside, are found', () => {
  expect(unbroken({ type: 'integer', minimum: 1, maximum: 9 }, [])).toEqual([
    'a value of another type',
    'below the minimum',
    'above the maximum',
    'not a whole number',
  ]);
  expect(unbroken({ type: 'integer', minimum: 1, maximum: 9 }, ['many', 0, 9.5])).toEqual([]);
  expect(unbroken({ type: 'array', items: { type: 'string', enum: ['a'] } }, [['a']])).toEqual([
    'an empty list',
    'a value of another type',
    'another name',
  ]);
});
