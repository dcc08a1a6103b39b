// What the player needs to show a completion step by step, as plain data: texts and numbers, no markup. It follows from
// a replay alone.
import { LIMITS } from '../../base/limits.ts';
import type { Cell, Problem } from '../../domain/maze/types.ts';
import { parseCompletionLeniently } from '../../domain/maze/verdict/parse.ts';
import { replay, REPLAY_LEVELS, type ReplayEffect, type ReplayStep } from '../../domain/maze/verdict/replay.ts';
import { cleanText } from '../../render/markup.ts';
import { EFFECT_WORDS } from '../../domain/maze/words.ts';
import { levelWords } from '../step-words.ts';

/**
 * Steps that a page holds at most: more than a faithful A* has records on the largest grid (each of 100 x 100 cells is
 * created by at most four neighbours and closed once), so that the first breach of the strict level is always among
 * them.
 */
export const MAXIMUM_STEPS = LIMITS.playerSteps.most;

/** A record that is no event may be one word of any length. */
const MAXIMUM_CHARACTERS = 120;

/**
 * One record: its text, what it does, x y g h (-1: it is no event), its place in `lines` at the strict and at the paper
 * level.
 */
export type PlayerStep = readonly [
  text: string,
  effect: ReplayEffect,
  x: number,
  y: number,
  g: number,
  h: number,
  strict: number,
  paper: number,
];

export interface PlayerData {
  readonly size: number;
  /** Cell indices, row-major. */
  readonly walls: readonly number[];
  readonly start: readonly [x: number, y: number];
  readonly goal: readonly [x: number, y: number];
  /** Plan cells inside the grid, drawn at the end of the trace. */
  readonly plan: readonly (readonly [x: number, y: number])[];
  readonly steps: readonly PlayerStep[];
  /** Records of the trace; above steps.length - 1 when the page does not hold them all. */
  readonly records: number;
  /** Index of the first step that breaks a rule at any level; -1 when there is none. */
  readonly error: number;
  /** Sentences on a level at a step, each once, with a tone: valid, broken or behind. */
  readonly lines: readonly (readonly [tone: string, words: string])[];
  readonly effects: Readonly<Record<ReplayEffect, string>>;
}

/** The steps of a completion in the form that the player's script reads. */
export function playerData(problem: Problem, completion: string): PlayerData {
  const { size, walls, start, goal } = problem;
  const { body, plan } = parseCompletionLeniently(completion);
  const lines = new Map<string, { readonly index: number; readonly line: readonly [string, string] }>();
  const lineOf = (step: ReplayStep, level: (typeof REPLAY_LEVELS)[number]): number => {
    const { tone, words } = levelWords(problem, step, level);
    const known = lines.get(`${tone} ${words}`);
    if (known) return known.index;
    const index = lines.size;
    lines.set(`${tone} ${words}`, { index, line: [tone, words] });
    return index;
  };
  const steps: PlayerStep[] = [];
  let error = -1;
  for (const step of replay(problem, completion)) {
    if (steps.length === MAXIMUM_STEPS) break;
    if (error < 0 && REPLAY_LEVELS.some((level) => step.broken[level] !== null)) error = steps.length;
    const { x, y, g, h } = step.event ?? { x: -1, y: -1, g: -1, h: -1 };
    steps.push([shortText(step.text), step.effect, x, y, g, h, lineOf(step, 'strict'), lineOf(step, 'paper')]);
  }
  const inside = plan.filter(({ x, y }) => x < size && y < size);
  const pair = ({ x, y }: Cell): [number, number] => [x, y];
  return {
    size,
    walls: Array.from(walls.keys()).filter((index) => walls[index] !== 0),
    start: pair(start),
    goal: pair(goal),
    plan: inside.map(pair),
    steps,
    records: body.length,
    error,
    lines: Array.from(lines.values(), ({ line }) => line),
    effects: EFFECT_WORDS,
  };
}

/** JSON would carry control characters into the page as they are. */
function shortText(text: string): string {
  return cleanText(text.length > MAXIMUM_CHARACTERS ? `${text.slice(0, MAXIMUM_CHARACTERS)}…` : text);
}
