// Text of strangers on a terminal: paths, keys and names move no cursor, hide nothing and fill no screen.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { print } from '../../src/cli/fit.ts';
import { markdownCode } from '../../src/render/markdown.ts';
import { runCli } from './run-cli.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-shown-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function printed(text: string): string {
  let all = '';
  const stream = { write: (part: string) => (all += part) } as unknown as NodeJS.WritableStream;
  print(text, stream);
  return all;
}

it('print keeps our colours and marks everything else that is not seen', () => {
  const ours = styleText('green', 'valid', { validateStream: false });
  expect(printed(`${ours}\n`)).toBe(`${ours}\n`);
  for (const evil of ['\u001b[2J', '\u001b]0;title\u0007', '\u001b[8m', '\u202e', '\u0007', '\u009b31m', '\r'])
    expect(printed(`checkpoint ${evil}x\n`)).toBe(
      `checkpoint ${evil.replace(/[\u0000-\u001f\u0080-\u009f\u202e]/g, '\ufffd')}x\n`,
    );
});

it('a refusal is one line of bounded length, whatever was typed', async () => {
  const key = 'k'.repeat(100_000);
  for (const args of [
    ['study', 'quick', '--set', `${key}=1`],
    ['study', 'quick', '--set', `train.lr=${key}`],
    ['study', 'quick', '--set', key],
    ['study', key.slice(0, 5000)],
    ['report', `a\nb\u001b[2J\u202e${key.slice(0, 200)}`],
    ['train', '--data', 'a\nerror[X] b: c', '--out', 'x'],
    [key],
    [`--${key}`],
    ['generate', '--size', key],
  ]) {
    const { code, error } = await runCli(args, folder);
    expect([2, 3], args[0]?.slice(0, 20)).toContain(code);
    expect(error.split('\n'), error.slice(0, 300)).toHaveLength(2);
    expect(error.length).toBeLessThan(10_000);

    expect(error).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  }
});

it('an error shows the beginning and the end of what is long, and keeps its hint', () => {
  const { message } = new TracelabError({
    code: 'X',
    kind: 'refused_input',
    where: 'here',
    what: 'wrong',
    expected: 'this',
    got: `begin${'x'.repeat(50_000)}end`,
    hint: 'do this',
  });
  expect(message).toMatch(
    /^error\[X\] here: wrong; expected this, got beginx+\.\.\. \(50008 characters\) \.\.\.x+end \(hint: do this\)$/,
  );
});

it('text for people leaves the command line through print alone', () => {
  const cli = join(import.meta.dirname, '../../src/cli');
  // JSON escapes control characters; the others clean what they write themselves. CSV and Parquet are for programs.
  const harmless =
    /\bjson\b|options\.json|JSON\.stringify|resultLine\(|printable\(|renderMarkdown\(|`measuring |stream\.write\(/;
  const raw = readdirSync(cli, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !['bin.ts', 'report-numbers.ts'].includes(path))
    .flatMap((path) =>
      readFileSync(join(cli, path), 'utf8')
        .split('\n')
        .filter((line) => /(stdout|stderr)\.write\(/.test(line) && !harmless.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
  expect(raw).toEqual([]);
});

it('code in markdown ends at no fence of its own, and hides nothing', () => {
  expect(markdownCode('data: a\n```\n<script>\n', 'yaml')).toBe('````yaml\ndata: a\n```\n<script>\n````');
  expect(markdownCode('data: "a\u202eb"', 'yaml')).toBe('```yaml\ndata: "a\ufffdb"\n```');
});
