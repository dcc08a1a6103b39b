// Issues of the schema of a study as refusals: place, what was expected, what is there, and what was likely meant.
import { TracelabError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { CHANGE_HINT } from './config-checks.ts';
import type { ConfigPlaces } from './config-places.ts';
import { configKeys, type ConfigIssue } from './config.ts';

const EXAMPLE_HINT = 'configs/quick.yaml is an example';

/** @param value that the schema has refused */
export function issueRefusal(issues: readonly ConfigIssue[], value: unknown, places: ConfigPlaces): TracelabError {
  // A misspelt key also leaves its right spelling missing: report the misspelling.
  const found = issues.map((each) => innermost(each, value));
  const issue = found.find((item) => item.code === 'unrecognized_keys') ?? found[0];
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') return unknownKey([...path, issue.keys[0]], places);
  const setting = path.filter((name) => !IS_INDEX.test(name)).join('.');
  const got = valueAt(value, path);
  if (got === undefined)
    return refused(
      'CONFIG_MISSING_KEY',
      path.some((name) => IS_INDEX.test(name)) ? places.at(path) : places.ofMissing(path),
      `missing key ${setting}`,
      issue.message,
      'nothing',
      EXAMPLE_HINT,
    );
  return refused(
    'CONFIG_VALUE',
    places.at(path),
    `wrong value of ${setting || 'the file'}`,
    issue.message,
    describe(got),
    wayOut(got, issue.message),
  );
}

/** Of the number of an item in a path. */
const IS_INDEX = /^\d+$/;

function unknownKey(path: readonly string[], places: ConfigPlaces): TracelabError {
  const place = places.at(path, 'key');
  const [name] = path.slice(-1);
  // Own traces are the only mappings within a list.
  if (path.length > 2)
    return refused('CONFIG_UNKNOWN_KEY', place, `unknown key ${shownKey(name)}`, 'name and data', name, 'leave it out');
  return unknownKeyRefusal(path.join('.'), place);
}

/** @param key dotted */
export function unknownKeyRefusal(key: string, where: string): TracelabError {
  const shown = shownKey(key);
  return refused(
    'CONFIG_UNKNOWN_KEY',
    where,
    `unknown key ${shown}`,
    'a key of a configuration',
    shown,
    suggestion(key),
  );
}

/** In quotes unless it is a plain name. */
function shownKey(key: string): string {
  return /^[\w.-]+$/.test(key) ? key : JSON.stringify(key);
}

/** Of a value that may have several forms, the issue of the form that it has. */
function innermost(issue: ConfigIssue, value: unknown): ConfigIssue {
  if (issue.code !== 'invalid_union' || !isRecord(valueAt(value, issue.path.map(String)))) return issue;
  const inner = issue.errors.find(([first]) => first.path.length > 0 || first.code === 'unrecognized_keys')?.[0];
  return inner === undefined ? issue : { ...inner, path: [...issue.path, ...inner.path] };
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined),
    value,
  );
}

/** What was likely meant: another name, or a list. */
function wayOut(got: unknown, expected: string): string {
  if (expected.startsWith('a list of') && (typeof got === 'string' || typeof got === 'number'))
    return `a list has brackets: [${shorten(String(got))}]`;
  if (!expected.startsWith('one of ') || typeof got !== 'string') return CHANGE_HINT;
  const near = nearest(got, expected.slice('one of '.length).split(', '));
  return near === undefined ? CHANGE_HINT : `did you mean ${near}?`;
}

/** A key of the same section, the same name in another section, or any key that is spelt alike; else a list. */
function suggestion(key: string): string {
  const known = configKeys();
  const [section, ...names] = key.split('.');
  const siblings = known.filter((each) => (names.length === 0 ? !each.includes('.') : each.startsWith(`${section}.`)));
  const like = (candidates: readonly string[]): string | undefined => {
    const name = nearest(lastName(key), candidates.map(lastName));
    return name === undefined ? undefined : candidates.find((each) => lastName(each) === name);
  };
  const same = known.find((each) => lastName(each) === lastName(key));
  const close = (names.length === 0 ? same : like(siblings)) ?? same ?? like(siblings) ?? like(known);
  if (close !== undefined) return `did you mean ${close}?`;
  return `known keys: ${(siblings.length > 0 ? siblings : known.filter((each) => !each.includes('.'))).join(', ')}`;
}

function lastName(key: string): string {
  return key.split('.').at(-1) ?? key;
}

/** What a value is, in words. */
export function describe(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return `the list ${shorten(JSON.stringify(value))}`;
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return `the text ${shorten(JSON.stringify(value))}`;
  return shorten(typeof value === 'number' ? String(value) : JSON.stringify(value));
}

/** The text, cut to 60 characters. */
export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Is it an object, and no list? */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A refusal of input. */
export function refused(
  code: string,
  where: string,
  what: string,
  expected: string,
  got: string,
  hint: string,
): TracelabError {
  return new TracelabError({ code, kind: 'refused_input', where, what, expected, got, hint });
}
