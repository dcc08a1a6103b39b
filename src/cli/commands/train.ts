// `tracelab train`: one training run alone, from a file of examples to a folder of checkpoints.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CONDITIONS } from '../../domain/types.ts';
import type { Condition } from '../../domain/types.ts';
import type { TrainingSummary } from '../../study/cells.ts';
import { jsonOption, seedOption, setOption, threadsOption } from '../options.ts';
import { resolveConfig } from '../presets.ts';
import { listenForStop } from '../signals.ts';
import { packageVersion } from '../version.ts';

interface TrainCommandOptions {
  readonly data: string;
  readonly condition: Condition;
  readonly seed: number;
  readonly out: string;
  readonly set: readonly string[];
  readonly threads: number;
  readonly json?: true;
}

export function addTrain(program: Command, setExitCode: (code: number) => void): void {
  program.command('train')
    .description('train one model from scratch on a file of examples')
    .argument('[config]', 'preset or YAML file whose model and train sections count', 'quick')
    .requiredOption('--data <path>', 'dataset folder (its train.jsonl), or a JSONL file of rows {id, generator, size, prompt, completion} with correct completions')
    .addOption(new Option('--condition <name>', 'what becomes of the traces').choices(CONDITIONS).default('correct'))
    .addOption(seedOption())
    .requiredOption('--out <folder>', 'run directory: checkpoints/step-N (Hugging Face format) and metrics.jsonl')
    .addOption(setOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText('after', `
A run that was stopped goes on, bit for bit, when the same command is given again.

Examples:
  tracelab train --data data/6x6 --condition swapped --out runs/swapped
  tracelab train standard --data data/8x8 --seed 2 --out runs/correct-2 --set train.epochs=2`)
    .action(async (name: string, options: TrainCommandOptions) => { setExitCode(await trainOnce(name, options)); });
}

async function trainOnce(name: string, { data, condition, seed, out, set, threads, json }: TrainCommandOptions): Promise<number> {
  const { loadConfig } = await import('../../study/config-file.ts');
  const { config, where } = await loadConfig(resolveConfig(name), set);
  const { model, train } = config;
  const trainFile = statSync(data, { throwIfNoEntry: false })?.isDirectory() ? join(data, 'train.jsonl') : data;
  const { hashFile } = await import('../../base/hash.ts');
  const trainHash = await hashFile(trainFile);
  const { readLengths, sequenceTotals } = await import('../../study/lengths.ts');
  const { checkLengths } = await import('../../study/config-checks.ts');
  const lengths = await readLengths(trainFile);
  const { longest } = sequenceTotals(lengths, condition, seed);
  checkLengths(config, where, longest, longest);

  const { REAL_DEPENDENCIES: real } = await import('../../study/real-dependencies.ts');
  const { Cell } = await import('../../run/cell.ts');
  const { withRunDirectory } = await import('../../run/directory.ts');
  const { cellLabel, outputsOf, trainingKey, trainingSummary } = await import('../../study/cells.ts');
  const { createProgress } = await import('../progress.ts');
  const arm = { condition, seed };
  const cell = new Cell<TrainingSummary>(out, trainingKey(model, train, arm, trainHash, real.loadCore()));
  const place = { label: cellLabel('train', arm), index: 1, of: 1 };
  const progress = createProgress(json === true);
  const stop = listenForStop(() => { progress.say('stopping at the next safe point; press Ctrl-C again to stop at once'); });
  try {
    const finished = await withRunDirectory({ path: out, kind: 'training', version: packageVersion() }, async () => {
      const before = await cell.finished();
      if (before) return before;
      progress.emit({ event: 'cell_started', cell: place });
      const started = real.clock.seconds();
      await cell.start();
      const summary = await real.train({ runDir: out, model, train, ...arm, trainFile, threads: Math.min(threads, train.accumulators) },
        { progress: (p) => { progress.emit({ event: 'training', cell: place, progress: p }); }, signal: stop.signal });
      const seconds = real.clock.seconds() - started;
      if (!summary.finished) {
        await cell.stop(seconds);
        return undefined;
      }
      const done = await cell.finish(await outputsOf(cell, trainingSummary(summary)), seconds);
      await real.dropState(out);
      progress.emit({ event: 'cell_finished', cell: place, seconds: done.seconds, reused: false });
      return done;
    });
    progress.end();
    if (!finished) {
      progress.say('stopped; run the same command to go on');
      return stop.exitCode();
    }
    const last = finished.summary.checkpoints.at(-1);
    if (json) process.stdout.write(`${JSON.stringify({ event: 'finished', result: finished.result, checkpoint: join(out, `checkpoints/step-${last?.step}`) })}\n`);
    else process.stdout.write(`checkpoint ${join(out, `checkpoints/step-${last?.step}`)}\nresult ${finished.result}\n`);
    return 0;
  } finally {
    progress.end();
    stop.dispose();
  }
}
