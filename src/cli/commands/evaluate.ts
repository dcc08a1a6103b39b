// `tracelab evaluate`: one checkpoint on test files, or verdicts on completions that came from elsewhere.
import { join } from 'node:path';
import type { Command } from 'commander';
import { TracelabError } from '../../base/errors.ts';
import type { GeneratorName } from '../../domain/types.ts';
import type { SampleSummary } from '../../evaluation/sample-summary.ts';
import type { CompletionRow, DistributionSummary } from '../../evaluation/types.ts';
import { existsSync } from '../../base/disk.ts';
import { refuseOptions } from '../command-line.ts';
import { print, tableWidth } from '../fit.ts';
import { checkOutputs, keepInputs } from '../keep-inputs.ts';
import {
  generatorOption,
  jsonOption,
  limitOption,
  samplesOption,
  seedOption,
  sizeOption,
  strictOption,
  temperatureOption,
  threadsOption,
  verboseOption,
} from '../options.ts';
import { resultLine } from '../result-line.ts';
import { lastCheckpoint, testFiles } from '../test-files.ts';
import type { SamplesSummary, SamplesTask } from '../../tasks/samples.ts';
import type { TestSummary, TestTask } from '../../tasks/test.ts';
import type { Graph } from '../../work/task.ts';

interface EvaluateCommandOptions {
  readonly checkpoint?: string;
  readonly data?: readonly string[];
  readonly out?: string;
  readonly temperature: number;
  readonly seed: number;
  readonly limit?: number;
  readonly samples?: number;
  readonly threads: number;
  readonly json?: true;
  readonly verbose?: true;
  readonly completions?: string;
  readonly size?: number;
  readonly generator?: GeneratorName;
  readonly strict?: true;
}

/** Adds the command `evaluate` to the program. */
export function addEvaluate(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('evaluate')
    .description('let a checkpoint solve test mazes and judge every completion, or judge completions from a file')
    .option('--checkpoint <folder>', 'checkpoint, or the run directory of a training run (its last one)')
    .option('--data <path...>', 'dataset folder (its test files), or any files that verify reads')
    .option(
      '--out <folder>',
      'run directory: completions-<distribution>.jsonl and evaluation.json, or with --samples ' +
        'samples-<distribution>.jsonl and samples.json',
    )
    .addOption(samplesOption())
    .addOption(temperatureOption())
    .addOption(seedOption())
    .addOption(limitOption())
    .addOption(threadsOption())
    .option('--completions <file>', 'instead of a checkpoint: any file of completions that verify reads')
    .addOption(sizeOption())
    .addOption(generatorOption())
    .addOption(strictOption())
    .addOption(verboseOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tracelab evaluate --checkpoint runs/swapped --data data/6x6 --out runs/swapped-test
  tracelab evaluate --checkpoint runs/swapped/checkpoints/step-3000 --data data/6x6/dev.jsonl --limit 200 --out runs/dev
  tracelab evaluate --checkpoint runs/swapped --data data/6x6 --samples 16 --temperature 1 --out runs/samples
  tracelab evaluate --completions theirs.jsonl --size 30 --generator wilson`,
    )
    .action(async (options: EvaluateCommandOptions, command: Command) => {
      const { checkpoint, data, out, completions, samples, temperature } = options;
      const refuse = (what: string, expected: string, got: string, hint?: string): never => {
        throw refuseOptions(command, { what, expected, got, hint });
      };
      if (samples !== undefined && completions !== undefined)
        refuse(
          'completions from a file are not sampled',
          '--samples with --checkpoint',
          '--samples with --completions',
          'leave --samples out',
        );
      if (samples !== undefined && temperature === 0)
        refuse(
          'at temperature 0 all completions of a maze are equal',
          '--samples with a --temperature above 0',
          `--samples ${samples} at temperature 0`,
          'add --temperature 1',
        );
      if (completions !== undefined) {
        const other = checkpoint !== undefined ? '--checkpoint' : data !== undefined ? '--data' : undefined;
        if (other !== undefined)
          refuse(`--completions and ${other} exclude each other`, 'one of the two', 'both', 'leave one out');
        setExitCode(await judgeFile(completions, options));
      } else if (checkpoint === undefined) {
        refuse('nothing to evaluate', '--checkpoint with --data and --out, or --completions', 'neither');
      } else if (data === undefined) {
        refuse('the option --data is missing', '--checkpoint with --data and --out', 'a call without it');
      } else if (out === undefined) {
        refuse('the option --out is missing', '--checkpoint with --data and --out', 'a call without it');
      } else {
        setExitCode(await evaluateCheckpoint(checkpoint, data, out, options));
      }
    });
}

async function evaluateCheckpoint(
  run: string,
  data: readonly string[],
  out: string,
  options: EvaluateCommandOptions,
): Promise<number> {
  const { temperature, seed, limit, samples, threads, json } = options;
  const checkpoint = await lastCheckpoint(run);
  const given = data.map((path) => join(path, 'train.jsonl')).find((path) => existsSync(path));
  const { describedCheckpoint } = await import('../described-checkpoint.ts');
  const { dataFile } = await import('../data-files.ts');
  const { withScratch } = await import('../scratch.ts');
  const { givenData, givenModel } = await import('../given.ts');
  const { runHere } = await import('../here.ts');
  const { plain } = await import('../../work/task.ts');
  const { SingleStore } = await import('../../work/folder-store.ts');
  return withScratch(async (scratch) => {
    const tests = await testFiles(data, options, scratch);
    const model = await givenModel(checkpoint);
    const trainFile = given === undefined ? null : (await dataFile(given, options, join(scratch, 'train.jsonl'))).file;
    const { context } = (await describedCheckpoint(checkpoint)).model;
    const distributions = tests.map(({ distribution }) => distribution);
    const test: TestTask = { context, temperature, seed, distributions, limit };
    const settings =
      samples === undefined
        ? { kind: 'test', config: plain(test) }
        : { kind: 'samples', config: plain({ ...test, samples } satisfies SamplesTask) };
    const task = { id: 'evaluate', ...settings, needs: { data: 'data', model: 'model' } };
    const graph: Graph = {
      format: 1,
      tasks: [task],
      given: { data: await givenData(tests, trainFile), model },
    };
    const ran = await runHere({ graph, store: new SingleStore(out), out, threads, json: json === true });
    if ('exitCode' in ran) return ran.exitCode;
    const finished = ran.finished.get(task.id);
    if (finished && samples !== undefined)
      await printSamples((finished.summary as SamplesSummary).summaries, finished.result, options);
    else if (finished) await printSummaries((finished.summary as TestSummary).summaries, finished.result, options);
    return 0;
  });
}

/** Judges texts by the readable validator; prints, and with --out keeps the verdicts. */
async function judgeFile(file: string, options: EvaluateCommandOptions): Promise<number> {
  const { size, generator, limit, out, strict } = options;
  const { readExamplesOf } = await import('../../data/records.ts');
  const { domainOf } = await import('../../domain/domains.ts');
  const { summarize } = await import('../../evaluation/metrics.ts');
  const { Refusals } = await import('../../evaluation/refusals.ts');
  const { sayRefused, saySpecial } = await import('../refused-rows.ts');
  const { canonicalJson, sha256 } = await import('../../base/hash.ts');
  const rows = new Map<GeneratorName, CompletionRow[]>();
  const refusals = new Refusals();
  let count = 0;
  let special = 0;
  const settings = {
    size,
    generator,
    ...(file === '-' && { stdin: process.stdin }),
    ...(!strict && { refuse: refusals.add.bind(refusals) }),
  };
  for await (const { example, row: read } of readExamplesOf(file, settings)) {
    if (limit !== undefined && count >= limit) break;
    count += 1;
    if (read.special !== undefined) special += 1;
    const verdict = domainOf(example.domain).judge(example);
    const row: CompletionRow = { ...example, truncated: false, walls_seen: false, verdict };
    const known = rows.get(example.generator);
    if (known) known.push(row);
    else rows.set(example.generator, [row]);
  }
  if (count === 0 && refusals.count > 0) throw new TracelabError(refusals.all[0].first);
  if (count === 0)
    throw new TracelabError({
      code: 'NO_EXAMPLES',
      kind: 'refused_input',
      where: file,
      what: 'nothing to judge',
      expected: 'at least one row',
      got: '0 rows',
      hint: 'is it the right file?',
    });
  const summaries = [...rows].map(([distribution, some]) => summarize(distribution, some, ['truncated', 'walls_seen']));
  if (out !== undefined) {
    await keepEvaluation(file, out, [...rows.keys()]);
    const { inOwnFolder } = await import('../own-folder.ts');
    const { writeFileAtomic, writeJsonl } = await import('../../base/files.ts');
    const { hashFile } = await import('../../base/hash.ts');
    const { sealed } = await import('../../base/sealed.ts');
    await inOwnFolder(out, 'evaluation.json', async () => {
      const files: Record<string, string> = {};
      for (const [distribution, some] of rows) {
        const name = `completions-${distribution}.jsonl`;
        await writeJsonl(join(out, name), some);
        files[name] = await hashFile(join(out, name));
      }
      const text = JSON.stringify(sealed({ summaries, files }), null, 2);
      await writeFileAtomic(join(out, 'evaluation.json'), `${text}\n`);
    });
  }
  await printSummaries(
    summaries,
    sha256(
      canonicalJson(
        [...rows].map(([distribution, some]) => [distribution, some.map(({ id, verdict }) => ({ id, verdict }))]),
      ),
    ),
    options,
  );
  saySpecial({ count: special, n: count });
  return sayRefused(refusals.all);
}

/** @throws TracelabError OUTPUT_IS_INPUT; RUN_DIRECTORY for the evaluation of a checkpoint */
async function keepEvaluation(file: string, out: string, distributions: readonly GeneratorName[]): Promise<void> {
  const { CELL_FILE } = await import('../../work/cell-record.ts');
  const outputs = ['evaluation.json', ...distributions.map((name) => `completions-${name}.jsonl`)];
  const paths = outputs.map((name) => ['--out', join(out, name)] as const);
  keepInputs([file], paths);
  checkOutputs(paths);
  if (!existsSync(join(out, CELL_FILE))) return;
  throw new TracelabError({
    code: 'RUN_DIRECTORY',
    kind: 'refused_input',
    where: out,
    what: 'the folder holds the evaluation of a checkpoint',
    expected: 'a new or empty folder, or one with judged completions',
    got: CELL_FILE,
    hint: 'give another folder',
  });
}

async function printSummaries(
  summaries: readonly DistributionSummary[],
  result: string,
  { json, verbose }: EvaluateCommandOptions,
): Promise<void> {
  await printResult(summaries, result, json, async () => {
    const { verdictsText } = await import('../verdicts-text.ts');
    const { judgedDistributions } = await import('../../tables/evaluation.ts');
    return verdictsText(judgedDistributions(summaries), result, { verbose });
  });
}

async function printSamples(
  summaries: readonly SampleSummary[],
  result: string,
  { json, verbose }: EvaluateCommandOptions,
): Promise<void> {
  await printResult(summaries, result, json, async () => {
    const { terminalTable } = await import('../../render/terminal.ts');
    const { samplesTable } = await import('../../tables/samples.ts');
    return `${terminalTable(samplesTable(summaries), { width: tableWidth(), verbose })}\nresult ${result}\n`;
  });
}

/** @param text loads what renders only where people read */
async function printResult(
  summaries: readonly unknown[],
  result: string,
  json: true | undefined,
  text: () => Promise<string>,
): Promise<void> {
  if (json) process.stdout.write(resultLine(result, { summaries }));
  else print(await text());
}
