// The configuration of a sweep: one study, varied over parameters. Strict; errors name their place.
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { canonicalJson, sha256 } from '../../base/hash.ts';
import { LIMITS } from '../../base/limits.ts';
import { nearest } from '../../base/nearest.ts';
import { choice, integer, list, section, SEED, text } from '../../base/setting-types.ts';
import { TracelabError } from '../../base/errors.ts';
import { describe, isRecord, refused } from '../config-issues.ts';
import { ConfigPlaces } from '../config-places.ts';
import { parseText, plainValue, readConfigText } from '../config-file.ts';
import { configKeys, RUN_NAME } from '../config.ts';
import { METRIC_NAMES } from './metric.ts';
import type { MetricName } from './metric.ts';

/** A value of a key of a study, as YAML and JSON have it. */
export type SettingValue =
  null | boolean | number | string | readonly SettingValue[] | { readonly [key: string]: SettingValue };

/** Values by dotted key of a study. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** How a number is drawn: evenly, evenly in its logarithm, or evenly among whole numbers. */
export const DISTRIBUTIONS = ['uniform', 'log_uniform', 'int_uniform'] as const;

/** Values of a key: a list, or a range to draw from. */
export type Parameter =
  | { readonly values: readonly SettingValue[] }
  | { readonly min: number; readonly max: number; readonly distribution: (typeof DISTRIBUTIONS)[number] };

export interface SweepMetric {
  readonly name: MetricName;
  /** Absent: the distribution of the training set. */
  readonly distribution?: string;
  /** Absent: the mean over all conditions of a trial. */
  readonly condition?: string;
  readonly goal: 'maximize' | 'minimize';
}

/** Successive halving: most trials only train for a part of their tokens. */
export interface Halving {
  /** One of so many trials of a rung goes on, with so many times as many tokens. */
  readonly eta: number;
  /** Of the first rung; the last one has train.tokens of the study. */
  readonly min_tokens: number;
}

/** A sweep with its defaults filled in. */
export interface SweepConfig {
  readonly sweep: string;
  /** A preset, or the path of a configuration, from the folder of the sweep's file. */
  readonly study: string;
  /** What all trials share. */
  readonly set: Settings;
  readonly method: 'grid' | 'random';
  /** How many a random sweep draws. */
  readonly trials?: number;
  readonly seed: number;
  /** Seeds of every trial; absent: those of the study. */
  readonly seeds?: readonly number[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly include: readonly Settings[];
  readonly exclude: readonly Settings[];
  readonly metric: SweepMetric;
  /** Absent: all trials are trained to their end. */
  readonly halving?: Halving;
}

/** A checked sweep, and the way back from its keys to their places. */
export interface LoadedSweep {
  readonly config: SweepConfig;
  /** The study that is varied: a preset, or a path from the working directory. */
  readonly study: string;
  /** SHA-256 of what its file contains; absent for a preset. */
  readonly study_sha256?: string;
  readonly source: string;
  /** `file:line:column` of what is at a path. */
  readonly where: (...path: readonly string[]) => string;
}

const VALUE: z.ZodType<SettingValue> = z.json({ error: 'a value of YAML' });
const SETTINGS = z.record(z.string(), VALUE, { error: 'a mapping of keys of a study to values' });
const RANGE_END = z.number({ error: 'a number' });

/** Most numbers that one draw chooses from. */
const MOST_WHOLE_NUMBERS = 2 ** 32 - 1;

/** How many whole numbers are in a range, its ends included. */
export function wholeNumbers({ min, max }: { readonly min: number; readonly max: number }): number {
  return Math.floor(max) - Math.ceil(min) + 1;
}

const PARAMETER = z.union(
  [
    section({ values: list(VALUE, 'value') }, 'parameter'),
    section({ min: RANGE_END, max: RANGE_END, distribution: choice(DISTRIBUTIONS).default('uniform') }, 'parameter')
      .refine(({ min, max, distribution }) => min < max && (distribution !== 'log_uniform' || min > 0), {
        error: 'min below max, and above 0 for log_uniform',
      })
      .refine(
        (range) =>
          range.distribution === 'int_uniform'
            ? wholeNumbers(range) >= 1 && wholeNumbers(range) <= MOST_WHOLE_NUMBERS
            : Number.isFinite(range.distribution === 'log_uniform' ? range.max / range.min : range.max - range.min),
        { error: `1 to ${MOST_WHOLE_NUMBERS} whole numbers between min and max for int_uniform, else a finite width` },
      ),
  ],
  { error: '{values: [...]}, or {min, max, distribution}' },
);

const SCHEMA = section(
  {
    sweep: RUN_NAME.describe('Name of the sweep; its folder in the runs directory has this name.'),
    study: text('a preset or the path of a configuration').describe(
      'The study that is varied: a preset, or a path from the folder of this file.',
    ),
    set: SETTINGS.default({}).describe('Keys of the study that all trials change in the same way.'),
    method: choice(['grid', 'random']).default('grid').describe('All combinations of values, or draws.'),
    trials: integer(1, LIMITS.sweepTrials.most).optional().describe('How many trials a random sweep draws.'),
    seed: SEED.default(1).describe('Seed of the draws of a random sweep.'),
    seeds: list(SEED, 'seed').optional().describe('Seeds of every trial; left out, those of the study.'),
    parameters: z
      .record(z.string(), PARAMETER, { error: 'a mapping of keys of a study to values' })
      .default({})
      .describe('What varies: {values: [...]}, or {min, max, distribution} in a random sweep.'),
    include: z
      .array(SETTINGS, { error: 'a list of mappings' })
      .default([])
      .describe('Trials besides those of the parameters. Keys left out are as in the study.'),
    exclude: z
      .array(SETTINGS, { error: 'a list of mappings' })
      .default([])
      .describe('Combinations left out: those that have all values of an entry.'),
    metric: section(
      {
        name: choice(METRIC_NAMES).default('plan_valid').describe('What is compared.'),
        distribution: text('a distribution').optional().describe('Left out: that of the training set.'),
        condition: text('a condition').optional().describe('Left out: the mean over the conditions of a trial.'),
        goal: choice(['maximize', 'minimize']).default('maximize').describe('Which end is best.'),
      },
      'metric',
    )
      .prefault({})
      .describe('What trials are ordered by.'),
    halving: section(
      {
        eta: integer(2, 100).default(3).describe('One of so many trials goes on, with so many times as many tokens.'),
        min_tokens: integer(16, 1e12).describe('Training tokens of the first rung; the last has train.tokens.'),
      },
      'halving',
    )
      .optional()
      .describe('Successive halving by the metric on dev problems; left out, all trials are trained to their end.'),
  },
  'sweep',
);

const HINT = 'tracelab sweep --schema prints what a sweep may have';

/** The schema of a sweep's file as JSON Schema (draft 2020-12), for editors. */
export function sweepJsonSchema(): unknown {
  return z.toJSONSchema(SCHEMA, { io: 'input' });
}

/** SHA-256 of a sweep. It contains the study that is varied by the content of its file, not by its path. */
export function sweepHash({ config, study_sha256 }: Pick<LoadedSweep, 'config' | 'study_sha256'>): string {
  return sha256(canonicalJson(study_sha256 === undefined ? config : { ...config, study: study_sha256 }));
}

/**
 * Reads and checks the file of a sweep.
 * @throws TracelabError (refused input) FILE_MISSING, CONFIG_SIZE, CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY,
 * CONFIG_MISSING_KEY, CONFIG_VALUE, CONFIG_IMPOSSIBLE
 */
export async function loadSweep(path: string): Promise<LoadedSweep> {
  const loaded = parseSweep(await readConfigText(path), path);
  // A path is relative to the file that names it, a preset is a name.
  if (!/[/\\]|\.(ya?ml|json)$/i.test(loaded.config.study)) return loaded;
  const study = resolve(dirname(path), loaded.config.study);
  const content = await contentOf(study);
  return { ...loaded, study, ...(content !== undefined && { study_sha256: sha256(canonicalJson(content)) }) };
}

/** What a file of a study contains; undefined for one that whoever loads it will refuse. */
async function contentOf(path: string): Promise<unknown> {
  try {
    const { document, lines } = parseText(await readConfigText(path), path, HINT);
    return plainValue(document, lines, path);
  } catch (error) {
    if (error instanceof TracelabError) return undefined;
    throw error;
  }
}

/** loadSweep for a text; `source` is the file's name in errors. */
export function parseSweep(given: string, source: string): LoadedSweep {
  const { document, lines } = parseText(given, source, HINT);
  const places = new ConfigPlaces(source, document, lines, new Map());
  const value = plainValue(document, lines, source);
  const parsed = SCHEMA.safeParse(value);
  if (!parsed.success) {
    // A misspelt key also leaves its right spelling missing.
    const { issues } = parsed.error;
    throw issueRefusal(issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0], value, places);
  }
  const config = parsed.data as SweepConfig;
  const where = (...path: readonly string[]): string => places.at(path);
  checkKeys(config, where);
  checkMethod(config, where);
  checkHalving(config, where);
  return { config, study: config.study, source, where };
}

function issueRefusal(given: z.core.$ZodIssue, value: unknown, places: ConfigPlaces): TracelabError {
  const issue = given.code === 'invalid_union' ? (innermost(given, value) ?? given) : given;
  const path = issue.path.map(String);
  const at = path.reduce<unknown>(
    (inner, name) => (isRecord(inner) || Array.isArray(inner) ? (inner as Record<string, unknown>)[name] : undefined),
    value,
  );
  const name = path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const known =
      path.length === 0
        ? Object.keys(SCHEMA.shape)
        : ['values', 'min', 'max', 'distribution', 'name', 'condition', 'goal', 'eta', 'min_tokens'];
    const near = nearest(key, known);
    const hint = near === undefined ? HINT : `did you mean ${near}?`;
    const full = [...path, key].join('.');
    return refused(
      'CONFIG_UNKNOWN_KEY',
      places.at([...path, key], 'key'),
      `unknown key ${full}`,
      'a key of a sweep',
      full,
      hint,
    );
  }
  if (at === undefined)
    return refused('CONFIG_MISSING_KEY', places.ofMissing(path), `missing key ${name}`, issue.message, 'nothing', HINT);
  return refused(
    'CONFIG_VALUE',
    places.at(path),
    `wrong value of ${name || 'the file'}`,
    issue.message,
    describe(at),
    HINT,
  );
}

/** Of a parameter that may be a list or a range, the issue of the form that it has. */
function innermost(issue: z.core.$ZodIssueInvalidUnion, value: unknown): z.core.$ZodIssue | undefined {
  const at = issue.path.reduce<unknown>((inner, name) => (isRecord(inner) ? inner[String(name)] : undefined), value);
  if (!isRecord(at)) return undefined;
  const first = issue.errors.at('values' in at ? 0 : 1)?.at(0);
  return first === undefined ? undefined : { ...first, path: [...issue.path, ...first.path] };
}

/** Keys that a sweep decides itself. */
const OWN_KEYS: Readonly<Partial<Record<string, string>>> = { study: 'sweep', seeds: 'seeds', domain_module: 'study' };

function checkKeys({ set, parameters, include, exclude }: SweepConfig, where: LoadedSweep['where']): void {
  const known = configKeys();
  const check = (keys: readonly string[], ...path: readonly string[]): void => {
    for (const key of keys) {
      const own = OWN_KEYS[key.split('.')[0]];
      if (known.includes(key) && own === undefined) continue;
      const near = nearest(key, known);
      const hint =
        own !== undefined
          ? `the sweep's key ${own} decides it`
          : near === undefined
            ? 'tracelab study --schema lists them'
            : `did you mean ${near}?`;
      throw refused(
        'CONFIG_UNKNOWN_KEY',
        where(...path, key),
        `${path[0]} names a key that it cannot set`,
        'a key of a study, with dots',
        key,
        hint,
      );
    }
  };
  check(Object.keys(set), 'set');
  check(Object.keys(parameters), 'parameters');
  include.forEach((entry, i) => check(Object.keys(entry), 'include', String(i)));
  const varied = Object.keys(parameters);
  exclude.forEach((entry, i) => {
    const other = Object.keys(entry).find((key) => !varied.includes(key));
    if (other !== undefined)
      throw refused(
        'CONFIG_IMPOSSIBLE',
        where('exclude', String(i), other),
        'exclude names a key that does not vary',
        `one of ${varied.join(', ') || 'no parameters'}`,
        other,
        'a combination is left out by values of its parameters',
      );
  });
}

function checkMethod({ method, trials, parameters, include }: SweepConfig, where: LoadedSweep['where']): void {
  if (method === 'random' && trials === undefined)
    throw refused(
      'CONFIG_MISSING_KEY',
      where('method'),
      'a random sweep has no number of trials',
      'trials: N',
      'nothing',
      'for example trials: 20',
    );
  if (method === 'grid' && trials !== undefined)
    throw refused(
      'CONFIG_IMPOSSIBLE',
      where('trials'),
      'a grid has as many trials as combinations',
      'no trials',
      String(trials),
      'method: random draws that many',
    );
  if (Object.keys(parameters).length === 0 && include.length === 0)
    throw refused(
      'CONFIG_MISSING_KEY',
      where('parameters'),
      'nothing varies',
      'parameters, or include',
      'neither',
      'for example parameters: {train.lr: {values: [1e-3, 2e-3]}}',
    );
  for (const [key, parameter] of Object.entries(parameters))
    if (method === 'grid' && !('values' in parameter))
      throw refused(
        'CONFIG_IMPOSSIBLE',
        where('parameters', key),
        `a grid needs the values of ${key}`,
        '{values: [...]}',
        'a range',
        'list them, or method: random',
      );
}

/** Rungs are numbers of tokens of one training: trials may not differ in how long it is. */
function checkHalving({ halving, parameters, include }: SweepConfig, where: LoadedSweep['where']): void {
  if (halving === undefined) return;
  const lengths = ['train', 'train.tokens', 'train.epochs'];
  const places: (readonly string[])[] = [
    ...Object.keys(parameters).map((key) => ['parameters', key]),
    ...include.flatMap((entry, i) => Object.keys(entry).map((key) => ['include', String(i), key])),
  ];
  const place = places.find((path) => lengths.includes(path.at(-1) ?? ''));
  if (place !== undefined)
    throw refused(
      'CONFIG_IMPOSSIBLE',
      where(...place),
      'halving decides how long trials are trained',
      'the same train.tokens in all trials',
      place.at(-1) ?? '',
      'set: {train.tokens: N} changes it for all of them',
    );
}
