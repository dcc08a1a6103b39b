// The same bits on arm64 as on x64, under emulation: training, reinforcement learning, decoding, the validator, and
// every register tile. Skipped where the emulator or the arm64 Node is missing; the name of the test says which.
// Takes a minute of processor time.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../../src/data/dataset.ts';
import { usesFullWidth } from '../../src/core/module.ts';
import { tileCandidates, TILES } from '../../src/core/tile.ts';
import { trainHalf } from '../rl/half-trained.ts';
import { findArm64Node } from './arm64-node.ts';
import type { EveryPart } from './every-part-once.ts';
import type { TileHashes } from './tiles-once.ts';

const found = findArm64Node();
const missing = 'missing' in found ? found.missing : undefined;
const TIMEOUT_MS = 600_000;
if (missing !== undefined) process.stderr.write(`arm64 is not tested: ${missing}\n`);

describe('choices for arm64', () => {
  it('calls the fused path as wide as the CPU, and no other path that does not pair operations', () => {
    const plain = { revectorized: false };
    expect(usesFullWidth({ kernel_path: 'fused', ...plain }, 'arm64')).toBe(true);
    expect(usesFullWidth({ kernel_path: 'fused', ...plain }, 'x64')).toBe(false);
    expect(usesFullWidth({ kernel_path: 'fused', revectorized: true }, 'x64')).toBe(true);
    expect(usesFullWidth({ kernel_path: 'portable', ...plain }, 'arm64')).toBe(false);
  });

  it('times tiles for 32 registers there and nowhere else', () => {
    const large = ['8x8', '8x12', '12x8'];
    expect(tileCandidates(false, 'arm64')).toEqual(expect.arrayContaining(large));
    for (const isWide of [true, false])
      expect(tileCandidates(isWide, 'x64').filter((tile) => large.includes(tile))).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)(`arm64${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let folder = '';
  let [native, emulated]: (EveryPart | undefined)[] = [];
  let [nativeTiles, emulatedTiles]: (TileHashes | undefined)[] = [];
  let doctor = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tracelab-arm64-'));
    const data = join(folder, 'data');
    await writeDataset(data, {
      domain: 'maze',
      generator: 'drunkard',
      size: 4,
      train: 20,
      dev: 2,
      test: 2,
      test_in_distribution: 2,
      distributions: ['drunkard'],
      drunkard_coverage: 0.5,
      seed: 3,
    });
    const trainFile = join(data, 'train.jsonl');
    const { directory } = await trainHalf(join(folder, 'start'), trainFile);

    /** The fused module on plain lanes, with a cache of tiles of its own: what the emulator times is not for others. */
    const run = async (own: string, command: string, args: readonly string[], path?: 'fused'): Promise<string> => {
      const { stdout } = await promisify(execFile)(command, args, {
        env: { ...process.env, TRACELAB_KERNEL_PATH: path, XDG_CACHE_HOME: own },
      });
      return stdout;
    };
    const runParts = async (name: string, command: string, args: readonly string[]) => {
      const own = join(folder, name);
      mkdirSync(own);
      const script = (name: string): string => join(import.meta.dirname, name);
      const parts = await run(
        own,
        command,
        [...args, script('every-part-once.ts'), own, directory, trainFile],
        'fused',
      );
      const tiles = await run(own, command, [...args, script('tiles-once.ts')], 'fused');
      return [JSON.parse(parts) as EveryPart, JSON.parse(tiles) as TileHashes] as const;
    };
    if ('missing' in found) return;
    [[native, nativeTiles], [emulated, emulatedTiles]] = await Promise.all([
      runParts('native', process.execPath, []),
      runParts('emulated', found.command, found.args),
    ]);
    const cli = join(import.meta.dirname, '../../src/cli/bin.ts');
    doctor = await run(join(folder, 'emulated'), found.command, [...found.args, cli, 'doctor', '--json']);
  }, TIMEOUT_MS);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('passes the self-check of the core on the fused path', () => {
    expect(native).toMatchObject({ arch: 'x64', kernel_path: 'fused' });
    expect(emulated).toMatchObject({ arch: 'arm64', kernel_path: 'fused' });
  });

  it.each(['training', 'rl', 'decoding', 'validator'] as const)('gives the bits of x64: %s', (part) => {
    expect(emulated?.[part]).toEqual(native?.[part]);
  });

  it.each(TILES)('gives the bits of x64: tile %s', (tile) => {
    expect(emulatedTiles?.[tile]).toMatch(/^[0-9a-f]{64}$/);
    expect(emulatedTiles?.[tile]).toBe(nativeTiles?.[tile]);
  });

  it('chooses a tile for 32 registers or the smallest, and is not called slow', () => {
    const { checks } = JSON.parse(doctor) as { checks: { name: string; verdict: string; words: string }[] };
    expect(checks.find(({ name }) => name === 'node')?.verdict).toBe('ok');
    const core = checks.find(({ name }) => name === 'core');
    expect(core?.verdict).toBe('ok');
    expect(core?.words).toMatch(/tile (8x8|8x12|12x8|6x8), .*; 128-bit vectors, the width of arm64/);
  });

  it('compares something', () => {
    expect(new Set(Object.values(nativeTiles ?? {})).size).toBe(1);
    expect(native?.training.losses.length).toBeGreaterThan(3);
    // Rewards with spread, a KL that has left 0, two kinds of completions, right and wrong plans.
    expect(native?.rl.rewards.every((reward) => reward > 0 && reward < 1)).toBe(true);
    expect(native?.rl.kl.at(-1)).toBeGreaterThan(0);
    expect(native?.decoding[0].all).not.toBe(native?.decoding[1].all);
    expect(native?.validator.valid).toBeGreaterThan(50);
  });
});
