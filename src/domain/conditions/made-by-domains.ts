// The conditions that need to know what a problem is. What they put in the place of a trace is made by each domain that
// has them (maze/conditions); a domain without one refuses it by name.
import type { ConditionRule } from './rule.ts';

export const wrongCosts = {
  label: 'Wrong costs',
  meaning: (_, search) => `${search}’s events with another g and another h`,
  keepsLength: true,
  usualRate: 1,
  change: 'events',
  trace: 'domain',
} as const satisfies ConditionRule;

export const randomEvents = {
  label: 'Random events',
  meaning: (problem) => `events drawn at random, each of them possible in the ${problem}`,
  keepsLength: true,
  usualRate: 1,
  change: 'events',
  trace: 'domain',
} as const satisfies ConditionRule;

export const noSearch = {
  label: 'No search',
  meaning: () => 'events of the plan’s cells alone',
  keepsLength: false,
  usualRate: 1,
  change: 'trace',
  trace: 'domain',
} as const satisfies ConditionRule;

export const otherProblem = {
  label: 'Other problem, same maze',
  meaning: (problem, search) => `${search}’s trace in the same ${problem} between another start and goal`,
  keepsLength: false,
  usualRate: 1,
  change: 'trace',
  trace: 'domain',
} as const satisfies ConditionRule;

export const bfs = {
  label: 'Breadth-first search',
  meaning: () => 'the trace of a breadth-first search of the same problem',
  keepsLength: false,
  usualRate: 1,
  change: 'trace',
  trace: 'domain',
} as const satisfies ConditionRule;

export const dfs = {
  label: 'Depth-first search',
  meaning: () => 'the trace of a depth-first search of the same problem',
  keepsLength: false,
  usualRate: 1,
  change: 'trace',
  trace: 'domain',
} as const satisfies ConditionRule;

export const dijkstra = {
  label: 'Uniform-cost search (Dijkstra)',
  meaning: () => 'the trace of Dijkstra’s algorithm on the same problem',
  keepsLength: false,
  usualRate: 1,
  change: 'trace',
  trace: 'domain',
} as const satisfies ConditionRule;

export const greedy = {
  label: 'Greedy best-first search',
  meaning: () => 'the trace of a greedy best-first search of the same problem',
  keepsLength: false,
  usualRate: 1,
  change: 'trace',
  trace: 'domain',
} as const satisfies ConditionRule;
