// Runs a study of fakes in this process, one task at a time.
import { inlineExecutor } from '../../src/work/inline-executor.ts';
import { FolderStore } from '../../src/work/folder-store.ts';
import type { StudyEvent } from '../../src/study/events.ts';
import type { LoadedConfig } from '../../src/study/config-file.ts';
import type { Planned } from '../../src/study/plan.ts';
import type { Shard } from '../../src/study/shard.ts';
import { planOnly, runStudy } from '../../src/study/study.ts';
import type { StudyOutcome } from '../../src/study/study.ts';
import type { Fakes } from './fakes.ts';

export interface RunOptions {
  readonly emit?: (event: StudyEvent) => void;
  readonly signal?: AbortSignal;
  readonly threads?: number;
  readonly replace?: boolean;
  readonly shard?: Shard;
}

/** Training at 1,000 tokens a second, decoding at 500, on one thread. */
export const measureFake: NonNullable<Parameters<typeof runStudy>[1]['measure']> = async ({ model }, traces) => ({
  traces,
  n_layer: model.n_layer,
  training_tokens_per_second: 1000,
  training_flops_per_second: 1e9,
  decode_tokens_per_second: 500,
});

const slotsOf = (threads: number) => ({ threads, jobs: 1, bytes: 2 ** 40 });

export async function runWith(
  runsDirectory: string,
  fakes: Fakes,
  loaded: LoadedConfig,
  options: RunOptions = {},
): Promise<StudyOutcome> {
  const { emit = () => undefined, signal = new AbortController().signal, threads = 2, replace, shard } = options;
  const { kinds, core, clock } = fakes;
  return runStudy(
    {
      loaded,
      runsDirectory,
      slots: slotsOf(threads),
      version: '0.1.0',
      replace,
      shard,
      renderReport: ({ result }) => `<html>${result}`,
    },
    {
      kinds,
      store: new FolderStore(runsDirectory),
      executor: inlineExecutor({ kinds, core: core(), clock }),
      core,
      clock,
      measure: measureFake,
    },
    { emit, signal },
  );
}

export async function planWith(
  runsDirectory: string,
  { kinds, core, clock }: Fakes,
  loaded: LoadedConfig,
): Promise<Planned> {
  const workshop = { kinds, store: new FolderStore(runsDirectory), core, clock, measure: measureFake };
  return planOnly({ loaded, slots: slotsOf(2) }, workshop);
}
