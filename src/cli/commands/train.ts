// `tracelab train`: one training run alone, from a file of examples to a folder of checkpoints.
import { join } from 'node:path';
import type { Command } from 'commander';
import {
  CONDITION_EXPECTED,
  isOwn,
  OWN_NAME_EXPECTED,
  ownCondition,
  readCondition,
} from '../../domain/conditions/condition.ts';
import type { Condition } from '../../domain/conditions/condition.ts';
import type { GeneratorName } from '../../domain/types.ts';
import type { TrainTask, TrainingSummary } from '../../tasks/train.ts';
import type { Graph } from '../../work/task.ts';
import type { LoadedConfig } from '../../study/config-file.ts';
import { refuseOptions } from '../command-line.ts';
import { print } from '../fit.ts';
import {
  generatorOption,
  jsonOption,
  logOption,
  seedOption,
  setOption,
  sizeOption,
  threadsOption,
  trainedConditionOption,
  uncheckedOption,
} from '../options.ts';
import { resolveConfig } from '../presets.ts';
import { resultLine } from '../result-line.ts';

interface TrainCommandOptions {
  readonly data: string;
  readonly condition: string;
  readonly unchecked?: true;
  readonly seed: number;
  readonly size?: number;
  readonly generator?: GeneratorName;
  readonly out: string;
  readonly set: readonly string[];
  readonly threads: number;
  readonly log?: 'tensorboard';
  readonly json?: true;
}

/** Adds the command `train` to the program. */
export function addTrain(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('train')
    .description('train one model from scratch on a file of examples')
    .argument('[config]', 'preset or YAML file whose model and train sections count', 'quick')
    .requiredOption(
      '--data <path>',
      'dataset folder (its train.jsonl), or any file that verify reads, with correct completions',
    )
    .addOption(trainedConditionOption().default('correct'))
    .addOption(uncheckedOption())
    .addOption(seedOption())
    .requiredOption('--out <folder>', 'run directory: checkpoints/step-N (Hugging Face format) and metrics.jsonl')
    .addOption(sizeOption())
    .addOption(generatorOption())
    .addOption(setOption())
    .addOption(threadsOption())
    .addOption(logOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A stopped run resumes bit for bit when the same command is given again. The file is judged first: rows that cannot be encoded are refused, and a warning counts those that are not correct.

Examples:
  tracelab train --data data/6x6 --condition swapped --out runs/swapped
  tracelab train --data data/6x6 --condition thinned@0.25 --out runs/thinned
  tracelab train --data theirs.parquet --size 30 --condition theirs --unchecked --out runs/theirs
  tracelab train standard --data data/8x8 --seed 2 --out runs/correct-2 --set train.epochs=2`,
    )
    .action(async (name: string, options: TrainCommandOptions, command: Command) => {
      const condition = conditionOf(options.condition, options.unchecked === true);
      if (condition === null)
        throw refuseOptions(command, {
          what: 'wrong value',
          expected: options.unchecked ? OWN_NAME_EXPECTED : CONDITION_EXPECTED,
          got: JSON.stringify(options.condition),
          option: '--condition',
        });
      setExitCode(await trainOnce(name, condition, options));
    });
}

/** Null for a text that is none. */
function conditionOf(text: string, isUnchecked: boolean): Condition | null {
  if (isUnchecked) return ownCondition(text);
  const condition = readCondition(text);
  return condition === null || isOwn(condition) ? null : condition;
}

async function trainOnce(name: string, condition: Condition, options: TrainCommandOptions): Promise<number> {
  const { seed, out, set, threads, log, json = false } = options;
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
    const file = await checkedTrainFile(options, condition, loaded, scratch);
    const config: TrainTask = { model, train, condition, seed };
    const id = `train-${armLabel(config)}`;
    const given = { data: await givenFiles([['train.jsonl', file]]) };
    const graph: Graph = {
      format: 1,
      tasks: [{ id, kind: 'train', config: plain(config), needs: { data: 'data' } }],
      given,
    };
    const { bytesBelow, checkSpace } = await import('../../base/disk-space.ts');
    const { runBytes } = await import('../../tasks/run-bytes.ts');
    const { parametersOf } = await import('../../tasks/evaluation-work.ts');
    const bytes = runBytes(parametersOf(model, loaded.config.data), train.checkpoints);
    await checkSpace(out, bytes, await bytesBelow(out));
    const ran = await runHere({ graph, store: new SingleStore(out), out, threads, json, log });
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

/** The training file, judged, and a refusal when its examples do not fit the configuration. */
async function checkedTrainFile(
  { data, size, generator, seed, json }: TrainCommandOptions,
  condition: Condition,
  { config, where }: LoadedConfig,
  scratch: string,
): Promise<string> {
  const { longestTrained } = await import('../../tasks/sequence-lengths.ts');
  const { checkLengths } = await import('../../study/config-checks.ts');
  const { trainFileOf } = await import('../data-files.ts');
  const { readTrainData } = await import('../train-data.ts');
  const { checkRecordedFile } = await import('../../work/recorded-files.ts');
  await checkRecordedFile(trainFileOf(data));
  const { file, examples } = await readTrainData(
    trainFileOf(data),
    condition,
    { size, generator },
    { scratch, json: json === true },
  );
  if (examples.length > 0) {
    const longest = longestTrained(examples, condition, seed, config.train);
    checkLengths(config, where, longest, longest);
  }
  return file;
}
