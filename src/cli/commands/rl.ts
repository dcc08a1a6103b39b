// `tracelab rl`: reinforcement learning from a checkpoint, then what its kept checkpoints can do on every distribution.
import { join } from 'node:path';
import type { Command } from 'commander';
import type { DistributionSummary } from '../../evaluation/types.ts';
import type { RlConfig } from '../../rl/config.ts';
import type { SampledGroups } from '../../rl/observe.ts';
import type { RlCurveSummary, RlCurveTask } from '../../tasks/rl-curve.ts';
import type { RlEnds } from '../../tables/rl.ts';
import type { RlRunSummary, RlTask } from '../../tasks/rl.ts';
import type { TestSummary, TestTask } from '../../tasks/test.ts';
import type { CellKey } from '../../work/key.ts';
import type { Store } from '../../work/store.ts';
import { print, tableWidth } from '../fit.ts';
import { resultLine } from '../result-line.ts';
import { lastCheckpoint, testFiles } from '../test-files.ts';
import { evalMazesOption, evalPromptsOption, jsonOption, logOption, seedOption, threadsOption } from '../options.ts';

/** One row of rl.json. */
export interface RlEvaluation extends DistributionSummary {
  /** Steps of reinforcement learning; 0 = the checkpoint that it started from. */
  readonly step: number;
  /** `all` mazes of the test file, for the first and the last step; the `first` --eval-mazes, for every kept step. */
  readonly mazes: 'all' | 'first';
  /** Groups of the first --eval-prompts mazes; in rows of the first mazes, where groups were wanted. */
  readonly sampled?: SampledGroups;
}

interface RlCommandOptions {
  readonly data: string;
  readonly out: string;
  readonly seed: number;
  readonly threads: number;
  readonly evalMazes: number;
  readonly evalPrompts: number;
  readonly log?: 'tensorboard';
  readonly json?: boolean;
}

/** @param args of the command line: the settings and their types are loaded only for a call that names the command. */
export async function addRl(
  program: Command,
  setExitCode: (code: number) => void,
  args: readonly string[],
): Promise<void> {
  const command = program
    .command('rl')
    .description(
      'reinforcement learning (GRPO) from a trained checkpoint, rewarded by the validator; also evaluates the kept ' +
        'checkpoints on every distribution',
    )
    .argument('<run>', 'run directory of a training run (its last checkpoint), or a checkpoint folder')
    .requiredOption('--data <folder>', 'dataset folder: prompts of its train.jsonl, mazes of its test files')
    .requiredOption(
      '--out <folder>',
      'run directory: checkpoints/step-N, metrics.jsonl (a row a step) and rl.json (rows of each kept step and ' +
        'distribution)',
    );
  command
    .addOption(evalMazesOption())
    .addOption(evalPromptsOption())
    .addOption(seedOption())
    .addOption(threadsOption())
    .addOption(logOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A stopped run resumes bit for bit when the same command is given again.

Examples:
  tracelab rl runs/swapped --data data/6x6 --out runs/swapped-rl
  tracelab rl runs/swapped --data data/6x6 --loss dr_grpo --kl 0.04 --resample 64 --out runs/swapped-kl
  tracelab rl runs/correct/checkpoints/step-5040 --data data/6x6 --reward plan+trace --steps 300 --out runs/both`,
    )
    .action(async (run: string, options: RlCommandOptions & Readonly<Record<string, unknown>>) => {
      const { readRlOptions } = await import('../rl-options.ts');
      const config = readRlOptions(options);
      setExitCode(await runRl(await lastCheckpoint(run), config, options));
    });
  if (args.includes(command.name())) (await import('../rl-options.ts')).addRlOptions(command);
}

async function runRl(
  checkpoint: string,
  config: RlConfig,
  { data, out, seed, threads, evalMazes, evalPrompts, log, json = false }: RlCommandOptions,
): Promise<number> {
  const { dataFile, trainFileOf } = await import('../data-files.ts');
  const { withScratch } = await import('../scratch.ts');
  const { describedCheckpoint } = await import('../described-checkpoint.ts');
  const { givenData, givenModel } = await import('../given.ts');
  const { runHere } = await import('../here.ts');
  const { plain } = await import('../../work/task.ts');
  return withScratch(async (scratch) => {
    const tests = await testFiles([data], {}, scratch);
    const start = await givenModel(checkpoint);
    const train = (await dataFile(trainFileOf(data), {}, join(scratch, 'train.jsonl'))).file;
    await checkTests(checkpoint, tests, { config, threads, evalPrompts });
    const { context } = (await describedCheckpoint(checkpoint)).model;
    const distributions = tests.map(({ distribution }) => distribution);
    const run: RlTask = { rl: config, seed, context };
    const curve: RlCurveTask = {
      context,
      seed,
      distributions,
      mazes: evalMazes,
      cap_of: 'file',
      prompts: evalPrompts,
      rl: config,
    };
    const test: TestTask = { context, temperature: 0, seed, distributions };
    const needs = { data: 'data', model: 'start' };
    const tasks = [
      { id: 'rl', kind: 'rl', config: plain(run), needs },
      { id: 'rl-curve', kind: 'rl-curve', config: plain(curve), needs: { ...needs, rl: 'rl' } },
      // The run comes first: it refuses what it cannot do, and its folder is its own before anything is below it.
      { id: 'test-before', kind: 'test', config: plain(test), needs: { ...needs, after: 'rl' } },
      { id: 'test-after', kind: 'test', config: plain(test), needs: { data: 'data', model: 'rl' } },
    ];
    const given = { data: await givenData(tests, train), start };
    const { bytesBelow, checkSpace } = await import('../../base/disk-space.ts');
    const { runBytes } = await import('../../tasks/run-bytes.ts');
    const { keptSteps } = await import('../../rl/config.ts');
    const parameters = (await bytesBelow(checkpoint)) / 4;
    await checkSpace(out, runBytes(parameters, keptSteps(config).length), await bytesBelow(out));
    const ran = await runHere({
      graph: { format: 1, tasks, given },
      store: await storeOf(out),
      out,
      threads,
      json,
      log,
    });
    if ('exitCode' in ran) return ran.exitCode;
    const summaryOf = <Summary>(id: string): Summary => ran.finished.get(id)?.summary as Summary;
    const summary = summaryOf<RlRunSummary>('rl');
    const ends: RlEnds = {
      steps: summary.steps,
      before: summaryOf<TestSummary>('test-before').summaries,
      after: summaryOf<TestSummary>('test-after').summaries,
      curve: summaryOf<RlCurveSummary>('rl-curve').points.map(({ summaries, ...point }) => ({
        ...point,
        evaluation: summaries,
      })),
    };
    const rows = rowsOf(ends);
    await writeRows(out, { seed, config, summary, rows });
    const { canonicalJson, sha256 } = await import('../../base/hash.ts');
    const result = sha256(canonicalJson(tasks.map(({ id }) => ran.finished.get(id)?.result ?? null)));
    if (json) process.stdout.write(resultLine(result, { rows }));
    else await printTables(ends, { config, summary, result, out });
    return 0;
  });
}

/** The run itself is the folder; what its checkpoints can do is below it. */
async function storeOf(out: string): Promise<Store> {
  const { FolderStore, SingleStore } = await import('../../work/folder-store.ts');
  const { rlKind } = await import('../../tasks/rl.ts');
  const [run, rest] = [new SingleStore(out), new FolderStore(join(out, 'evaluation'))];
  const of = ({ kind }: CellKey): Store => (kind === rlKind.name ? run : rest);
  return {
    finished: (key) => of(key).finished(key),
    lease: (key, wait) => of(key).lease(key, wait),
    state: (key, kind) => of(key).state(key, kind),
    owner: (key) => of(key).owner(key),
    tidy: (key, kind) => of(key).tidy(key, kind),
    survey: async () => {
      const [inRun, inRest] = await Promise.all([run.survey(), rest.survey()]);
      return (key) => (of(key) === run ? inRun() : inRest(key));
    },
    path: (key) => of(key).path(key),
  };
}

/**
 * The first and the last checkpoint solve all mazes, too. A maze has the same cap everywhere: rows of the first mazes
 * are one curve.
 */
function rowsOf({ steps, before, after, curve }: RlEnds): RlEvaluation[] {
  const all = (summaries: readonly DistributionSummary[], step: number): RlEvaluation[] =>
    summaries.map((each) => ({ step, mazes: 'all', ...each }));
  const first = curve.flatMap(({ step, evaluation, sampled = [] }) =>
    evaluation.map((each): RlEvaluation => {
      const group = sampled.find(({ distribution }) => distribution === each.distribution);
      return { step, mazes: 'first', ...each, ...(group && { sampled: group }) };
    }),
  );
  return [...all(before, 0), ...first, ...all(after, steps)];
}

/**
 * Refuses before the run what evaluation and sampling would refuse after it.
 * @throws TracelabError CONTEXT_TOO_SHORT, MEMORY_LIMIT, or of damaged files
 */
async function checkTests(
  folder: string,
  tests: Awaited<ReturnType<typeof testFiles>>,
  {
    config,
    threads,
    evalPrompts,
  }: { readonly config: RlConfig; readonly threads: number; readonly evalPrompts: number },
): Promise<void> {
  const { completionCap } = await import('../../model/completion-cap.ts');
  const { readCheckpoint } = await import('../../model/checkpoint.ts');
  const { readExamples } = await import('../../data/dataset.ts');
  const checkpoint = await readCheckpoint(folder);
  for (const { file } of tests) completionCap(await readExamples(file), checkpoint, file);
  if (evalPrompts === 0) return;
  const { checkObservable } = await import('../../rl/observe.ts');
  await checkObservable({ checkpoint: folder, tests, rl: config, prompts: evalPrompts, threads });
}

async function writeRows(
  out: string,
  {
    seed,
    config,
    summary,
    rows,
  }: {
    readonly seed: number;
    readonly config: RlConfig;
    readonly summary: RlRunSummary;
    readonly rows: readonly RlEvaluation[];
  },
): Promise<void> {
  const { writeFileAtomic } = await import('../../base/files.ts');
  const { sealed } = await import('../../base/sealed.ts');
  const { cap, start_sha256, warnings } = summary;
  const text = JSON.stringify(sealed({ format: 2, start_sha256, seed, config, cap, warnings, rows }), null, 2);
  await writeFileAtomic(join(out, 'rl.json'), `${text}\n`);
}

async function printTables(
  ends: RlEnds,
  {
    config,
    summary: { warnings },
    result,
    out,
  }: { readonly config: RlConfig; readonly summary: RlRunSummary; readonly result: string; readonly out: string },
): Promise<void> {
  const { terminalTable } = await import('../../render/terminal.ts');
  const { rlRunTables } = await import('../../tables/rl.ts');
  const tables = rlRunTables(ends, config).map((table) => `${terminalTable(table, { width: tableWidth() })}\n`);
  const warned = warnings.map((text) => `warning: ${text}\n`).join('');
  print(`${tables.join('')}${warned}rows ${join(out, 'rl.json')}\nresult ${result}\n`);
}
