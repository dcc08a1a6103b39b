// The room of one generation behind an open model's weights: per thread a key/value cache, a prefill workspace and
// small lists.
import { type CoreExports, WORKSPACE } from '../core/exports.ts';
import type { Arena } from '../core/memory.ts';
import { configureModel, type PlacedModel } from './place.ts';

/** Most sequences that one thread decodes side by side. */
const MOST_SLOTS = 64;
/** Room for all caches together; long contexts get fewer slots. */
const CACHE_BYTES = 1 << 30;
/** Tokens of prompts that are run into the cache at once, unless one prompt is longer. */
const PREFILL_TOKENS = 1024;

export interface GenerationSizes {
  readonly threads: number;
  /** A prompt counts once for each of its completions. */
  readonly prompts: number;
  readonly longestPrompt: number;
  /** Tokens of prompt and completion together, at most. */
  readonly longest: number;
}

/** Addresses in bytes. */
export interface GenerationRoom {
  /** i32 [2]: the next prompt to draw; stop. The caller zeroes them. */
  readonly queue: number;
  readonly threads: readonly ThreadMemory[];
  readonly decoding: DecodingSizes;
  /** Of the memory, up to the end of this room. */
  readonly bytes: number;
}

/** How much one thread decodes side by side. */
export interface DecodingSizes {
  readonly slots: number;
  readonly prefillTokens: number;
  readonly longestPrompt: number;
  /** Tokens of prompt and completion together, at most. */
  readonly longest: number;
}

/** Room of one thread without its prefill workspace. */
export interface DecodingRoom {
  readonly cache: number;
  /** Lists that calls read and write, i32 each. */
  readonly lists: Readonly<Record<ListName, number>>;
  /** f64 [slots, 2]: log-probability of the sampled token and entropy of its row. */
  readonly chances: number;
}

interface ThreadMemory extends DecodingRoom {
  readonly workspace: number;
}

export const LISTS = ['tokens', 'positions', 'slots', 'offsets', 'rows', 'indices', 'sampled'] as const;
export type ListName = (typeof LISTS)[number];

/**
 * Lays the room out.
 * @param core an instance that is configured for the model
 * @param arena begins behind the model
 */
export function planGenerationRoom(core: CoreExports, arena: Arena, sizes: GenerationSizes): GenerationRoom {
  const queue = arena.take(8);
  const decoding = decodingSizes(core, sizes);
  const { prefillTokens, slots, longestPrompt } = decoding;
  const threads = Array.from({ length: sizes.threads }, (): ThreadMemory => {
    const room = planDecodingRoom(core, arena, decoding);
    const bytes = core.configure_workspace(0, prefillTokens, slots, longestPrompt, WORKSPACE.kept) >>> 0;
    return { ...room, workspace: arena.take(bytes) };
  });
  return { queue, threads, decoding, bytes: arena.end };
}

/**
 * How many sequences a thread decodes side by side.
 * @param core configured for the model
 */
export function decodingSizes(
  core: CoreExports,
  { threads, prompts, longestPrompt, longest }: GenerationSizes,
): DecodingSizes {
  const slotBytes = (core.configure_decode(0, 2, longest) >>> 0) - (core.configure_decode(0, 1, longest) >>> 0);
  const slots = Math.max(
    1,
    Math.min(MOST_SLOTS, Math.ceil(prompts / threads), Math.floor(CACHE_BYTES / threads / slotBytes)),
  );
  return { slots, prefillTokens: Math.max(longestPrompt, PREFILL_TOKENS), longestPrompt, longest };
}

/**
 * Takes one thread's cache and lists. Sizes are asked for at address 0: the module's addresses would wrap beyond 4 GiB,
 * where a plan must give its true size.
 */
export function planDecodingRoom(
  core: CoreExports,
  arena: Arena,
  { slots, prefillTokens, longest }: DecodingSizes,
): DecodingRoom {
  const cache = arena.take(core.configure_decode(0, slots, longest) >>> 0);
  const lists = Object.fromEntries(
    LISTS.map((name) => [name, arena.take(4 * Math.max(prefillTokens, slots + 1))]),
  ) as Record<ListName, number>;
  return { cache, lists, chances: arena.take(16 * slots) };
}

/** Configures one thread's instance. */
export function configureGeneration(
  core: CoreExports,
  placed: PlacedModel,
  { threads, decoding: { slots, longest, prefillTokens, longestPrompt } }: GenerationRoom,
  thread: number,
): void {
  configureModel(core, placed);
  core.configure_decode(threads[thread].cache, slots, longest);
  core.configure_workspace(threads[thread].workspace, prefillTokens, slots, longestPrompt, WORKSPACE.kept);
}
