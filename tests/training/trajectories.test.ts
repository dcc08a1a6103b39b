// A tiny training and a tiny run of reinforcement learning give, on every kernel path, the very numbers and weights
// that tests/golden/trajectories.json pins. Nothing else notices a change that is plausible, such as another initial
// scale.
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { NUMERIC_VERSION } from '../../src/base/numeric-version.ts';
import { tileCandidates } from '../../src/core/tile.ts';
import { GOLDEN_FILE, goldenText, HINT, refusal, type Run, runTrajectory, type Trajectories } from './trajectories.ts';

/** Tiles for 32 registers, which no x64 machine chooses. */
const ARM64_TILES = tileCandidates(false, 'arm64').slice(0, 3);

let golden: Trajectories;
beforeAll(async () => {
  golden = JSON.parse(await readFile(GOLDEN_FILE, 'utf8')) as Trajectories;
});

describe('pinned trajectories', () => {
  const runs = new Map<string, Run>();
  beforeAll(async () => {
    await Promise.all(
      (['revectorized', 'fused', 'portable'] as const).map(async (path) => runs.set(path, await runTrajectory(path))),
    );
    await Promise.all(ARM64_TILES.map(async (tile) => runs.set(tile, await runTrajectory('fused', tile))));
  }, 240_000);

  it('are those of the code’s numeric version', () => {
    expect(golden.numeric_version, 'npm run write-trajectories after raising NUMERIC_VERSION').toBe(NUMERIC_VERSION);
  });

  it.each([
    ['fused', 'fused'],
    ['revectorized', 'fused'],
    ['portable', 'portable'],
  ] as const)('are repeated to the bit: %s', (path, kernel_path) => {
    expect(runs.get(path)?.kernel_path).toBe(kernel_path);
    expect(runs.get(path)?.trajectory, HINT).toEqual(golden.paths[kernel_path]);
  });

  it.each(ARM64_TILES)('are repeated to the bit: fused with tile %s', (tile) => {
    expect(runs.get(tile)).toMatchObject({ kernel_path: 'fused', revectorized: false, tile });
    expect(runs.get(tile)?.trajectory, HINT).toEqual(golden.paths.fused);
  });

  it('see what they are there for', () => {
    const { training, rl } = golden.paths.fused;
    // Gradients above and below the clip of 1, a warm-up and a decay of the rate.
    expect(training.steps.some(({ grad_norm }) => grad_norm > 1)).toBe(true);
    expect(training.steps.some(({ grad_norm }) => grad_norm < 1)).toBe(true);
    expect(training.steps[0].lr).toBeLessThan(training.steps[2].lr);
    expect(training.steps.at(-1)?.lr).toBeLessThan(training.steps[3].lr);
    // Groups with spread, a KL that moves, ratios that are clipped.
    expect(rl.steps.every(({ reward }) => reward > 0 && reward < 1)).toBe(true);
    expect(rl.steps.slice(1).every(({ kl }) => kl !== null && kl > 0)).toBe(true);
    expect(rl.steps.some(({ clipped }) => clipped > 0)).toBe(true);
    expect(golden.paths.portable.training.kept).not.toEqual(training.kept);
  });
});

describe('the golden file', () => {
  it('is written as it is read, a step a line', () => {
    expect(JSON.parse(goldenText(golden))).toEqual(golden);
    expect(goldenText(golden)).toMatch(/^ +\{ "step": 1, .* \},$/m);
  });

  it('is replaced only by numbers of a newer numeric version', () => {
    const { fused, portable } = golden.paths;
    const other = { ...golden, paths: { fused, portable: { ...portable, rl: { ...portable.rl, steps: [] } } } };
    const newer = { ...other, numeric_version: golden.numeric_version + 1 };
    expect(refusal(golden, golden)).toBeNull();
    expect(refusal(null, golden)).toBeNull();
    expect(refusal(golden, other)).toContain('raise NUMERIC_VERSION');
    expect(refusal(golden, newer)).toBeNull();
    expect(refusal(newer, golden)).toContain(`the file has version ${newer.numeric_version}`);
  });
});
