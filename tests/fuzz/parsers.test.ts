// A sample of `npm run fuzz-parsers`: every parser reads its seeds, and damaged input gives a value or a refusal.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseConfig } from '../../src/study/config-file.ts';
import { makeBench } from '../cli/bad-inputs/bench.ts';
import { feed, inputOf, type Parser } from './parser.ts';
import { parsersOf } from './parsers.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let folder: string;
let parsers: readonly Parser[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-fuzz-'));
  const bench = mkdtempSync(join(folder, 'bench-'));
  await makeBench(bench);
  parsers = parsersOf(bench, mkdtempSync(join(folder, 'scratch-')));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Damaged inputs of each parser. */
const EACH = 20;

it('every parser has a name of its own, and reads its seeds', async () => {
  expect(new Set(parsers.map(({ name }) => name)).size).toBe(parsers.length);
  for (const parser of parsers) {
    expect(parser.seeds.length, parser.name).toBeGreaterThan(0);
    for (const seed of parser.seeds) {
      // A table of CSV is among the texts, to be refused.
      if (Buffer.from(seed).toString().startsWith('id,prompt')) continue;
      expect(await feed(parser, Buffer.from(seed)), parser.name).toBe('value');
    }
  }
});

it('damaged input gives a value or a refusal of the right kind', async () => {
  const endings = new Map<string, number>();
  for (const parser of parsers)
    for (let index = 0; index < EACH; index++) {
      const ending = await feed(parser, inputOf(parser, 11, index)).catch((error: unknown) => {
        throw new Error(`${parser.name}, seed 11, input ${index}`, { cause: error });
      });
      const sort = ending === 'value' ? 'value' : 'refused';
      endings.set(sort, (endings.get(sort) ?? 0) + 1);
    }
  expect((endings.get('value') ?? 0) + (endings.get('refused') ?? 0)).toBe(EACH * parsers.length);
  expect(Math.min(endings.get('value') ?? 0, endings.get('refused') ?? 0)).toBeGreaterThan(100);
});

it('another error, and a refusal of another kind, are faults', async () => {
  const wrong = (read: Parser['read']): Parser => ({
    name: 'wrong',
    form: 'text',
    seeds: [],
    kinds: ['damaged_artifact'],
    read,
  });
  const throws = wrong(() => {
    throw new TypeError('x is undefined');
  });
  await expect(feed(throws, Buffer.from(''))).rejects.toThrow(TypeError);
  const refuses = wrong(() => parseConfig('', 'f.yaml'));
  await expect(feed(refuses, Buffer.from(''))).rejects.toThrow('refused as refused_input');
});
