// Doc comments: every exported function and class of src has one, and every public method of such a class. What a doc
// comment says is for readers to judge.
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = new URL('..', import.meta.url).pathname;

const isFunction = (node: ts.Node | undefined): boolean =>
  node !== undefined && (ts.isArrowFunction(node) || ts.isFunctionExpression(node));

const has = (node: ts.Node, ...kinds: readonly ts.SyntaxKind[]): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kinds.includes(kind));

/** Public methods and getters with a plain name that is their own: one that overrides has the contract of the first. */
function methodsOf(declaration: ts.ClassDeclaration): (readonly [name: string, node: ts.Node])[] {
  const { PrivateKeyword, ProtectedKeyword, OverrideKeyword } = ts.SyntaxKind;
  return declaration.members
    .filter((member) => ts.isMethodDeclaration(member) || ts.isGetAccessor(member))
    .filter((member) => !has(member, PrivateKeyword, ProtectedKeyword, OverrideKeyword))
    .flatMap((member) => (ts.isIdentifier(member.name) ? [[`.${member.name.text}`, member] as const] : []));
}

/** Exported functions, classes and methods of a text without a doc comment; one of its overloads may have it. */
function undocumented(path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found = file.statements
    .filter((statement) => has(statement, ts.SyntaxKind.ExportKeyword))
    .flatMap((statement): (readonly [name: string, node: ts.Node])[] => {
      if (ts.isFunctionDeclaration(statement)) return [[statement.name?.text ?? 'default', statement]];
      if (ts.isClassDeclaration(statement)) {
        const name = statement.name?.text ?? 'default';
        return [
          [name, statement],
          ...methodsOf(statement).map(([method, node]) => [`${name}${method}`, node] as const),
        ];
      }
      if (!ts.isVariableStatement(statement)) return [];
      return statement.declarationList.declarations
        .filter(({ initializer }) => isFunction(initializer))
        .map(({ name }) => [name.getText(file), statement] as const);
    });
  const documented = new Set(
    found.filter(([, node]) => ts.getJSDocCommentsAndTags(node).length > 0).map(([name]) => name),
  );
  return [...new Set(found.map(([name]) => name))].filter((name) => !documented.has(name)).map((n) => `${path}: ${n}`);
}

test('every exported function, class and public method of src has a doc comment', () => {
  const paths = globSync('src/**/*.ts', { cwd: root }).sort();
  expect(paths.length).toBeGreaterThan(400);
  expect(paths.flatMap((path) => undocumented(path, readFileSync(`${root}/${path}`, 'utf8')))).toEqual([]);
});

test.each([
  ['a function', 'export function a(): void {}', 'a'],
  ['a generator', 'export async function* a() {}', 'a'],
  ['a function in a constant', 'export const a = (): number => 1;', 'a'],
  ['a class', 'export class A {}', 'A'],
  ['a default export', 'export default function a() {}', 'a'],
  ['a method', '/** A. */\nexport class A {\n  b(): void {}\n}', 'A.b'],
  ['a getter', '/** A. */\nexport class A {\n  get b(): number { return 1; }\n}', 'A.b'],
  ['a line comment', '// A.\nexport function a(): void {}', 'a'],
])('finds %s without a doc comment', (_, text, name) => {
  expect(undocumented('a.ts', text)).toEqual([`a.ts: ${name}`]);
});

test.each([
  ['a doc comment', '/** A. */\nexport function a(): void {}'],
  ['a function of the file', 'function a(): void {}'],
  ['an overload', '/** A. */\nexport function a(b: string): void;\nexport function a(b: unknown): void {}'],
  ['a value', 'export const a = 1;'],
  [
    'methods that are not public',
    '/** A. */\nexport class A {\n  private b() {}\n  #c() {}\n  [Symbol.dispose]() {}\n}',
  ],
  ['a method that overrides', '/** A. */\nexport class A extends B {\n  override c(): void {}\n}'],
])('accepts %s', (_, text) => {
  expect(undocumented('a.ts', text)).toEqual([]);
});
