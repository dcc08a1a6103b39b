// `tracelab study`: the whole experiment from one configuration.
import type { Command } from 'commander';
import type { StudyResults } from '../../study/results.ts';
import { jsonOption, setOption, threadsOption } from '../options.ts';
import { presetNames, resolveConfig } from '../presets.ts';
import { STOPPED, STOPPING, listenForStop } from '../signals.ts';
import { typedPath } from '../typed-path.ts';
import { packageVersion } from '../version.ts';

interface StudyCommandOptions {
  readonly set: readonly string[];
  readonly threads: number;
  readonly runsDir: string;
  readonly plan?: true;
  readonly json?: true;
  readonly schema?: true;
}

export function addStudy(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('study')
    .description('make data, train every condition, evaluate, and print all findings with a report')
    .argument('[config]', `a preset (${presetNames().join(', ')}) or the path of a YAML file`)
    .addOption(setOption())
    .addOption(threadsOption())
    .option('--runs-dir <folder>', 'where run directories are; the study gets its own, named after it', 'runs')
    .option('--plan', 'print cells, parameters, tokens, operations, memory and time, and run nothing')
    .option('--schema', 'print the JSON Schema of configurations and run nothing')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A study that was stopped goes on when the same command is given again; a finished one prints its result at once.

Examples:
  tracelab study quick
  tracelab study quick --plan
  tracelab study quick --set seeds=[1,2,3] --set study=three-seeds
  tracelab study my-study.yaml --runs-dir /data/runs --threads 8
  tracelab study quick --json > events.jsonl`,
    )
    .action(async (name: string | undefined, options: StudyCommandOptions, command: Command) => {
      if (options.schema) {
        const { configJsonSchema } = await import('../../study/config.ts');
        process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
      } else if (name === undefined) {
        command.error("error: missing argument 'config'; for example: tracelab study quick");
      } else {
        setExitCode(await study(name, options));
      }
    });
}

async function study(name: string, { set, threads, runsDir, plan, json }: StudyCommandOptions): Promise<number> {
  const { loadConfig } = await import('../../study/config-file.ts');
  const loaded = await loadConfig(resolveConfig(name), set);
  const { REAL_DEPENDENCIES } = await import('../../study/real-dependencies.ts');
  const { planOnly, runStudy } = await import('../../study/study.ts');
  const { planText } = await import('../plan-text.ts');
  if (plan) {
    const planned = await planOnly({ loaded, runsDirectory: runsDir, threads }, REAL_DEPENDENCIES);
    process.stdout.write(json ? `${JSON.stringify({ event: 'plan', plan: planned })}\n` : planText(planned));
    return 0;
  }
  const { createProgress } = await import('../progress.ts');
  const progress = createProgress(json === true);
  const stop = listenForStop(() => {
    progress.say(STOPPING);
  });
  try {
    const renderReport = async (results: StudyResults, runPath: string): Promise<string> => {
      const { renderReport: render } = await import('../../report/report.ts');
      return render(results, typedPath(runPath));
    };
    const outcome = await runStudy(
      { loaded, runsDirectory: runsDir, threads, version: packageVersion(), renderReport },
      REAL_DEPENDENCIES,
      { emit: progress.emit, signal: stop.signal },
    );
    progress.end();
    if (!outcome.finished) {
      progress.say(STOPPED);
      return stop.exitCode();
    }
    if (!json) {
      const { resultsText } = await import('../results-text.ts');
      process.stdout.write(resultsText(outcome.results, outcome.report));
    }
    return 0;
  } finally {
    progress.end();
    stop.dispose();
  }
}
