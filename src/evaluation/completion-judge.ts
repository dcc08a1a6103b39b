// Verdicts on foreign completions of any size: the core judges them in batches, a huge one in a memory of its own, and
// the readable validator judges what the system grants no memory for.
import { TracelabError } from '../base/errors.ts';
import { ARENA_START, createMemory } from '../core/memory.ts';
import { type CoreHandle, instantiateCore } from '../core/module.ts';
import { ALL_LEVELS, judgeTexts, regionBytesOfText, type ValidatorRegion } from '../core/validator.ts';
import type { ForeignProblem } from '../domain/maze/interchange/prompt.ts';
import type { Verdict } from '../domain/types.ts';
import { judge } from '../domain/maze/verdict/judge.ts';

export interface ForeignCompletion {
  readonly problem: ForeignProblem;
  readonly completion: string;
}

/**
 * Bytes of the region that batches are judged in: any grid with LARGE bytes of text fits (100 x 100 cells take some 7
 * MiB then).
 */
const REGION_BYTES = 32 << 20;
/** Bytes of UTF-8 from which on a completion gets a memory of its own. */
const LARGE = 1 << 20;

/** Judges completions of mazes of any size in the core, in batches; a huge one gets a memory of its own. */
export class CompletionJudge {
  private readonly core: CoreHandle;
  private readonly region: ValidatorRegion;
  private readonly allocate: (bytes: number) => WebAssembly.Memory;

  /**
   * @param allocate gives the memory for huge completions
   * @throws TracelabError MEMORY when there is none for batches
   */
  constructor(core: CoreHandle, allocate: (bytes: number) => WebAssembly.Memory = createMemory) {
    this.core = core;
    this.allocate = allocate;
    const memory = createMemory(ARENA_START + REGION_BYTES);
    this.region = { exports: instantiateCore(core, memory), memory, base: ARENA_START, bytes: REGION_BYTES };
  }

  /** Verdicts in the order of the completions. Those of one problem should follow each other and share it. */
  judge(completions: readonly ForeignCompletion[]): Verdict[] {
    const verdicts: Verdict[] = [];
    let from = 0;
    for (const [i, { completion }] of completions.entries()) {
      // A unit of UTF-16 is at most three bytes.
      if (3 * completion.length <= LARGE || Buffer.byteLength(completion) <= LARGE) continue;
      this.judgeBatch(completions.slice(from, i), verdicts);
      verdicts.push(this.judgeLarge(completions[i]));
      from = i + 1;
    }
    this.judgeBatch(from === 0 ? completions : completions.slice(from), verdicts);
    return verdicts;
  }

  private judgeBatch(completions: readonly ForeignCompletion[], verdicts: Verdict[]): void {
    const texts = completions.map(({ problem, completion }) => ({ problem, text: completion }));
    for (const verdict of judgeTexts(this.region, texts, ALL_LEVELS)) verdicts.push(verdict);
  }

  private judgeLarge({ problem, completion }: ForeignCompletion): Verdict {
    try {
      const bytes = regionBytesOfText(this.region.exports, problem.size, Buffer.byteLength(completion));
      const memory = this.allocate(ARENA_START + bytes);
      const region: ValidatorRegion = { exports: instantiateCore(this.core, memory), memory, base: ARENA_START, bytes };
      const [verdict] = judgeTexts(region, [{ problem, text: completion }], ALL_LEVELS);
      return verdict;
    } catch (error) {
      if (!(error instanceof TracelabError && NO_MEMORY.has(error.code))) throw error;
      // A label that no rule reads.
      return judge({ ...problem, generator: 'free' }, completion);
    }
  }
}

/** Codes of createMemory and of the validator's region. */
const NO_MEMORY = new Set(['MEMORY', 'MEMORY_LIMIT', 'VALIDATOR_REGION']);
