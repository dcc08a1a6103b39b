// The trials of a sweep: settings of a study, in an order that depends on the sweep's file alone.
import { canonicalJson } from '../../base/hash.ts';
import { power } from '../../base/portable-math.ts';
import { RandomSequence, STREAMS } from '../../base/random.ts';
import { type Parameter, type Settings, type SettingValue, type SweepConfig, wholeNumbers } from './config.ts';

export interface Trial {
  /** `t1`, `t2`, … in the order of the sweep. */
  readonly name: string;
  /** What it sets besides what all trials share. */
  readonly settings: Settings;
}

/** Digits of a drawn number. */
const DIGITS = 4;

/**
 * All trials, equal ones once, each drawn when it is asked for. A grid varies its last parameter first, trials of
 * `include` come last.
 */
export function* eachTrial(config: SweepConfig): Generator<Trial, undefined> {
  const seen = new Set<string>();
  for (const settings of combinations(config)) {
    const key = canonicalJson(settings);
    if (seen.has(key)) continue;
    seen.add(key);
    yield { name: `t${seen.size}`, settings };
  }
}

function* combinations(config: SweepConfig): Generator<Settings, undefined> {
  const isExcluded = exclusion(config);
  for (const settings of config.method === 'grid' ? grid(config) : draws(config))
    if (!isExcluded(settings)) yield settings;
  yield* config.include;
}

/** How many trials a sweep has at most, without making them. */
export function trialCount({ method, trials = 0, parameters, include }: SweepConfig): number {
  const sizes = Object.values(parameters).map((parameter) => ('values' in parameter ? parameter.values.length : 1));
  const combinations = sizes.length === 0 ? 0 : sizes.reduce((product, size) => product * size, 1);
  return (method === 'grid' ? combinations : trials) + include.length;
}

function grid({ parameters }: SweepConfig): Settings[] {
  const entries = Object.entries(parameters);
  if (entries.length === 0) return [];
  return entries.reduce<Settings[]>(
    (partial, [key, parameter]) =>
      partial.flatMap((settings) =>
        ('values' in parameter ? parameter.values : []).map((value) => ({ ...settings, [key]: value })),
      ),
    [{}],
  );
}

/** Trial i draws from a sequence of its own: more trials leave the first ones as they are. */
function* draws({ parameters, trials = 0, seed }: SweepConfig): Generator<Settings, undefined> {
  const entries = Object.entries(parameters);
  if (entries.length === 0) return;
  for (let index = 0; index < trials; index++) {
    const random = new RandomSequence(seed, STREAMS.sweep, index);
    yield Object.fromEntries(entries.map(([key, parameter]) => [key, drawn(parameter, random)]));
  }
}

function drawn(parameter: Parameter, random: RandomSequence): SettingValue {
  if ('values' in parameter) return parameter.values[random.below(parameter.values.length)];
  const { min, max, distribution } = parameter;
  switch (distribution) {
    case 'uniform':
      return rounded(min + (max - min) * random.uniform(), min, max);
    case 'log_uniform':
      return rounded(min * power(max / min, random.uniform()), min, max);
    case 'int_uniform':
      return Math.ceil(min) + random.below(wholeNumbers({ min, max }));
    default:
      return distribution satisfies never;
  }
}

/** Few digits are as good as many, and can be written down. */
function rounded(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, Number(value.toPrecision(DIGITS))));
}

function exclusion({ exclude }: SweepConfig): (settings: Settings) => boolean {
  const entries = exclude.map((entry) =>
    Object.entries(entry).map(([key, value]) => [key, canonicalJson(value)] as const),
  );
  return (settings) => {
    if (entries.length === 0) return false;
    const texts = new Map(Object.entries(settings).map(([key, value]) => [key, canonicalJson(value)] as const));
    return entries.some((entry) => entry.every(([key, text]) => texts.get(key) === text));
  };
}
