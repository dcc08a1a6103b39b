// The command line: commands with their help, and one place where every failure becomes one line and an exit code.
import { Command, CommanderError } from 'commander';
import { EXIT_CODES } from '../base/errors.ts';
import { commandLineRefusal, checkValues } from './command-line.ts';
import { addAnalyse } from './commands/analyse.ts';
import { addBench } from './commands/bench.ts';
import { addComplete } from './commands/complete.ts';
import { addConfig } from './commands/config.ts';
import { addDashboard } from './commands/dashboard.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addExplain } from './commands/explain.ts';
import { addGenerate } from './commands/generate.ts';
import { addIntervene } from './commands/intervene.ts';
import { addPlay } from './commands/play.ts';
import { addReport } from './commands/report.ts';
import { addRl } from './commands/rl.ts';
import { addRuns } from './commands/runs.ts';
import { addServe } from './commands/serve.ts';
import { addSolve } from './commands/solve.ts';
import { addStudy } from './commands/study.ts';
import { addSweep } from './commands/sweep.ts';
import { addTask } from './commands/task.ts';
import { addTrain } from './commands/train.ts';
import { addVerify } from './commands/verify.ts';
import { addWorker } from './commands/worker.ts';
import { printHelp } from './fit.ts';
import { printError } from './print-error.ts';
import { packageVersion } from './version.ts';

/**
 * Runs one command.
 * @param args without node and script
 * @returns exit code: 0 done, 2 refused input, 3 damaged artefact, 4 environment, 5 some tasks of a study failed for
 * other causes, 70 a bug of ours, 130 or 143 stopped
 */
export async function main(args: readonly string[]): Promise<number> {
  // A reader that went away (`| head`) does not stop a study; its files are the record.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  let exitCode = 0;
  const program = await programOf(args, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    const refusal = error instanceof CommanderError ? commandLineRefusal(error, program, args) : undefined;
    return explain(refusal ?? error, args.includes('--debug'));
  }
}

/**
 * All commands with their options.
 * @param args decide how much of `complete` is loaded
 * @param setExitCode is called by a command that ends without an error
 */
export async function programOf(args: readonly string[], setExitCode: (code: number) => void): Promise<Command> {
  const program = new Command('tracelab')
    .description(
      'Train small transformers from scratch on formally verifiable reasoning traces, and test whether the traces ' +
        'matter.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--debug', 'print the stack of an error')
    .option('--domain-module <module>', 'a domain that is not built in: path of its module, or an installed package')
    .configureHelp({ sortSubcommands: false })
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => {
        printHelp(text, process.stdout);
      },
      writeErr: (text) => {
        printHelp(text, process.stderr);
      },
      // Its errors are printed with all others.
      outputError: () => undefined,
    })
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  tracelab doctor                  check this machine
  tracelab play                    two trained models in a page: draw a maze
  tracelab study smoke             the whole path in under two minutes
  tracelab study quick --plan      what the quick study costs here
  tracelab study quick             all findings on 6x6 mazes`,
    );
  program.hook('preAction', async () => {
    const { domainModule: named } = program.opts<{ readonly domainModule?: string }>();
    if (named === undefined) return;
    const { loadDomainModule } = await import('../data/domain-module.ts');
    await loadDomainModule(named, '--domain-module');
  });
  for (const add of [
    addStudy,
    addSweep,
    addWorker,
    addDashboard,
    addRuns,
    addConfig,
    addGenerate,
    addTrain,
    addRl,
    addEvaluate,
    addAnalyse,
    addIntervene,
    addVerify,
    addExplain,
    addSolve,
    addPlay,
    addServe,
    addReport,
    addTask,
    addDoctor,
    addBench,
    addComplete,
  ])
    await add(program, setExitCode, args);
  checkValues(program);
  return program;
}

/** Prints a failure as one line (with --debug its stack too) and gives its exit code. */
function explain(error: unknown, debug: boolean): number {
  // commander has printed help, version or its own message; help that was asked for is no failure.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.refused_input;
  return printError(error, debug);
}
