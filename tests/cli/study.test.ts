// A whole small study through the real command line: stopped, resumed, waited for by a second process, in parts, and
// finished with one result.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { displayEvent } from '../../src/cli/display/event-schema.ts';
import { runCli, startCli } from './run-cli.ts';

// Processes and disks of a busy machine are slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cli-study-'));
  writeFileSync(
    join(folder, 'tiny.yaml'),
    `
study: tiny
conditions: [correct, swapped]
data: {size: 6, train: 300, dev: 4, test: 4, distributions: [wilson, drunkard]}
model: {d_model: 32, n_layer: 2, n_head: 2, d_ff: 64}
train: {epochs: 2, batch_tokens: 1024, lr: 2e-3, checkpoints: 2}
`,
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const resultOf = (out: string): string => /^result ([0-9a-f]{64})$/m.exec(out)?.[1] ?? 'none';

/** What a study is run with: tiny. */
const STUDY = ['study', 'tiny.yaml'];

/** Of the study that the first test has finished; nothing later changes it. */
let tiny: string;

const filesIn = (path: string): string[] => readdirSync(join(folder, path)).sort();
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

interface Event {
  readonly event: string;
  readonly id?: string;
  readonly owner?: string;
  readonly reused?: boolean;
  readonly result?: string;
  readonly seconds?: number;
}

const eventsOf = (out: string): Event[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);

it('gives the same result whether it was stopped or not, waited for or not, and on one thread', async () => {
  const study = [...STUDY, '--threads', '2'];
  const stopped = startCli(study, folder);
  await stopped.until('start      train-correct-seed1');
  stopped.kill('SIGINT');
  const { code, out, error } = await stopped.finished;
  expect(error).toContain('stopping at the next safe point (at most 5 s); Ctrl-C again stops at once\n');
  expect(error).toMatch(/\nstopped; run the same command to resume\n$/);
  expect(error).toMatch(/^stopped {4}train-correct-seed1$/m);
  expect([code, out]).toEqual([130, '']);
  expect(filesIn('runs')).toEqual(['cells', 'tiny']);
  expect(filesIn('runs/tiny')).toEqual(['cells.json', 'config.yaml', 'graph.json']);

  // Whoever comes second waits for the cells of the first, or reuses them, and ends with the same result.
  const first = startCli([...study, '--json'], folder);
  await first.until('"event":"progress"');
  const second = startCli([...study, '--json'], folder);
  const [resumed, waited] = [await first.finished, await second.finished];
  expect([resumed.code, resumed.error, waited.code, waited.error]).toEqual([0, '', 0, '']);
  const events = eventsOf(resumed.out);
  const finished = events.filter(({ event }) => event === 'finished');
  // Data are from before the stop.
  expect(finished.find(({ id }) => id === 'data')).toMatchObject({ reused: true });
  expect(new Set(finished.map(({ id }) => id)).size).toBe(9);
  expect(finished).toHaveLength(9);
  // Nothing is computed twice, whoever was first at a cell.
  const computed = [...events, ...eventsOf(waited.out)]
    .filter(({ event, reused }) => event === 'finished' && reused === false)
    .map(({ id }) => id);
  expect(computed).toHaveLength(new Set(computed).size);
  expect(eventsOf(waited.out).at(-1)?.result).toBe(events.at(-1)?.result);
  expect(filesIn('runs/tiny')).toEqual(['cells.json', 'config.yaml', 'graph.json', 'report.html', 'results.json']);
  const { cells } = JSON.parse(read('runs/tiny/cells.json')) as { cells: Record<string, string> };
  expect(filesIn('runs/cells').map((name) => name.replace(/^.*-/, ''))).toEqual(
    filesIn('runs/cells').map((name) =>
      Object.values(cells)
        .find((hash) => name.endsWith(hash.slice(0, 16)))
        ?.slice(0, 16),
    ),
  );
  expect(Object.keys(cells)).toHaveLength(9);

  const again = await runCli(study, folder);
  expect([again.code, again.error, resultOf(again.out)]).toEqual([0, '', events.at(-1)?.result]);
  tiny = resultOf(again.out);
  expect(again.out).toMatch(/^F3 +undertrained /m);
  expect(again.out).toMatch(/^Correct traces( +[\d.]+ \[[\d.]+, [\d.]+\]){2}$/m);

  const whole = await runCli([...STUDY, '--threads', '1', '--runs-dir', 'others'], folder);
  expect(whole.error).toMatch(/^study tiny: about /m);
  expect(Math.max(...whole.error.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(resultOf(whole.out)).toBe(tiny);
  expect(tiny).not.toBe('none');
});

it.each([1, 2, 4])('gives the same result with --jobs %i', async (jobs) => {
  const { out } = await runCli([...STUDY, '--threads', '4', '--jobs', `${jobs}`, '--runs-dir', `jobs-${jobs}`], folder);
  expect(resultOf(out)).toBe(tiny);
  rmSync(join(folder, `jobs-${jobs}`), { recursive: true });
});

it('another configuration under the same name is refused with both hashes, and --replace lets it in', async () => {
  const other = [...STUDY, '--runs-dir', 'named', '--set', 'seeds=[2]', '--set', 'conditions=[correct]'];
  mkdirSync(join(folder, 'named/tiny'), { recursive: true });
  for (const name of ['cells.json', 'results.json', 'report.html'])
    cpSync(join(folder, 'runs/tiny', name), join(folder, 'named/tiny', name));
  const before = filesIn('named/tiny');
  const refused = await runCli(other, folder);
  expect(refused.error).toMatch(
    /^error\[STUDY_OTHER\] named\/tiny: there is a study of this name with another configuration; expected [0-9a-f]{12}, got [0-9a-f]{12} \(hint: give the study another name \(--set study=NAME\), or --replace\)\n$/,
  );
  expect([refused.code, refused.out, filesIn('named/tiny'), filesIn('named')]).toEqual([2, '', before, ['tiny']]);
  const replaced = await runCli([...other, '--replace'], folder);
  expect(replaced.code).toBe(0);
  expect(resultOf(replaced.out)).toMatch(/^[0-9a-f]{64}$/);
  expect(resultOf(replaced.out)).not.toBe(tiny);
});

it('a run of 0.1.0 is refused with its hint and stays as it was', async () => {
  mkdirSync(join(folder, 'old/tiny/cells'), { recursive: true });
  writeFileSync(join(folder, 'old/tiny/manifest.json'), JSON.stringify({ tracelab: '0.1.0', kind: 'study' }));
  const { code, out, error } = await runCli([...STUDY, '--runs-dir', 'old'], folder);
  expect([code, out, error]).toEqual([
    2,
    '',
    'error[RUN_OLD_FORMAT] old/tiny: a run of tracelab 0.1.0; expected a run of this version, got one of 0.1.0 (hint: finished with 0.1.0; keep it for its report, or give another directory)\n',
  ]);
  expect([filesIn('old'), filesIn('old/tiny')]).toEqual([['tiny'], ['cells', 'manifest.json']]);
});

it('parts merged give the results of the whole, to the byte', async () => {
  const part = async (index: number): Promise<void> => {
    const runs = ['--runs-dir', `part-${index}`];
    const { code, out, error } = await runCli([...STUDY, ...runs, '--shard', `${index}/2`], folder);
    expect([code, out]).toEqual([0, '']);
    expect(error).toMatch(new RegExp(`^part ${index}/2 is finished; \\d+ tasks left for other parts`, 'm'));
    expect(existsSync(join(folder, `part-${index}/tiny/results.json`))).toBe(false);
    const exported = await runCli(['runs', 'export', `part-${index}.tar`, ...runs], folder);
    expect([exported.code, exported.error]).toEqual([0, '']);
    const merged = await runCli(['runs', 'merge', `part-${index}.tar`, '--runs-dir', 'merged'], folder);
    expect([merged.code, merged.error]).toEqual([0, '']);
  };
  await part(1);
  await part(2);
  const merged = await runCli([...STUDY, '--runs-dir', 'merged'], folder);
  expect([merged.code, resultOf(merged.out)]).toEqual([0, tiny]);
  // Nothing was left to compute.
  expect(merged.error).not.toContain('start');
  const outputs = (runs: string): unknown[] =>
    filesIn(`${runs}/cells`).map((name) => {
      const { result, outputs: files } = JSON.parse(read(`${runs}/cells/${name}/done.json`)) as {
        result: string;
        outputs: Record<string, string>;
      };
      // These two hold times; the result is that of all others.
      return [
        name,
        result,
        Object.entries(files).filter(([file]) => !/(?:^|\/)(?:metrics\.jsonl|evaluation\.json)$/.test(file)),
      ];
    });
  expect(outputs('merged')).toEqual(outputs('runs'));
});

it('a report names the folders of its own study, with --runs-dir too', () => {
  const commandsOf = (run: string): string[] =>
    readFileSync(join(folder, run, 'report.html'), 'utf8').match(/npx tracelab [^<\n]*/g) ?? [];
  expect(commandsOf('runs/tiny')).toContain('npx tracelab analyse lengths runs/tiny --html lengths.html');
  expect(commandsOf('others/tiny')).toContain('npx tracelab analyse lengths others/tiny --html lengths.html');
  expect(commandsOf('others/tiny')).toContain('npx tracelab study ./tiny.yaml --runs-dir others');
  expect(commandsOf('others/tiny').filter((command) => command.includes('runs/'))).toEqual([]);
});

it('writes the report, and writes it again from the results alone', async () => {
  const report = readFileSync(join(folder, 'runs/tiny/report.html'), 'utf8');
  expect(report).toMatch(/^<!doctype html>/);
  expect(report).toContain('undertrained');
  const { code } = await runCli(['report', 'runs/tiny', '--out', 'again.html'], folder);
  expect([code, readFileSync(join(folder, 'again.html'), 'utf8') === report]).toEqual([0, true]);
  const text = await runCli(['report', 'runs/tiny', '--text'], folder);
  expect(text.out).toMatch(/^F3 +undertrained /m);
});

it('tells JSON events one a line, and nothing else on stdout', async () => {
  const { out, error } = await runCli(
    [...STUDY, '--json', '--set', 'evaluate.temperature=1', '--set', 'study=warm'],
    folder,
  );
  const events = eventsOf(out);
  expect(events.slice(0, 2).map(({ event }) => event)).toEqual(['planned', 'plan']);
  expect(events.at(-2)?.event).toBe('ended');
  expect(events.at(-1)).toMatchObject({
    event: 'result',
    report: 'runs/warm/report.html',
    result: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  for (const event of [events[0], ...events.slice(2, -1)]) displayEvent.parse(event);
  // Another study of the same models trains none of them again.
  const reused = events.filter((event) => event.event === 'finished' && event.reused).map(({ id }) => id);
  expect(reused.filter((id) => id?.startsWith('train-') || id === 'data').sort()).toEqual([
    'data',
    'train-correct-seed1',
    'train-swapped-seed1',
  ]);
  expect(events.filter(({ event }) => event === 'started').map(({ id }) => id)).toContain('test-correct-seed1');
  expect(error).toBe('');
});

it('plans without making a run directory, in 80 columns', async () => {
  const { code, out } = await runCli([...STUDY, '--plan', '--threads', '2', '--runs-dir', 'planned'], folder);
  expect(code).toBe(0);
  expect(out).toMatch(/^study tiny: 9 tasks, [\d,]+ parameters, vocabulary of 56 words\n/);
  expect(out).toMatch(/^kind +condition +tasks +tokens +CPU time +threads\ndata +all +1 +\d+ +/m);
  expect(out).toMatch(/^train +correct +1 +[\d.]+ [kM] +\d+ s +\d\n +swapped +1 /m);
  expect(out).toMatch(/^ {2}data[^:]*: 1 thread a task; more would not make it faster$/m);
  expect(out).toMatch(/^ {2}(?:.* )?train[^:]*: [12] threads? a task; /m);
  expect(out.replaceAll('\n', ' ')).toMatch(
    / Time: about [^.]* on 2 threads\. A range, because lengths come from a sample /,
  );
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(readdirSync(folder)).not.toContain('planned');
});
