// `tracelab train`: one training run alone, from a file of examples to a folder of checkpoints.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SYSTEM_CLOCK } from '../../base/clock.ts';
import type { Condition } from '../../domain/conditions/condition.ts';
import type { GeneratorName } from '../../domain/types.ts';
import type { TrainingSummary } from '../../study/cells.ts';
import type { LoadedConfig } from '../../study/config-file.ts';
import {
  conditionOption,
  generatorOption,
  jsonOption,
  seedOption,
  setOption,
  sizeOption,
  threadsOption,
} from '../options.ts';
import { resolveConfig } from '../presets.ts';
import { STOPPED, STOPPING, listenForStop } from '../signals.ts';
import { packageVersion } from '../version.ts';

interface TrainCommandOptions {
  readonly data: string;
  readonly condition: Condition;
  readonly seed: number;
  readonly size?: number;
  readonly generator?: GeneratorName;
  readonly out: string;
  readonly set: readonly string[];
  readonly threads: number;
  readonly json?: true;
}

export function addTrain(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('train')
    .description('train one model from scratch on a file of examples')
    .argument('[config]', 'preset or YAML file whose model and train sections count', 'quick')
    .requiredOption(
      '--data <path>',
      'dataset folder (its train.jsonl), or a JSONL file of rows {id, generator, size, prompt, completion} with correct completions',
    )
    .addOption(conditionOption().default('correct'))
    .addOption(seedOption())
    .requiredOption('--out <folder>', 'run directory: checkpoints/step-N (Hugging Face format) and metrics.jsonl')
    .addOption(sizeOption())
    .addOption(generatorOption())
    .addOption(setOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A run that was stopped goes on, bit for bit, when the same command is given again.

Examples:
  tracelab train --data data/6x6 --condition swapped --out runs/swapped
  tracelab train --data data/6x6 --condition thinned@0.25 --out runs/thinned
  tracelab train standard --data data/8x8 --seed 2 --out runs/correct-2 --set train.epochs=2`,
    )
    .action(async (name: string, options: TrainCommandOptions) => {
      setExitCode(await trainOnce(name, options));
    });
}

async function trainOnce(name: string, options: TrainCommandOptions): Promise<number> {
  const { condition, seed, out, set, threads, json } = options;
  const { loadConfig } = await import('../../study/config-file.ts');
  const loaded = await loadConfig(resolveConfig(name), set);
  const { model, train } = loaded.config;
  const { REAL_DEPENDENCIES: real } = await import('../../study/real-dependencies.ts');
  const { Cell } = await import('../../run/cell.ts');
  const { withRunDirectory } = await import('../../run/directory.ts');
  const { cellLabel, outputsOf, trainingKey, trainingSummary } = await import('../../study/cells.ts');
  const { createProgress } = await import('../progress.ts');
  const arm = { condition, seed };
  const place = { label: cellLabel('train', arm), index: 1, of: 1 };
  const progress = createProgress(json === true);
  const stop = listenForStop(() => {
    progress.say(STOPPING);
  });
  try {
    const finished = await withRunDirectory(
      { path: out, kind: 'training', version: packageVersion(), now: SYSTEM_CLOCK.now },
      async () => {
        const { file, hash } = await checkedTrainFile(options, loaded);
        const cell = new Cell<TrainingSummary>(out, trainingKey(model, train, arm, hash, real.loadCore()));
        const before = await cell.finished();
        if (before) return before;
        progress.emit({ event: 'cell_started', cell: place });
        const started = real.clock.seconds();
        await cell.start();
        const summary = await real.train(
          { runDir: out, model, train, ...arm, trainFile: file, threads: Math.min(threads, train.accumulators) },
          {
            progress: (p) => {
              progress.emit({ event: 'training', cell: place, progress: p });
            },
            signal: stop.signal,
          },
        );
        const seconds = real.clock.seconds() - started;
        if (!summary.finished) {
          await cell.stop(seconds);
          return undefined;
        }
        const done = await cell.finish(await outputsOf(cell, trainingSummary(summary)), seconds);
        await real.dropState(out);
        progress.emit({ event: 'cell_finished', cell: place, seconds: done.seconds, reused: false });
        return done;
      },
    );
    progress.end();
    if (!finished) {
      progress.say(STOPPED);
      return stop.exitCode();
    }
    const checkpoint = join(out, `checkpoints/step-${finished.summary.checkpoints.at(-1)?.step}`);
    process.stdout.write(
      json
        ? `${JSON.stringify({ event: 'finished', result: finished.result, checkpoint })}\n`
        : `checkpoint ${checkpoint}\nresult ${finished.result}\n`,
    );
    return 0;
  } finally {
    progress.end();
    stop.dispose();
  }
}

/** The training file with complete rows, its hash, and a refusal when its examples do not fit the configuration. */
async function checkedTrainFile(
  { data, size, generator, out, condition, seed }: TrainCommandOptions,
  { config, where }: LoadedConfig,
): Promise<{ file: string; hash: string }> {
  const { hashFile } = await import('../../base/hash.ts');
  const { readExamples } = await import('../../data/dataset.ts');
  const { longestTrained } = await import('../../study/lengths.ts');
  const { checkLengths } = await import('../../study/config-checks.ts');
  const { completeRows, firstExample } = await import('../foreign.ts');
  const given = statSync(data, { throwIfNoEntry: false })?.isDirectory() ? join(data, 'train.jsonl') : data;
  const file = await completeRows(given, { size, generator }, join(out, 'examples.jsonl'));
  await firstExample(file);
  const longest = longestTrained(await readExamples(file), condition, seed, config.train);
  checkLengths(config, where, longest, longest);
  return { file, hash: await hashFile(file) };
}
