// The library `tracelab`: problems, traces, verdicts and conditions as plain functions, without files, threads or
// WebAssembly, so that a browser can run them. What is exported here is public; core-api.ts has the models. A domain is
// the last argument, mazes where there is none.
import { RandomSequence } from './base/random.ts';
import { applyCondition } from './domain/conditions/apply.ts';
import { hasCondition } from './domain/conditions/availability.ts';
import { conditionLabel, conditionMeaning, readCondition } from './domain/conditions/condition.ts';
import { CONDITION_NAMES, CONDITION_RULES } from './domain/conditions/table.ts';
import { TracelabError } from './base/errors.ts';
import type { Domain } from './domain/domain.ts';
import { explainedSteps } from './domain/explain.ts';
import type { ExplainedStep } from './domain/explain.ts';
import { MAZE } from './domain/maze/domain.ts';
import type { GeneratorName, Problem as Maze } from './domain/maze/types.ts';
import { SOKOBAN } from './domain/sokoban/domain.ts';
import { checkSize, streamOf } from './domain/splits.ts';
import type { Example, Verdict } from './domain/types.ts';

export { RandomSequence } from './base/random.ts';
export { TracelabError } from './base/errors.ts';
export type { ErrorDetails } from './base/errors.ts';
export type {
  CompletionLengths,
  CoreProblem,
  Distribution,
  Domain,
  DomainStep,
  DomainTrace,
  DomainWords,
  DrawSettings,
} from './domain/domain.ts';
export type { Drawing, DrawingMark } from './domain/drawing.ts';
export type { ExplainedStep } from './domain/explain.ts';
export type { GeneratorName as MazeGenerator, Problem as Maze } from './domain/maze/types.ts';
export type { Example, GridCell, PlanVerdict, SearchName, TraceVerdict, Verdict } from './domain/types.ts';
export { vocabularyOf } from './domain/vocabulary.ts';
export type { Vocabulary } from './domain/vocabulary.ts';

/**
 * The built-in domain of mazes, the default of every function here.
 * @public
 */
export const maze: Domain<Maze> = MAZE;

/**
 * The built-in domain of Sokoban boards.
 * @public
 */
export const sokoban: Domain = SOKOBAN;

/**
 * What a completion answers, and the completion: any text, right or wrong.
 * @public
 */
export interface Answer {
  /** `query ... reasoning`. */
  readonly prompt: string;
  /** Cells per side; the prompt does not contain it. */
  readonly size: number;
  readonly completion: string;
}

/**
 * A correct prompt and the completion that the domain's deterministic search writes for it.
 * @public
 */
export interface Solved {
  readonly prompt: string;
  readonly completion: string;
}

/**
 * What to draw. Equal values draw equal mazes, on every machine.
 * @public
 */
export interface MazeRequest {
  /** Cells per side, 4 to 100. */
  readonly size: number;
  /** Default `wilson`. */
  readonly generator?: GeneratorName;
  /** 0 to 4294967295; default 1. */
  readonly seed?: number;
  /** Number of the maze in the stream of its seed; default 0. */
  readonly index?: number;
  /** Share of floor cells of the generator `drunkard`, 0..1; default 0.5. */
  readonly drunkard_coverage?: number;
}

/**
 * Draws one maze: number `index` of the test stream that studies draw from.
 * @throws TracelabError GRID_SIZE
 * @public
 */
export function generateMaze({
  size,
  generator = 'wilson',
  seed = 1,
  index = 0,
  drunkard_coverage = 0.5,
}: MazeRequest): Maze {
  checkSize(size, MAZE);
  if (!MAZE.distributions.some(({ name }) => name === generator))
    throw new TracelabError({
      code: 'GENERATOR',
      kind: 'refused_input',
      where: 'generator',
      what: 'no generator of mazes',
      expected: `one of ${MAZE.distributions.map(({ name }) => name).join(', ')}`,
      got: generator,
      hint: 'leave it out for wilson',
    });
  return MAZE.draw(generator, size, new RandomSequence(seed, streamOf('test', generator), index), {
    drunkard_coverage,
  });
}

/**
 * Solves a problem with the deterministic search of its domain.
 * @public
 */
export function solve(problem: Maze): Solved;
export function solve<Problem>(problem: Problem, domain: Domain<Problem>): Solved;
export function solve(problem: unknown, domain: Domain = MAZE): Solved {
  return domain.solve(problem);
}

/**
 * Reads a prompt.
 * @param size cells per side; the prompt does not contain it
 * @throws TracelabError PROMPT_SIZE, PROMPT_SYNTAX at the first word that breaks the grammar
 * @public
 */
export function parse(prompt: string, size: number): Maze;
export function parse<Problem>(prompt: string, size: number, domain: Domain<Problem>): Problem;
export function parse(prompt: string, size: number, domain: Domain = MAZE): unknown {
  return domain.parse(prompt, size, 'prompt');
}

/**
 * Judges a completion: format, plan, and the trace at three levels (docs/specification.md). Never throws for what the
 * completion holds.
 * @throws TracelabError as parse, for the prompt
 * @public
 */
export function judge(answer: Answer, domain: Domain = MAZE): Verdict {
  return domain.judge(exampleOf(answer, domain));
}

/**
 * A completion record by record: what each record does, and which rule breaks there.
 * @returns a step for each record before the plan, then one for the end of the trace
 * @throws TracelabError as parse, for the prompt
 * @public
 */
export function explain(answer: Answer, domain: Domain = MAZE): ExplainedStep[] {
  const example = exampleOf(answer, domain);
  return explainedSteps(domain, example, domain.judge(example));
}

/**
 * One way to change the traces of correct examples.
 * @public
 */
export interface TraceCondition {
  readonly name: string;
  /** Heading of tables. */
  readonly label: string;
  /** What is in the place of the trace, in a few words. */
  readonly meaning: string;
  /**
   * Examples as a model of this condition trains on them, in the same order.
   * @param seed decides what is drawn
   * @param rate share of the examples, or of the events of each example, that is changed; 0 to 1, default the usual one
   * @throws TracelabError TOO_FEW_EXAMPLES when a single trace has no other to be swapped with, RATE
   */
  apply(examples: readonly Solved[], size: number, seed: number, rate?: number): Solved[];
}

/**
 * The conditions that a domain has, in the order of reports.
 * @public
 */
export function conditions(domain: Domain = MAZE): TraceCondition[] {
  return CONDITION_NAMES.filter((name) => hasCondition(domain, name)).map((name) => ({
    name,
    label: conditionLabel(name),
    meaning: conditionMeaning(name, domain.words),
    apply: (examples, size, seed, rate = CONDITION_RULES[name].usualRate) => {
      const condition = rate === CONDITION_RULES[name].usualRate ? name : readCondition(`${name}@${rate}`);
      if (condition === null)
        throw new TracelabError({
          code: 'RATE',
          kind: 'refused_input',
          where: `condition ${name}`,
          what: 'impossible rate',
          expected: 'a number from 0 to 1 with at most four digits after the point, of a condition that has rates',
          got: String(rate),
          hint: 'leave the rate out',
        });
      const rows = examples.map((solved, i) => ({
        ...exampleOf({ ...solved, size }, domain),
        id: String(i + 1),
      }));
      return applyCondition(rows, condition, seed, 0, domain).map(({ prompt, completion }) => ({
        prompt,
        completion,
      }));
    },
  }));
}

function exampleOf({ prompt, size, completion }: Answer, domain: Domain): Omit<Example, 'id'> {
  const [{ name: generator }] = domain.distributions;
  return { domain: domain.name, generator, size, prompt, completion };
}
