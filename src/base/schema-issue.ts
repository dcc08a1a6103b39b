// What a schema found wrong with JSON of a file, in words that fit into a message.
import type * as z from 'zod';

/**
 * The first issue: `model.layers is missing`, `steps is a string where a number is expected`.
 * @param root what the whole value is called
 */
export function issueText({ issues: [issue] }: z.core.$ZodError, root = 'the content'): string {
  const name = issue.path.length === 0 ? root : issue.path.map(String).join('.');
  switch (issue.code) {
    case 'invalid_type': {
      // The value itself is no part of an issue.
      const received = /received (\S+)$/.exec(issue.message)?.[1] ?? 'another value';
      return received === 'undefined'
        ? `${name} is missing`
        : `${name} is ${withArticle(received)} where ${withArticle(issue.expected)} is expected`;
    }
    case 'invalid_value':
      return `${name} is not ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'unrecognized_keys':
      return `${name} has the unknown key ${issue.keys[0]}`;
    case 'too_small':
    case 'too_big':
      return `${name} is too ${issue.code === 'too_small' ? 'small' : 'large'}`;
    default:
      return `${name} has another form`;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  tuple: 'a list',
  record: 'an object',
  object: 'an object',
  null: 'null',
  int: 'a whole number',
  undefined: 'nothing',
  NaN: 'no number',
  boolean: 'true or false',
};

function withArticle(type: string): string {
  return WORDS[type] ?? `a ${type}`;
}
