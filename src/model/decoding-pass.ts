// One pass of decoding: lists in the memory of the core, the call that feeds their tokens, and the draw of next tokens.
// Which tokens a pass has is for its callers: slot-decoder.ts for many completions, step-decoder.ts for one.
import type { DecodingExports } from '../core/exports.ts';
import type { CoreMemory } from '../core/memory.ts';
import { type DecodingRoom, type DecodingSizes, type ListName, LISTS } from './generation-memory.ts';

/** What decoding needs of a model. Addresses in bytes. */
export interface DecodedModel {
  readonly parameters: number;
  readonly packed: number;
}

/** The lists of a pass, and the two calls of the core that read them. */
export class DecodingPass {
  /** Each of `passTokens` entries. */
  readonly lists: Readonly<Record<ListName, Int32Array>>;
  /** [passTokens, 2]: log-probability of each token drawn and entropy of its row, where they were asked for. */
  readonly chances: Float64Array;
  private readonly core: DecodingExports;
  private readonly memory: CoreMemory;
  private readonly room: DecodingRoom;
  private readonly model: DecodedModel;

  /** @param core configured for decoding in `room`, over `memory`, which must not grow from now on */
  constructor(
    core: DecodingExports,
    memory: CoreMemory,
    room: DecodingRoom,
    sizes: DecodingSizes,
    model: DecodedModel,
  ) {
    this.core = core;
    this.memory = memory;
    this.room = room;
    this.model = model;
    this.lists = Object.fromEntries(
      LISTS.map((name) => [name, new Int32Array(memory.buffer, room.lists[name], sizes.passTokens)]),
    ) as Record<ListName, Int32Array>;
    this.chances = new Float64Array(memory.buffer, room.chances, 2 * sizes.passTokens);
  }

  /** Feeds the first `tokens` tokens of the lists; leaves logits of the first `rows` of them that `rows` lists. */
  feed(tokens: number, rows: number): void {
    const { lists } = this.room;
    const { parameters, packed } = this.model;
    this.core.decode_tokens(parameters, packed, lists.tokens, lists.positions, lists.slots, tokens, lists.rows, rows);
  }

  /** Draws the next tokens of `count` rows of logits from the row `first` on, into the list `drawn`. */
  draw(first: number, count: number, temperature: number, seed: number, stream: number, withChances: boolean): void {
    const { lists, chances } = this.room;
    this.core.sample(
      lists.drawn + 4 * first,
      this.core.decode_logits_address() + 4 * this.core.logits_stride() * first,
      count,
      temperature,
      seed,
      stream,
      lists.indices + 4 * first,
      lists.drawnPositions + 4 * first,
      withChances ? chances + 16 * first : 0,
    );
  }

  /** Logits of a row of the last pass; a view, valid until the next one. */
  logits(row: number, vocabSize: number): Float32Array {
    const at = this.core.decode_logits_address() + 4 * this.core.logits_stride() * row;
    return new Float32Array(this.memory.buffer, at, vocabSize);
  }
}
