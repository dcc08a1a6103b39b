// Preset names and paths of configurations.
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { presetNames, resolveConfig } from '../../src/cli/presets.ts';

it('a preset name is a packaged file; whatever looks like a path is one', () => {
  for (const name of presetNames()) expect(existsSync(resolveConfig(name))).toBe(true);
  for (const path of ['quick.yaml', './quick', 'a/b', 'C:\\x', 'x.JSON']) expect(resolveConfig(path)).toBe(path);
});

it('a name that is only a file in this folder is told how to be meant', () => {
  expect(() => resolveConfig('README.md')).toThrow('error[CONFIG_PRESET] README.md: no such preset');
  expect(() => resolveConfig('package')).toThrow(
    'expected one of dose-response, matched, paper, phase, phase-small, quick, smoke, sokoban, standard, or the path of a YAML file',
  );
  expect(() => resolveConfig('src')).toThrow('(hint: for the file write ./src)');
});
