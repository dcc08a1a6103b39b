// The package's own files are found from its root, from any current folder.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/base/package-root.ts';

it('is the folder of this package, with its presets', () => {
  expect(packageRoot()).toBe(join(import.meta.dirname, '../..'));
  expect(existsSync(join(packageRoot(), 'configs/quick.yaml'))).toBe(true);
});
