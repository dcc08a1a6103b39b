// The memory map of generation: weights once, and per thread a key/value cache, a prefill workspace and small lists.
import { type CoreExports, WORKSPACE } from '../core/exports.ts';
import { Arena } from '../core/memory.ts';
import type { ModelConfig } from './config.ts';
import { layoutOf, type ModelLayout } from './layout.ts';
import { configureModel, placeModel, type PlacedModel } from './place.ts';

/** Most sequences that one thread decodes side by side. */
const MOST_SLOTS = 64;
/** Room for all caches together; long contexts get fewer slots. */
const CACHE_BYTES = 1 << 30;
/** Tokens of prompts that are run into the cache at once, unless one prompt is longer. */
const PREFILL_TOKENS = 1024;

export interface GenerationSizes {
  readonly model: ModelConfig;
  readonly vocabSize: number;
  readonly threads: number;
  readonly prompts: number;
  readonly longestPrompt: number;
  /** Tokens of prompt and completion together, at most. */
  readonly longest: number;
}

/** Addresses in bytes. */
export interface GenerationMemory {
  readonly placed: PlacedModel;
  readonly layout: ModelLayout;
  readonly parameters: number;
  /** The matrices again, packed for the register tile; see packWeights. */
  readonly packed: number;
  /** One i32: the next prompt to draw; and one: stop. */
  readonly queue: number;
  readonly threads: readonly ThreadMemory[];
  readonly decoding: DecodingSizes;
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

/** Lays everything out. @param core any instance; configured for the model by this call */
export function planGenerationMemory(core: CoreExports, sizes: GenerationSizes): GenerationMemory {
  const { model, vocabSize, threads, longestPrompt } = sizes;
  const arena = new Arena();
  const placed = placeModel(arena, model, vocabSize);
  configureModel(core, placed);
  const layout = layoutOf(core, model, vocabSize);
  const parameters = arena.take(layout.bytes);
  const packed = arena.take(core.packed_weights_bytes());
  const queue = arena.take(8);
  const decoding = decodingSizes(core, sizes);
  const perThread = Array.from({ length: threads }, (): ThreadMemory => {
    const room = planDecodingRoom(core, arena, decoding);
    return {
      ...room,
      workspace: arena.take(
        core.configure_workspace(0, decoding.prefillTokens, decoding.slots, longestPrompt, WORKSPACE.kept) >>> 0,
      ),
    };
  });
  return { placed, layout, parameters, packed, queue, threads: perThread, decoding, bytes: arena.end };
}

/** @param core configured for the model */
export function decodingSizes(
  core: CoreExports,
  { threads, prompts, longestPrompt, longest }: Omit<GenerationSizes, 'model' | 'vocabSize'>,
): DecodingSizes {
  const slotBytes = (core.configure_decode(0, 2, longest) >>> 0) - (core.configure_decode(0, 1, longest) >>> 0);
  const slots = Math.max(
    1,
    Math.min(MOST_SLOTS, Math.ceil(prompts / threads), Math.floor(CACHE_BYTES / threads / slotBytes)),
  );
  return { slots, prefillTokens: Math.max(longestPrompt, PREFILL_TOKENS), longestPrompt, longest };
}

/** Takes one thread's cache and lists. Sizes are asked for at address 0: the module's addresses would wrap beyond 4 GiB, where a plan must tell its true size. */
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

/** Packs the loaded weights, for all threads; again whenever the weights change. @param core an instance over the memory of the map */
export function packWeights(core: CoreExports, map: GenerationMemory): void {
  configureModel(core, map.placed);
  core.pack_weights(map.parameters, map.packed);
}

/** Configures one thread's instance. */
export function configureGeneration(
  core: CoreExports,
  { placed, threads, decoding }: GenerationMemory,
  thread: number,
): void {
  configureModel(core, placed);
  core.configure_decode(threads[thread].cache, decoding.slots, decoding.longest);
  core.configure_workspace(
    threads[thread].workspace,
    decoding.prefillTokens,
    decoding.slots,
    decoding.longestPrompt,
    WORKSPACE.kept,
  );
}
