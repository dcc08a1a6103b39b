// The name of a result: a hash over everything that can change it. The only place where such a key is made.
import { canonicalJson, sha256 } from '../base/hash.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import type { Kind } from './kind.ts';
import type { DomainIdentity, Finished, GraphDomain, Json, Task } from './task.ts';

/** Identity of the compiled core. Revectorised or not, a module gives the same bits. */
export interface CoreIdentity {
  readonly module_sha256: string;
  readonly kernel_path: 'fused' | 'portable';
}

/** Same key, same bits. Thread counts, paths and names of people's choosing have no place here. */
export interface CellKey {
  readonly kind: string;
  /** Of the kind. */
  readonly version: number;
  readonly config: Json;
  /** SHA-256 of each input by name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Null for kinds that never touch the core. */
  readonly core: CoreIdentity | null;
  readonly numeric_version: number;
  /** Absent for built-in domains. */
  readonly domain?: DomainIdentity;
}

/**
 * @param needs finished results by role
 * @param domain of the graph, where it is not built in
 */
export function keyOf(
  task: Task,
  kind: Kind,
  needs: Readonly<Record<string, Finished>>,
  core: CoreIdentity,
  domain?: GraphDomain,
): CellKey {
  const { module_sha256, kernel_path } = core;
  return {
    kind: kind.name,
    version: kind.version,
    config: kind.keyed ? kind.keyed(task.config) : task.config,
    inputs: kind.inputs(task.config, needs),
    core: kind.usesCore ? { module_sha256, kernel_path } : null,
    numeric_version: NUMERIC_VERSION,
    ...(domain && { domain: { name: domain.name, version: domain.version, sha256: domain.sha256 } }),
  };
}

/** SHA-256 of a key, in hexadecimal. */
export function hashOf(key: CellKey): string {
  return sha256(canonicalJson(key));
}

/** Name of a cell's folder: readable first, unique by its hash. */
export function folderOf(key: CellKey): string {
  return `${key.kind}-${hashOf(key).slice(0, 16)}`;
}
