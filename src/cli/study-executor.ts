// The local executor as a study uses it: its children are task-child.ts, which get the parent's choice of core.
import { dirname, join } from 'node:path';
import { domainModule } from '../data/domain-module.ts';
import { CORE_CHOICE, coreChoice } from '../core/module.ts';
import { describeCore } from '../tasks/core.ts';
import { KINDS } from '../tasks/kinds.ts';
import type { ChildEntry } from '../work/children.ts';
import { childPerformer } from '../work/children.ts';
import type { Executor } from '../work/executor.ts';
import { localExecutor } from '../work/local-executor.ts';
import type { PerformerOf } from '../work/performer.ts';

export interface StudyExecutorOptions {
  /** Absolute path; the store is in the folder above the study's. */
  readonly graphFile: string;
  /** Aborted: ends all children at once. */
  readonly killed: AbortSignal;
}

/** Runs the tasks of a study in child processes; their logs are in `logs` next to the graph file. */
export function studyExecutor({ graphFile, killed }: StudyExecutorOptions): Executor {
  return localExecutor({
    kinds: KINDS,
    core: describeCore(),
    ...entryOf(dirname(dirname(graphFile))),
    logOf: (id) => join(dirname(graphFile), 'logs', `${id}.log`),
    killed,
  });
}

/**
 * Performs tasks in the same child processes, without a graph.
 * @param root absolute path of the runs directory
 */
export function childrenOf(root: string): PerformerOf {
  return () => childPerformer(entryOf(root));
}

function entryOf(root: string): ChildEntry {
  const module = domainModule();
  return {
    entry: new URL(import.meta.url.endsWith('.ts') ? './task-child.ts' : './task-child.js', import.meta.url),
    args: [root, ...(module ? [module.module, module.sha256] : [])],
    // The timing of tiles and the self-check run once, here, and not in children that run at the same time.
    env: { ...process.env, [CORE_CHOICE]: coreChoice() },
  };
}
