// A domain from outside: the module that a configuration or a command names, imported and added to the table of domains
// of this process. Its identity (name, version, hash of its sources) is part of the key of every result. A process has
// one such module at most.
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { existsSync, readFileSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { canonicalJson, sha256 } from '../base/hash.ts';
import { nearest } from '../base/nearest.ts';
import { DOMAINS, useDomain } from '../domain/domains.ts';

export interface DomainModule {
  /** Absolute path of its first file. */
  readonly module: string;
  readonly name: string;
  readonly version: string;
  /** Of the file and of all files that it imports by relative paths. */
  readonly sha256: string;
}

let current: DomainModule | undefined;

/** The module that this process has loaded. */
export function domainModule(): DomainModule | undefined {
  return current;
}

/**
 * Imports a module whose default export is a domain, once a process.
 * @param named a path from the current folder, or the name of a package that is installed there
 * @param where the setting or option that names it, for errors
 * @param expected what a graph or a resolved configuration says of it
 * @throws TracelabError DOMAIN_MODULE, DOMAIN_CLASH; DOMAIN_CHANGED for other sources than expected
 */
export async function loadDomainModule(
  named: string,
  where: string,
  expected?: Partial<Pick<DomainModule, 'version' | 'sha256'>>,
): Promise<DomainModule> {
  const module = fileOf(named, where);
  if (current !== undefined && current.module !== module)
    throw refused('DOMAIN_CLASH', where, 'a process has one domain from outside', current.module, module);
  if (current === undefined) {
    const hash = sourceHash(module);
    const exported = await importDefault(module, named, where);
    const { name, version = '' } = useDomain(exported, named);
    current = { module, name, version, sha256: hash };
  }
  for (const key of ['version', 'sha256'] as const)
    if (expected?.[key] !== undefined && expected[key] !== current[key])
      throw new TracelabError({
        code: 'DOMAIN_CHANGED',
        kind: 'refused_input',
        where: `${where}: ${named}`,
        what: `the module of the domain ${current.name} has changed`,
        expected: `${key} ${expected[key]}`,
        got: current[key],
        hint: 'restore it, or name the module in data.domain: results of the new one are kept apart',
      });
  return current;
}

/**
 * What a thread does first.
 * @param module of the domain, as the process has loaded it; null for built-in ones
 */
export async function loadThreadDomain(module: string | null): Promise<void> {
  if (module !== null) await loadDomainModule(module, 'domain');
}

/** @returns an absolute path */
function fileOf(named: string, where: string): string {
  if (isAbsolute(named) || /^\.{1,2}[/\\]/.test(named) || /\.[cm]?[jt]s$/.test(named)) {
    const file = resolve(named);
    if (existsSync(file)) return file;
    throw refused('DOMAIN_MODULE', where, 'no such file', 'the path of a module, from the current folder', named);
  }
  try {
    return createRequire(join(resolve('.'), 'package.json')).resolve(named);
  } catch {
    const expected = 'a built-in domain, the path of a module, or a package that is installed in the current folder';
    const near = nearest(
      named,
      DOMAINS.map((domain) => domain.name),
    );
    throw refused('DOMAIN_MODULE', where, 'no such domain', expected, named, {
      ...(near !== undefined && { hint: `did you mean ${near}?` }),
    });
  }
}

async function importDefault(module: string, named: string, where: string): Promise<unknown> {
  try {
    return ((await import(pathToFileURL(module).href)) as { readonly default?: unknown }).default;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw refused('DOMAIN_MODULE', `${where}: ${named}`, 'cannot import it', 'a module of Node', message, { cause });
  }
}

const IMPORT = /\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;

/** One hash over the file and all that it imports by relative paths, directly or not. */
function sourceHash(module: string): string {
  const hashes = new Map<string, string>();
  const add = (file: string): void => {
    const name = relative(dirname(module), file).replaceAll('\\', '/');
    if (hashes.has(name) || !existsSync(file)) return;
    const bytes = readFileSync(file);
    hashes.set(name, sha256(bytes));
    for (const [, path] of new TextDecoder().decode(bytes).matchAll(IMPORT))
      add(fileURLToPath(new URL(path, pathToFileURL(file))));
  };
  add(module);
  return sha256(canonicalJson(Object.fromEntries([...hashes].sort(([a], [b]) => (a < b ? -1 : 1)))));
}

function refused(
  code: string,
  where: string,
  what: string,
  expected: string,
  got: string,
  { hint = 'docs/library.md describes domains from outside', cause }: { hint?: string; cause?: unknown } = {},
): TracelabError {
  return new TracelabError({ code, kind: 'refused_input', where, what, expected, got, hint, cause });
}
