// The options of `tracelab rl` that are settings: one for each line of RL_SETTINGS, with its description and default.
// They have no default value of their own, so that a value that was given is known from one that was not.
import type { Command } from 'commander';
import { Option } from 'commander';
import * as z from 'zod';
import { TracelabError } from '../base/errors.ts';
import { checkRlConfig, idleFor, RL_DEFAULTS, RL_KEYS, RL_SETTINGS } from '../rl/config.ts';
import type { RlConfig } from '../rl/config.ts';
import { numberOption } from './options.ts';

/** Adds an option for every setting, under a heading of their own in the help. */
export function addRlOptions(command: Command): void {
  for (const key of RL_KEYS) command.addOption(optionOf(key).helpGroup('Settings:'));
}

/**
 * The settings that the options give, with the defaults for the others.
 * @param options parsed options of the command; other options are ignored
 * @throws TracelabError RL_CONFIG for a value outside its range, OPTION_IDLE for one that has no effect with the others
 */
export function readRlOptions(options: Readonly<Record<string, unknown>>): RlConfig {
  const given = RL_KEYS.flatMap((key) => {
    const value = options[optionOf(key).attributeName()];
    return value === undefined ? [] : [[key, value] as const];
  });
  const config: RlConfig = { ...RL_DEFAULTS, ...Object.fromEntries(given) };
  checkRlConfig(config, flagOf);
  for (const [key] of given) {
    const need = idleFor(key, config);
    if (need !== null)
      throw new TracelabError({
        code: 'OPTION_IDLE',
        kind: 'refused_input',
        where: flagOf(key),
        what: 'has no effect with the other options',
        expected: `--${need.replaceAll('_', '-')}`,
        got: `${config[key]}`,
        hint: 'leave it out, or change the other',
      });
  }
  return config;
}

function optionOf(key: keyof RlConfig): Option {
  const type = valueType(RL_SETTINGS.shape[key]);
  const text = helpText(key, type);
  if (type instanceof z.ZodEnum) return new Option(`${flagOf(key)} <name>`, text);
  return numberOption(`${flagOf(key)} <${type instanceof z.ZodNumberFormat ? 'n' : 'x'}>`, text);
}

/** The type of a value, without default, null and absence. */
function valueType(type: unknown): unknown {
  const isWrapped = type instanceof z.ZodDefault || type instanceof z.ZodNullable || type instanceof z.ZodOptional;
  return isWrapped ? valueType(type.unwrap()) : type;
}

/** The description in the style of the other options: `key` becomes a flag; no capital first, no full stop last. */
function helpText(key: keyof RlConfig, type: unknown): string {
  const description = (RL_SETTINGS.shape[key].description ?? '')
    .replace(/^[A-Z][a-z]+\b/, (word) => word.toLowerCase())
    .replace(/\.$/, '')
    .replaceAll(/`([a-z_0-9]+)`/g, (_, name: string) => flagOf(name));
  const names = type instanceof z.ZodEnum ? `; one of ${type.options.join(', ')}` : '';
  const value = RL_DEFAULTS[key];
  return `${description}${names}${value === null || value === undefined ? '' : ` (default: ${value})`}`;
}

function flagOf(key: string): string {
  return `--${key.replaceAll('_', '-')}`;
}
