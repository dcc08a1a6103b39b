// Options that several commands share, read and checked in one way.
import { InvalidArgumentError, Option } from 'commander';
import { LIMITS } from '../base/limits.ts';
import type { DataFormat } from '../data/data-format.ts';
import { CONDITION_EXPECTED, isOwn, readCondition } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { TraceLevel } from '../evaluation/types.ts';
import { usableCores } from '../host/machine.ts';

const FORMATS = Object.keys({
  jsonl: true,
  text: true,
  searchformer: true,
  ascii: true,
  parquet: true,
} satisfies Record<DataFormat, true>) as DataFormat[];
const LEVELS = Object.keys({ paper: true, strict: true, exact: true } satisfies Record<TraceLevel, true>);

export const setOption = (): Option =>
  new Option('--set <key=value>', 'override a key of the configuration; may be repeated')
    .argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), value])
    .default([], 'none');

export const threadsOption = (): Option =>
  new Option('--threads <n>', 'threads in all; changes no result')
    .argParser((text) => wholeNumber(text, 1, LIMITS.threads.most))
    .default(usableCores().count, 'cores that this process may use');

export const jobsOption = (): Option =>
  new Option('--jobs <n>', 'most tasks side by side; changes no result (default: one a thread)').argParser((text) =>
    wholeNumber(text, 1, LIMITS.jobs.most),
  );

export const shardOption = (): Option =>
  new Option('--shard <i/n>', 'only the i-th of n parts, for a machine of its own').argParser((text) => {
    const [, index, of] = (/^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []).map(Number);
    const { most } = LIMITS.shards;
    if (!(index >= 1 && index <= of && of <= most))
      throw new InvalidArgumentError(
        `expected i/n with i from 1 to n, and n at most ${most}, got ${JSON.stringify(text)}`,
      );
    return { index, of };
  });

export const seedOption = (of = 'seed'): Option =>
  new Option('--seed <n>', of).argParser((text) => wholeNumber(text, 0, LIMITS.seed.most)).default(1);

/** Any grid can be read and judged; generators have a minimum of their own. */
export const sizeOption = (): Option =>
  new Option('--size <n>', 'cells along one side of the mazes, for rows without a size').argParser((text) =>
    wholeNumber(text, 2, LIMITS.mazeSide.most),
  );

const SPLITS = ['train', 'dev', 'test'] as const;
export type Split = (typeof SPLITS)[number];

export const splitOption = (): Option =>
  new Option('--split <name>', 'with --from: what the rows are for').choices(SPLITS).default('train');

export const strictOption = (): Option =>
  new Option('--strict', 'stop at the first row that cannot be read, instead of leaving it out');

export const limitOption = (): Option =>
  new Option('--limit <n>', 'only the first so many mazes of each file').argParser((text) =>
    wholeNumber(text, 1, LIMITS.mazes.most),
  );

export const mazesOption = (): Option =>
  new Option('--mazes <n>', 'the first so many mazes of each test file').argParser((text) =>
    wholeNumber(text, 1, LIMITS.mazes.most),
  );

export const eventsOption = (): Option =>
  new Option(
    '--events <n>',
    'with --information: so many events of each trace are measured one by one, drawn at random (default: 8)',
  ).argParser((text) => wholeNumber(text, 0, LIMITS.events.most));

export const temperatureOption = (): Option =>
  new Option('--temperature <t>', '0 = greedy').argParser(temperature).default(0);

export const samplesOption = (): Option =>
  new Option(
    '--samples <n>',
    'so many sampled completions of each maze, with pass@k and the choice of one by its trace; needs --temperature',
  ).argParser((text) => wholeNumber(text, 1, LIMITS.samples.most));

/** A number that the command checks itself. */
export const numberOption = (flags: string, text: string): Option => new Option(flags, text).argParser(number);

export const evalMazesOption = (): Option =>
  new Option(
    '--eval-mazes <n>',
    'first mazes of each distribution that every kept checkpoint solves; the first and the last one solve all',
  )
    .argParser((text) => wholeNumber(text, 1, LIMITS.mazes.most))
    .default(200);

export const evalPromptsOption = (): Option =>
  new Option(
    '--eval-prompts <n>',
    'first mazes of each distribution that get a sampled group of every kept checkpoint: groups without spread, ' +
      'entropy, KL; 0 = none',
  )
    .argParser((text) => wholeNumber(text, 0, LIMITS.evalPrompts.most))
    .default(64);

export const generatorOption = (): Option =>
  new Option('--generator <name>', 'distribution of rows without a generator');

export const domainOption = (): Option =>
  new Option(
    '--domain <name>',
    'what the problems are: maze (default), or another domain; without a config, the preset of its name',
  );

export const conditionOption = (): Option =>
  new Option('--condition <name[@rate]>', 'what becomes of the traces, in a share of the examples or events').argParser(
    condition,
  );

/** The command reads it: what a condition may be depends on --unchecked. */
export const trainedConditionOption = (): Option =>
  new Option(
    '--condition <name[@rate]>',
    'what becomes of the traces, in a share of the examples or events; with --unchecked a name of yours',
  );

export const uncheckedOption = (): Option =>
  new Option('--unchecked', 'train on the traces of the file as they are, whatever they are worth');

export const previewOption = (): Option =>
  new Option('--preview [n]', 'print so many examples beside what the condition makes of them')
    .argParser((text) => wholeNumber(text, 1, LIMITS.preview.most))
    .preset('1');

export const formatOption = (): Option =>
  new Option(
    '--format <name>',
    'also in this form, into a subfolder of its name: text, searchformer, ascii, parquet; may be repeated',
  )
    .argParser((name: string, previous: DataFormat[] | undefined) => [...(previous ?? []), format(name)])
    .default([], 'jsonl');

export const levelOption = (): Option =>
  new Option('--level <level>', 'show one trace level instead of all').choices(LEVELS);

export const verboseOption = (): Option =>
  new Option('--verbose', 'also print counts, plan against trace, and every first broken rule');

export const outputOption = (): Option =>
  new Option('--output <file>', 'verdicts one by one, as .jsonl or .parquet').argParser(verdictFile);

export const jsonOption = (): Option => new Option('--json', 'print events as JSON lines');

function format(name: string): DataFormat {
  const found = FORMATS.find((each) => each === name);
  if (!found) throw new InvalidArgumentError(`expected one of ${FORMATS.join(', ')}, got ${JSON.stringify(name)}`);
  return found;
}

function verdictFile(path: string): string {
  if (!/\.(?:jsonl|parquet)$/.test(path))
    throw new InvalidArgumentError(`expected a name that ends in .jsonl or .parquet, got ${JSON.stringify(path)}`);
  return path;
}

function condition(text: string): Condition {
  const read = readCondition(text);
  if (read === null || isOwn(read))
    throw new InvalidArgumentError(`expected ${CONDITION_EXPECTED}, got ${JSON.stringify(text)}`);
  return read;
}

/** Decimal notation alone: `0x10` is likelier a mistake than a number. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function number(text: string): number {
  const value = Number(text);
  if (!DECIMAL.test(text) || !Number.isFinite(value))
    throw new InvalidArgumentError(`expected a number, got ${JSON.stringify(text)}`);
  return value;
}

function temperature(text: string): number {
  const value = Number(text);
  const { most } = LIMITS.temperature;
  if (DECIMAL.test(text) && value >= 0 && value <= most) return value;
  throw new InvalidArgumentError(
    `expected a number from 0 to ${most}, got ${JSON.stringify(text)}${value > most ? atMost(most) : ''}`,
  );
}

function wholeNumber(text: string, low: number, high: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  const hint = value > high ? atMost(high) : Number.isInteger(value) && value >= low ? '\n(write digits alone)' : '';
  throw new InvalidArgumentError(
    `expected a whole number from ${low} to ${high}, got ${JSON.stringify(text)}${text.trim() === '' ? '' : hint}`,
  );
}

/** What follows a line end is the hint. */
function atMost(most: number): string {
  return `\n(give at most ${most})`;
}
