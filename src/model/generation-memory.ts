// The room of one generation behind an open model's weights: per thread a key/value cache with its working rows, and
// small lists.
import type { DecodingExports } from '../core/exports.ts';
import type { Arena } from '../core/memory.ts';

/**
 * Sequences that one thread decodes side by side: many where weights are large, because a pass reads them all; few
 * where they are small. With 24 in place of 64, models of 2 to 18 MB decode 5 to 21 % faster, one of 100 MB 13 % slower
 * (docs/speed.md). The caches of 64 slots exceed the second-level cache; whether that is the reason was not measured.
 */
const FEWEST_SLOTS = 24;
const MOST_SLOTS = 64;
/** Weights that a slot is worth reading for. */
const WEIGHT_BYTES_A_SLOT = 1 << 20;
/** Room for all caches together; long contexts get fewer slots. */
const CACHE_BYTES = 1 << 30;
/**
 * Most tokens of one pass: prompts, drafts and single tokens together. Two blocks of rows of the matrix products, which
 * are about as fast as they get (measured).
 */
const PASS_TOKENS = 480;

export interface GenerationSizes {
  readonly threads: number;
  /** A prompt counts once for each of its completions. */
  readonly prompts: number;
  /** Tokens of prompt and completion together, at most. */
  readonly longest: number;
}

/** Addresses in bytes. */
export interface GenerationRoom {
  /** i32 [2]: the next prompt to draw; stop. The caller zeroes them. */
  readonly queue: number;
  readonly threads: readonly DecodingRoom[];
  readonly decoding: DecodingSizes;
  /** Of the memory, up to the end of this room. */
  readonly bytes: number;
}

/** How much one thread decodes side by side. */
export interface DecodingSizes {
  readonly slots: number;
  /** Most tokens of a pass. */
  readonly passTokens: number;
  /** Tokens of prompt and completion together, at most. */
  readonly longest: number;
}

/** Room of one thread. */
export interface DecodingRoom {
  readonly cache: number;
  /** Lists that calls read and write, i32 each. */
  readonly lists: Readonly<Record<ListName, number>>;
  /** f64 [passTokens, 2]: log-probability of the sampled token and entropy of its row. */
  readonly chances: number;
}

/** [passTokens] each: of the tokens of a pass, then of those whose next one is drawn. */
export const LISTS = ['tokens', 'positions', 'slots', 'rows', 'indices', 'drawnPositions', 'drawn'] as const;
export type ListName = (typeof LISTS)[number];

/**
 * Lays the room out.
 * @param core an instance that is configured for the model
 * @param arena begins behind the model
 */
export function planGenerationRoom(core: DecodingExports, arena: Arena, sizes: GenerationSizes): GenerationRoom {
  const queue = arena.take(8);
  const decoding = decodingSizes(core, sizes);
  const threads = Array.from({ length: sizes.threads }, () => planDecodingRoom(core, arena, decoding));
  return { queue, threads, decoding, bytes: arena.end };
}

/**
 * How many sequences a thread decodes side by side.
 * @param core configured for the model
 */
export function decodingSizes(core: DecodingExports, { threads, prompts, longest }: GenerationSizes): DecodingSizes {
  const bytes = (slots: number): number => core.configure_decode(0, slots, longest, 1) >>> 0;
  const slotBytes = bytes(2) - bytes(1);
  const worthwhile = Math.ceil((core.packed_weights_bytes(1) >>> 0) / WEIGHT_BYTES_A_SLOT);
  const slots = Math.max(
    1,
    Math.min(
      MOST_SLOTS,
      Math.max(FEWEST_SLOTS, worthwhile),
      Math.ceil(prompts / threads),
      Math.floor(CACHE_BYTES / threads / slotBytes),
    ),
  );
  return { slots, passTokens: PASS_TOKENS, longest };
}

/**
 * Takes one thread's cache and lists. Sizes are asked for at address 0: the module's addresses would wrap beyond 4 GiB,
 * where a plan must give its true size.
 */
export function planDecodingRoom(
  core: DecodingExports,
  arena: Arena,
  { slots, passTokens, longest }: DecodingSizes,
): DecodingRoom {
  const cache = arena.take(core.configure_decode(0, slots, longest, passTokens) >>> 0);
  const lists = Object.fromEntries(LISTS.map((name) => [name, arena.take(4 * passTokens)])) as Record<ListName, number>;
  return { cache, lists, chances: arena.take(16 * passTokens) };
}

/** Configures one thread's instance, which is configured for the model. */
export function configureDecoding(
  core: DecodingExports,
  { cache }: DecodingRoom,
  { slots, longest, passTokens }: DecodingSizes,
): void {
  core.configure_decode(cache, slots, longest, passTokens);
}
