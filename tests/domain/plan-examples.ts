// Every rule of the plan on examples that can be checked by eye (pictures.ts), broken and whole, with their verdicts.
// Both validators are shown them.
import type { PlanVerdict, Problem } from '../../src/domain/maze/types.ts';
import { BEND, BEND_SOLUTION, OPEN } from './pictures.ts';

const plan = (...cells: string[]): string => `solution ${cells.map((cell) => `plan ${cell}`).join(' ')} end`;

export interface PlanExample {
  readonly name: string;
  readonly problem: Problem;
  readonly completion: string;
  readonly plan: PlanVerdict;
}

const wrong = (error: PlanVerdict['error']): PlanVerdict => ({ valid: false, error, optimal: false });
const OPTIMAL: PlanVerdict = { valid: true, optimal: true };
const LONGER: PlanVerdict = { valid: true, optimal: false };

export const PLAN_EXAMPLES: readonly PlanExample[] = [
  { name: 'shortest', problem: OPEN, completion: plan('0 0', '1 0', '1 1'), plan: OPTIMAL },
  { name: 'the other shortest', problem: OPEN, completion: plan('0 0', '0 1', '1 1'), plan: OPTIMAL },
  { name: 'around the wall', problem: BEND, completion: BEND_SOLUTION, plan: OPTIMAL },
  { name: 'a detour', problem: OPEN, completion: plan('0 0', '1 0', '2 0', '2 1', '1 1'), plan: LONGER },
  {
    name: 'through the goal and back',
    problem: OPEN,
    completion: plan('0 0', '1 0', '1 1', '1 2', '1 1'),
    plan: LONGER,
  },

  { name: 'plan_syntax_error: none', problem: OPEN, completion: 'solution end', plan: wrong('plan_syntax_error') },
  { name: 'plan_syntax_error: no text', problem: OPEN, completion: '', plan: wrong('plan_syntax_error') },
  {
    name: 'plan_syntax_error: cut short',
    problem: OPEN,
    completion: 'solution plan 0 0 plan 1 0 plan 1',
    plan: wrong('plan_syntax_error'),
  },

  {
    name: 'illegal_start: from elsewhere',
    problem: OPEN,
    completion: plan('1 0', '1 1'),
    plan: wrong('illegal_start'),
  },
  {
    name: 'illegal_start: the right column, the wrong row',
    problem: OPEN,
    completion: plan('0 1', '1 1'),
    plan: wrong('illegal_start'),
  },
  {
    name: 'illegal_start: from off the grid',
    problem: OPEN,
    completion: plan('9 9', '1 1'),
    plan: wrong('illegal_start'),
  },

  { name: 'illegal_move: a diagonal', problem: OPEN, completion: plan('0 0', '1 1'), plan: wrong('illegal_move') },
  {
    name: 'illegal_move: standing still',
    problem: OPEN,
    completion: plan('0 0', '0 0', '1 0', '1 1'),
    plan: wrong('illegal_move'),
  },
  {
    name: 'illegal_move: over the edge',
    problem: OPEN,
    completion: plan('0 0', '1 0', '2 0', '3 0'),
    plan: wrong('illegal_move'),
  },
  {
    name: 'illegal_move: from the end of a row to the beginning of the next',
    problem: OPEN,
    completion: plan('0 0', '1 0', '2 0', '0 1', '1 1'),
    plan: wrong('illegal_move'),
  },
  {
    name: 'illegal_move: into a wall',
    problem: BEND,
    completion: plan('0 0', '1 0', '2 0'),
    plan: wrong('illegal_move'),
  },

  {
    name: 'goal_not_reached: stops early',
    problem: OPEN,
    completion: plan('0 0', '1 0'),
    plan: wrong('goal_not_reached'),
  },
  {
    name: 'goal_not_reached: stops at the start',
    problem: OPEN,
    completion: plan('0 0'),
    plan: wrong('goal_not_reached'),
  },
  {
    name: 'goal_not_reached: past the goal',
    problem: OPEN,
    completion: plan('0 0', '1 0', '1 1', '1 2'),
    plan: wrong('goal_not_reached'),
  },
];
