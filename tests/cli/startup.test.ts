// What `tracelab --help` loads before it can print: commander and small files. Everything heavy comes with the command
// that needs it.
import { dirname, join, relative } from 'node:path';
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Specifiers that a file loads at once: not types, not `import()`. */
function loadedBy(text: string): string[] {
  const { statements } = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest);
  return statements.flatMap((statement) => {
    if (
      ts.isImportDeclaration(statement) &&
      statement.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword &&
      ts.isStringLiteral(statement.moduleSpecifier)
    )
      return [statement.moduleSpecifier.text];
    if (
      ts.isExportDeclaration(statement) &&
      !statement.isTypeOnly &&
      statement.moduleSpecifier &&
      ts.isStringLiteral(statement.moduleSpecifier)
    )
      return [statement.moduleSpecifier.text];
    return [];
  });
}

/** Files and packages that loading a file loads. */
function closure(entry: string): { files: string[]; packages: string[] } {
  const files = new Set<string>(),
    packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const specifier of loadedBy(readFileSync(file, 'utf8'))) {
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier));
      else packages.add(specifier);
    }
  };
  visit(join(root, entry));
  return { files: [...files].map((file) => relative(root, file)).sort(), packages: [...packages].sort() };
}

test('the command line starts without any package but commander, and without core, data, study or report', () => {
  const { files, packages } = closure('src/cli/main.ts');
  expect(files).toContain('src/cli/commands/study.ts');
  expect(packages.filter((name) => !name.startsWith('node:'))).toEqual(['commander']);
  expect(packages).not.toContain('node:worker_threads');
  const folders = new Set(files.map((file) => file.split('/')[file.startsWith('src/') ? 1 : 0]));
  expect([...folders].sort()).toEqual(['base', 'bench', 'cli', 'domain', 'host', 'render']);
  expect(files.filter((file) => file.startsWith('src/render/'))).toEqual(['src/render/terminal-text.ts']);
  expect(files.filter((file) => file.startsWith('bench/'))).toEqual(['bench/groups.ts']);
  // Options name the conditions, whose table knows their rules; no domain is loaded.
  expect(
    files.filter(
      (file) =>
        file === 'src/domain/domains.ts' ||
        (file.split('/').length > 3 && file.startsWith('src/domain/') && !file.startsWith('src/domain/conditions/')),
    ),
  ).toEqual([]);
});

test('the entry loads nothing before it has checked the version of Node', () => {
  expect(loadedBy(readFileSync(join(root, 'src/cli/bin.ts'), 'utf8'))).toEqual([]);
});

test('types and imports on demand are told apart from what is loaded', () => {
  expect(
    loadedBy(
      "import type { A } from 'a';\nimport b from 'b';\nexport type { C } from 'c';\nexport { d } from 'd';\nconst e = await import('e');\nimport 'f';",
    ),
  ).toEqual(['b', 'd', 'f']);
  expect(closure('src/study/config.ts').packages).toContain('zod');
});
