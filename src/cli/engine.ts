// `--engine`: what a fleet is reached through, opened for one command.
import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { withoutPassword } from '../base/address.ts';
import { existsSync, readTextFileSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import type { Artefacts } from '../fleet/artefacts.ts';
import type { Connection } from '../fleet/postgres/connection.ts';
import type { Engine, FleetIdentity, GraphReader, Overview } from '../fleet/engine.ts';
import { packageVersion } from './version.ts';

/** Holds an address whose password shall not be in the list of processes. */
const VARIABLE = 'TRACELAB_ENGINE';

/** What is common to all commands of a fleet. */
export interface EngineOptions {
  readonly engine?: string;
  readonly artefacts?: string;
  /** Of Slurm alone. */
  readonly runsDir?: string;
}

/** `--engine`: an address. */
export const engineOption = (of: string): Option =>
  new Option(
    '--engine <address>',
    `${of}: postgres://USER@HOST/DATABASE, a folder that all machines share, or slurm (default: ` +
      `${VARIABLE} of the environment)`,
  ).argParser((text) => {
    if (text.trim() === '') throw new InvalidArgumentError('expected an address, got ""');
    return text;
  });

/** `--artefacts`: a folder. */
export const artefactsOption = (): Option =>
  new Option('--artefacts <folder>', 'keep files in a folder that all machines share, not in the database');

/** Where a fleet is. */
export type Address =
  | { readonly kind: 'postgres'; readonly connection: Connection }
  /** `shown`: as it was given. */
  | { readonly kind: 'folder'; readonly path: string; readonly shown: string }
  /** Jobs of the cluster of this machine. `path`: the runs directory, which all nodes share. */
  | { readonly kind: 'slurm'; readonly path: string; readonly shown: string };

/**
 * The engine that a command names, or undefined without one.
 * @throws TracelabError ENGINE_ADDRESS (refused input)
 */
export async function addressOf({ engine, artefacts, runsDir = 'runs' }: EngineOptions): Promise<Address | undefined> {
  const fromEnvironment = process.env[VARIABLE];
  const address = engine ?? (fromEnvironment === '' ? undefined : fromEnvironment);
  if (address === undefined) {
    if (artefacts === undefined) return undefined;
    throw refusedAddress('--artefacts', 'says where an engine keeps files, but no engine is named', 'none');
  }
  if (/^postgres(?:ql)?:/i.test(address)) {
    const { connectionOf } = await import('../fleet/postgres/connection.ts');
    return { kind: 'postgres', connection: connectionOf(address, engine === undefined, readTextFileSync) };
  }
  if (address.includes('://')) throw refusedAddress('--engine', 'is no engine that tracelab knows', address);
  if (artefacts !== undefined)
    throw refusedAddress('--artefacts', 'an engine that is a shared folder keeps its files itself', address);
  if (address === 'slurm') return { kind: 'slurm', path: resolve(runsDir), shown: `slurm, ${runsDir}` };
  return { kind: 'folder', path: resolve(address), shown: address };
}

/**
 * The engine that a command needs.
 * @throws TracelabError ENGINE_ADDRESS (refused input)
 */
export async function neededAddress(options: EngineOptions): Promise<Address> {
  const address = await addressOf(options);
  if (!address) throw refusedAddress('--engine', 'no engine is named', 'nothing');
  if (address.kind !== 'postgres' && !existsSync(address.path))
    throw refusedAddress(
      address.kind === 'slurm' ? '--runs-dir' : '--engine',
      'there is no such folder',
      address.shown,
    );
  return address;
}

function refusedAddress(where: string, what: string, got: string): TracelabError {
  return new TracelabError({
    code: 'ENGINE_ADDRESS',
    kind: 'refused_input',
    where,
    what,
    expected: '--engine postgres://USER@HOST/DATABASE, or a folder that all machines share',
    got: withoutPassword(got),
    hint: `tracelab worker --help explains engines; ${VARIABLE} of the environment may hold the address`,
  });
}

export interface OpenEngine {
  readonly engine: Engine & GraphReader;
  readonly artefacts: Artefacts;
  /** For people: without its password. */
  readonly shown: string;
}

/**
 * Connects to a database.
 * @param supervise whether this process also notices workers that are silent
 * @throws TracelabError ENGINE_ADDRESS, ENGINE_DENIED, ENGINE_ARTEFACTS, ENGINE_FORMAT (refused input), ENGINE_GONE
 */
export async function openEngine(
  { connection }: Extract<Address, { kind: 'postgres' }>,
  folder: string | undefined,
  supervise: boolean,
): Promise<OpenEngine> {
  const { Database } = await import('../fleet/postgres/database.ts');
  const { PostgresEngine } = await import('../fleet/postgres/engine.ts');
  const { KINDS } = await import('../tasks/kinds.ts');
  const database = await Database.open(connection, { supervise });
  try {
    await database.keepArtefactsIn(folder === undefined ? 'database' : 'folder');
    const engine = new PostgresEngine(database, KINDS);
    return { engine, artefacts: await artefactsOf(folder, database), shown: connection.shown };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * What people ask: of a database or of a shared folder.
 * @throws as openEngine
 */
export async function openOverview(options: EngineOptions): Promise<Overview & { readonly shown: string }> {
  const address = await neededAddress(options);
  if (address.kind === 'postgres') {
    const { engine, shown } = await openEngine(address, options.artefacts, false);
    return {
      status: async () => engine.status(),
      logs: async (name, id) => engine.logs(name, id),
      cancel: async (name, drain) => engine.cancel(name, drain),
      close: async () => engine.close(),
      shown,
    };
  }
  const { KINDS } = await import('../tasks/kinds.ts');
  if (address.kind === 'slurm') {
    const { SlurmOverview } = await import('../fleet/slurm/overview.ts');
    return Object.assign(new SlurmOverview(address.path, KINDS), { shown: address.shown });
  }
  const { SharedOverview } = await import('../fleet/shared/overview.ts');
  return Object.assign(new SharedOverview(address.path, KINDS), { shown: address.shown });
}

async function artefactsOf(
  folder: string | undefined,
  database: import('../fleet/postgres/database.ts').Database,
): Promise<Artefacts> {
  if (folder !== undefined) {
    const { FolderArtefacts } = await import('../fleet/folder-artefacts.ts');
    return new FolderArtefacts(resolve(folder));
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
