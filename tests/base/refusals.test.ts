// Every refusal says what is wrong, what would be right, what is there instead, and the way out. The type of its
// details demands them; this finds what a type cannot see.
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { type ErrorDetails, TracelabError } from '../../src/base/errors.ts';

const root = new URL('../..', import.meta.url).pathname;
const NEEDED = ['expected', 'got', 'hint'] as const;

/** What is wrong with the refusals of a file, one line each; `count` of them have details of their own. */
function faultsOf(path: string, text: string): { readonly faults: string[]; readonly count: number } {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const faults: string[] = [];
  let count = 0;
  const visit = (node: ts.Node): void => {
    const isRefusal = ts.isNewExpression(node) && node.expression.getText() === 'TracelabError';
    const details = isRefusal ? node.arguments?.[0] : undefined;
    if (details && ts.isObjectLiteralExpression(details)) {
      count += 1;
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      const given = new Map(details.properties.map((each) => [each.name?.getText(), each]));
      // What is spread is checked by its type.
      const isSpread = given.has(undefined);
      for (const name of NEEDED) {
        const value = given.get(name);
        if (value === undefined ? !isSpread : /:\s*(?:''|""|``|undefined)$/.test(value.getText()))
          faults.push(`${path}:${line}: a refusal without \`${name}\``);
      }
    } else if (details && /\bas\b|!$/.test(details.getText())) {
      faults.push(`${path}: details of a refusal that no type checks`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { faults, count };
}

test('no refusal of the sources lacks a part', () => {
  const found = globSync('{src,bench}/**/*.ts', { cwd: root }).map((path) =>
    faultsOf(path, readFileSync(`${root}/${path}`, 'utf8')),
  );
  expect(found.flatMap(({ faults }) => faults)).toEqual([]);
  expect(found.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(140);
});

test.each([
  ['without a hint', "{ code: 'A', expected: 'b', got: 'c' }", ['hint']],
  ['with an empty one', "{ code: 'A', expected: 'b', got: 'c', hint: '' }", ['hint']],
  ['with undefined', "{ code: 'A', expected: undefined, got: 'c', hint: 'd' }", ['expected']],
  ['with nothing', "{ code: 'A' }", [...NEEDED]],
])('a refusal %s is found', (_, details, missing) => {
  expect(faultsOf('a.ts', `throw new TracelabError(${details});`).faults).toEqual(
    missing.map((name) => `a.ts:1: a refusal without \`${name}\``),
  );
});

test('the type demands all parts', () => {
  const { hint, ...rest }: ErrorDetails = {
    code: 'A',
    kind: 'refused_input',
    where: 'here',
    what: 'wrong',
    expected: 'b',
    got: '',
    hint: 'do it',
  };
  // @ts-expect-error `hint` is missing: `npm run types` fails where this is no error.
  expect(() => new TracelabError(rest)).toThrow(TypeError);
  expect(new TracelabError({ ...rest, hint }).message).toBe(
    'error[A] here: wrong; expected b, got nothing (hint: do it)',
  );
});
