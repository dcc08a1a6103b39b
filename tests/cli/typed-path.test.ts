// What a path becomes in a command that is printed, and which run directory a file of results belongs to.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPathOf, typedPath } from '../../src/cli/typed-path.ts';

describe('a path as one types it', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tracelab-typed-path-'));
    for (const name of ['whole', 'copied']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'results.json'), '{}');
    }
    writeFileSync(join(folder, 'whole/cells.json'), '{}');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is relative below the current folder, and else as it was given', () => {
    expect(typedPath('runs/quick', '/home/me')).toBe('runs/quick');
    expect(typedPath('../runs/quick', '/home/me')).toBe('../runs/quick');
    expect(typedPath('/home/me/runs/quick', '/home/me')).toBe('runs/quick');
    expect(typedPath('/home/me', '/home/me')).toBe('.');
    expect(typedPath('/data/runs/quick', '/home/me')).toBe('/data/runs/quick');
    expect(typedPath('/home/me/..runs/quick', '/home/me')).toBe('..runs/quick');
  });

  it('of results is their folder while it names its cells; a copy of the results alone has none', () => {
    expect(runPathOf(join(folder, 'whole/results.json'))).toBe(join(folder, 'whole'));
    expect(runPathOf(join(folder, 'copied/results.json'))).toBeUndefined();
  });
});
