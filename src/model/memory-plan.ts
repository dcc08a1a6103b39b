// An arena that remembers what its bytes are for: with no memory behind it, this is the memory plan that people are
// shown.
import { Arena } from '../core/memory.ts';

export interface MemoryPart {
  readonly name: string;
  readonly bytes: number;
}

/** Plans one memory: hands out addresses and lists the bytes of each named part. */
export class MemoryPlan {
  readonly arena = new Arena();
  readonly parts: MemoryPart[] = [];

  /** Everything that `take` takes from the arena is part `name`. */
  part<T>(name: string, take: (arena: Arena) => T): T {
    const before = this.arena.end;
    const value = take(this.arena);
    this.parts.push({ name, bytes: this.arena.end - before });
    return value;
  }
}
