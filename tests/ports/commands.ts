// The commands that write, each on a small input, and what each must leave behind: what campaigns that fail operations
// or cut the power compare.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../src/base/hash.ts';
import { makeArtefacts, interveneOf, RL_SETTINGS } from '../cli/artefacts.ts';
import type { Ran } from './here.ts';

/** All that a command writes is in this folder of the workshop. */
export const OUT = 'new';
const DATA = 'data-a/test-wilson.jsonl';
const ONE_THREAD = ['--threads', '1'];

export interface WritingCommand {
  readonly name: string;
  readonly args: readonly string[];
  /** Put into the folder OUT before the command. */
  readonly before?: readonly (readonly [from: string, to: string])[];
  /** What the command prints is compared, too. */
  readonly isPrinted?: true;
}

export const COMMANDS: readonly WritingCommand[] = [
  { name: 'generate', args: ['generate', 'tiny.yaml', '--out', OUT] },
  { name: 'train', args: ['train', 'tiny.yaml', '--data', 'data-a', '--out', OUT, ...ONE_THREAD] },
  {
    name: 'evaluate',
    args: ['evaluate', '--checkpoint', 'trained-a', '--data', 'data-a', '--out', OUT, ...ONE_THREAD],
  },
  {
    name: 'evaluate --completions',
    args: ['evaluate', '--completions', 'tested-a/completions-wilson.jsonl', '--out', OUT],
  },
  { name: 'rl', args: ['rl', 'trained-a', '--data', 'data-a', '--out', OUT, ...RL_SETTINGS, ...ONE_THREAD] },
  { name: 'intervene', args: [...interveneOf('a'), '--out', OUT, ...ONE_THREAD] },
  {
    name: 'analyse',
    args: ['analyse', 'lengths', 'tested-a', '--out', `${OUT}/lengths.json`, '--html', `${OUT}/lengths.html`],
  },
  { name: 'report', args: ['report', 'runs/study-a', '--out', `${OUT}/report.html`] },
  { name: 'report --csv', args: ['report', 'runs/study-a', '--csv', OUT] },
  { name: 'report --parquet', args: ['report', 'runs/study-a', '--rows', '--parquet', `${OUT}/rows.parquet`] },
  { name: 'runs export', args: ['runs', 'export', `${OUT}/a.tar`, '--study', 'study-a'] },
  { name: 'runs merge', args: ['runs', 'merge', 'archive-a.tar', '--runs-dir', OUT] },
  {
    name: 'runs verify --repair',
    args: ['runs', 'verify', '--repair', '--runs-dir', OUT],
    before: [['damaged-runs', OUT]],
  },
  {
    name: 'verify --output',
    args: ['verify', DATA, '--output', `${OUT}/verdicts.jsonl`, ...ONE_THREAD],
    isPrinted: true,
  },
  {
    name: 'verify --output parquet',
    args: ['verify', DATA, '--output', `${OUT}/verdicts.parquet`, ...ONE_THREAD],
    isPrinted: true,
  },
  { name: 'explain --html', args: ['explain', DATA, '--html', `${OUT}/trace.html`] },
  { name: 'solve --html', args: ['solve', 'trained-a', '--html', `${OUT}/solved.html`] },
  { name: 'play', args: ['play', 'runs/study-a', '--out', `${OUT}/page.html`] },
  { name: 'runs clean', args: ['runs', 'clean', '--runs-dir', OUT], before: [['unnamed-runs', OUT]] },
  {
    name: 'task',
    args: ['task', `${OUT}/study-a/graph.json`, 'train-correct-seed1', ...ONE_THREAD],
    before: [['begun-runs', OUT]],
  },
  {
    name: 'study of finished cells',
    args: ['study', 'study.yaml', '--set', 'study=study-a', '--runs-dir', OUT],
    before: [['finished-cells', OUT]],
  },
  {
    name: 'sweep of finished cells',
    args: ['sweep', 'sweep-a.yaml', '--runs-dir', OUT],
    before: [['finished-cells', OUT]],
  },
];

const IN_TURN = ['--runs-dir', OUT, '--threads', '1', '--jobs', '1'];

/** A study of one condition, whose tasks are processes of their own. */
export const STUDY: WritingCommand = { name: 'study', args: ['study', 'small.yaml', ...IN_TURN] };
/** Two trials of it. */
export const SWEEP: WritingCommand = { name: 'sweep', args: ['sweep', 'small-sweep.yaml', ...IN_TURN] };

/** Makes the inputs of all commands in an empty folder. */
export async function makeWorkshop(folder: string): Promise<void> {
  await makeArtefacts(folder, ['a']);
  cpSync(join(folder, 'runs'), join(folder, 'damaged-runs'), { recursive: true });
  const cell = readdirSync(join(folder, 'damaged-runs/cells')).find((name) => name.startsWith('data'));
  rmSync(join(folder, 'damaged-runs/cells', cell ?? '', 'train.jsonl'));
  const copy = (to: string, isCopied: (path: string) => boolean): void => {
    cpSync(join(folder, 'runs'), join(folder, to), {
      recursive: true,
      filter: (path) => isCopied(path.slice(folder.length + '/runs/'.length)),
    });
  };
  copy('unnamed-runs', (path) => !path.startsWith('sweep-a'));
  copy('begun-runs', (path) => !/^(?:sweep-a|cells\/(?!data-))/.test(path));
  copy('finished-cells', (path) => path === '' || path.startsWith('cells'));
}

/** Removes what earlier commands wrote, and begins. */
export function clear(folder: string, command: WritingCommand): void {
  rmSync(join(folder, OUT), { recursive: true, force: true });
  begin(folder, command);
}

/** Puts there what the command begins with. */
export function begin(folder: string, { before = [] }: WritingCommand): void {
  for (const [from, to] of before) cpSync(join(folder, from), join(folder, to), { recursive: true });
}

/** All that must be equal after a command, however often it was begun before; file by file, without times. */
export function stateOf(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  const out = join(folder, OUT);
  if (!existsSync(out)) return found;
  for (const path of readdirSync(out, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!statSync(join(out, path)).isFile() || /(?:^|\/)\.lease-[^/.]*$/.test(path)) continue;
    found.set(path, contentOf(join(out, path)));
  }
  return found;
}

/** Cells and results have times: what counts are their results. */
function contentOf(path: string): string {
  const bytes = readFileSync(path);
  if (/(?:^|\/)(?:done|results)\.json(?:\.damaged)?$/.test(path))
    return (JSON.parse(bytes.toString()) as { result: string }).result;
  // In the order in which the tasks ended.
  if (/(?:^|\/)cells\.json$/.test(path))
    return canonicalJson((JSON.parse(bytes.toString()) as { cells: Record<string, string> }).cells);
  // Checkpoints with equal weights share the cell of their test: it has the card of the one that was tested first.
  if (/(?:^|\/)model-card\.md$/.test(path)) return 'there';
  // With times in them, or made from files with times.
  if (
    /(?:metrics\.jsonl|cell\.json|evaluation\.json|interventions\.json|report\.html|\.tar|\.log|rows\.parquet|metrics\.csv)$/.test(
      path,
    )
  )
    return 'there';
  return createHash('sha256').update(bytes).digest('hex');
}

/** What is left of a command that ended: nothing may be, of those that were interrupted before it either. */
export function leftovers(folder: string): string[] {
  const below = (path: string): string[] =>
    existsSync(join(folder, path)) ? readdirSync(join(folder, path), { recursive: true, encoding: 'utf8' }) : [];
  const isLeft = (path: string): boolean => /(?:\.tmp|\.tmp\.jsonl)$|(?:^|\/)(?:\.trash-|\.merge-|resume)/.test(path);
  return [...below(OUT).filter(isLeft), ...below('tmp').filter((path) => path.includes('scratch'))];
}

/** Differences of two states, one line each. */
export function differences(expected: ReadonlyMap<string, string>, got: ReadonlyMap<string, string>): string[] {
  const names = [...new Set([...expected.keys(), ...got.keys()])].sort();
  return names
    .filter((name) => expected.get(name) !== got.get(name))
    .map((name) => `${name}: ${got.get(name) ?? 'missing'}, expected ${expected.get(name) ?? 'nothing'}`);
}

/** What is wrong with a command that failed because of the disk; undefined when it ended as promised. */
export function refusalFault({ code, error }: Ran): string | undefined {
  if (code !== 4) return `exit code ${code}, expected 4: ${error.slice(-400)}`;
  const lines = error.split('\n').filter((line) => line.startsWith('error['));
  if (lines.length !== 1) return `${lines.length} lines of errors, expected 1: ${error.slice(-600)}`;
  // A path has a slash, or is a name that the command was given.
  const [line] = lines;
  const where = line.slice(line.indexOf('] ') + 2);
  if (!/[/.]|new|archive-a|data-a|trained-a|tested-a|runs/.test(where.split(': ')[0])) return `no path: ${line}`;
  return undefined;
}

/** SHA-256 over the paths, sizes and times of all that a command may only read. */
export function inputsOf(folder: string): string {
  const hash = createHash('sha256');
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/^(?:new|tmp|cache)(?:\/|$)/.test(path) || /\.lease/.test(path)) continue;
    const found = statSync(join(folder, path));
    if (found.isFile()) hash.update(`${path} ${found.size} ${found.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** Folders for what belongs to no command: temporary files, the cache of this user, what Node has compiled. */
export function ownFolders(folder: string): NodeJS.ProcessEnv {
  const env = {
    TMPDIR: join(folder, 'tmp'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    NODE_COMPILE_CACHE: join(folder, 'cache/compiled'),
  };
  for (const path of Object.values(env)) mkdirSync(path, { recursive: true });
  return env;
}
