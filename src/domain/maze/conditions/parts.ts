// A correct maze example, read, and what a condition of mazes makes of it.
import type { RandomSequence } from '../../../base/random.ts';
import type { DomainTrace } from '../../domain.ts';
import type { Example } from '../../types.ts';
import { parseCompletion, parsePrompt } from '../grammar.ts';
import type { Cell, Problem, TraceEvent } from '../types.ts';

export interface Parts {
  readonly problem: Problem;
  readonly events: readonly TraceEvent[];
  readonly plan: readonly Cell[];
}

/**
 * @param touched one byte an event, 1 = touched; empty where whole traces are replaced
 * @returns the words before `solution`, possibly none
 */
export type MazeTrace = (parts: Parts, random: RandomSequence, touched: Uint8Array) => string;

/** A maker of traces that reads the example first. */
export function reading(trace: MazeTrace): DomainTrace {
  return (example, random, touched) => trace(new ReadExample(example), random, touched);
}

/**
 * An example that reads its texts when they are asked for: foreign completions need no grammar where nobody looks into
 * them.
 */
class ReadExample implements Parts {
  private readonly example: Example;
  private completion: ReturnType<typeof parseCompletion> | undefined;

  constructor(example: Example) {
    this.example = example;
  }

  get problem(): Problem {
    const { id, prompt, size, generator } = this.example;
    return parsePrompt(prompt, size, generator, `example ${id}, prompt`);
  }

  get events(): readonly TraceEvent[] {
    return this.parsed().trace;
  }

  get plan(): readonly Cell[] {
    return this.parsed().plan;
  }

  private parsed(): ReturnType<typeof parseCompletion> {
    const { id, completion, size } = this.example;
    this.completion ??= parseCompletion(completion, size, `example ${id}, completion`);
    return this.completion;
  }
}
