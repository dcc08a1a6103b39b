// The conditions that mazes make themselves, by name. Their descriptions are in the table of all conditions.
import type { Domain } from '../../domain.ts';
import { bfs } from './bfs.ts';
import { dfs } from './dfs.ts';
import { dijkstra } from './dijkstra.ts';
import { greedy } from './greedy.ts';
import { noSearch } from './no-search.ts';
import { otherProblem } from './other-problem.ts';
import { reading } from './parts.ts';
import { randomEvents } from './random-events.ts';
import { wrongCosts } from './wrong-costs.ts';

export const MAZE_CONDITIONS: Domain['conditions'] = {
  'wrong-costs': reading(wrongCosts),
  'random-events': reading(randomEvents),
  'no-search': reading(noSearch),
  bfs: reading(bfs),
  dfs: reading(dfs),
  dijkstra: reading(dijkstra),
  greedy: reading(greedy),
  'other-problem': reading(otherProblem),
};
