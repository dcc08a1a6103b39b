// Commands that read a mutated artefact, and how they end: exit code 3 with a way out, or the output of the undamaged
// file. What they write is deleted again.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/base/hash.ts';
import { interveneOf, RL_SETTINGS } from './artefacts.ts';
import { startCli } from './run-cli.ts';
import type { Ending } from './mutants.ts';

const OUT = 'new';
const EVALUATE = ['evaluate', '--checkpoint', 'trained-a', '--data', 'data-a', '--out', OUT, '--json'];
const PLAY = ['play', 'runs/study-a', '--out', `${OUT}/page.html`, '--json'];
const SWEEP = ['sweep', 'sweep-a.yaml', '--json'];
const STUDY = ['study', 'study.yaml', '--set', 'study=study-a', '--json'];

/** By the beginning of the path of the mutated file. The commands of one entry take turns in their order. */
const COMMANDS: readonly (readonly [RegExp, readonly (readonly string[])[]])[] = [
  [/^data-a\//, [EVALUATE, ['train', 'tiny.yaml', '--data', 'data-a', '--out', OUT, '--json']]],
  [/^copy-a\//, [EVALUATE.with(2, 'copy-a'), ['solve', 'copy-a', '--json'], PLAY.with(1, 'copy-a')]],
  [
    /^trained-a\//,
    [
      EVALUATE,
      ['rl', 'trained-a', '--data', 'data-a', '--out', OUT, ...RL_SETTINGS, '--json'],
      [...interveneOf('a'), '--out', OUT, '--json'],
      ['runs', 'verify', 'trained-a', '--json'],
      ['solve', 'trained-a', '--json'],
      PLAY.with(1, 'trained-a'),
    ],
  ],
  [
    /^tested-a\//,
    [
      EVALUATE.with(6, 'tested-a'),
      ['analyse', 'lengths', 'tested-a', '--out', OUT, '--json'],
      [...interveneOf('a'), '--out', OUT, '--json'],
    ],
  ],
  [/^judged-a\//, [['analyse', 'lengths', 'judged-a', '--out', OUT, '--json']]],
  [/^rl-a\//, [['runs', 'verify', 'rl-a', '--json']]],
  [/^forced-a\//, [[...interveneOf('a'), '--out', 'forced-a', '--json']]],
  [
    /^runs\/study-a\/results/,
    [
      ['report', 'runs/study-a', '--json'],
      ['report', 'runs/study-a', '--markdown'],
      ['runs', 'compare', 'study-a', 'study-a', '--json'],
      STUDY,
      PLAY,
    ],
  ],
  [/^runs\/sweep-a\/sweep/, [[...SWEEP, '--only', 'missing'], SWEEP, ['runs', 'verify', '--json']]],
  [/^runs\/sweep-a\/cells/, [['runs', 'show', 'sweep-a', '--json'], SWEEP]],
  [/^runs\/sweep-a\/graph/, [['task', 'runs/sweep-a/graph.json', 'data', '--json'], SWEEP]],
  [/^runs\/sweep-a\//, [SWEEP]],
  [/^runs\/study-a\/cells/, [['runs', 'show', 'study-a', '--json'], STUDY]],
  [/^runs\/study-a\/graph/, [['task', 'runs/study-a/graph.json', 'data', '--json']]],
  [
    /^runs\/cells\//,
    [STUDY, SWEEP, PLAY, ['report', 'runs/study-a', '--rows', '--json'], ['runs', 'verify', '--json']],
  ],
  [/^archive-a/, [['runs', 'merge', 'archive-a.tar', '--runs-dir', OUT, '--json']]],
];

/** @returns undefined for a file that no command of the list reads */
export function commandFor(file: string, turn: number): readonly string[] | undefined {
  const commands = COMMANDS.find(([pattern]) => pattern.test(file))?.[1];
  return commands?.[Math.floor(turn / 200) % commands.length];
}

/** Outputs of commands on undamaged files, each run once. */
export class CommandOutcomes {
  private readonly folder: string;
  private readonly whole = new Map<string, string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * @param put writes the mutant
   * @param restore writes the undamaged file
   */
  async of(args: readonly string[], put: () => void, restore: () => void): Promise<Ending> {
    const name = args.join(' ');
    if (!this.whole.has(name)) {
      restore();
      const { code, out, error } = await this.run(args);
      if (code !== 0) return { ending: 'FAULT', text: `undamaged: exit ${code}: ${error || out}` };
      this.whole.set(name, outputOf(out));
    }
    put();
    const { code, out, error } = await this.run(args);
    const said = `${out}${error}`;
    if (code === 3 && /\(hint: [^)]|--repair/.test(said)) return { ending: 'refused', text: said };
    // A check lists damage as its answer.
    if (code === 3 && out.includes('"damaged":[{')) return { ending: 'refused', text: said };
    if (code === 0 && outputOf(out) === this.whole.get(name)) return { ending: 'equal', text: '' };
    return { ending: 'FAULT', text: `exit ${code}: ${said.slice(-600)}` };
  }

  /** SHA-256 of what a sweep leaves, as a further line. */
  private sweepFiles(): string {
    const files = ['sweep.json', 'trials.csv', 'trials.parquet'].map((name) =>
      sha256(readFileSync(join(this.folder, 'runs/sweep-a', name))),
    );
    return `${JSON.stringify({ event: 'files', files })}\n`;
  }

  private async run(args: readonly string[]): Promise<{ code: number | null; out: string; error: string }> {
    const running = startCli(args, this.folder);
    const timer = setTimeout(() => {
      running.kill('SIGKILL');
    }, 240_000);
    const finished = { ...(await running.finished) };
    clearTimeout(timer);
    if (args[0] === 'sweep' && finished.code === 0) finished.out += this.sweepFiles();
    if (existsSync(join(this.folder, OUT))) rmSync(join(this.folder, OUT), { recursive: true });
    return finished;
  }
}

/** Without what differs from run to run: events and times. */
function outputOf(out: string): string {
  const line = out.trim().split('\n').at(-1) ?? '';
  if (line.startsWith('{"event":"files"')) return line;
  if (!line.startsWith('{"event":"result"')) return out;
  const { result } = JSON.parse(line) as { result: string };
  return result;
}
