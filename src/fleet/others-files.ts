// Graphs that a fleet cannot compute.
import { TracelabError } from '../base/errors.ts';
import type { Graph } from '../work/task.ts';

/**
 * Refuses a graph that needs files besides those of tracelab and of its store.
 * @throws TracelabError FLEET_FILES (refused input)
 */
export function refuseOthersFiles(graph: Graph): void {
  const given = Object.keys(graph.given).at(0);
  const found = graph.domain
    ? `a domain from ${graph.domain.module}`
    : given === undefined
      ? undefined
      : `files ${given}`;
  if (found === undefined) return;
  throw new TracelabError({
    code: 'FLEET_FILES',
    kind: 'refused_input',
    where: 'graph',
    what: 'needs files of this machine, which workers do not have',
    expected: 'built-in domains, and no data of your own',
    got: found,
    hint: 'run it without --engine',
  });
}
