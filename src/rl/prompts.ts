// The prompts that rollouts answer: training mazes as shared arrays, and which of them a step draws.
import { TracelabError } from '../base/errors.ts';
import { RandomSequence, STREAMS } from '../base/random.ts';
import type { JudgedProblem } from '../core/validator.ts';
import { checkSameDomain, domainOf } from '../domain/domains.ts';
import type { Example } from '../domain/types.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';

/** Problems of the prompts: as the core's validator reads them, or their texts for the validator of the domain. */
export type JudgedPrompts =
  | {
      readonly by: 'core';
      /** [count, size * size], 1 = wall. */
      readonly walls: Uint8Array<SharedArrayBuffer>;
      /** [count, 4]: start x, y, goal x, y. */
      readonly ends: Uint8Array<SharedArrayBuffer>;
    }
  | {
      readonly by: 'domain';
      readonly domain: string;
      readonly examples: readonly Omit<Example, 'id' | 'completion'>[];
    };

/** All prompts of the training file. */
export interface PromptSet {
  readonly count: number;
  /** Token ids with <bos>, one prompt after the other, and where each begins [count + 1]. */
  readonly ids: Uint16Array<SharedArrayBuffer>;
  readonly starts: Uint32Array<SharedArrayBuffer>;
  /** The same of the completions of the training file, which rollouts are tried against. */
  readonly draftIds: Uint16Array<SharedArrayBuffer>;
  readonly draftStarts: Uint32Array<SharedArrayBuffer>;
  /** Cells per side. */
  readonly size: number;
  /** What completions are judged against. */
  readonly judged: JudgedPrompts;
  /** Tokens of the longest prompt. */
  readonly longest: number;
}

/**
 * @param domain of the checkpoint
 * @throws TracelabError DOMAIN_MIXED, GRID_SIZE for another size than the vocabulary's, PROMPT_SYNTAX
 */
export function readPrompts(
  examples: readonly Example[],
  vocabulary: Vocabulary,
  domain: string,
  where: string,
): PromptSet {
  for (const example of examples)
    checkSameDomain(
      `${where}, example ${example.id}`,
      'the model was trained on another domain',
      domain,
      example.domain,
    );
  const { size } = vocabulary;
  const other = examples.find((example) => example.size !== size);
  if (other !== undefined)
    throw new TracelabError({
      code: 'GRID_SIZE',
      kind: 'refused_input',
      where: `${where}, example ${other.id}`,
      what: 'the model was trained on another grid size',
      expected: String(size),
      got: String(other.size),
      hint: 'give problems of the grid size of the model',
    });
  const prompts = listed(examples.map(({ prompt }) => [vocabulary.bos, ...vocabulary.encode(prompt)]));
  const drafts = listed(examples.map(({ completion }) => vocabulary.encode(completion)));
  return {
    count: examples.length,
    ids: prompts.ids,
    starts: prompts.starts,
    draftIds: drafts.ids,
    draftStarts: drafts.starts,
    size,
    judged: judgedPrompts(examples, domain, size),
    longest: prompts.longest,
  };
}

/** Lists one after the other in shared arrays, and where each begins. */
function listed(lists: readonly ArrayLike<number>[]): {
  readonly ids: Uint16Array<SharedArrayBuffer>;
  readonly starts: Uint32Array<SharedArrayBuffer>;
  readonly longest: number;
} {
  const starts = new Uint32Array(new SharedArrayBuffer(4 * (lists.length + 1)));
  let longest = 0;
  for (const [i, { length }] of lists.entries()) {
    starts[i + 1] = starts[i] + length;
    longest = Math.max(longest, length);
  }
  const ids = new Uint16Array(new SharedArrayBuffer(2 * Math.max(1, starts[lists.length])));
  for (const [i, list] of lists.entries()) ids.set(list, starts[i]);
  return { ids, starts, longest };
}

/** Every prompt is read: one that breaks the grammar is refused here, not in the middle of a step. */
function judgedPrompts(examples: readonly Example[], name: string, size: number): JudgedPrompts {
  const domain = domainOf(name);
  const { coreProblem } = domain;
  if (coreProblem === undefined)
    return {
      by: 'domain',
      domain: name,
      examples: examples.map(({ id, generator, prompt }) => {
        domain.parse(prompt, size, `example ${id}, prompt`);
        return { domain: name, generator, size, prompt };
      }),
    };
  const cells = size * size;
  const walls = new Uint8Array(new SharedArrayBuffer(Math.max(1, examples.length * cells)));
  const ends = new Uint8Array(new SharedArrayBuffer(Math.max(1, 4 * examples.length)));
  for (const [i, example] of examples.entries()) {
    const problem = coreProblem(example);
    walls.set(problem.walls, i * cells);
    ends.set([problem.start.x, problem.start.y, problem.goal.x, problem.goal.y], 4 * i);
  }
  return { by: 'core', walls, ends };
}

/** The maze of a prompt, as the core's validator reads it. */
export function problemOf(
  size: number,
  { walls, ends }: Extract<JudgedPrompts, { readonly by: 'core' }>,
  prompt: number,
): JudgedProblem {
  const [startX, startY, goalX, goalY] = ends.subarray(4 * prompt, 4 * prompt + 4);
  return {
    size,
    walls: walls.subarray(prompt * size * size, (prompt + 1) * size * size),
    start: { x: startX, y: startY },
    goal: { x: goalX, y: goalY },
  };
}

/** The prompts of one step, each at most once: a function of (seed, step). */
export class PromptDraw {
  private readonly random: RandomSequence;
  private readonly count: number;
  private readonly taken = new Set<number>();

  constructor(seed: number, step: number, count: number) {
    this.random = new RandomSequence(seed, STREAMS.rl_prompts, step);
    this.count = count;
  }

  /** The next `wanted` prompts, fewer when there are no more. */
  draw(wanted: number): number[] {
    const drawn: number[] = [];
    while (drawn.length < wanted && this.taken.size < this.count) {
      const prompt = this.random.below(this.count);
      if (this.taken.has(prompt)) continue;
      this.taken.add(prompt);
      drawn.push(prompt);
    }
    return drawn;
  }
}
