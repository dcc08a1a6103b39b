// `--log tensorboard`: the event files have every number of metrics.jsonl once, through stops, kills and resumed runs,
// and no record, result or check of a folder knows them.
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EventLog } from '../../src/cli/event-log.ts';
import { scalarsOf } from '../../src/render/tensorboard.ts';
import { readEvents } from '../render/event-reader.ts';
import { RL_SETTINGS, writeTinyConfig } from './artefacts.ts';
import { runCli, startCli } from './run-cli.ts';
import { writeSmallStudy } from './small-study.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-events-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Row = Readonly<Record<string, unknown>> & { readonly step: number };

/** Steps with their numbers, of the one event file in a folder. */
function logged(directory: string): unknown[] {
  const files = readdirSync(directory).filter((name) => name.includes('tfevents'));
  expect(files).toHaveLength(1);
  const [version, start, ...events] = readEvents(readFileSync(join(directory, files[0])));
  expect([version.version, start.status, start.step]).toEqual(['brain.Event:2', 1, 0]);
  const times = [version, start, ...events].map(({ wallTime }) => wallTime);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  return events.map(({ step, values }) => [step, ...values]);
}

/** What they must be. */
function rowsIn(directory: string): unknown[] {
  return readFileSync(join(directory, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
    .map((row) => [row.step, ...scalarsOf(row).map(([tag, value]) => [tag, Math.fround(value)])]);
}

describe('a file that grows', () => {
  const rows = (from: number, to: number, loss = 0): string =>
    Array.from({ length: to - from }, (_, i) => `${JSON.stringify({ step: from + i, loss, seconds: 0.5 })}\n`).join('');
  const log = (): { readonly events: EventLog; readonly warnings: string[] } => {
    const warnings: string[] = [];
    let now = 0;
    const events = new EventLog({
      directoryOf: (id) => Promise.resolve(join(folder, id)),
      logOf: (_, directory) => directory,
      seconds: () => (now += 10),
      failed: (message) => warnings.push(message),
    });
    return { events, warnings };
  };
  const id = 'grows';
  const directory = (): string => join(folder, id);
  const metrics = (): string => join(directory(), 'metrics.jsonl');
  const steps = (): unknown[] => logged(directory()).map((each) => (each as unknown[])[0]);

  it('is followed to its last whole row; a start makes the file anew', async () => {
    mkdirSync(directory());
    const first = log();
    first.events.event({ event: 'progress', id });
    writeFileSync(metrics(), `${rows(1, 4)}{"step": 4, "lo`);
    first.events.event({ event: 'progress', id });
    await vi.waitFor(() => {
      expect(steps()).toEqual([1, 2, 3]);
    });
    const [name] = readdirSync(directory());
    appendFileSync(metrics(), `ss": 2, "seconds": 1}\n${rows(5, 9)}`);
    first.events.event({ event: 'progress', id });
    await first.events.close();
    expect(steps()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(logged(directory())).toEqual(rowsIn(directory()));
    // The first call found no file, the later ones the same: what is there is never written again.
    expect(readdirSync(directory())).toEqual([name, 'metrics.jsonl']);
    // Killed: the next process cuts the rows after the saved state and computes others.
    const second = log();
    truncateSync(metrics(), `${rows(1, 4)}{"step": 4, "loss": 2, "seconds": 1}\n${rows(5, 6)}`.length);
    appendFileSync(metrics(), rows(6, 8, 3));
    second.events.event({ event: 'started', id });
    second.events.event({ event: 'stopped', id });
    await second.events.close();
    expect(steps()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(logged(directory())).toEqual(rowsIn(directory()));
    expect([...first.warnings, ...second.warnings]).toEqual([]);
  });

  it('that is no file of rows ends the log with one warning, not the run', async () => {
    writeFileSync(metrics(), 'no row\n');
    const { events, warnings } = log();
    events.event({ event: 'progress', id });
    events.event({ event: 'stopped', id });
    await events.close();
    expect(warnings).toHaveLength(1);
    rmSync(directory(), { recursive: true });
  });
});

it('train, stopped and resumed, and rl: event files next to metrics.jsonl, and the same result as without', async () => {
  writeTinyConfig(folder);
  const run = async (...args: string[]): Promise<string> => {
    const { code, out, error } = await runCli(args, folder);
    expect(code, error).toBe(0);
    return out;
  };
  await run('generate', 'tiny.yaml', '--out', 'data');
  const train = ['train', 'tiny.yaml', '--data', 'data', '--threads', '1', '--set', 'train.epochs=40'];
  const plain = await run(...train, '--out', 'plain');
  const log = [...train, '--out', 'run', '--log', 'tensorboard'];
  const killed = startCli([...log, '--json'], folder);
  await killed.until('"progress"');
  killed.kill('SIGKILL');
  await killed.finished;
  const out = await run(...log);
  expect(out.split('\n').at(-2)).toBe(plain.split('\n').at(-2));
  const rows = rowsIn(join(folder, 'run'));
  expect(rows.length).toBeGreaterThan(50);
  expect(logged(join(folder, 'run'))).toEqual(rows);
  await run('runs', 'verify', 'run');
  const done = readFileSync(join(folder, 'run/done.json'), 'utf8');
  expect(done).not.toContain('tfevents');
  // A finished run is logged, too.
  await run(...train, '--out', 'plain', '--log', 'tensorboard');
  expect(logged(join(folder, 'plain'))).toEqual(rowsIn(join(folder, 'plain')));
  await run('evaluate', '--checkpoint', 'run', '--data', 'data', '--out', 'tested');

  await run('rl', 'run', '--data', 'data', '--out', 'rl', '--threads', '1', ...RL_SETTINGS, '--log', 'tensorboard');
  expect(logged(join(folder, 'rl'))).toEqual(rowsIn(join(folder, 'rl')));
  expect(rowsIn(join(folder, 'rl'))).toHaveLength(2);
  await run('runs', 'verify', 'rl');
});

it("study: a folder for each task with metrics.jsonl, in the study's own", async () => {
  writeSmallStudy(folder);
  const { code, error } = await runCli(['study', 'small.yaml', '--threads', '1', '--log', 'tensorboard'], folder);
  expect(code, error).toBe(0);
  expect(readdirSync(join(folder, 'runs/small/tensorboard'))).toEqual(['train-correct-seed1']);
  const [cell] = readdirSync(join(folder, 'runs/cells')).filter((name) => name.startsWith('train-'));
  expect(readdirSync(join(folder, 'runs/cells', cell)).filter((name) => name.includes('tfevents'))).toEqual([]);
  const rows = rowsIn(join(folder, 'runs/cells', cell));
  expect(logged(join(folder, 'runs/small/tensorboard/train-correct-seed1'))).toEqual(rows);
  for (const args of [['verify'], ['list'], ['show', 'small'], ['export', 'small.tar', '--study', 'small']])
    expect((await runCli(['runs', ...args], folder)).code, args[0]).toBe(0);
  const { code: other, error: refused } = await runCli(
    ['train', '--data', 'x', '--out', 'y', '--log', 'wandb'],
    folder,
  );
  expect([other, refused]).toEqual([2, expect.stringContaining('expected tensorboard, got')]);
});
