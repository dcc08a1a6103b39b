// `--engine`: what a fleet is reached through, opened for one command.
import { isAbsolute, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { readTextFileSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import type { Artefacts } from '../fleet/artefacts.ts';
import type { Engine, FleetIdentity } from '../fleet/engine.ts';
import type { Kinds } from '../work/kind.ts';
import { packageVersion } from './version.ts';

/** Holds an address whose password shall not be in the list of processes. */
const VARIABLE = 'TRACELAB_ENGINE';

/** What is common to all commands of a fleet. */
export interface EngineOptions {
  readonly engine?: string;
  readonly artefacts?: string;
}

/** `--engine`: an address. */
export const engineOption = (of: string): Option =>
  new Option(
    '--engine <address>',
    `${of}: postgres://USER@HOST/DATABASE (default: ${VARIABLE} of the environment)`,
  ).argParser((text) => {
    if (text.trim() === '') throw new InvalidArgumentError('expected an address, got ""');
    return text;
  });

/** `--artefacts`: a folder. */
export const artefactsOption = (): Option =>
  new Option('--artefacts <folder>', 'keep files in a folder that all machines share, not in the database');

export interface OpenEngine {
  readonly engine: Engine;
  readonly artefacts: Artefacts;
  /** For people: without its password. */
  readonly shown: string;
}

/** The address that a command uses, or undefined without one. */
export function addressOf({ engine }: EngineOptions): string | undefined {
  const fromEnvironment = process.env[VARIABLE];
  return engine ?? (fromEnvironment === '' ? undefined : fromEnvironment);
}

/**
 * Connects to the engine.
 * @param supervise whether this process also notices workers that are silent
 * @throws TracelabError ENGINE_ADDRESS, ENGINE_DENIED, ENGINE_ARTEFACTS, ENGINE_FORMAT (refused input), ENGINE_GONE
 */
export async function openEngine(options: EngineOptions, kinds: Kinds, supervise: boolean): Promise<OpenEngine> {
  const address = addressOf(options);
  if (address === undefined)
    throw new TracelabError({
      code: 'ENGINE_ADDRESS',
      kind: 'refused_input',
      where: '--engine',
      what: 'no engine is named',
      expected: 'postgres://USER@HOST/DATABASE',
      got: 'nothing',
      hint: `give --engine, or set ${VARIABLE}`,
    });
  const { connectionOf } = await import('../fleet/postgres/connection.ts');
  const { Database } = await import('../fleet/postgres/database.ts');
  const { PostgresEngine } = await import('../fleet/postgres/engine.ts');
  const connection = connectionOf(address, options.engine === undefined, (path) => readTextFileSync(path));
  const database = await Database.open(connection, { supervise });
  try {
    await database.keepArtefactsIn(options.artefacts === undefined ? 'database' : 'folder');
    const engine = new PostgresEngine(database, kinds);
    return { engine, artefacts: await artefactsOf(options.artefacts, database), shown: connection.shown };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function artefactsOf(
  folder: string | undefined,
  database: import('../fleet/postgres/database.ts').Database,
): Promise<Artefacts> {
  if (folder !== undefined) {
    const { FolderArtefacts } = await import('../fleet/folder-artefacts.ts');
    return new FolderArtefacts(isAbsolute(folder) ? folder : resolve(folder));
  }
  const { DatabaseArtefacts } = await import('../fleet/postgres/artefacts.ts');
  return new DatabaseArtefacts(database);
}

/** What this process would compute with. */
export async function identityHere(): Promise<FleetIdentity> {
  const { describeCore } = await import('../tasks/core.ts');
  const { module_sha256, kernel_path } = describeCore();
  return { version: packageVersion(), numeric_version: NUMERIC_VERSION, core: { module_sha256, kernel_path } };
}
