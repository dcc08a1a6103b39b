// `tracelab sweep`: one study, varied over parameters; and its plan.
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { refuseOptions } from '../command-line.ts';
import { addressOf, artefactsOption, engineOption } from '../engine.ts';
import type { EngineOptions } from '../engine.ts';
import { print } from '../fit.ts';
import { loadedSweep } from '../loaded-sweep.ts';
import { coresOption, jobsOption, jsonOption, onlyOption, priceOption, threadsOption } from '../options.ts';
import { checkSlurmOptions, partitionOption, timeOption } from '../slurm-options.ts';
import type { SlurmOptions } from '../slurm-options.ts';
import { endSweep, sweepExitCode } from '../sweep-end.ts';
import { addCollect } from './sweep-collect.ts';
import { addManifest } from './sweep-manifest.ts';
import { addSweepFleet } from './sweep-fleet.ts';
import { STOPPED, STOPPING, listenForStop } from '../signals.ts';
import { packageVersion } from '../version.ts';
import { slotsOf, workshopOf } from '../workshop.ts';

interface SweepCommandOptions extends EngineOptions, SlurmOptions {
  readonly threads: number;
  readonly jobs?: number;
  readonly replace?: true;
  readonly only?: 'failed' | 'missing';
  readonly runsDir: string;
  readonly json?: true;
  readonly schema?: true;
}

interface PlanOptions {
  readonly threads: number;
  readonly jobs?: number;
  readonly cores?: number;
  readonly price?: number;
  readonly runsDir: string;
  readonly json?: true;
}

/** Adds the commands `sweep` and `sweep plan` to the program. */
export function addSweep(program: Command, setExitCode: (code: number) => void): void {
  const sweep = program
    .command('sweep')
    .description('vary one study over parameters: a grid or random trials, what they share computed once')
    .argument('[config]', 'the YAML file of a sweep')
    .addOption(threadsOption())
    .addOption(jobsOption())
    .addOption(engineOption('compute on the workers of an engine'))
    .addOption(artefactsOption())
    .addOption(onlyOption())
    .addOption(partitionOption())
    .addOption(timeOption())
    .addOption(coresOption('with --engine slurm: cores that a task may have (default: 1)'))
    .option('--dry-run', 'with --engine slurm: print scripts and commands, write and submit nothing')
    .option('--replace', 'replace a sweep of the same name with another configuration; finished cells are kept')
    .option('--runs-dir <folder>', 'folder of studies, sweeps and the store of cells that they share', 'runs')
    .option('--schema', 'print the JSON Schema of sweeps and run nothing')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A stopped sweep resumes when the same command is given again. A trial that
fails stops no other. Each trial is the study that its settings make:
\`tracelab study\` with the same settings reuses its cells.

A sweep (its folder gets trials.csv, trials.parquet, sweep.json, report.html):
  sweep: learning-rate
  study: quick
  seeds: [1, 2, 3]
  parameters:
    train.lr: {values: [1e-3, 2e-3, 4e-3]}
    model.n_layer: {values: [2, 4]}

Exit code 5: some tasks were set aside, all others are done; 4, if only the machine was the cause.

Examples:
  tracelab sweep lr.yaml
  tracelab sweep plan lr.yaml --cores 64 --price 0.04
  tracelab sweep lr.yaml --only failed
  tracelab sweep lr.yaml --engine slurm --partition short --time 4:00:00`,
    )
    .action(async (name: string | undefined, options: SweepCommandOptions, command: Command) => {
      if (options.schema) {
        const { sweepJsonSchema } = await import('../../study/sweep/config.ts');
        process.stdout.write(`${JSON.stringify(sweepJsonSchema(), null, 2)}\n`);
      } else if (name === undefined) {
        throw refuseOptions(command, {
          what: 'the argument config is missing',
          expected: 'the YAML file of a sweep',
          got: 'a call without it',
          hint: 'tracelab sweep --help shows a sweep',
        });
      } else {
        setExitCode(await runSweepCommand(name, options, command));
      }
    });
  addSweepFleet(sweep);
  addCollect(sweep, setExitCode);
  addManifest(sweep);
  sweep
    .command('plan')
    .description('print trials, tasks, what they share, core-hours and time, and run nothing')
    .argument('<config>', 'the YAML file of a sweep')
    .addOption(threadsOption())
    .addOption(jobsOption())
    .addOption(coresOption())
    .addOption(priceOption())
    .option('--runs-dir <folder>', 'folder of studies, sweeps and the store of cells that they share', 'runs')
    .addOption(jsonOption())
    .action(async (name: string, _: unknown, command: Command) => {
      // commander gives options that `sweep` has, too, to `sweep`.
      const options = command.optsWithGlobals<PlanOptions>();
      if (options.price !== undefined && options.cores === undefined)
        throw refuseOptions(command, {
          what: '--price needs --cores',
          expected: '--cores N',
          got: 'a price without a fleet',
          option: '--price',
          hint: 'for example --cores 64 --price 0.04',
        });
      await planCommand(name, options);
    });
}

async function planCommand(name: string, options: PlanOptions): Promise<void> {
  const { threads, jobs = threads, cores, price, runsDir, json } = options;
  const { sweep, study } = await loadedSweep(name);
  const { planSweep } = await import('../../study/sweep/sweep.ts');
  const { sweepCosts, sweepPlanText } = await import('../sweep-text.ts');
  const planned = await planSweep({ sweep, study, slots: await slotsOf(threads, jobs) }, await workshopOf(runsDir));
  const costs = sweepCosts(planned, cores === undefined ? undefined : { cores, ...(price !== undefined && { price }) });
  if (json) process.stdout.write(`${JSON.stringify({ event: 'plan', sweep: sweep.config.sweep, ...costs })}\n`);
  else print(sweepPlanText(sweep.config.sweep, costs, threads));
}

async function runSweepCommand(name: string, options: SweepCommandOptions, command: Command): Promise<number> {
  const { threads, jobs = threads, replace = false, only, json = false } = options;
  const address = await addressOf(options);
  checkSlurmOptions(command, options, address?.kind === 'slurm', only);
  // Workers on a shared folder compute in the store of that folder.
  const runsDir = address?.kind === 'folder' ? address.path : options.runsDir;
  const { sweep, study } = await loadedSweep(name);
  if (address?.kind === 'slurm') {
    const { submitSweep } = await import('../slurm.ts');
    await submitSweep({ sweep, study, file: name, runsDir, threads, replace }, options, json);
    return 0;
  }
  const { runSweep } = await import('../../study/sweep/sweep.ts');
  const { startText } = await import('../plan-text.ts');
  const { studyDisplay } = await import('../study-display.ts');
  const { studyExecutor } = await import('../study-executor.ts');
  const killed = new AbortController();
  const display = studyDisplay(json, (planned) => startText(planned, 'sweep'));
  const stop = listenForStop(
    () => {
      display.say(STOPPING);
    },
    () => {
      killed.abort();
    },
  );
  const fleet =
    address &&
    (await (
      await import('../fleet.ts')
    ).openFleet(address, options, { sweep, replace }, runsDir, (text) => display.say(text)));
  try {
    const graphFile = join(resolve(runsDir), sweep.config.sweep, 'graph.json');
    const outcome = await runSweep(
      {
        sweep,
        study,
        runsDirectory: runsDir,
        slots: await slotsOf(threads, jobs),
        version: packageVersion(),
        replace,
        ...(only && { only }),
        renderReport: async (results) => (await import('../../report/sweep-page.ts')).renderSweepPage(results),
      },
      {
        ...(await workshopOf(runsDir)),
        executor: fleet?.executor ?? studyExecutor({ graphFile, killed: killed.signal }),
      },
      {
        emit: (event) => {
          display.emit(event);
        },
        signal: stop.signal,
      },
    );
    display.end();
    await endSweep(outcome, json);
    if (outcome.outcome === 'stopped') {
      display.say(STOPPED);
      return stop.exitCode();
    }
    return sweepExitCode(join(runsDir, sweep.config.sweep), outcome);
  } finally {
    display.end();
    stop.dispose();
    await fleet?.close();
  }
}
