// `tracelab sweep status`, `sweep logs` and `sweep cancel`: sweeps that were given to an engine.
import type { Command } from 'commander';
import { artefactsOption, engineOption, openOverview } from '../engine.ts';
import type { EngineOptions } from '../engine.ts';
import { print, printLines } from '../fit.ts';
import { jsonOption } from '../options.ts';

interface FleetOptions extends EngineOptions {
  readonly json?: true;
}

interface CancelOptions extends FleetOptions {
  readonly drain?: true;
}

/** Adds the commands to `sweep`. */
export function addSweepFleet(sweep: Command): void {
  const verb = (usage: string, description: string): Command =>
    sweep
      .command(usage)
      .description(description)
      .addOption(engineOption('the engine of the fleet'))
      .addOption(artefactsOption())
      .addOption(jsonOption());
  verb('status', 'sweeps and workers of an engine: what is finished, what runs where').action(
    async (_: unknown, command: Command) => {
      await showStatus(command.optsWithGlobals<FleetOptions>());
    },
  );
  verb('logs', 'why a task failed on the workers of an engine')
    .argument('<sweep>', 'name of a sweep')
    .argument('<task>', 'id of a task')
    .action(async (name: string, task: string, _: unknown, command: Command) => {
      await showLogs(name, task, command.optsWithGlobals<FleetOptions>());
    });
  verb('cancel', 'begin no task of a sweep any more; what is finished stays')
    .argument('<sweep>', 'name of a sweep')
    .option('--drain', 'let tasks that run now end')
    .action(async (name: string, _: unknown, command: Command) => {
      await cancel(name, command.optsWithGlobals<CancelOptions>());
    });
}

async function showStatus(options: FleetOptions): Promise<void> {
  const overview = await openOverview(options);
  try {
    const status = await overview.status();
    if (options.json)
      process.stdout.write(`${JSON.stringify({ event: 'status', engine: overview.shown, ...status })}\n`);
    else {
      const { fleetStatusText } = await import('../fleet-text.ts');
      print(fleetStatusText(overview.shown, status));
    }
  } finally {
    await overview.close();
  }
}

async function showLogs(name: string, task: string, options: FleetOptions): Promise<void> {
  const overview = await openOverview(options);
  try {
    const lines = await overview.logs(name, task);
    if (options.json) process.stdout.write(`${JSON.stringify({ event: 'logs', sweep: name, task, lines })}\n`);
    else {
      const { logsText } = await import('../fleet-text.ts');
      printLines(logsText(task, lines));
    }
  } finally {
    await overview.close();
  }
}

async function cancel(name: string, options: CancelOptions): Promise<void> {
  const overview = await openOverview(options);
  try {
    await overview.cancel(name, options.drain === true);
    if (options.json) process.stdout.write(`${JSON.stringify({ event: 'cancelled', sweep: name })}\n`);
    else
      print(
        `${name} is cancelled: ${options.drain ? 'running tasks end' : 'running tasks save their state and stop'}, ` +
          'no other begins. The same sweep, given again, goes on where it was.\n',
      );
  } finally {
    await overview.close();
  }
}
