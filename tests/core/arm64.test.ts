// The same bits on arm64 as on x64, under emulation: training, reinforcement learning, decoding, the validator. Skipped
// where the emulator or the arm64 Node is missing; the name of the test says which. Takes a minute of processor time.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../../src/data/dataset.ts';
import { trainHalf } from '../rl/half-trained.ts';
import { findArm64Node } from './arm64-node.ts';
import type { EveryPart } from './every-part-once.ts';

const found = findArm64Node();
const missing = 'missing' in found ? found.missing : undefined;
const TIMEOUT_MS = 600_000;
if (missing !== undefined) process.stderr.write(`arm64 is not tested: ${missing}\n`);

describe.skipIf(missing !== undefined)(`arm64${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let folder = '';
  let [native, emulated]: (EveryPart | undefined)[] = [];
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
    const runParts = async (name: string, command: string, args: readonly string[]): Promise<EveryPart> => {
      const own = join(folder, name);
      mkdirSync(own);
      const script = join(import.meta.dirname, 'every-part-once.ts');
      const { stdout } = await promisify(execFile)(command, [...args, script, own, directory, trainFile], {
        env: { ...process.env, TRACELAB_KERNEL_PATH: 'fused', XDG_CACHE_HOME: own },
      });
      return JSON.parse(stdout) as EveryPart;
    };
    if ('missing' in found) return;
    [native, emulated] = await Promise.all([
      runParts('native', process.execPath, []),
      runParts('emulated', found.command, found.args),
    ]);
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

  it('compares something', () => {
    expect(native?.training.losses.length).toBeGreaterThan(3);
    // Rewards with spread, a KL that has left 0, two kinds of completions, right and wrong plans.
    expect(native?.rl.rewards.every((reward) => reward > 0 && reward < 1)).toBe(true);
    expect(native?.rl.kl.at(-1)).toBeGreaterThan(0);
    expect(native?.decoding[0].all).not.toBe(native?.decoding[1].all);
    expect(native?.validator.valid).toBeGreaterThan(50);
  });
});
