// Drafts: what a completion may turn out to be, checked many tokens at a time. A pass over a piece of a draft draws the
// token behind each of its tokens, as plain decoding would; the first drawn token that differs from the draft ends the
// piece. So a draft changes how many passes a completion takes, never its tokens. How much of it is tried is a function
// of counts alone.

/** Tokens of drafts that were fed, and those that were drawn as the draft had them. */
export interface DraftCounts {
  readonly drafted: number;
  readonly accepted: number;
}

/** Tokens of the first piece of a draft, of the first one after a difference, and most of a piece. */
const FIRST_PIECE = 8;
const NEXT_PIECE = 4;
const LONGEST_PIECE = 64;

/** Tokens that a draft must have in common with the end of the completion to be followed again after a difference. */
const ANCHOR = 4;

/** Tokens that may be wasted before drafts have shown that they pay, and most that a good record may be worth. */
const ALLOWANCE = 32;
const LARGEST_BALANCE = 256;
/** Once drafts do not pay, one of this number is tried nevertheless. */
const PROBE = 16;

/**
 * Whether drafts pay: a token in a piece costs about half of a token alone, so they do while more tokens are accepted
 * than wasted.
 */
export class DraftRecord {
  private balance = ALLOWANCE;
  private asked = 0;

  /** Asked before a draft is followed, from its beginning or again. */
  allows(): boolean {
    if (this.balance > 0) return true;
    this.asked += 1;
    return this.asked % PROBE === 0;
  }

  /** Adds a piece: its tokens that were drawn as the draft had them, and the others. */
  count(accepted: number, wasted: number): void {
    this.balance = Math.min(LARGEST_BALANCE, this.balance + accepted - wasted);
  }
}

/** How drafts have fared in a call: from their beginning, and after a first difference. */
export interface DraftRecords {
  readonly first: DraftRecord;
  readonly again: DraftRecord;
}

/** The draft of one completion, and where in it the completion is. */
export class Draft {
  private readonly ids: Uint16Array;
  private readonly records: DraftRecords;
  /** Index in the draft of the guess for the next token; null while the completion has left the draft. */
  private at: number | null = 0;
  private lostAt = 0;
  private record: DraftRecord;
  private isFollowed: boolean;
  private piece = FIRST_PIECE;

  /** @param ids without the tokens that end a completion */
  constructor(ids: Uint16Array, records: DraftRecords) {
    this.ids = ids;
    this.records = records;
    this.record = records.first;
    this.isFollowed = this.record.allows();
  }

  /** The next piece to try; empty where there is none or it would not pay. */
  next(most: number): Uint16Array {
    if (this.at === null || !this.isFollowed) return this.ids.subarray(0, 0);
    return this.ids.subarray(this.at, this.at + Math.min(this.piece, Math.max(0, most)));
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
      this.record.count(accepted, tried - accepted);
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
    const { ids, lostAt } = this;
    const places = ids.length - ANCHOR;
    for (let i = 0; i < places; i++) {
      const from = (lostAt + i) % places;
      let same = 0;
      while (same < ANCHOR && ids[from + same] === written[written.length - ANCHOR + same]) same += 1;
      if (same < ANCHOR) continue;
      this.at = from + ANCHOR;
      this.record = this.records.again;
      this.isFollowed = this.record.allows();
      this.piece = NEXT_PIECE;
      return;
    }
  }
}
