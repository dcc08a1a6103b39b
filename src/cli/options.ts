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

/** `--set key=value`: a list of overrides, in their order. */
export const setOption = (): Option =>
  new Option('--set <key=value>', 'override a key of the configuration; may be repeated')
    .argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), whole(value)])
    .default([], 'none');

/** Refuses what a shell left of a value with blanks: `--set seeds=[1, 2]` arrives as `seeds=[1,` and `2]`. */
function whole(value: string): string {
  const text = value.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '');
  const brackets = Array.from(text.matchAll(/[[\]{}]/g), ([each]) => ('[{'.includes(each) ? 1 : -1) as number);
  if (brackets.reduce((open, each) => open + each, 0) > 0 || /,\s*$/.test(text))
    throw new InvalidArgumentError(`expected a whole list or mapping, got ${JSON.stringify(value)}\n(${QUOTE_HINT})`);
  return value;
}

/** Where a shell may have split a value at its blanks. */
export const QUOTE_HINT = "quote it: a shell splits a value at blanks, as in --set 'seeds=[1, 2]'";

/** `--threads`: a whole number from 1; default the usable cores. */
export const threadsOption = (): Option =>
  new Option('--threads <n>', 'total number of threads; changes no result')
    .argParser((text) => wholeNumber(text, 1, LIMITS.threads.most))
    .default(usableCores().count, 'cores that this process may use');

/** Numbers of threads with commas, ascending; undefined when left out. */
export const countsOption = (): Option =>
  new Option(
    '--counts <numbers>',
    'numbers of threads for scaling, with commas (default: 1, 2, 4, ... --threads)',
  ).argParser((text) => {
    const counts = text.split(',').map((each) => wholeNumber(each.trim(), 1, LIMITS.threads.most));
    return [...new Set(counts)].sort((a, b) => a - b);
  });

/** `--jobs`: a whole number from 1; undefined when left out. */
export const jobsOption = (): Option =>
  new Option('--jobs <n>', 'most tasks at the same time; changes no result (default: one per thread)').argParser(
    (text) => wholeNumber(text, 1, LIMITS.jobs.most),
  );

/** `--only`: trials of a sweep by their state. */
export const onlyOption = (): Option =>
  new Option('--only <state>', 'only trials that failed, or that never ran, in the last run').choices([
    'failed',
    'missing',
  ]);

/** `--cores`: a whole number from 1; undefined without a fleet. */
export const coresOption = (of = 'cores of a fleet, each as fast as one of this machine: adds its time'): Option =>
  new Option('--cores <n>', of).argParser((text) => wholeNumber(text, 1, LIMITS.fleetCores.most));

/** `--workers`: a whole number from 1; default 4. */
export const workersOption = (): Option =>
  new Option('--workers <n>', 'pods that compute, one task at a time each')
    .argParser((text) => wholeNumber(text, 1, LIMITS.workers.most))
    .default(4);

/** `--price`: money for a core-hour, above 0. */
export const priceOption = (): Option =>
  new Option('--price <p>', 'of a core-hour of the fleet, in any currency: adds its cost').argParser((text) => {
    const value = number(text);
    if (!(value > 0)) throw new InvalidArgumentError(`expected a number above 0, got ${JSON.stringify(text)}`);
    return value;
  });

/** `--shard i/n`: `{index, of}` with index from 1 to n. */
export const shardOption = (): Option =>
  new Option('--shard <i/n>', 'only the i-th of n parts, if each part has its own machine').argParser((text) => {
    const [, index, of] = (/^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []).map(Number);
    const { most } = LIMITS.shards;
    if (!(index >= 1 && index <= of && of <= most))
      throw new InvalidArgumentError(
        `expected i/n with i from 1 to n, and n at most ${most}, got ${JSON.stringify(text)}`,
      );
    return { index, of };
  });

/** `--seed`: a whole number from 0; default 1. */
export const seedOption = (of = 'seed'): Option =>
  new Option('--seed <n>', of).argParser((text) => wholeNumber(text, 0, LIMITS.seed.most)).default(1);

/** Any grid can be read and judged; generators have a minimum of their own. */
export const sizeOption = (): Option =>
  new Option('--size <n>', 'cells along one side of the mazes, for rows without a size').argParser((text) =>
    wholeNumber(text, 2, LIMITS.mazeSide.most),
  );

const SPLITS = ['train', 'dev', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** `--split`: the split of converted rows; default train. */
export const splitOption = (): Option =>
  new Option('--split <name>', 'with --from: the split of the rows').choices(SPLITS).default('train');

/** `--strict`: true when given. */
export const strictOption = (): Option =>
  new Option('--strict', 'stop at the first row that cannot be read, instead of leaving it out');

/** `--limit`: a whole number from 1. */
export const limitOption = (): Option =>
  new Option('--limit <n>', 'only the first n mazes of each file').argParser((text) =>
    wholeNumber(text, 1, LIMITS.mazes.most),
  );

/** `--mazes`: a whole number from 1; each command sets its default. */
export const mazesOption = (): Option =>
  new Option('--mazes <n>', 'only the first n mazes of each test file').argParser((text) =>
    wholeNumber(text, 1, LIMITS.mazes.most),
  );

/** `--events`: a whole number from 0. */
export const eventsOption = (): Option =>
  new Option(
    '--events <n>',
    'with --information: number of events of each trace to measure one by one, drawn at random (default: 8)',
  ).argParser((text) => wholeNumber(text, 0, LIMITS.events.most));

/** `--temperature`: a number from 0; default 0, which is greedy. */
export const temperatureOption = (): Option =>
  new Option('--temperature <t>', '0 = greedy').argParser(temperature).default(0);

/** `--samples`: a whole number from 1; undefined without sampling. */
export const samplesOption = (): Option =>
  new Option(
    '--samples <n>',
    'number of sampled completions of each maze; adds pass@k and the choice of one by its trace; needs --temperature',
  ).argParser((text) => wholeNumber(text, 1, LIMITS.samples.most));

/** A number that the command checks itself. */
export const numberOption = (flags: string, text: string): Option => new Option(flags, text).argParser(number);

/** `--eval-mazes`: a whole number from 1; default 200. */
export const evalMazesOption = (): Option =>
  new Option(
    '--eval-mazes <n>',
    'every kept checkpoint solves the first n mazes of each distribution; the first and the last one solve all',
  )
    .argParser((text) => wholeNumber(text, 1, LIMITS.mazes.most))
    .default(200);

/** `--eval-prompts`: a whole number from 0; default 64. */
export const evalPromptsOption = (): Option =>
  new Option(
    '--eval-prompts <n>',
    'every kept checkpoint samples a group of completions for the first n mazes of each distribution: groups with ' +
      'equal rewards, entropy, KL; 0 = none',
  )
    .argParser((text) => wholeNumber(text, 0, LIMITS.evalPrompts.most))
    .default(64);

/** `--generator`: any text; the command checks it. */
export const generatorOption = (): Option =>
  new Option('--generator <name>', 'distribution of rows without a generator');

/** `--domain`: any text; the command loads a module, and checks a name. */
export const domainOption = (): Option =>
  new Option(
    '--domain <name>',
    'domain of the problems: maze (default), sokoban, or the module of another domain as in data.domain ' +
      '(./countdown.ts); without a config, a built-in domain uses its preset',
  );

/** `--condition`: a condition with an optional rate. */
export const conditionOption = (): Option =>
  new Option(
    '--condition <name[@rate]>',
    'how the traces are changed; rate: share of the examples or events',
  ).argParser(condition);

/** The command reads it: what a condition may be depends on --unchecked. */
export const trainedConditionOption = (): Option =>
  new Option(
    '--condition <name[@rate]>',
    'how the traces are changed; rate: share of the examples or events; with --unchecked any new name',
  );

/** `--unchecked`: true when given. */
export const uncheckedOption = (): Option =>
  new Option('--unchecked', 'train on the traces of the file as they are, right or wrong');

/** `--models`: a whole number from 1; default 4. */
export const modelsOption = (): Option =>
  new Option('--models <n>', 'of a study, only the first n models, in the order of its results')
    .argParser((text) => wholeNumber(text, 1, LIMITS.playModels.most))
    .default(4);

/** `--port`: a whole number from 0; default 8000. */
export const portOption = (): Option =>
  new Option('--port <n>', 'port to listen on; 0 = any free one')
    .argParser((text) => wholeNumber(text, 0, LIMITS.port.most))
    .default(8000);

/** `--port` of the dashboard: a whole number from 0; undefined when left out. */
export const dashboardPortOption = (): Option =>
  new Option('--port <n>', 'port to listen on; 0 = any free one (default: 8600, or the next free one)').argParser(
    (text) => wholeNumber(text, 0, LIMITS.port.most),
  );

/** `--preview`: a whole number from 1; 1 when given without a number. */
export const previewOption = (): Option =>
  new Option('--preview [n]', 'print the first n changed examples before and after the condition')
    .argParser((text) => wholeNumber(text, 1, LIMITS.preview.most))
    .preset('1');

/** `--format`: a list of further forms of a dataset, in their order. */
export const formatOption = (): Option =>
  new Option(
    '--format <name>',
    'also write this form, into a subfolder of its name: text, searchformer, ascii, parquet; may be repeated',
  )
    .argParser((name: string, previous: DataFormat[] | undefined) => [...(previous ?? []), format(name)])
    .default([], 'jsonl');

/** `--level`: one of the trace levels; undefined for all. */
export const levelOption = (): Option =>
  new Option('--level <level>', 'show one trace level instead of all').choices(LEVELS);

/** `--verbose`: true when given. */
export const verboseOption = (): Option =>
  new Option('--verbose', 'also print counts, plan against trace, and every first broken rule');

/** `--output`: a path that ends in .jsonl or .parquet. */
export const outputOption = (): Option =>
  new Option('--output <file>', 'file for all verdicts, .jsonl or .parquet').argParser(verdictFile);

/** `--log`: the form of the copied numbers. */
export const logOption = (): Option =>
  new Option(
    '--log <form>',
    'also write the numbers of metrics.jsonl as event files that TensorBoard reads; changes no result',
  ).choices(['tensorboard']);

/** `--json`: true when given. */
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
