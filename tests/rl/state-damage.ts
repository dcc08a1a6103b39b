// Random damage to the files of a stopped run, and what becomes of it when the run resumes: refused, repaired from the
// older state, or without any effect. Anything else is a fault. A copy is read in this process; whoever is not refused
// resumes in full wherever nothing like it has before.
import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TracelabError } from '../../src/base/errors.ts';
import { sha256 } from '../../src/base/hash.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { resumedState } from '../../src/model/resumed-state.ts';
import { readSafetensors } from '../../src/model/safetensors.ts';
import { parseStepRow as parseRlRow } from '../../src/rl/row-schema.ts';
import { MetricsFile, readMarkedRows } from '../../src/model/metrics-file.ts';
import { parseStepRow } from '../../src/training/step-row.ts';
import { outcomeOf, stateFiles, stopAfter, type TinyRun } from './tiny-runs.ts';

/** How a case ended. */
export interface Verdict {
  readonly ending: 'refused' | 'repaired' | 'no effect' | 'FAULT';
  /** What was damaged, and code or step. */
  readonly text: string;
}

/** One in this number of copies that are not refused resumes in full, whatever has resumed before. */
const FULL_EVERY = 25;

/** Files that a run appends to or cuts in place; all others are only ever replaced, so that a copy may share them. */
const IN_PLACE = /\.jsonl$/;

type Damage = (runDir: string, files: readonly string[], random: RandomSequence) => string;

const draw = <T>(items: readonly T[], random: RandomSequence): T => items[random.below(items.length)];

/** What a file is: the few small ones are damaged as often as the many. */
const KINDS = [/^resume-\d+\./, /^resume\.jsonl$/, /^metrics\.jsonl$/, /^written\.jsonl$/, /model\.saf/, /\.json$/];

function drawFile(files: readonly string[], random: RandomSequence): string {
  const kind = draw(KINDS, random);
  const found = files.filter((name) => kind.test(name));
  return draw(found.length > 0 ? found : files, random);
}

/** Damage that rewrites the bytes of one file. */
function rewriting(what: string, change: (bytes: Buffer, random: RandomSequence) => Uint8Array | string): Damage {
  return (runDir, files, random) => {
    const name = drawFile(files, random);
    const path = join(runDir, name);
    const bytes = readFileSync(path);
    rmSync(path);
    writeFileSync(path, change(bytes, random));
    return `${what} in ${name}`;
  };
}

const lines = (bytes: Buffer): string[] => bytes.toString('latin1').split('\n');
const joined = (all: readonly string[]): Uint8Array => Buffer.from(all.join('\n'), 'latin1');

const DAMAGES: readonly Damage[] = [
  rewriting('a bit flipped', flipBit),
  rewriting('a bit flipped', flipBit),
  rewriting('a bit flipped', flipBit),
  rewriting('bits flipped', (bytes, random) => {
    for (let flips = 2 + random.below(7); flips > 0; flips--) flipBit(bytes, random);
    return bytes;
  }),
  rewriting('the end cut', (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1))),
  rewriting('a little of the end cut', (bytes, random) =>
    bytes.subarray(0, Math.max(0, bytes.length - random.below(9))),
  ),
  rewriting('the beginning cut', (bytes, random) => bytes.subarray(random.below(bytes.length + 1))),
  rewriting('bytes appended', (bytes, random) =>
    Buffer.concat([bytes, Buffer.from(Array.from({ length: 1 + random.below(40) }, () => random.below(256)))]),
  ),
  rewriting('its own end appended', (bytes, random) =>
    Buffer.concat([bytes, bytes.subarray(random.below(bytes.length + 1))]),
  ),
  rewriting('zeros', (bytes, random) => {
    const from = random.below(bytes.length + 1);
    return bytes.fill(0, from, Math.min(bytes.length, from + random.below(64)));
  }),
  rewriting('a digit changed', (bytes, random) => {
    const digits = [...bytes.keys()].filter((i) => bytes[i] >= 0x30 && bytes[i] <= 0x39);
    if (digits.length > 0) bytes[draw(digits, random)] = 0x30 + random.below(10);
    return bytes;
  }),
  rewriting('a line deleted', (bytes, random) => {
    const all = lines(bytes);
    return joined(all.toSpliced(random.below(all.length), 1));
  }),
  rewriting('a line repeated', (bytes, random) => {
    const all = lines(bytes);
    return joined(all.toSpliced(random.below(all.length), 0, draw(all, random)));
  }),
  rewriting('lines swapped', (bytes, random) => {
    const all = lines(bytes);
    const [one, two] = [random.below(all.length), random.below(all.length)];
    return joined(all.with(one, all[two]).with(two, all[one]));
  }),
  (runDir, files, random) => {
    const name = drawFile(files, random);
    rmSync(join(runDir, name));
    return `${name} deleted`;
  },
  (runDir, files, random) => {
    const [one, two] = [drawFile(files, random), drawFile(files, random)];
    renameSync(join(runDir, one), join(runDir, 'swapped'));
    if (one !== two) renameSync(join(runDir, two), join(runDir, one));
    renameSync(join(runDir, 'swapped'), join(runDir, two));
    return `${one} and ${two} swapped`;
  },
  (runDir, files, random) => {
    const [from, to] = [drawFile(files, random), drawFile(files, random)];
    const bytes = readFileSync(join(runDir, from));
    rmSync(join(runDir, to));
    writeFileSync(join(runDir, to), bytes);
    return `${from} copied over ${to}`;
  },
];

function flipBit(bytes: Buffer, random: RandomSequence): Buffer {
  if (bytes.length > 0) bytes[random.below(bytes.length)] ^= 1 << random.below(8);
  return bytes;
}

/** A stopped run whose copies are damaged. */
export class DamagedRuns {
  private readonly run: TinyRun;
  private readonly folder: string;
  private readonly stopped: string;
  private readonly files: readonly string[];
  private readonly whole: string;
  private readonly steps: number;
  private readonly newest: number;
  private readonly key: string;
  /** What resumed in full before. */
  private readonly resumed = new Map<string, string>();
  private accepted = 0;

  private constructor(run: TinyRun, folder: string, whole: string, newest: number, key: string) {
    this.run = run;
    this.folder = folder;
    this.stopped = join(folder, 'stopped');
    this.files = filesOf(this.stopped);
    this.whole = whole;
    this.steps = (JSON.parse(whole) as { rows: string[] }).rows.length - 1;
    this.newest = newest;
    this.key = key;
  }

  /**
   * Runs once to the end and once to a stop.
   * @param folder an empty one
   */
  static async of(run: TinyRun, folder: string): Promise<DamagedRuns> {
    mkdirSync(folder, { recursive: true });
    await run.run(join(folder, 'whole'));
    const stopped = join(folder, 'stopped');
    await stopAfter(run, stopped, 3);
    const newest = (await stateFiles(stopped)).at(-1) ?? '';
    const { key } = (await readSafetensors(join(stopped, newest))).metadata;
    return new DamagedRuns(run, folder, await outcomeOf(join(folder, 'whole')), Number(/\d+/.exec(newest)?.[0]), key);
  }

  /** Full runs so far. */
  get resumes(): number {
    return this.resumed.size;
  }

  /**
   * Damages a copy and resumes it.
   * @param index decides the damage, with the seed
   */
  async judge(seed: number, index: number): Promise<Verdict> {
    const random = new RandomSequence(seed, STREAMS.corruption, index);
    const runDir = join(this.folder, `case-${index}`);
    try {
      copy(this.stopped, runDir, this.files);
      const damage = [draw(DAMAGES, random)(runDir, this.files, random)];
      if (random.below(4) === 0) damage.push(draw(DAMAGES, random)(runDir, filesOf(runDir), random));
      const { ending, text } = await this.resume(runDir);
      return { ending, text: `${damage.join(', ')}: ${text}` };
    } finally {
      rmSync(runDir, { recursive: true, force: true });
    }
  }

  private async resume(runDir: string): Promise<Verdict> {
    const said: string[] = [];
    let step: number;
    try {
      step = await this.read(runDir, (text) => said.push(text));
    } catch (error) {
      return refusal(error);
    }
    this.accepted += 1;
    const mark = this.accepted % FULL_EVERY === 0 ? String(this.accepted) : this.markOf(runDir, step);
    let outcome = this.resumed.get(mark);
    if (outcome === undefined) {
      try {
        await this.run.run(runDir);
        outcome = (await outcomeOf(runDir)) === this.whole ? 'equal' : 'OTHER BITS';
      } catch (error) {
        outcome = String(error);
      }
      this.resumed.set(mark, outcome);
    }
    if (outcome !== 'equal') return { ending: 'FAULT', text: outcome };
    const isSaid = said.some((text) => text.startsWith(`resumes at step ${step} of`)) || step === 0;
    if (!isSaid) return { ending: 'FAULT', text: 'did not say where it resumes' };
    return { ending: step === this.newest ? 'no effect' : 'repaired', text: said.join('; ') };
  }

  /**
   * What a run does before its threads start.
   * @returns the step that it resumes at
   */
  private async read(runDir: string, say: (text: string) => void): Promise<number> {
    const metrics = join(runDir, 'metrics.jsonl');
    const { name } = this.run;
    const found = await resumedState({
      runDir,
      key: this.key,
      kept: Array.from({ length: this.steps }, (_, i) => i + 1),
      steps: this.steps,
      readRows: (mark) =>
        readMarkedRows<{ readonly step: number }>(metrics, mark, name === 'rl' ? parseRlRow : parseStepRow),
      say,
    });
    await (await MetricsFile.open(metrics, found.rows)).close();
    return found.state?.step ?? 0;
  }

  /** All that a run may still read: nothing of checkpoints that it is about to write again, and no notes of them. */
  private markOf(runDir: string, step: number): string {
    const parts = filesOf(runDir)
      .filter((name) => name !== 'written.jsonl' && Number(/step-(\d+)/.exec(name)?.[1] ?? 0) <= step)
      .map((name) => `${name} ${sha256(readFileSync(join(runDir, name)))}`);
    return sha256(parts.join('\n'));
  }
}

function refusal(error: unknown): Verdict {
  if (!(error instanceof TracelabError)) return { ending: 'FAULT', text: String(error) };
  return { ending: error.exitCode === 3 ? 'refused' : 'FAULT', text: error.message };
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}

function copy(from: string, to: string, files: readonly string[]): void {
  for (const folder of new Set(files.map((name) => dirname(join(to, name))))) mkdirSync(folder, { recursive: true });
  for (const name of files)
    if (IN_PLACE.test(name)) cpSync(join(from, name), join(to, name));
    else linkSync(join(from, name), join(to, name));
}
