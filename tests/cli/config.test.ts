// `tracelab config`: what is shown can be given again, differences, presets; and values that a shell has split.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { presetNames, presetPurpose } from '../../src/cli/presets.ts';
import { runCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-config-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const run = async (...args: string[]): Promise<string> => {
  const { code, out, error } = await runCli(['config', ...args], folder);
  expect([code, error]).toEqual([0, '']);
  return out;
};

it('what show prints is the same configuration', async () => {
  const shown = await run('show', 'quick', '--set', 'seeds=1,2,3');
  expect(shown).toMatch(/^# quick, with all defaults\n# hash [0-9a-f]{64}\nstudy: quick\nseeds:\n {2}- 1\n/);
  writeFileSync(join(folder, 'shown.yaml'), shown);
  const hashOf = (text: string): string | undefined => /[0-9a-f]{64}/.exec(text)?.[0];
  expect(hashOf(await run('show', 'shown.yaml'))).toBe(hashOf(shown));
  expect(await run('diff', 'quick', 'shown.yaml')).toBe('setting  quick  shown.yaml\nseeds    [1]    [1,2,3]\n');
  const { config } = JSON.parse(await run('show', 'shown.yaml', '--json')) as { config: object };
  expect(config).toMatchObject({ study: 'quick', seeds: [1, 2, 3], model: { n_kv_head: 3 } });
});

it('diff compares two configurations, or one with --set', async () => {
  expect(await run('diff', 'smoke', 'smoke')).toBe('All settings are equal.\n');
  expect(await run('diff', 'smoke', '--set', 'data.train=599')).toBe(
    'setting     smoke  smoke with --set\ndata.train  600    599\n',
  );
  const { settings } = JSON.parse(await run('diff', 'quick', 'smoke', '--set', 'rl=null', '--json')) as {
    settings: { key: string }[];
  };
  expect(settings).toContainEqual({ key: 'study', a: 'quick', b: 'smoke' });
  expect(settings.map(({ key }) => key)).toContain('rl');
  const refused = await runCli(['config', 'diff', 'quick', 'quik'], folder);
  expect([refused.code, refused.out]).toEqual([2, '']);
  expect(refused.error).toMatch(/^error\[CONFIG_PRESET\] quik: .+ \(hint: did you mean quick\?\)\n$/);
});

it('list has every preset with the first sentence of its file', async () => {
  const listed = (await run('list')).replaceAll(/\s+/g, ' ');
  for (const name of presetNames()) {
    const purpose = presetPurpose(name);
    expect(purpose).toMatch(/^\S.{20,}[.?]$/);
    expect(listed).toContain(`${name} ${purpose}`);
    const file = readFileSync(join(import.meta.dirname, `../../configs/${name}.yaml`), 'utf8');
    expect(file.replaceAll(/\n# /g, ' ')).toContain(purpose);
  }
});

describe('a value that a shell has split', () => {
  const HINT = "(hint: quote it: a shell splits a value at blanks, as in --set 'seeds=[1, 2]')\n";
  it.each([
    [['seeds=[1,', '2]'], 'wrong value; expected a whole list or mapping'],
    [['data={size:', '6}'], 'wrong value; expected a whole list or mapping'],
    [['seeds=1,', '2'], 'wrong value; expected a whole list or mapping'],
    [['seeds', '=', '3'], 'too many arguments'],
    [['seeds=1', 'seeds=2'], 'too many arguments'],
  ])('--set %j', async (values, what) => {
    const { code, out, error } = await runCli(['study', 'quick', '--plan', '--set', ...values], folder);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(what);
    expect(error.endsWith(HINT), error).toBe(true);
  });

  it('is distinguished from brackets within quotes', async () => {
    const { code, error } = await runCli(['config', 'show', 'quick', '--set', 'study="[a"'], folder);
    expect(code).toBe(2);
    expect(error).toMatch(/^error\[CONFIG_VALUE\] --set study="\[a": /);
  });
});
