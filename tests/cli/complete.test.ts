// Completion in a shell: what the commands answer, and bash itself, which asks them through the script.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { presetNames } from '../../src/cli/presets.ts';
import { configKeys } from '../../src/study/config.ts';
import { runCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-complete-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Values, and the directive at the end: `:4` for no names of files. */
async function answers(...words: string[]): Promise<string[]> {
  const { code, out, error } = await runCli(['complete', '--', ...words], folder);
  expect([code, error]).toEqual([0, '']);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0]);
}

it('completes commands, options, presets, keys and conditions', async () => {
  expect(await answers('')).toEqual(expect.arrayContaining(['study', 'runs', 'config', 'verify', 'complete', ':4']));
  expect(await answers('ru')).toEqual(['runs', ':4']);
  expect(await answers('runs', 'comp')).toEqual(['compare', ':4']);
  expect(await answers('verify', '-', '--str')).toEqual(['--strict', '--stream', ':4']);
  expect(await answers('study', '')).toEqual([...presetNames(), ':4']);
  expect(await answers('config', 'diff', 'quick', 'st')).toEqual(['standard', ':4']);
  expect(await answers('study', 'quick', '--set', '')).toEqual([...configKeys().map((key) => `${key}=`), ':6']);
  expect(await answers('train', '--condition', 'swap')).toEqual(['swapped', ':4']);
});

it('leaves names of files to the shell', async () => {
  expect(await answers('verify', '')).toEqual([':0']);
  expect(await answers('study', './my')).toEqual([':0']);
});

it('a shell that is not known is refused', async () => {
  const { code, out, error } = await runCli(['complete', 'tcsh'], folder);
  expect([code, out]).toEqual([2, '']);
  expect(error).toMatch(
    /^error\[COMMAND_LINE\] tracelab complete: .+; expected one of zsh, bash, fish, powershell, got "tcsh" /,
  );
});

describe('scripts', () => {
  it.each(['zsh', 'bash', 'fish', 'powershell'])('%s', async (shell) => {
    const { code, out } = await runCli(['complete', shell], folder);
    expect(code).toBe(0);
    expect(out).toMatch(/tracelab complete '?--/);
  });

  it('bash asks tracelab and gets names of files where there is nothing else', async () => {
    const { out } = await runCli(['complete', 'bash'], folder);
    writeFileSync(join(folder, 'script.bash'), out);
    const bin = join(import.meta.dirname, '../../src/cli/bin.ts');
    writeFileSync(join(folder, 'tracelab'), `#!/bin/sh\nexec ${process.execPath} ${bin} "$@"\n`);
    chmodSync(join(folder, 'tracelab'), 0o755);
    // What bash-completion has, without splitting at = and :.
    const program = `
_get_comp_words_by_ref() { cur=\${COMP_WORDS[COMP_CWORD]}; words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; }
compopt() { echo "compopt $*"; }
source script.bash
complete -p tracelab
ask() { COMP_WORDS=(tracelab "$@"); COMP_CWORD=$#; COMPREPLY=(); __tracelab_complete; echo "[\${COMPREPLY[*]}]"; }
ask ver
ask study qu
ask study quick --set data.de
ask verify ''`;
    const { stdout, stderr } = spawnSync('bash', ['-c', program], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
    });
    expect(stdout.trimEnd().split('\n'), stderr).toEqual([
      'complete -o default -F __tracelab_complete tracelab',
      'compopt +o default',
      '[verify]',
      'compopt +o default',
      '[quick]',
      'compopt -o nospace',
      'compopt +o default',
      '[data.dev=]',
      '[]',
    ]);
  });
});
