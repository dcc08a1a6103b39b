// `tracelab study`: the whole experiment from one configuration.
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { TaskFailure } from '../../work/executor.ts';
import type { EventLog } from '../event-log.ts';
import type { Shard } from '../../study/shard.ts';
import type { StudyResults } from '../../study/results.ts';
import { refuseOptions } from '../command-line.ts';
import { print } from '../fit.ts';
import { partlyFailed } from '../partly-failed.ts';
import { jobsOption, jsonOption, logOption, setOption, shardOption, threadsOption } from '../options.ts';
import { presetNames, resolveConfig } from '../presets.ts';
import { STOPPED, STOPPING, listenForStop } from '../signals.ts';
import { counted } from '../../render/terminal-text.ts';
import { typedPath } from '../typed-path.ts';
import { packageVersion } from '../version.ts';
import { slotsOf, workshopOf } from '../workshop.ts';

interface StudyCommandOptions {
  readonly set: readonly string[];
  readonly threads: number;
  readonly jobs?: number;
  readonly shard?: Shard;
  readonly replace?: true;
  readonly runsDir: string;
  readonly plan?: true;
  readonly log?: 'tensorboard';
  readonly json?: true;
  readonly schema?: true;
}

/** Adds the command `study` to the program. */
export function addStudy(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('study')
    .description('make data, train every condition, evaluate, and print all findings with a report')
    .argument('[config]', `a preset (${presetNames().join(', ')}) or the path of a YAML file`)
    .addOption(setOption())
    .addOption(threadsOption())
    .addOption(jobsOption())
    .addOption(shardOption())
    .option('--replace', 'replace a study of the same name with another configuration; finished cells are kept')
    .option('--runs-dir <folder>', 'folder of studies and of the store of cells that they share', 'runs')
    .addOption(logOption())
    .option('--plan', 'print tasks, parameters, tokens, operations, memory, threads and time, and run nothing')
    .option('--schema', 'print the JSON Schema of configurations and run nothing')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A stopped study resumes when the same command is given again; a finished study prints its result at once. Studies of one runs folder share
their finished cells: a second study reuses the models of the first.

Exit code 5: some tasks were set aside, all others are done; 4, if only the machine was the cause (disk, memory, limits). Run the same
command to try them again.

Examples:
  tracelab study quick
  tracelab study quick --plan
  tracelab study quick --set seeds=1,2,3 --set study=three-seeds
  tracelab study my-study.yaml --runs-dir /data/runs --threads 8
  tracelab study quick --shard 1/2              # on one of two machines; then runs export, runs merge, and without --shard
  tracelab study quick --json > events.jsonl`,
    )
    .action(async (name: string | undefined, options: StudyCommandOptions, command: Command) => {
      if (options.schema) {
        const { configJsonSchema } = await import('../../study/config.ts');
        process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
      } else if (name === undefined) {
        throw refuseOptions(command, {
          what: 'the argument config is missing',
          expected: 'a preset or the path of a YAML file',
          got: 'a call without it',
          hint: 'for example: tracelab study quick',
        });
      } else {
        setExitCode(await study(name, options));
      }
    });
}

async function study(name: string, options: StudyCommandOptions): Promise<number> {
  const { set, threads, jobs = threads, shard, replace = false, runsDir, plan, log, json = false } = options;
  const { loadConfig } = await import('../../study/config-file.ts');
  const loaded = await loadConfig(resolveConfig(name), set);
  const { planOnly, runStudy } = await import('../../study/study.ts');
  const { planText, startText } = await import('../plan-text.ts');
  const slots = await slotsOf(threads, jobs);
  const workshop = await workshopOf(runsDir);
  if (plan) {
    const planned = await planOnly({ loaded, slots }, workshop);
    if (json) process.stdout.write(`${JSON.stringify({ event: 'plan', plan: planned.plan })}\n`);
    else print(planText(planned));
    return 0;
  }
  const { studyDisplay } = await import('../study-display.ts');
  const { studyExecutor } = await import('../study-executor.ts');
  const killed = new AbortController();
  const display = studyDisplay(json, startText);
  const stop = listenForStop(
    () => {
      display.say(STOPPING);
    },
    () => {
      killed.abort();
    },
  );
  const failures: TaskFailure[] = [];
  const logged =
    log === undefined
      ? undefined
      : await studyEventLog(resolve(runsDir), loaded.config.study, (text) => {
          display.say(text);
        });
  try {
    const executor = studyExecutor({
      graphFile: join(resolve(runsDir), loaded.config.study, 'graph.json'),
      killed: killed.signal,
    });
    const renderReport = async (results: StudyResults, studyPath: string): Promise<string> => {
      const { reportOfStudy } = await import('../../report/live/study-report.ts');
      return reportOfStudy(results, studyPath, typedPath(studyPath));
    };
    const outcome = await runStudy(
      { loaded, runsDirectory: runsDir, slots, version: packageVersion(), replace, shard, renderReport },
      { ...workshop, executor },
      {
        emit: (event) => {
          display.emit(event);
          if (event.event === 'set_aside') failures.push(event.failure);
          if ('id' in event) logged?.event(event);
        },
        signal: stop.signal,
      },
    );
    await logged?.close();
    display.end();
    switch (outcome.outcome) {
      case 'stopped':
        display.say(STOPPED);
        return stop.exitCode();
      case 'partly_failed':
        return partlyFailed(join(runsDir, loaded.config.study), 'task', outcome.left, failures);
      case 'shard':
        display.say(
          `part ${shard?.index}/${shard?.of} is finished; ${counted(outcome.left.length, 'task')} left for ` +
            'other parts or for several: merge their cells (tracelab runs export, runs merge), then run this ' +
            'study without --shard',
        );
        return 0;
      case 'finished':
        if (!json) {
          const { resultsText } = await import('../results-text.ts');
          const { verdictPaint } = await import('../display/style.ts');
          print(resultsText(outcome.results, outcome.report, { paint: verdictPaint() }));
        }
        return 0;
      default:
        return outcome satisfies never;
    }
  } finally {
    display.end();
    stop.dispose();
  }
}

/** Event files of the tasks with metrics.jsonl, in a folder a task of the study's folder. */
async function studyEventLog(root: string, study: string, warn: (text: string) => void): Promise<EventLog> {
  const { startEventLog } = await import('../here.ts');
  const { cellFolder } = await import('../../work/cells.ts');
  const { readStudyCells } = await import('../../work/study-cells.ts');
  return startEventLog({
    directoryOf: async (id) => {
      const hash = (await readStudyCells(root, study))?.cells[id];
      return hash === undefined ? undefined : cellFolder(root, hash);
    },
    logOf: (id) => join(root, study, 'tensorboard', id),
    warn,
  });
}
