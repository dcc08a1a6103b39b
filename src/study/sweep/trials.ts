// The trials of a sweep: settings of a study, in an order that depends on the sweep's file alone.
import { canonicalJson } from '../../base/hash.ts';
import { power } from '../../base/portable-math.ts';
import { RandomSequence, STREAMS } from '../../base/random.ts';
import type { Parameter, Settings, SettingValue, SweepConfig } from './config.ts';

export interface Trial {
  /** `t1`, `t2`, … in the order of the sweep. */
  readonly name: string;
  /** What it sets besides what all trials share. */
  readonly settings: Settings;
}

/** Digits of a drawn number. */
const DIGITS = 4;

/** All trials; equal ones once. A grid varies its last parameter first, trials of `include` come last. */
export function trialsOf(config: SweepConfig): Trial[] {
  const { method, include } = config;
  const combinations = method === 'grid' ? grid(config) : draws(config);
  const excluded = exclusion(config);
  const kept = combinations.filter((settings) => !excluded(settings));
  const seen = new Set<string>();
  const trials: Trial[] = [];
  for (const settings of [...kept, ...include]) {
    const key = canonicalJson(settings);
    if (seen.has(key)) continue;
    seen.add(key);
    trials.push({ name: `t${trials.length + 1}`, settings });
  }
  return trials;
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
function draws({ parameters, trials = 0, seed }: SweepConfig): Settings[] {
  const entries = Object.entries(parameters);
  if (entries.length === 0) return [];
  return Array.from({ length: trials }, (_, index) => {
    const random = new RandomSequence(seed, STREAMS.sweep, index);
    return Object.fromEntries(entries.map(([key, parameter]) => [key, drawn(parameter, random)]));
  });
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
      return Math.ceil(min) + random.below(Math.floor(max) - Math.ceil(min) + 1);
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
