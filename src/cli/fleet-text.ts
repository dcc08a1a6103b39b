// Sweeps and workers of an engine in the terminal.
import { describeIdentity } from '../fleet/engine.ts';
import type { FleetStatus, GraphStatus, LogLine, WorkerStatus } from '../fleet/engine.ts';
import { alignColumns, counted, oneLine, printable } from '../render/terminal-text.ts';
import { duration, integer } from '../tables/format.ts';

/** Workers that are shown; `--json` has all. */
const MOST_WORKERS = 40;
/** A worker that has been silent for longer is called so. */
const SILENT_SECONDS = 30;

/** Everything that `sweep status` prints. */
export function fleetStatusText(shown: string, { graphs, workers, alarms }: FleetStatus): string {
  const lines = ['', `Engine ${oneLine(shown)}`, ''];
  for (const alarm of alarms) lines.push(`ALARM: ${oneLine(alarm)}`, '');
  lines.push(...(graphs.length === 0 ? ['No sweep was submitted.'] : sweepRows(graphs)), '');
  lines.push(...(workers.length === 0 ? ['No worker is known.'] : workerRows(workers)), '');
  return `${lines.join('\n')}`;
}

function sweepRows(graphs: readonly GraphStatus[]): string[] {
  const head = ['Sweep', 'State', 'Finished', 'Running', 'Ready', 'Waiting', 'Failed', 'Work done'];
  const rows = graphs.map(({ name, cancelled, states, running, seconds }) => {
    const all = Object.values(states).reduce((sum, each) => sum + each, 0);
    const left = states.ready + states.waiting;
    const state = cancelled ? 'cancelled' : left > 0 ? 'open' : states.set_aside > 0 ? 'failed' : 'finished';
    return [
      oneLine(name),
      state,
      `${integer(states.finished)}/${integer(all)}`,
      integer(running),
      integer(Math.max(0, states.ready - running)),
      integer(states.waiting),
      integer(states.set_aside + states.blocked),
      seconds.all > 0 ? `${Math.floor((100 * seconds.finished) / seconds.all)} %` : '-',
    ];
  });
  const jobs = graphs.flatMap(({ name, jobs: ids = [] }) => (ids.length === 0 ? [] : [`${name}: ${ids.join(', ')}`]));
  const identities = [...new Set(graphs.map(({ identity }) => describeIdentity(identity)))];
  return [
    ...alignColumns([head, ...rows]),
    '',
    ...jobs.map((line) => `Jobs of ${line}`),
    `Computed by ${identities.join('; ')}`,
  ];
}

function workerRows(workers: readonly WorkerStatus[]): string[] {
  const shown = workers.slice(0, MOST_WORKERS);
  const rows = shown.map(({ host, pid, threads, jobs, silent, tasks }) => [
    `${oneLine(host)}, process ${pid}`,
    threads === null ? '-' : String(threads),
    jobs === null ? '-' : String(jobs),
    silent > SILENT_SECONDS ? `silent for ${duration(silent)}` : 'alive',
    oneLine(tasks.join(', ')) || '-',
  ]);
  const more = workers.length - shown.length;
  return [
    ...alignColumns([['Worker', 'Threads', 'Jobs', 'State', 'Tasks'], ...rows], 'left'),
    ...(more > 0 ? [`and ${counted(more, 'other worker')}`] : []),
  ];
}

/** Everything that `sweep logs` prints. */
export function logsText(task: string, lines: readonly LogLine[]): string {
  if (lines.length === 0) return `no worker has reported a failure of ${oneLine(task)}\n`;
  return lines.map(({ at, worker, text }) => `${at.toISOString()} ${oneLine(worker)}\n${printable(text)}\n`).join('\n');
}
