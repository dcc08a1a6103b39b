// Width: at most 120 columns for code and comments, but not for markup and texts whose white space is output; `@param`,
// `@returns` and `@throws` each begin a line of a comment.
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const WIDTH = 120;
const root = new URL('..', import.meta.url).pathname;
const files = globSync(
  ['src', 'tests', 'bench', 'scripts', 'assembly'].map((folder) => `${folder}/**/*.ts`),
  {
    cwd: root,
  },
).sort();

const columnsOf = (line: string): number => Array.from(line).length;

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Literal extends Range {
  /** A page's markup or a text of several lines: its white space is output, so that it cannot be broken freely. */
  readonly isOutput: boolean;
}

/** Comments and literals of a file: a `//` in a string is no comment. */
function parts(text: string): { comments: Range[]; literals: Literal[] } {
  const file = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true);
  const comments: Range[] = [];
  const literals: Literal[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || ts.isRegularExpressionLiteral(node))
      literals.push({
        start: node.getStart(file),
        end: node.end,
        isOutput: ts.isTaggedTemplateExpression(node.parent) || /^`[^]*\n/.test(node.getText(file)),
      });
    const children = node.getChildren(file).filter((child) => !ts.isJSDoc(child));
    for (const child of children) visit(child);
    if (children.length > 0) return;
    // Text before a token that is not white space is a comment.
    const between = text.slice(node.pos, node.getStart(file, false));
    for (const found of between.matchAll(/\/\/.*|\/\*[^]*?\*\//g))
      comments.push({ start: node.pos + found.index, end: node.pos + found.index + found[0].length });
  };
  visit(file);
  return { comments, literals };
}

/** One long literal with little around it: `'...',` or `test('...', () => {`. */
function isOneLiteral(start: number, line: string, literals: readonly Literal[]): boolean {
  const end = start + line.length;
  return literals.some((literal) => {
    if (literal.end <= start || literal.start >= end) return false;
    const before = line.slice(0, Math.max(0, literal.start - start));
    const after = line.slice(Math.max(0, Math.min(line.length, literal.end - start)));
    return columnsOf(before + after) <= WIDTH / 2;
  });
}

/** What is wrong with a file, one line each. */
function breaches(path: string, text: string): string[] {
  // Most files need no second look, and reading one into tokens takes long.
  const isClean = !text
    .split('\n')
    .some(
      (line) =>
        columnsOf(line) > WIDTH || /\S.*\s@(?:param|returns|throws)\s/.test(line.replace(/^\s*(?:\/\*\*|\*)/, '')),
    );
  if (isClean) return [];
  const { comments, literals } = parts(text);
  const found: string[] = [];
  let start = 0;
  for (const [i, line] of text.split('\n').entries()) {
    const end = start + line.length;
    const columns = columnsOf(line);
    const inComment = comments.some((comment) => comment.start < end && start < comment.end);
    const inOutput = literals.some((literal) => literal.isOutput && literal.start < end && start < literal.end);
    const mayBeLong = !inComment && (inOutput || (path.startsWith('tests/') && isOneLiteral(start, line, literals)));
    if (columns > WIDTH && !mayBeLong) found.push(`${path}:${i + 1}: ${columns} columns, at most ${WIDTH}`);
    start = end + 1;
  }
  for (const comment of comments) {
    const words = text.slice(comment.start, comment.end).replaceAll(/`[^`]*`/g, (code) => code.replaceAll('@', ' '));
    for (const tag of words.matchAll(/@(?:param|returns|throws)(?=\s+[\w[{])/g)) {
      const before = words.slice(words.lastIndexOf('\n', tag.index) + 1, tag.index);
      if (/^\s*(?:\/\*\*|\*)?\s*$/.test(before)) continue;
      const line = text.slice(0, comment.start + tag.index).split('\n').length;
      found.push(`${path}:${line}: ${tag[0]} begins a line of its own`);
    }
  }
  return found;
}

test('every file keeps to the width, and its tags begin a line', () => {
  expect(files.length).toBeGreaterThan(600);
  expect(files.flatMap((path) => breaches(path, readFileSync(`${root}/${path}`, 'utf8')))).toEqual([]);
});

describe('what the check catches', () => {
  const long = 'word '.repeat(30).trim();

  test.each([
    ['a long line comment', 'tests/a.test.ts', `// ${long}\n`, ':1: 152 columns'],
    ['a long line of a block comment', 'tests/a.test.ts', `/**\n * ${long}\n */\n`, ':2: 152 columns'],
    ['a comment behind code', 'src/a.ts', `${'x'.repeat(100)}; // ${long}\n`, ':1: 254 columns'],
    ['code', 'src/a.ts', `const a = ${'b + '.repeat(40)}c;\n`, ':1: 172 columns'],
    ['code in a test', 'tests/a.test.ts', `const a = ${'b + '.repeat(40)}c;\n`, ':1: 172 columns'],
    ['a string outside of tests', 'bench/a.ts', `const a = '${long}';\n`, ':1: 162 columns'],
    ['a tag behind a sentence', 'src/a.ts', '/** One sentence. @param a of it */\n', ':1: @param begins'],
    ['a second tag in a line', 'src/a.ts', '/**\n * @param a one @returns two\n */\n', ':2: @returns begins'],
    ['a tag behind a tag', 'src/a.ts', '/** @returns a @throws Error when b */\n', ':1: @throws begins'],
  ])('%s', (_, path, text, expected) => {
    expect(breaches(path, text).join('\n')).toContain(expected);
  });

  test.each([
    ['120 columns', 'src/a.ts', `// ${'x'.repeat(117)}\n`],
    ['a tag at the start', 'src/a.ts', '/** @returns a */\n/**\n * @param a one\n *   of two\n * @throws Error\n */\n'],
    ['a tag as code', 'src/a.ts', '/** Where `@param a` begins a line. */\n'],
    ['a tag in a string', 'src/a.ts', "const a = '// One. @param a';\n"],
    ['a long title of a test', 'tests/a.test.ts', `test('${long}', () => {\n`],
    ['a long expression of a test', 'tests/a.test.ts', `expect(a).toMatch(/${long}/);\n`],
    ['a long line of a template', 'tests/a.test.ts', `const a = \`\n${long}\n// ${long}\n\`;\n`],
  ])('%s passes', (_, path, text) => {
    expect(breaches(path, text)).toEqual([]);
  });
});
