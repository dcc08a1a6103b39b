// `tracelab dashboard`: a page on this machine that shows what the studies and sweeps of a folder or of an engine do.
import type { Command } from 'commander';
import { engineOption, artefactsOption } from '../engine.ts';
import type { EngineOptions } from '../engine.ts';
import { refuseOptions } from '../command-line.ts';
import { print } from '../fit.ts';
import { dashboardPortOption, jsonOption } from '../options.ts';
import { listenForStop } from '../signals.ts';
import { checkHosts, givenToken, LOOPBACK_HOSTS, urlOf } from '../listening.ts';

interface DashboardCommandOptions extends EngineOptions {
  readonly host?: string;
  /** Undefined: the usual one, or the next that is free. */
  readonly port?: number;
  readonly tokenFile?: string;
  readonly json?: true;
}

/** Variable of the environment that may hold the token. */
const TOKEN = 'TRACELAB_DASHBOARD_TOKEN';
const USUAL_PORT = 8600;
/** Ports after the usual one that are tried. */
const MORE_PORTS = 20;
/** Between two looks at a folder, and at a database, which others ask too. */
const PACE_SECONDS = { folder: 1, postgres: 2 } as const;

/** Adds the command `dashboard` to the program. */
export function addDashboard(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('dashboard')
    .description('show in a browser what studies, sweeps and workers do; starts and changes nothing')
    .argument('[folder]', 'folder of studies and sweeps (default: runs)')
    .addOption(engineOption('show the sweeps of an engine'))
    .addOption(artefactsOption())
    .option(
      '--host <address>',
      'address to listen on; another than loopback needs a token (default: 127.0.0.1 and ::1)',
    )
    .addOption(dashboardPortOption())
    .option('--token-file <file>', `file with the token that every request needs; or the variable ${TOKEN}`)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
The page shows each task with its state, curves, log and completions, the
workers, and the report of a finished study. Ctrl-C stops the dashboard, and
nothing else.

With a token the page asks for it once; http://HOST:PORT/#token=TOKEN gives it.

Examples:
  tracelab dashboard
  tracelab dashboard /data/runs --port 0
  tracelab dashboard --engine postgres://lab@db.example.org/lab
  tracelab dashboard --host 0.0.0.0 --token-file token.txt`,
    )
    .action(async (folder: string | undefined, options: DashboardCommandOptions, command: Command) => {
      if (folder !== undefined && options.engine !== undefined)
        throw refuseOptions(command, {
          what: 'a folder and an engine are two places',
          expected: 'one of them',
          got: `${folder} and --engine`,
          option: '--engine',
          hint: 'leave one out',
        });
      setExitCode(await dashboard(folder, options));
    });
}

async function dashboard(folder: string | undefined, options: DashboardCommandOptions): Promise<number> {
  const { host, port, tokenFile, json } = options;
  const { explained } = await import('../../base/files.ts');
  const { DashboardServer } = await import('../../dashboard/server.ts');
  const { dashboardPage, loginPage } = await import('../../report/dashboard-page.ts');
  const { openSource } = await import('../dashboard-source.ts');
  const token = await givenToken(tokenFile, TOKEN);
  const hosts = host === undefined ? LOOPBACK_HOSTS : [host];
  await checkHosts(hosts, token, TOKEN);
  const pages = { dashboard: dashboardPage(), login: loginPage() };
  const { source, kind } = await openSource(folder, options);
  const stopped = Promise.withResolvers<undefined>();
  const stop = listenForStop(() => {
    stopped.resolve(undefined);
  });
  try {
    const server = await DashboardServer.listen({
      source,
      hosts,
      port: port ?? USUAL_PORT,
      morePorts: port === undefined ? MORE_PORTS : 0,
      token,
      pages,
      pace: PACE_SECONDS[kind],
      failed: (error) => {
        const { message } = explained(error) as Error;
        print(`error in the dashboard: ${message}\n`, process.stderr);
      },
    });
    const url = urlOf(host, server.port);
    if (json) process.stdout.write(`${JSON.stringify({ event: 'dashboard', place: source.place, url })}\n`);
    else print(`${source.place} at ${url}/; Ctrl-C stops the dashboard\n`);
    await stopped.promise;
    await server.close();
    return stop.exitCode();
  } finally {
    stop.dispose();
    await source.close();
  }
}
