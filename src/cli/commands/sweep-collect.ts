// `tracelab sweep collect`: tables and page of what others have computed.
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { TracelabError } from '../../base/errors.ts';
import { jsonOption } from '../options.ts';
import { loadedSweep } from '../loaded-sweep.ts';
import { endSweep, sweepExitCode } from '../sweep-end.ts';
import { packageVersion } from '../version.ts';
import { slotsOf, workshopOf } from '../workshop.ts';

interface CollectOptions {
  readonly runsDir: string;
  readonly json?: true;
}

/** Adds the command to `sweep`. */
export function addCollect(sweep: Command, setExitCode: (code: number) => void): void {
  sweep
    .command('collect')
    .description('write the tables and the page of what is finished, and compute nothing')
    .argument('<config>', 'the YAML file of a sweep')
    .option('--runs-dir <folder>', 'folder of studies, sweeps and the store of cells that they share', 'runs')
    .addOption(jsonOption())
    .action(async (name: string, _: unknown, command: Command) => {
      setExitCode(await collect(name, command.optsWithGlobals<CollectOptions>()));
    });
}

async function collect(name: string, { runsDir, json }: CollectOptions): Promise<number> {
  const { sweep, study } = await loadedSweep(name);
  const { config } = sweep;
  if (config.halving !== undefined)
    throw new TracelabError({
      code: 'CONFIG_IMPOSSIBLE',
      kind: 'refused_input',
      where: sweep.where('halving'),
      what: 'which trials go on is decided while a sweep with halving runs',
      expected: 'a sweep without halving',
      got: 'halving',
      hint: 'tracelab sweep CONFIG, with or without --engine, writes its tables',
    });
  const { runSweep } = await import('../../study/sweep/sweep.ts');
  const { readFailure } = await import('../../fleet/shared/fleet-file.ts');
  const { studyExecutor } = await import('../study-executor.ts');
  const folder = join(resolve(runsDir), config.sweep);
  const never = new AbortController().signal;
  const outcome = await runSweep(
    {
      sweep,
      study,
      runsDirectory: runsDir,
      slots: await slotsOf(1, 1),
      version: packageVersion(),
      collect: async (id) => readFailure(folder, id),
      renderReport: async (results) => (await import('../../report/sweep-page.ts')).renderSweepPage(results),
    },
    {
      ...(await workshopOf(runsDir)),
      executor: studyExecutor({ graphFile: join(folder, 'graph.json'), killed: never }),
    },
    { emit: () => undefined, signal: never },
  );
  await endSweep(outcome, json === true);
  return sweepExitCode(join(runsDir, config.sweep), outcome);
}
