// Reads a study's YAML file with `--set` overrides. Every error names file:line:column, or the option that brought the
// value.
import { LineCounter, parse as parseYaml, parseDocument, visit } from 'yaml';
import type { Document } from 'yaml';
import { readFileSync, statIfPath } from '../base/disk.ts';
import { isSystemError, readText, systemReason } from '../base/files.ts';
import { sha256 } from '../base/hash.ts';
import { LIMITS } from '../base/limits.ts';
import { TracelabError } from '../base/errors.ts';
import { domainModule, loadDomainModule } from '../data/domain-module.ts';
import { isDomain } from '../domain/domains.ts';
import { checkSizes } from './config-checks.ts';
import { isRecord, issueRefusal, refused, shorten, unknownKeyRefusal } from './config-issues.ts';
import { ConfigPlaces } from './config-places.ts';
import { configKeys, listKeys, parseStudyConfig } from './config.ts';
import type { StudyConfig } from './config.ts';

/** Setting a key by an option removes another key. `from`: only one that the file gave, or one of an option, too. */
const REPLACED: readonly { readonly set: string; readonly removed: string; readonly from: 'file' | 'anywhere' }[] = [
  // Exactly one of the two is given: the last one wins.
  { set: 'train.epochs', removed: 'train.tokens', from: 'anywhere' },
  { set: 'train.tokens', removed: 'train.epochs', from: 'anywhere' },
  // Whoever sets the number of test problems means all test sets.
  { set: 'data.test', removed: 'data.test_in_distribution', from: 'file' },
];

/** A checked study, and the way back from its keys to their places for checks that need data (lengths, memory). */
export interface LoadedConfig {
  readonly config: StudyConfig;
  readonly source: string;
  /** `--set key=value` of the first of these keys that an option set, else `file:line:column` of the first key. */
  readonly where: (...keys: string[]) => string;
}

/**
 * Reads, overrides and checks a study.
 * @param overrides texts `a.b=value`; the value is YAML, so `[1, 2]` and `2e-3` are what they look like, and a list
 * needs no brackets; null leaves the key or section out
 * @throws TracelabError (refused input) FILE_MISSING, CONFIG_SIZE, CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY,
 * CONFIG_MISSING_KEY, CONFIG_VALUE, CONFIG_IMPOSSIBLE, OPTION_SET
 */
export async function loadConfig(path: string, overrides: readonly string[] = []): Promise<LoadedConfig> {
  return parseConfig(await readConfig(path, overrides), path, overrides);
}

/** The text of a configuration whose domain is loaded. */
export async function readConfig(path: string, overrides: readonly string[]): Promise<string> {
  const text = await readConfigText(path);
  await loadNamedDomain(text, path, overrides);
  return text;
}

/**
 * The text of a YAML file.
 * @throws TracelabError (refused input) FILE_MISSING, CONFIG_SIZE, CONFIG_SYNTAX for what is no text
 */
export async function readConfigText(path: string): Promise<string> {
  const bytes = Number((await statIfPath(path))?.size ?? 0);
  if (bytes > LIMITS.configBytes.most)
    throw tooLarge(path, `at most ${LIMITS.configBytes.most} bytes`, `${bytes} bytes`);
  const text = await readText(path);
  const strange = strangeText(text);
  if (strange !== undefined)
    throw refused('CONFIG_SYNTAX', path, 'not a text in UTF-8', 'a YAML file', strange, 'save it as UTF-8 text');
  return text;
}

/**
 * Imports the domain that a configuration or an option names, unless it is built in: the schema knows it then. What
 * else is wrong is found when all is parsed.
 */
async function loadNamedDomain(text: string, path: string, overrides: readonly string[]): Promise<void> {
  checkText(text, path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, ...QUIET });
  if (document.errors.length > 0) return;
  const options = new Map<string, string>();
  const value = plainValue(document, lines, path);
  for (const override of overrides) applyOverride(value, override, options);
  if (!isRecord(value)) return;
  const places = new ConfigPlaces(path, document, lines, options);
  const { data, domain_module: from } = value;
  // The module of the file belongs to the domain of the file.
  const isOther = options.has('data.domain') && ![...options.keys()].some((key) => key.startsWith('domain_module'));
  const isText = (given: unknown): given is string => typeof given === 'string' && given !== '';
  if (isRecord(from) && isText(from.module) && !isOther) {
    const { module, version, sha256: hash } = from;
    await loadDomainModule(module, places.of('domain_module.module'), {
      ...(isText(version) && { version }),
      ...(isText(hash) && { sha256: hash }),
    });
  } else if (isRecord(data) && isText(data.domain) && !isDomain(data.domain))
    await loadDomainModule(data.domain, places.of('data.domain'));
}

/** What bytes are that are no text, by their decoded beginning; undefined for a text. */
function strangeText(text: string): string | undefined {
  if (text.startsWith('\u001f\ufffd')) return 'compressed with gzip';
  if (/^(?:\ufffd\ufffd)?[^\0]\0|^(?:\ufffd\ufffd)?\0[^\0]/.test(text)) return 'UTF-16';
  return /[\0\ufffd]/.test(text) ? 'bytes that are no text' : undefined;
}

const EXAMPLE_HINT = 'configs/quick.yaml is an example';

/** Refuses a text that is larger or nested more deeply than any configuration, before it is parsed. */
function checkText(given: string, source: string): void {
  const { configBytes, configKeys: keys, configDepth } = LIMITS;
  const text = given.replaceAll(/^[ \t]*#.*$/gm, '');
  // A key ends in a colon, a comma (`{a, b}`) or a line end (`? a`).
  const ends = text.match(/\S[ \t]*(?=[:,\n])/g)?.length ?? 0;
  if (given.length > configBytes.most || ends > keys.most)
    throw tooLarge(source, `at most ${keys.most} keys and values in ${configBytes.most} bytes`, `${ends} or more`);
  // Every level of a block takes a column at least. Brackets in texts count, too: no configuration has that many.
  let open = 0;
  for (const [i, line] of text.split('\n').entries()) {
    const columns = /^[ \t?:-]*/.exec(line)?.[0].length ?? 0;
    const inside = open;
    for (const [bracket] of line.matchAll(/[[\]{}]/g)) {
      open = '[{'.includes(bracket) ? open + 1 : Math.max(0, open - 1);
      if (columns + open > configDepth.most) break;
    }
    const levels = columns + Math.max(inside, open);
    if (levels > configDepth.most)
      throw tooLarge(`${source}:${i + 1}:1`, `at most ${configDepth.most} levels`, `${levels} or more`);
  }
}

function tooLarge(where: string, expected: string, got: string): TracelabError {
  return refused('CONFIG_SIZE', where, 'too large for a configuration', expected, got, 'is it a YAML file of a study?');
}

/** Errors without their place, which is given apart, and no warnings on stderr. */
const QUIET = { prettyErrors: false, logLevel: 'error' } as const;

/** loadConfig for a text; `source` is the file's name in errors. */
export function parseConfig(text: string, source: string, overrides: readonly string[] = []): LoadedConfig {
  const { document, lines } = parseText(text, source);
  const value = plainValue(document, lines, source);
  const options = new Map<string, string>();
  for (const override of overrides) applyOverride(value, override, options);
  return checked(value, new ConfigPlaces(source, document, lines, options), source);
}

/**
 * A text of bounded size and depth as a YAML document.
 * @param hint of a syntax error
 * @throws TracelabError (refused input) CONFIG_SIZE, CONFIG_SYNTAX
 */
export function parseText(
  text: string,
  source: string,
  hint = EXAMPLE_HINT,
): { readonly document: Document; readonly lines: LineCounter } {
  checkText(text, source);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, ...QUIET });
  const problem = document.errors.at(0);
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw refused(
      'CONFIG_SYNTAX',
      `${source}:${line}:${col}`,
      problem.code === 'MULTIPLE_DOCS'
        ? 'a second YAML document begins'
        : `not valid YAML: ${problem.message.split('\n', 1)[0]}`,
      problem.code === 'MULTIPLE_DOCS' ? 'one document' : 'keys and values as YAML',
      JSON.stringify(shorten(text.split('\n')[line - 1] ?? '')),
      hint,
    );
  }
  return { document, lines };
}

/**
 * A plain value as a study.
 * @throws TracelabError (refused input) of what the schema, or sizes together, refuse
 */
export function checked(value: unknown, places: ConfigPlaces, source: string): LoadedConfig {
  const where = (...keys: string[]): string => places.of(...keys);
  const parsed = parseStudyConfig(value, domainModule());
  if ('issues' in parsed) throw issueRefusal(parsed.issues, value, places);
  checkSizes(parsed.config, where);
  return { config: withHashes(parsed.config, where), source, where };
}

/** The hashes of the files of own traces: what is in a file decides results, not its name. */
export function withHashes(config: StudyConfig, where: (...keys: string[]) => string): StudyConfig {
  const { own_traces: own } = config;
  if (own === undefined) return config;
  return {
    ...config,
    own_traces: own.map((traces) => {
      try {
        return { ...traces, sha256: sha256(readFileSync(traces.data)) };
      } catch (cause) {
        if (!isSystemError(cause)) throw cause;
        const reason = cause.code === 'ENOENT' ? 'no such file' : systemReason(cause);
        throw new TracelabError({
          code: 'FILE_MISSING',
          kind: 'refused_input',
          where: where('conditions'),
          what: `cannot read the traces ${traces.name} (${reason})`,
          expected: 'a file of examples',
          got: traces.data,
          hint: 'a path begins at the current folder',
          cause,
        });
      }
    }),
  };
}

/**
 * What a document contains, its aliases resolved.
 * @throws TracelabError (refused input) CONFIG_SYNTAX for aliases without an anchor, or that grow without end
 */
export function plainValue(document: Document, lines: LineCounter, source: string): unknown {
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const { line, col } = lines.linePos(alias.range?.[0] ?? 0);
      throw refused(
        'CONFIG_SYNTAX',
        `${source}:${line}:${col}`,
        `the alias *${alias.source} has no anchor before it`,
        `&${alias.source} in a line above`,
        'none',
        'write the value out',
      );
    },
  });
  try {
    return (document.toJS() as unknown) ?? {};
  } catch (cause) {
    // Aliases that multiply without end.
    throw new TracelabError({
      code: 'CONFIG_SYNTAX',
      kind: 'refused_input',
      where: source,
      what: `not valid YAML: ${(cause as Error).message}`,
      expected: 'fewer aliases',
      got: 'a text that grows without end',
      hint: 'write the values out',
      cause,
    });
  }
}

function applyOverride(value: unknown, override: string, options: Map<string, string>): void {
  const option = `--set ${override}`;
  const match = /^([^=]+)=(.*\S.*)$/s.exec(override);
  if (!match)
    throw refused(
      'OPTION_SET',
      option,
      'no key and value',
      'KEY=VALUE',
      JSON.stringify(override),
      'for example --set train.lr=1e-3',
    );
  const [, key, text] = match;
  if (!configKeys().includes(key)) throw unknownKeyRefusal(key, option);
  checkText(text, option);
  applySetting(value, key, overrideValue(text, option, listKeys().includes(key)), option, options);
}

/**
 * Sets a key of a plain value, or leaves it out.
 * @param option what sets the key, for errors
 * @param options by the keys that were set before; gets this one
 */
export function applySetting(
  value: unknown,
  key: string,
  parsed: unknown,
  option: string,
  options: Map<string, string>,
): void {
  if (!isRecord(value)) return; // The schema refuses the file itself.
  const [first, second] = key.split('.') as [string, string | undefined];
  const holder = second === undefined ? value : (value[first] ?? {});
  if (!isRecord(holder)) return;
  if (parsed === null) {
    Reflect.deleteProperty(holder, second ?? first);
  } else {
    for (const { set, removed, from } of REPLACED) {
      const bySet = options.has(removed) || options.has(first);
      if (set === key && (from === 'anywhere' || !bySet)) Reflect.deleteProperty(holder, removed.split('.')[1]);
    }
    holder[second ?? first] = parsed;
    if (second !== undefined) value[first] = holder;
  }
  options.set(key, option);
}

/** @param isList `1,2,3` is `[1, 2, 3]`, and `1` is `[1]` */
function overrideValue(text: string, option: string, isList: boolean): unknown {
  try {
    if (!isList || /^\s*\[/.test(text)) return parseYaml(text, QUIET);
    const items: unknown = parseYaml(`[${text}]`, QUIET);
    return Array.isArray(items) && items.length === 1 && items[0] === null ? null : items;
  } catch (cause) {
    throw refused(
      'OPTION_SET',
      option,
      `the value is not valid YAML: ${(cause as Error).message.split('\n', 1)[0]}`,
      'a value as YAML writes it',
      JSON.stringify(text),
      'put a text with signs of YAML in quotes',
    );
  }
}
