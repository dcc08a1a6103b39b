// `tracelab train`: one training run alone, from a file of examples to a folder of checkpoints.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Condition } from '../../domain/conditions/condition.ts';
import type { GeneratorName } from '../../domain/types.ts';
import type { TrainTask, TrainingSummary } from '../../tasks/train.ts';
import type { Graph } from '../../work/task.ts';
import type { LoadedConfig } from '../../study/config-file.ts';
import { print } from '../fit.ts';
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
import { resultLine } from '../result-line.ts';

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
      'dataset folder (its train.jsonl), or a JSONL file of rows {id, generator, size, prompt, completion} with ' +
        'correct completions',
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
  const { condition, seed, out, set, threads, json = false } = options;
  const { loadConfig } = await import('../../study/config-file.ts');
  const loaded = await loadConfig(resolveConfig(name), set);
  const { model, train } = loaded.config;
  const { withScratch } = await import('../scratch.ts');
  const { givenFiles } = await import('../given.ts');
  const { runHere } = await import('../here.ts');
  const { armLabel } = await import('../../tasks/arm.ts');
  const { plain } = await import('../../work/task.ts');
  const { SingleStore } = await import('../../work/folder-store.ts');
  return withScratch(async (scratch) => {
    const file = await checkedTrainFile(options, loaded, scratch);
    const config: TrainTask = { model, train, condition, seed };
    const id = `train-${armLabel(config)}`;
    const given = { data: await givenFiles([['train.jsonl', file]]) };
    const graph: Graph = {
      format: 1,
      tasks: [{ id, kind: 'train', config: plain(config), needs: { data: 'data' } }],
      given,
    };
    const ran = await runHere({ graph, store: new SingleStore(out), out, threads, json });
    const finished = 'finished' in ran ? ran.finished.get(id) : undefined;
    if (!finished) return 'exitCode' in ran ? ran.exitCode : 0;
    const { checkpoints } = finished.summary as TrainingSummary;
    const checkpoint = join(out, `checkpoints/step-${checkpoints.at(-1)?.step}`);
    const { result } = finished;
    if (json) process.stdout.write(resultLine(result, { checkpoint }));
    else print(`checkpoint ${checkpoint}\nresult ${result}\n`);
    return 0;
  });
}

/** The training file with complete rows, and a refusal when its examples do not fit the configuration. */
async function checkedTrainFile(
  { data, size, generator, condition, seed }: TrainCommandOptions,
  { config, where }: LoadedConfig,
  scratch: string,
): Promise<string> {
  const { readExamples } = await import('../../data/dataset.ts');
  const { longestTrained } = await import('../../tasks/sequence-lengths.ts');
  const { checkLengths } = await import('../../study/config-checks.ts');
  const { completeRows, firstExample } = await import('../foreign.ts');
  const { checkRecordedFile } = await import('../../work/recorded-files.ts');
  const given = statSync(data, { throwIfNoEntry: false })?.isDirectory() ? join(data, 'train.jsonl') : data;
  await checkRecordedFile(given);
  const file = await completeRows(given, { size, generator }, join(scratch, 'examples.jsonl'));
  await firstExample(file);
  const longest = longestTrained(await readExamples(file), condition, seed, config.train);
  checkLengths(config, where, longest, longest);
  return file;
}
