// The name of a result depends on every part of its key, and on nothing else.
import { expect, it } from 'vitest';
import { folderOf, hashOf, keyOf } from '../../src/work/key.ts';
import type { CellKey } from '../../src/work/key.ts';
import type { Kind } from '../../src/work/kind.ts';

const KEY: CellKey = {
  kind: 'train',
  version: 1,
  config: { lr: 0.1, epochs: 2 },
  inputs: { train: 'aa', dev: 'ab' },
  core: { module_sha256: 'bb', kernel_path: 'fused' },
  numeric_version: 1,
};

it('depends on every part of the key', () => {
  const changes: Partial<CellKey>[] = [
    { kind: 'test' },
    { version: 2 },
    { config: { lr: 0.2, epochs: 2 } },
    { config: { lr: 0.1 } },
    { inputs: { train: 'ab', dev: 'ab' } },
    { inputs: { train: 'aa' } },
    { core: null },
    { core: { module_sha256: 'bc', kernel_path: 'fused' } },
    { core: { module_sha256: 'bb', kernel_path: 'portable' } },
    { numeric_version: 2 },
  ];
  const hashes = changes.map((change) => hashOf({ ...KEY, ...change }));
  expect(new Set([...hashes, hashOf(KEY)]).size).toBe(changes.length + 1);
});

it('does not depend on the order of names', () => {
  expect(hashOf({ ...KEY, config: { epochs: 2, lr: 0.1 }, inputs: { dev: 'ab', train: 'aa' } })).toBe(hashOf(KEY));
});

it('begins, as a folder, with the kind', () => {
  expect(folderOf(KEY)).toBe(`train-${hashOf(KEY).slice(0, 16)}`);
});

it('of a task: its kind says which settings, which inputs, and whether the core counts', () => {
  const kind: Kind = {
    name: 'toy',
    version: 3,
    usesCore: true,
    unit: 'problems',
    outputs: [],
    state: [],
    inputs: (_, { data }) => ({ data: data.result }),
    keyed: (config) => (config as { kept: number }).kept,
    estimate: () => ({ tokens: 0, flops: 0, seconds: 0, threads: [1], bytes: () => 0 }),
    run: async () => Promise.resolve(null),
  };
  const task = { id: 'any name', kind: 'toy', config: { kept: 1, other: 2 }, needs: { data: 'any id' } };
  const needs = { data: { hash: 'h', result: 'r', seconds: 1, outputs: {}, summary: null, directory: '/anywhere' } };
  const core = { module_sha256: 'bb', kernel_path: 'fused', threads: 5 } as const;
  const key = keyOf(task, kind, needs, core);
  expect(key).toMatchObject({
    kind: 'toy',
    version: 3,
    config: 1,
    inputs: { data: 'r' },
    core: { module_sha256: 'bb', kernel_path: 'fused' },
  });
  expect(keyOf({ ...task, id: 'another name' }, kind, needs, core)).toEqual(key);
  expect(keyOf(task, { ...kind, usesCore: false }, needs, core).core).toBeNull();
  expect(keyOf(task, { ...kind, keyed: undefined }, needs, core).config).toEqual(task.config);
});
