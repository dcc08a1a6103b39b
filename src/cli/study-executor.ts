// The local executor as a study uses it: its children are task-child.ts, which get the parent's choice of core.
import { dirname, join } from 'node:path';
import { domainModule } from '../data/domain-module.ts';
import { CORE_CHOICE, coreChoice } from '../core/module.ts';
import { describeCore } from '../tasks/core.ts';
import { KINDS } from '../tasks/kinds.ts';
import type { Executor } from '../work/executor.ts';
import { localExecutor } from '../work/local-executor.ts';

export interface StudyExecutorOptions {
  /** Absolute path; the store is in the folder above the study's. */
  readonly graphFile: string;
  /** Aborted: ends all children at once. */
  readonly killed: AbortSignal;
}

export function studyExecutor({ graphFile, killed }: StudyExecutorOptions): Executor {
  const module = domainModule();
  return localExecutor({
    kinds: KINDS,
    core: describeCore(),
    entry: new URL(import.meta.url.endsWith('.ts') ? './task-child.ts' : './task-child.js', import.meta.url),
    args: [dirname(dirname(graphFile)), ...(module ? [module.module, module.sha256] : [])],
    // The timing of tiles and the self-check run once, here, and not in children that run at the same time.
    env: { ...process.env, [CORE_CHOICE]: coreChoice() },
    logOf: (id) => join(dirname(graphFile), 'logs', `${id}.log`),
    killed,
  });
}
