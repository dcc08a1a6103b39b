// What a study does with trained models: lengths of their traces, reinforcement learning, interventions. Each function
// fills the folder of one cell and gives its summary, or undefined when the signal stopped it.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJsonl } from '../base/files.ts';
import { datasetFileName } from '../data/dataset.ts';
import { readTests } from '../data/test-sets.ts';
import { readInterventions } from '../evaluation/interventions.ts';
import type { EvaluationHooks } from '../evaluation/types.ts';
import type { Arm, InterventionsSummary, LengthsSummary, RlCellSummary, RlCurveSummary } from './cells.ts';
import { curvePrompts, rlSettings } from './config.ts';
import type { StudyConfig } from './config.ts';
import type { StudyDependencies } from './dependencies.ts';
import type { CellPlace, StudyHooks } from './events.ts';

export interface Workplace {
  readonly config: StudyConfig;
  readonly threads: number;
  readonly dependencies: StudyDependencies;
  readonly hooks: StudyHooks;
  /** Path of a file of the dataset. */
  readonly dataFile: (name: string) => string;
}

/** Where a cell writes, and its place for what it tells. */
export interface CellWork {
  readonly directory: string;
  readonly place: CellPlace;
}

/** @param checkpoint folder of the weights that wrote the completions in `tested` */
export async function measureLengths(
  { threads, dependencies, hooks }: Workplace,
  arm: Arm,
  checkpoint: string,
  tested: string,
  { directory, place }: CellWork,
): Promise<LengthsSummary | undefined> {
  const run = await dependencies.readLengths({ ...arm, undertrained: false, directory: tested, checkpoint }, threads, {
    progress: (progress) => {
      hooks.emit({ event: 'scoring', cell: place, progress });
    },
    signal: hooks.signal,
  });
  if (run === null) return undefined;
  let mazes = 0;
  for (const [distribution, rows] of Object.entries(run.rows)) {
    await writeJsonl(join(directory, `lengths-${distribution}.jsonl`), rows ?? []);
    mazes += rows?.length ?? 0;
  }
  return { mazes };
}

/** @param checkpoint folder of the weights to start from */
export async function learn(
  { config, threads, dependencies, hooks, dataFile }: Workplace,
  arm: Arm,
  checkpoint: string,
  { directory, place }: CellWork,
): Promise<RlCellSummary | undefined> {
  if (!config.rl) throw new Error('a study without reinforcement learning');
  const summary = await dependencies.rl(
    {
      runDir: directory,
      checkpoint,
      rl: rlSettings(config.rl),
      seed: arm.seed,
      trainFile: dataFile('train.jsonl'),
      threads,
    },
    {
      progress: (progress) => {
        hooks.emit({ event: 'learning', cell: place, progress });
      },
      warning: (text) => {
        hooks.emit({ event: 'warning', cell: place, text });
      },
      signal: hooks.signal,
    },
  );
  if (!summary.finished) return undefined;
  const { steps, seconds, cap, warnings } = summary;
  return { steps, seconds, cap, warnings, kept_steps: summary.checkpoints.map(({ step }) => step) };
}

/** @param kept checkpoint folders by step, the start first */
export async function measureRlCurve(
  workplace: Workplace,
  arm: Arm,
  kept: readonly { readonly step: number; readonly checkpoint: string }[],
  { directory, place }: CellWork,
): Promise<RlCurveSummary | undefined> {
  const { config, threads, dependencies, hooks, dataFile } = workplace;
  if (!config.rl) throw new Error('a study without reinforcement learning');
  const tests = await readTests(testsOf(workplace, config.data.distributions), dataFile('train.jsonl')),
    [start] = kept,
    prompts = curvePrompts(config.rl);
  const told = {
    progress: (progress: Parameters<EvaluationHooks['progress']>[0]) => {
      hooks.emit({ event: 'evaluating', cell: place, progress });
    },
    signal: hooks.signal,
  };
  const points: RlCurveSummary['points'][number][] = [];
  for (const { step, checkpoint } of kept) {
    const outDir = join(directory, `step-${step}`);
    await mkdir(outDir, { recursive: true });
    const summary = await dependencies.evaluate(
      {
        checkpoint,
        tests,
        outDir,
        threads,
        temperature: 0,
        seed: arm.seed,
        limit: config.rl.curve_mazes,
      },
      told,
    );
    if (!summary.finished) return undefined;
    const sampled =
      prompts === 0
        ? undefined
        : await dependencies.observe(
            {
              checkpoint,
              start: start.checkpoint,
              tests,
              rl: rlSettings(config.rl),
              prompts,
              seed: arm.seed,
              outDir,
              threads,
            },
            told,
          );
    if (sampled === null) return undefined;
    points.push({ step, summaries: summary.summaries, ...(sampled && { sampled }) });
  }
  return { points };
}

/**
 * @param checkpoint folder of the weights
 * @param other folder of another model's test completions, or null
 */
export async function interveneOn(
  workplace: Workplace,
  arm: Arm,
  checkpoint: string,
  other: string | null,
  { directory, place }: CellWork,
): Promise<InterventionsSummary | undefined> {
  const {
    config: { interventions },
    threads,
    dependencies,
    hooks,
  } = workplace;
  if (!interventions) throw new Error('a study without interventions');
  const kinds = interventions.kinds.flatMap((name) => readInterventions(name) ?? []);
  const summary = await dependencies.intervene(
    {
      checkpoint,
      tests: testsOf(workplace, interventions.distributions),
      interventions: kinds,
      other,
      outDir: directory,
      threads,
      seed: arm.seed,
      limit: interventions.mazes,
    },
    {
      progress: (progress) => {
        hooks.emit({ event: 'evaluating', cell: place, progress });
      },
      signal: hooks.signal,
    },
  );
  return summary.finished ? { distributions: summary.distributions } : undefined;
}

function testsOf({ dataFile }: Workplace, distributions: readonly string[]): { distribution: string; file: string }[] {
  return distributions.map((distribution) => ({ distribution, file: dataFile(datasetFileName('test', distribution)) }));
}
