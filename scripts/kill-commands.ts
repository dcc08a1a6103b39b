// Kills every command that writes, parent or child, at a seeded moment with SIGKILL and gives the same command again,
// until it ends. What it leaves must be what an undisturbed command leaves, and no temporary file with it.
// Usage: npm run kill-commands -- [--budget MINUTES, default 10] [--seed N, default 1] [--first N, default 0]
//        [--every N, default 1] [--kills N] [--only NAME] [--json]. Exit code 1 at a differing bit, a file left
// behind, or another exit code than 0 or that of a kill. `first` is the number of the first chain: where another run
// ended.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '../src/base/hash.ts';
import { RandomSequence, STREAMS } from '../src/base/random.ts';
import { interveneOf, makeArtefacts, RL_SETTINGS } from '../tests/cli/artefacts.ts';
import { type Finished, type Running, startCli } from '../tests/cli/run-cli.ts';
import { printSummary, readShare } from './campaign-options.ts';

const share = readShare('kill-commands', 10, ['kills', 'only']);
const { budgetMinutes, seed, first, every } = share;
const most = Number(share.others.kills ?? Infinity);

/** After this number of starts in one chain the command may end. */
const MOST_STARTS = 12;
/** A kill comes within this time: who resumes gets further each time. */
const MOST_MILLISECONDS = 3000;
/** After the first child was seen. */
const CHILD_MILLISECONDS = 1000;
/** Children of one start that are killed before their parent: with three, one task could lose all and be set aside. */
const MOST_CHILDREN = 2;
const LEFT_BEHIND = /(?:^|\/)(?:\.[^/]+\.tmp|\.trash-[^/]+|\.merge-[^/]+|\.lease\.[^/]+)(?:\/|$)/;
/** Names of files that belong to who computes now, or hold times. */
const OWN = /(?:^|\/)(?:\.lease-[^/]+|cell\.json|done\.json|report\.html|manifest\.json|[^/]*\.log)$/;

interface Case {
  readonly name: string;
  /** Given together; each is given again until it has ended. */
  readonly commands: readonly (readonly string[])[];
  /** What it leaves, below the folder of its chain. */
  readonly leaves: readonly string[];
  /** Every byte is decided by what the command reads; else the records of cells and the results of studies are. */
  readonly bytes?: true;
  /** Before the first command. */
  readonly prepare?: (folder: string) => void;
}

const LONG = ['--set', 'train.epochs=12', '--set', 'train.checkpoints=4'];
const PARALLEL_OPTIONS = ['--runs-dir', 'new', '--jobs', '2', '--threads', '2'];
/** Each condition is trained for as long as in `train`. */
const study = (name: string, conditions: string): readonly string[] => [
  ...['study', 'tiny.yaml', '--set', `study=${name}`, '--set', `conditions=[${conditions}]`],
  ...PARALLEL_OPTIONS,
  ...LONG,
];

const SWEEP = ['sweep', 'long.yaml', ...PARALLEL_OPTIONS];
const writeSweep = (folder: string): void => {
  const set = 'set: {train.epochs: 12, train.checkpoints: 4}\nparameters: {train.lr: {values: [1e-3, 2e-3]}}\n';
  writeFileSync(join(folder, 'long.yaml'), `sweep: long\nstudy: tiny.yaml\n${set}`);
};

const CASES: readonly Case[] = [
  { name: 'generate', commands: [['generate', 'tiny.yaml', '--out', 'new']], leaves: ['new'] },
  { name: 'train', commands: [['train', 'tiny.yaml', '--data', 'data-a', '--out', 'new', ...LONG]], leaves: ['new'] },
  {
    name: 'evaluate',
    commands: [['evaluate', '--checkpoint', 'trained-a', '--data', 'data-a', '--out', 'new']],
    leaves: ['new'],
  },
  {
    name: 'judge',
    commands: [['evaluate', '--completions', 'tested-a/completions-wilson.jsonl', '--out', 'new']],
    leaves: ['new'],
  },
  {
    name: 'rl',
    commands: [['rl', 'trained-a', '--data', 'data-a', '--out', 'new', ...RL_SETTINGS]],
    leaves: ['new'],
  },
  { name: 'intervene', commands: [[...interveneOf('a'), '--out', 'new']], leaves: ['new'] },
  {
    name: 'analyse',
    commands: [['analyse', 'lengths', 'tested-a', '--out', 'new/lengths.json']],
    leaves: ['new'],
    bytes: true,
  },
  { name: 'report', commands: [['report', 'runs/study-a', '--out', 'new/page.html']], leaves: ['new'], bytes: true },
  {
    name: 'report of rows',
    commands: [
      ['report', 'runs/study-a', '--csv', 'new'],
      ['report', 'runs/study-a', '--rows', '--parquet', 'new/rows.parquet'],
    ],
    leaves: ['new'],
    bytes: true,
  },
  { name: 'solve', commands: [['solve', 'trained-a', '--html', 'new/page.html']], leaves: ['new'], bytes: true },
  { name: 'play', commands: [['play', 'runs/study-a', '--out', 'new/page.html']], leaves: ['new'], bytes: true },
  {
    name: 'verify and explain',
    commands: [
      ['verify', 'data-a/test-wilson.jsonl', '--output', 'new/verdicts.parquet'],
      ['explain', 'data-a/test-wilson.jsonl', '--html', 'new/trace.html'],
    ],
    leaves: ['new'],
    bytes: true,
  },
  { name: 'export', commands: [['runs', 'export', 'new/all.tar', '--study', 'study-a']], leaves: ['new'], bytes: true },
  { name: 'merge', commands: [['runs', 'merge', 'archive-a.tar', '--runs-dir', 'new']], leaves: ['new'], bytes: true },
  {
    name: 'repair',
    commands: [['runs', 'verify', '--repair']],
    leaves: ['runs'],
    bytes: true,
    prepare: (folder) => {
      const cells = join(folder, 'runs/cells');
      for (const cell of readdirSync(cells).filter((each) => each.startsWith('t')))
        writeFileSync(join(cells, cell, 'done.json'), '{');
    },
  },
  {
    name: 'clean',
    commands: [['runs', 'clean']],
    leaves: ['runs'],
    bytes: true,
    prepare: (folder) => {
      rmSync(join(folder, 'runs/study-a'), { recursive: true });
    },
  },
  {
    name: 'task',
    commands: [['task', 'runs/study-a/graph.json', 'train-correct-seed1']],
    leaves: ['runs'],
    prepare: (folder) => {
      const cells = join(folder, 'runs/cells');
      for (const cell of readdirSync(cells).filter((each) => !each.startsWith('data-')))
        rmSync(join(cells, cell), { recursive: true });
    },
  },
];

/** Their tasks are processes of their own, several at the same time. */
const PARALLEL: readonly Case[] = [
  { name: 'study with rl', commands: [['study', 'study.yaml', ...PARALLEL_OPTIONS]], leaves: ['new'] },
  { name: 'study', commands: [study('one', 'correct, swapped')], leaves: ['new'] },
  { name: 'sweep', commands: [SWEEP], leaves: ['new'], prepare: writeSweep },
  {
    name: 'two studies',
    commands: [study('one', 'correct, swapped'), study('two', 'correct')],
    leaves: ['new'],
  },
  { name: 'sweep and study', commands: [SWEEP, study('one', 'correct')], leaves: ['new'], prepare: writeSweep },
];

const root = mkdtempSync(join(tmpdir(), 'tracelab-kills-'));
const given = join(root, 'given');
// Of the hundreds of processes, only the first one compiles a file.
process.env.NODE_COMPILE_CACHE ??= join(root, 'compiled');
/** Of all commands: what a killed one leaves there must be gone after the next one. */
const temporaries = join(root, 'tmp');
process.env.TMPDIR = temporaries;
let failures = 0;
const counts = { parent: 0, child: 0 };
const kills = (): number => counts.parent + counts.child;

function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A folder with links to nothing: a copy of all artefacts. */
function chainFolder(name: string, { prepare }: Case): string {
  const folder = join(root, name);
  cpSync(given, folder, { recursive: true });
  prepare?.(folder);
  return folder;
}

/** SHA-256 or result by name, and what should not be there. */
function bitsOf(folder: string, { leaves, bytes }: Case): Map<string, string> {
  const bits = new Map<string, string>();
  for (const leave of leaves.filter((each) => existsSync(join(folder, each)))) {
    const paths = readdirSync(join(folder, leave), { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
    for (const path of paths.sort()) {
      const file = join(folder, path);
      if (LEFT_BEHIND.test(path)) bits.set(`${path} is left behind`, '');
      else if (bytes) {
        if (!/\.lease-[^/]+$/.test(path)) bits.set(path, sha256(readFileSync(file)));
      } else if (path.endsWith('/done.json')) {
        const { result, outputs } = JSON.parse(readFileSync(file, 'utf8')) as {
          result: string;
          outputs: Record<string, string>;
        };
        bits.set(dirname(path), result);
        for (const [name, hash] of Object.entries(outputs))
          if (sha256(readFileSync(join(dirname(file), name))) !== hash)
            bits.set(`${join(dirname(path), name)} is not what its record says`, '');
      } else if (/\/(?:sweep\.json|trials\.[a-z]+)$/.test(path)) bits.set(path, sha256(readFileSync(file)));
      else if (path.endsWith('/results.json'))
        bits.set(path, (JSON.parse(readFileSync(file, 'utf8')) as { result: string }).result);
      else if (!OWN.test(path)) bits.set(`${path} is there`, '');
    }
  }
  return bits;
}

interface Given {
  readonly running: Running;
  ended: Finished | undefined;
}

/** Gives all commands of a case again and again, with a kill each time but the last. */
async function chain(folder: string, each: Case, random: RandomSequence, longest: number): Promise<void> {
  const start = (args: readonly string[]): Given => {
    const begun: Given = { running: startCli(args, folder), ended: undefined };
    void begun.running.finished.then((ended) => (begun.ended = ended));
    return begun;
  };
  let left = [...each.commands];
  for (let round = 0; left.length > 0; round++) {
    const begun = left.map(start);
    const ended = Promise.all(begun.map((one) => one.running.finished));
    let lostChild = false;
    let isAlive = round < MOST_STARTS;
    // Who has lost a child starts another one, until its own turn.
    for (let killed = 0; isAlive && kills() < most; killed++) {
      // Half of the kills come while there is a child, however busy the machine is.
      const isAwaited = PARALLEL.includes(each) && random.below(2) === 0;
      if (isAwaited) await untilChild(begun);
      await Promise.race([sleep(random.below(isAwaited ? CHILD_MILLISECONDS : Math.ceil(longest))), ended]);
      const victim = killOne(begun, random, killed < MOST_CHILDREN);
      lostChild ||= victim === 'child';
      isAlive = victim === 'child';
    }
    const ends = await ended;
    const again: (readonly string[])[] = [];
    for (const [i, { code, out, error }] of ends.entries()) {
      // Killed, or a task was set aside whose process was killed too often; a repair reports what it found with code 3.
      if (code === null || (code === 5 && lostChild)) again.push(left[i]);
      else if (code !== 0 && !(each.name === 'repair' && code === 3)) throw new Error(`exit ${code}\n${out}${error}`);
    }
    left = again;
  }
}

/** Waits until a command has a child, or all have ended. */
async function untilChild(begun: readonly Given[]): Promise<void> {
  const hasChild = ({ running, ended }: Given): boolean => !ended && childrenOf(running.pid).length > 0;
  while (begun.some(({ ended }) => !ended) && !begun.some(hasChild)) await sleep(20);
}

function killOne(begun: readonly Given[], random: RandomSequence, mayBeChild: boolean): 'parent' | 'child' | undefined {
  const alive = begun.filter(({ ended }) => !ended);
  if (alive.length === 0) return undefined;
  const { running } = alive[random.below(alive.length)];
  const children = childrenOf(running.pid);
  const who = mayBeChild && children.length > 0 && random.below(3) > 0 ? 'child' : 'parent';
  try {
    if (who === 'child') process.kill(children[random.below(children.length)], 'SIGKILL');
    else running.kill('SIGKILL');
  } catch {
    return undefined; // it ended by itself in the meantime
  }
  counts[who] += 1;
  return who;
}

try {
  mkdirSync(given);
  mkdirSync(temporaries);
  await makeArtefacts(given, ['a']);
  // Every third chain is a parallel one.
  const mixed = CASES.flatMap((each, i) => (i % 2 === 0 ? [each] : [each, PARALLEL[((i - 1) / 2) % PARALLEL.length]]));
  const named = [...CASES, ...PARALLEL].filter(({ name }) => name === share.others.only);
  const cases = share.others.only === undefined ? mixed : named;
  const whole = new Map<string, { readonly bits: Map<string, string>; readonly milliseconds: number }>();
  const isMeasured = new Set<string>();
  const end = performance.now() + budgetMinutes * 60_000;
  let number = first;
  for (; performance.now() < end && kills() < most; number += every) {
    const random = new RandomSequence(seed, STREAMS.sampling, number);
    const each = cases[number % cases.length];
    // Once to compile everything, once to measure.
    for (let run = 0; run < 2 && !isMeasured.has(each.name); run++) {
      const folder = chainFolder('whole', each);
      const begin = performance.now();
      for (const args of each.commands) {
        const { code, out, error } = await startCli(args, folder).finished;
        if (code !== 0 && code !== 3)
          throw new Error(`${args.join(' ')} fails without a kill: ${code}\n${out}${error}`);
      }
      const milliseconds = (performance.now() - begin) / each.commands.length;
      whole.set(each.name, { bits: bitsOf(folder, each), milliseconds });
      rmSync(folder, { recursive: true });
    }
    isMeasured.add(each.name);
    const { bits, milliseconds } = whole.get(each.name) ?? { bits: new Map<string, string>(), milliseconds: 0 };
    const fail = (words: string): void => {
      failures += 1;
      console.log(`FAULT seed ${seed}, chain ${number}, ${each.name}: ${words}`);
    };
    const folder = chainFolder(`chain-${number}`, each);
    try {
      await chain(folder, each, random, Math.min(milliseconds * 1.1, MOST_MILLISECONDS));
      const got = bitsOf(folder, each);
      for (const name of readdirSync(temporaries, { recursive: true, encoding: 'utf8' }))
        fail(`${name} is left in the folder for temporary files`);
      for (const name of new Set([...bits.keys(), ...got.keys()]))
        if (got.get(name) !== bits.get(name)) fail(`${name}: ${got.get(name)}, undisturbed ${bits.get(name)}`);
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
    rmSync(folder, { recursive: true });
    console.log(`chain ${number}, ${each.name}: ${kills()} kills in all, ${failures} faults`);
  }
  console.log(
    `chains ${first} to ${number - every}, every ${every}: ${counts.parent} kills of a parent, ` +
      `${counts.child} of a child, ${failures} faults`,
  );
  const counted = new Map([
    ['kills of a parent', counts.parent],
    ['kills of a child', counts.child],
    ['chains', Math.ceil((number - first) / every)],
  ]);
  printSummary(share, { campaign: 'kill-commands', cases: kills(), of: null, faults: failures, counts: counted });
} finally {
  rmSync(root, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
