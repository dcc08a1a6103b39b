// `tracelab rl`: reinforcement learning from a checkpoint, then what its kept checkpoints can do on every distribution.
import { join } from 'node:path';
import type { Command } from 'commander';
import { SYSTEM_CLOCK } from '../../base/clock.ts';
import type { RlConfig } from '../../rl/config.ts';
import type { RlSummary } from '../../rl/rl.ts';
import { lastCheckpoint, testFiles } from '../test-files.ts';
import { evalMazesOption, evalPromptsOption, jsonOption, seedOption, threadsOption } from '../options.ts';
import type { RlEvaluation } from '../rl-text.ts';
import { STOPPED, STOPPING, listenForStop } from '../signals.ts';
import { packageVersion } from '../version.ts';

interface RlCommandOptions {
  readonly data: string;
  readonly out: string;
  readonly seed: number;
  readonly threads: number;
  readonly evalMazes: number;
  readonly evalPrompts: number;
  readonly json?: true;
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
      'reinforcement learning (GRPO) from a trained checkpoint, with rewards from the validator; then its ' +
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
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A run that was stopped goes on, bit for bit, when the same command is given again.

Examples:
  tracelab rl runs/swapped --data data/6x6 --out runs/swapped-rl
  tracelab rl runs/swapped --data data/6x6 --loss dr_grpo --kl 0.04 --resample 64 --out runs/swapped-kl
  tracelab rl runs/correct/checkpoints/step-5040 --data data/6x6 --reward plan+trace --steps 300 --out runs/both`,
    )
    .action(async (run: string, options: RlCommandOptions & Readonly<Record<string, unknown>>) => {
      const { readRlOptions } = await import('../rl-options.ts');
      const config = readRlOptions(options);
      setExitCode(await runRl(lastCheckpoint(run), config, options));
    });
  if (args.includes(command.name())) (await import('../rl-options.ts')).addRlOptions(command);
}

async function runRl(
  checkpoint: string,
  config: RlConfig,
  { data, out, seed, threads, evalMazes, evalPrompts, json }: RlCommandOptions,
): Promise<number> {
  const { loadCore } = await import('../../core/module.ts');
  const { hashFile } = await import('../../base/hash.ts');
  const { Cell } = await import('../../run/cell.ts');
  const { NUMERIC_VERSION } = await import('../../base/numeric-version.ts');
  const { withRunDirectory } = await import('../../run/directory.ts');
  const { outputsOf } = await import('../../study/cells.ts');
  const { rl } = await import('../../rl/rl.ts');
  const { dropState } = await import('../../model/run-state.ts');
  const { createRenewedLine } = await import('../renewed-line.ts');
  const { rlLine } = await import('../rl-text.ts');
  const { evaluateKept } = await import('../rl-rows.ts');
  const { keyedSettings } = await import('../../rl/config.ts');
  const tests = await testFiles([data], {}, out);
  await checkTests(checkpoint, tests, { config, threads, evalPrompts });
  const trainFile = join(data, 'train.jsonl');
  const line = createRenewedLine(process.stderr, SYSTEM_CLOCK.seconds);
  const say = (text: string): void => {
    line.end();
    process.stderr.write(`${text}\n`);
  };
  const stop = listenForStop(() => {
    say(STOPPING);
  });
  try {
    return await withRunDirectory(
      { path: out, kind: 'rl', version: packageVersion(), now: SYSTEM_CLOCK.now },
      async () => {
        const inputs = {
          weights: await hashFile(join(checkpoint, 'model.safetensors')),
          train: await hashFile(trainFile),
        };
        const { module_sha256, kernel_path } = loadCore();
        const cell = new Cell<RlSummary>(out, {
          kind: 'rl',
          config: { rl: keyedSettings(config), seed },
          inputs,
          core: { module_sha256, kernel_path },
          numeric_version: NUMERIC_VERSION,
        });
        let finished = await cell.finished();
        if (finished === undefined) {
          const started = SYSTEM_CLOCK.seconds();
          await cell.start();
          const summary = await rl(
            { runDir: out, checkpoint, rl: config, seed, trainFile, threads },
            {
              progress: (progress) => {
                if (json) print({ event: 'rl', progress });
                else line.show(() => rlLine(progress));
              },
              warning: (text) => {
                if (json) print({ event: 'warning', text });
                else say(`warning: ${text}`);
              },
              signal: stop.signal,
            },
          );
          line.end();
          const seconds = SYSTEM_CLOCK.seconds() - started;
          if (!summary.finished) {
            await cell.stop(seconds);
            say(STOPPED);
            return stop.exitCode();
          }
          finished = await cell.finish(
            await outputsOf(cell, {
              ...summary,
              checkpoints: summary.checkpoints.map(({ step }) => ({ step, dir: `checkpoints/step-${step}` })),
            }),
            seconds,
          );
          await dropState(out);
        }
        const { summary } = finished;
        const kept = [
          { step: 0, dir: checkpoint },
          ...summary.checkpoints.map(({ step, dir }) => ({ step, dir: join(out, dir) })),
        ];
        const rows = await evaluateKept(kept, {
          out,
          tests,
          trainFile,
          config,
          threads,
          seed,
          evalMazes,
          evalPrompts,
          json: json === true,
          signal: stop.signal,
        });
        if (rows === null) {
          say(STOPPED);
          return stop.exitCode();
        }
        const result = await writeRows(out, { seed, config, summary, rows }, finished.result);
        if (json) print({ event: 'finished', result, rows });
        else await printTable(rows, summary, result, out);
        return 0;
      },
    );
  } finally {
    line.end();
    stop.dispose();
  }
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

/** Writes rl.json; gives the hash of the run and of what its checkpoints can do. */
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
    readonly summary: RlSummary;
    readonly rows: readonly RlEvaluation[];
  },
  trained: string,
): Promise<string> {
  const { canonicalJson, sha256 } = await import('../../base/hash.ts');
  const { writeFileAtomic } = await import('../../base/files.ts');
  const { cap, start_sha256, warnings } = summary;
  await writeFileAtomic(
    join(out, 'rl.json'),
    `${JSON.stringify({ format: 2, start_sha256, seed, config, cap, warnings, rows }, null, 2)}\n`,
  );
  return sha256(canonicalJson({ trained, rows }));
}

async function printTable(
  rows: readonly RlEvaluation[],
  { warnings }: RlSummary,
  result: string,
  out: string,
): Promise<void> {
  const { rlTable } = await import('../rl-text.ts');
  const warned = warnings.map((text) => `warning: ${text}\n`).join('');
  process.stdout.write(`${rlTable(rows)}${warned}rows ${join(out, 'rl.json')}\nresult ${result}\n`);
}

function print(event: unknown): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
