// What the documents say is true of the repository: links, paths, npm scripts, commands and their options, and the list
// of layers.
import { accessSync, constants, existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONDITION_NAMES } from '../src/domain/conditions/table.ts';
import { runCli } from './cli/run-cli.ts';

const root = join(import.meta.dirname, '..');
const documents = globSync('{*.md,docs/**/*.md}', { cwd: root })
  .sort()
  .map((name) => [name, readFileSync(join(root, name), 'utf8')] as const);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** Code spans and the lines of code blocks. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```\w*\n([^]*?)^```$/gm)].flatMap(([, block]) => block.split('\n'));
  const spans = [...text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, span]) => span);
  return [...blocks, ...spans].map((line) => line.replace(/\s+#\s.*$/, '').trim()).filter((line) => line !== '');
}

test('README, CONTRIBUTING and CHANGELOG are there, and README is short', () => {
  const top = documents.filter(([name]) => !name.startsWith('docs/'));
  expect(top.map(([name]) => name)).toEqual(['CHANGELOG.md', 'CONTRIBUTING.md', 'README.md']);
  expect(Buffer.byteLength(readFileSync(join(root, 'README.md')))).toBeLessThanOrEqual(9_216);
});

describe.each(documents)('%s', (name, text) => {
  test('every relative link and picture leads to a file', () => {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target.split('#')[0])
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
    expect(targets.filter((target) => !existsSync(join(root, dirname(name), target)))).toEqual([]);
  });

  test('every path of the repository that is named exists', () => {
    const paths = codeOf(text).filter(
      (code) => /^(?:\.ci|src|assembly|tests|configs|scripts|bench)\/[\w./-]+$/.test(code) || code === 'assembly',
    );
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('every npm script that is named exists', () => {
    const names = codeOf(text).flatMap((code) =>
      [...code.matchAll(/\bnpm (?:run ([\w:-]+)|(test)\b)/g)].map((match) => match.at(1) ?? match[2]),
    );
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
  });
});

test('every command takes the options that the documents show', async () => {
  const shown = documents
    .flatMap(([, text]) => codeOf(text))
    .flatMap((code) => {
      const found =
        /(?:^|\s)(?:tracelab|npm run tracelab --) ((?:runs |config |sweep (?=plan|collect|manifest))?[a-z]+)\b(.*)$/.exec(
          code,
        );
      return found ? [{ code, command: found[1], options: found[2].match(/(?<=\s)--[a-z-]+/g) ?? [] }] : [];
    });
  const commands = [...new Set(shown.map(({ command }) => command))];
  expect(commands.sort()).toEqual([
    'analyse',
    'bench',
    'complete',
    'config diff',
    'config list',
    'config show',
    'dashboard',
    'doctor',
    'evaluate',
    'explain',
    'generate',
    'intervene',
    'play',
    'report',
    'rl',
    'runs clean',
    'runs compare',
    'runs export',
    'runs list',
    'runs merge',
    'runs show',
    'runs verify',
    'serve',
    'solve',
    'study',
    'sweep',
    'sweep collect',
    'sweep manifest',
    'sweep plan',
    'task',
    'train',
    'verify',
    'worker',
  ]);
  for (const command of commands) {
    const { code: exit, out } = await runCli([...command.split(' '), '--help'], root);
    expect(exit, command).toBe(0);
    expect(out.startsWith(`Usage: tracelab ${command}`), `tracelab ${command}`).toBe(true);
    for (const { code, options } of shown.filter((each) => each.command === command)) {
      for (const option of options) expect(out.includes(`  ${option} `), `${code}: ${option}`).toBe(true);
    }
  }
});

test('npx tracelab can run what was built, after a second build, too', () => {
  accessSync(join(root, 'dist/src/cli/bin.js'), constants.X_OK);
});

test('CONTRIBUTING gives every folder of src/ its place', () => {
  const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const folders = globSync('src/*', { cwd: root }).sort();
  expect(folders.length).toBeGreaterThan(5);
  expect(folders.filter((folder) => !contributing.includes(`\`${folder}\``))).toEqual([]);
});

test('docs/conditions.md has every condition in its table', () => {
  const conditions = readFileSync(join(root, 'docs/conditions.md'), 'utf8');
  const rows = conditions
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .join('\n');
  expect(CONDITION_NAMES.filter((name) => !rows.includes(`\`${name}\``))).toEqual([]);
});

test('every source file and document that a comment names exists', () => {
  const sources = globSync('{src,tests,bench,scripts,assembly}/**/*.ts', { cwd: root });
  const known = [...sources, ...globSync('{,docs/,tests/,configs/}*.{ts,js,md}', { cwd: root })];
  const names = new Set(known.map((path) => path.replace(/^.*\//, '')));
  const missing = sources.flatMap((path) => {
    const comments = readFileSync(join(root, path), 'utf8').match(/^\s*(?:\/\/|\/?\*).*$/gm) ?? [];
    const named = comments.flatMap((line) => line.match(/[\w./-]*\w\.(?:ts|md)\b/g) ?? []);
    return named
      .filter((name) =>
        /^(?:src|tests|bench|scripts|assembly|docs)\//.test(name)
          ? !existsSync(join(root, name))
          : !names.has(name.replace(/^.*\//, '')),
      )
      .map((name) => `${path}: ${name}`);
  });
  expect(missing).toEqual([]);
});
