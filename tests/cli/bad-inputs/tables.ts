// The tables of bad inputs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** Files of bad inputs with their messages. */
export const TABLES = [
  'options',
  'each-option',
  'configurations',
  'rows',
  'commands',
  'models',
  'sweeps',
  'fleets',
  'dashboard',
  'slurm',
] as const;

/** The content of a YAML file of this folder. */
export function readTable(name: string): unknown {
  return parse(readFileSync(join(import.meta.dirname, `${name}.yaml`), 'utf8')) as unknown;
}
