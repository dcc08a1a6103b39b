// Drafts: what a completion may turn out to be, checked many tokens at a time. A pass over a piece of a draft draws the
// token behind each of its tokens, as plain decoding would; the first drawn token that differs from the draft ends the
// piece. So a draft changes how many passes a completion takes, never its tokens. How much of it is tried is a function
// of counts alone.

/** Tokens of drafts that were fed, and those that were drawn as the draft had them. */
export interface DraftCounts {
  readonly drafted: number;
  readonly accepted: number;
}

/** Tokens of the first piece: of a draft, after a difference, and of either where nearly all is right. */
const FIRST_PIECE = 8;
const NEXT_PIECE = 4;
const SURE_PIECE = 64;
/** Accepted tokens for each wasted one from which nearly all is right, and those that it takes to know. */
const SURE_RATIO = 32;
const SURE_TOKENS = 256;
/**
 * Most tokens of a piece: half of a pass. Over long caches a token of a piece of 240 or 480 costs 10 to 15 % less than
 * one of a piece of 60.
 */
const LONGEST_PIECE = 240;

/** Tokens that a draft must have in common with the end of the completion to be followed again after a difference. */
const ANCHOR = 4;

/** Tokens that may be wasted before drafts have shown that they pay, and most that a good record may be worth. */
const ALLOWANCE = 64;
const LARGEST_BALANCE = 256;
/** From this balance on no piece waits for the outcome of others. */
const TRUSTED_BALANCE = 128;
/** Once drafts do not pay, one of this number is tried nevertheless. */
const PROBE = 16;

/**
 * Whether drafts pay: a token in a piece costs about half of a token alone, so they do while more tokens are accepted
 * than wasted. And how long their first pieces should be.
 */
export class DraftRecord {
  private balance = ALLOWANCE;
  /** Tokens of pieces that are being tried: all of them may be wasted. */
  private pending = 0;
  private accepted = 0;
  private wasted = 0;
  private asked = 0;
  private readonly careful: number;

  /** @param careful tokens of a first piece where drafts are often wrong */
  constructor(careful: number) {
    this.careful = careful;
  }

  /** Tokens of a first piece. A long one needs fewer passes, but most of it is wasted where the draft is wrong. */
  get firstPiece(): number {
    return this.accepted >= SURE_TOKENS && this.accepted > SURE_RATIO * this.wasted ? SURE_PIECE : this.careful;
  }

  /** Asked before a draft is followed, from its beginning or again; null: ask again after the next pass. */
  allows(): boolean | null {
    if (this.balance > Math.min(this.pending, TRUSTED_BALANCE)) return true;
    if (this.balance > 0) return null;
    this.asked += 1;
    return this.asked % PROBE === 0;
  }

  /** A piece is about to be tried. */
  tries(tokens: number): void {
    this.pending += tokens;
  }

  /**
   * Adds a piece that was tried.
   * @param accepted its tokens that were drawn as the draft had them
   */
  count(tried: number, accepted: number): void {
    this.pending -= tried;
    this.accepted += accepted;
    this.wasted += tried - accepted;
    this.balance = Math.min(LARGEST_BALANCE, this.balance + 2 * accepted - tried);
  }
}

/** How drafts have fared in a call: from their beginning, and after a first difference. */
export interface DraftRecords {
  readonly first: DraftRecord;
  readonly again: DraftRecord;
}

/** Records of a call that begins. */
export function newDraftRecords(): DraftRecords {
  return { first: new DraftRecord(FIRST_PIECE), again: new DraftRecord(NEXT_PIECE) };
}

/** The draft of one completion, and where in it the completion is. */
export class Draft {
  private readonly ids: Uint16Array;
  private readonly records: DraftRecords;
  /** Index in the draft of the guess for the next token; null while the completion has left the draft. */
  private at: number | null = 0;
  private lostAt = 0;
  private places: Places | null = null;
  private record: DraftRecord;
  /** Null while the record has not decided. */
  private isFollowed: boolean | null = null;
  private isFirst = true;
  /** Tokens of the next piece. */
  private piece = 0;

  /** @param ids without the tokens that end a completion */
  constructor(ids: Uint16Array, records: DraftRecords) {
    this.ids = ids;
    this.records = records;
    this.record = records.first;
  }

  /** The next piece to try; empty where there is none or it would not pay. `follow` comes after it. */
  next(most: number): Uint16Array {
    if (this.at === null) return this.ids.subarray(0, 0);
    this.isFollowed ??= this.record.allows();
    if (this.isFollowed !== true) return this.ids.subarray(0, 0);
    if (this.isFirst) this.piece = this.record.firstPiece;
    const piece = this.ids.subarray(this.at, this.at + Math.min(this.piece, Math.max(0, most)));
    this.record.tries(piece.length);
    return piece;
  }

  /**
   * Follows the completion after a pass.
   * @param written all tokens of the completion
   * @param before how many there were before the pass
   * @param tried tokens of the piece
   * @param accepted those of them that were drawn
   */
  follow(written: readonly number[], before: number, tried: number, accepted: number): void {
    if (tried > 0) {
      this.record.count(tried, accepted);
      this.isFirst = false;
      this.piece = accepted === tried ? Math.min(LONGEST_PIECE, 2 * this.piece) : NEXT_PIECE;
    }
    for (let i = before; i < written.length; i++) {
      if (this.at !== null && this.ids[this.at] === written[i]) this.at += 1;
      else this.leave();
    }
    if (this.at === null) this.seek(written);
  }

  private leave(): void {
    if (this.at !== null) this.lostAt = this.at;
    this.at = null;
  }

  /** Finds the end of the completion in the draft: the next place behind the difference, or else the first one. */
  private seek(written: readonly number[]): void {
    this.places ??= new Places(this.ids);
    const at = this.places.after(written, this.lostAt);
    if (at === null) return;
    this.at = at;
    this.record = this.records.again;
    this.isFollowed = this.record.allows();
    this.isFirst = true;
  }
}

/** Where each run of ANCHOR tokens of a draft is; looking through the draft after every token costs 4 % of a token. */
class Places {
  private readonly ids: Uint16Array;
  /** By a hash of its tokens: the first place of a run. */
  private readonly firsts = new Map<number, number>();
  /** [places]: the next place with the same hash, 0 for none. */
  private readonly nexts: Uint32Array;

  /** @param ids of the draft; a run that ends with it has nothing behind it and is left out */
  constructor(ids: Uint16Array) {
    this.ids = ids;
    this.nexts = new Uint32Array(Math.max(0, ids.length - ANCHOR));
    for (let i = this.nexts.length - 1; i >= 0; i--) {
      const hash = hashOf(ids, i);
      this.nexts[i] = this.firsts.get(hash) ?? 0;
      this.firsts.set(hash, i);
    }
  }

  /** Index behind the run with which `written` ends: the first place from `from` on, or else the first one. */
  after(written: readonly number[], from: number): number | null {
    const end = written.length - ANCHOR;
    if (end < 0) return null;
    let first: number | null = null;
    let place = this.firsts.get(hashOf(written, end));
    while (place !== undefined) {
      if (this.isSame(written, end, place)) {
        if (place >= from) return place + ANCHOR;
        first ??= place + ANCHOR;
      }
      place = this.nexts[place] || undefined;
    }
    return first;
  }

  private isSame(written: readonly number[], end: number, place: number): boolean {
    for (let i = 0; i < ANCHOR; i++) if (this.ids[place + i] !== written[end + i]) return false;
    return true;
  }
}

/** Of ANCHOR tokens from `from` on; a small integer, which is the fastest key of a Map. */
function hashOf(ids: ArrayLike<number>, from: number): number {
  let hash = 0;
  for (let i = 0; i < ANCHOR; i++) hash = Math.imul(hash, 0x2c1b3c6d) + ids[from + i];
  return hash & 0x3fffffff;
}
