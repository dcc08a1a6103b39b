// Which register tile is fastest on this engine and CPU: timed once, then remembered in the user's cache folder.
// Changes no bit, only speed.
import { cpus, homedir } from 'node:os';
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { mkdirsSync, readTextFileSync, renameSync, writeFileSync } from '../base/disk.ts';
import type { CoreExports } from './exports.ts';
import { Arena, createMemory } from './memory.ts';

/** Register tiles in the order of set_tile: rows x columns. */
export const TILES = ['6x16', '5x8', '4x16', '6x8', '4x8', '8x8', '8x12', '12x8'] as const;
export type TileName = (typeof TILES)[number];

/**
 * The tiles that are timed; the first is preferred. x64 has 16 vector registers: twelve accumulators of 256 or of 128
 * bits, and smaller tiles for engines that need registers for themselves. arm64 has 32 registers of 128 bits: 16 or 24
 * accumulators. 8x8 is its first, because its rows and columns divide more shapes.
 */
export function tileCandidates(revectorized: boolean, arch: string): readonly TileName[] {
  if (revectorized) return ['6x16', '4x16'];
  return arch === 'arm64' ? ['8x8', '8x12', '12x8', '6x8'] : ['6x8', '5x8', '4x8'];
}

/** Product that is timed: rows and columns that every candidate divides, a width and depth of small models. */
const [M, N, K] = [120, 192, 96];
/**
 * Calls before the clock counts, calls of a tile a round, and rounds without a better time that end the timing: the
 * engine optimises in the background.
 */
const WARM_UP_CALLS = 100;
const CALLS = 4;
const QUIET_ROUNDS = 16;
const MOST_ROUNDS = 200;
/**
 * Factor by which another tile must be faster. With other load on the same core the times are alike, and the choice is
 * kept.
 */
const MARGIN = 1.1;

export interface TileChoice {
  readonly tile: TileName;
  readonly why: string;
}

/**
 * The remembered choice for this module, engine and CPU, or the choice after a timing of some 50 ms.
 * @param instantiate an instance over the given memory, with the given tile
 * @param module_sha256 of the module with the kernels
 */
export function chooseTile(
  instantiate: (memory: WebAssembly.Memory, first: TileName) => CoreExports,
  revectorized: boolean,
  module_sha256: string,
): TileChoice {
  const candidates = tileCandidates(revectorized, process.arch);
  const key = [
    module_sha256.slice(0, 16),
    process.versions.v8,
    revectorized ? '256' : '128',
    cpus().at(0)?.model.trim() ?? 'unknown CPU',
  ].join(' ');
  const remembered = readCache()[key];
  if (remembered && candidates.includes(remembered))
    return { tile: remembered, why: `tile ${remembered}, remembered from an earlier timing` };
  const speeds = timeTiles(instantiate(createMemory(4 << 20), candidates[0]), candidates);
  const [[preferred, speed]] = speeds;
  const [[fastest, best]] = [...speeds].sort((a, b) => b[1] - a[1]);
  const tile = best > MARGIN * speed ? fastest : preferred;
  remember(key, tile);
  return {
    tile,
    why: `tile ${tile}, timed: ${speeds.map(([name, gflops]) => `${name} (${gflops.toFixed(0)} GFLOP/s)`).join(', ')}`,
  };
}

/** GFLOP/s of each tile, candidates in turn so that a busy moment meets all of them. */
function timeTiles(core: CoreExports, tiles: readonly TileName[]): (readonly [TileName, number])[] {
  const arena = new Arena();
  const [a, b, c, scratch] = [
    arena.take(4 * M * K),
    arena.take(4 * N * K),
    arena.take(4 * M * N),
    arena.take(core.gemm_scratch_bytes(M, N, K)),
  ];
  const call = (tile: TileName): void => {
    core.set_tile(TILES.indexOf(tile));
    core.gemm(0, 1, M, N, K, a, K, b, K, c, N, 0, 0, scratch);
  };
  for (let i = 0; i < WARM_UP_CALLS; i++) tiles.forEach(call);
  const best = tiles.map(() => Infinity);
  for (let round = 0, quiet = 0; round < MOST_ROUNDS && quiet < QUIET_ROUNDS; round++, quiet++) {
    for (const [i, tile] of tiles.entries()) {
      const from = SYSTEM_CLOCK.seconds();
      for (let n = 0; n < CALLS; n++) call(tile);
      const seconds = (SYSTEM_CLOCK.seconds() - from) / CALLS;
      if (seconds < 0.98 * best[i]) quiet = 0;
      best[i] = Math.min(best[i], seconds);
    }
  }
  return tiles.map((tile, i) => [tile, (2 * M * N * K) / best[i] / 1e9] as const);
}

function cacheFile(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tracelab', 'tiles.json');
}

/** Whatever is not readable, or no list of tiles by key, is measured again. */
function readCache(): Readonly<Partial<Record<string, TileName>>> {
  try {
    const value: unknown = JSON.parse(readTextFileSync(cacheFile()));
    if (typeof value !== 'object' || value === null) return {};
    const known = Object.entries(value).filter(([, tile]) => TILES.some((name) => name === tile));
    return Object.fromEntries(known);
  } catch {
    return {};
  }
}

/** A cache that cannot be written costs the next start a timing, nothing else. */
function remember(key: string, tile: TileName): void {
  const file = cacheFile();
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirsSync(join(file, '..'));
    writeFileSync(temporary, `${JSON.stringify({ ...readCache(), [key]: tile }, null, 1)}\n`, 'w');
    renameSync(temporary, file);
  } catch {
    /* read-only homes are fine */
  }
}
