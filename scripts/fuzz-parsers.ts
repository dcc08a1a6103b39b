// Feeds damaged input to every parser of input that tracelab did not just write: configurations, rows of other people,
// tables, compressed files, archives, checkpoints, records, command lines. Each must give a value or a refusal of the
// right kind, within 5 s of processor time and 2 GiB of memory; what can be printed again must read equal.
// Usage: npm run fuzz-parsers -- [--budget MINUTES of each parser, default 1] [--seed N, default 1] [--first N, default
//        0] [--parser NAME] [--jobs N: parsers side by side, default 1]. Exit code 1 at any fault; a fault names its
//        parser, seed and input.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { makeBench } from '../tests/cli/bad-inputs/bench.ts';
import { feed, inputOf } from '../tests/fuzz/parser.ts';
import { parsersOf } from '../tests/fuzz/parsers.ts';

interface Job {
  readonly bench: string;
  readonly scratch: string;
  readonly names: readonly string[];
  readonly seed: number;
  readonly first: number;
  /** Of each parser. */
  readonly milliseconds: number;
}

/** What a worker sends: an input is begun, a fault, or the end of a parser. */
type Note =
  | { readonly begun: number }
  | { readonly fault: string; readonly index: number }
  | { readonly endings: Readonly<Record<string, number>>; readonly next: number };

/** Seconds without a note after which an input hangs, on a machine that is busy with other work, too. */
const HANGS = 300;
/** Faults of one parser that are shown. */
const SHOWN = 5;

async function work(
  { bench, scratch, names, seed, first, milliseconds }: Job,
  send: (note: Note) => void,
): Promise<void> {
  const parsers = parsersOf(bench, scratch);
  for (const name of names) {
    const parser = parsers.find((each) => each.name === name);
    if (!parser) throw new Error(`no parser ${name}`);
    const endings: Record<string, number> = {};
    const end = performance.now() + milliseconds;
    let index = first;
    for (; performance.now() < end; index++) {
      send({ begun: index });
      try {
        const ending = await feed(parser, inputOf(parser, seed, index));
        endings[ending] = (endings[ending] ?? 0) + 1;
      } catch (error) {
        endings['FAULT'] = (endings['FAULT'] ?? 0) + 1;
        send({ fault: error instanceof Error ? (error.stack ?? error.message) : String(error), index });
      }
    }
    send({ endings, next: index });
  }
}

/**
 * Runs parsers one after the other in a thread that can be ended.
 * @returns faults, and the parsers behind one that hangs or ends the thread
 */
async function campaign(job: Job): Promise<{ readonly faults: number; readonly left: readonly string[] }> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: 2048 },
  });
  let at = 0;
  let begun = job.first;
  let all = 0;
  let faults = 0;
  const fault = (index: number, text: string): void => {
    faults += 1;
    all += 1;
    if (faults <= SHOWN) console.log(`FAULT ${job.names[at]}, seed ${job.seed}, input ${index}: ${text}`);
  };
  const say = (line: string): void => {
    console.log(`${job.names[at]}: ${line}${faults === 0 ? '' : `, ${faults} FAULTS`}`);
    at += 1;
    begun = job.first;
    faults = 0;
  };
  return new Promise((resolve) => {
    let watch: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(watch);
      void worker.terminate();
      resolve({ faults: all, left: job.names.slice(at) });
    };
    const broken = (text: string): void => {
      fault(begun, text);
      say(`ended at input ${begun}`);
      finish();
    };
    worker.on('message', (note: Note) => {
      // The start is no input.
      clearTimeout(watch);
      watch = setTimeout(() => {
        broken(`no end within ${HANGS} s`);
      }, HANGS * 1000);
      if ('begun' in note) begun = note.begun;
      else if ('fault' in note) fault(note.index, note.fault);
      else {
        const counts = Object.entries(note.endings).sort(([, a], [, b]) => b - a);
        say(`${note.next - job.first} inputs (${counts.map(([code, n]) => `${n} ${code}`).join(', ')})`);
        if (at === job.names.length) finish();
      }
    });
    worker.on('error', (error) => {
      broken(String(error));
    });
  });
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      budget: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      first: { type: 'string', default: '0' },
      parser: { type: 'string' },
      jobs: { type: 'string', default: '1' },
    },
  });
  const [budget, seed, first, jobs] = [values.budget, values.seed, values.first, values.jobs].map(Number);
  if (!(budget > 0) || ![seed, first, jobs - 1].every((value) => Number.isInteger(value) && value >= 0)) {
    console.error('fuzz-parsers: expected --budget MINUTES above 0 and whole numbers --seed, --first and --jobs');
    process.exitCode = 2;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tracelab-fuzz-'));
  try {
    const bench = mkdtempSync(join(folder, 'bench-'));
    process.env.XDG_CACHE_HOME = join(folder, 'cache');
    await makeBench(bench);
    const names = parsersOf(bench, mkdtempSync(join(folder, 'names-'))).map(({ name }) => name);
    const chosen = names.filter((name) => values.parser === undefined || name === values.parser);
    if (chosen.length === 0) {
      console.error(`fuzz-parsers: no parser ${values.parser}; there are ${names.join(', ')}`);
      process.exitCode = 2;
      return;
    }
    const runAll = async (names: readonly string[]): Promise<number> => {
      let left = names;
      let sum = 0;
      while (left.length > 0) {
        const scratch = mkdtempSync(join(folder, 'scratch-'));
        const done = await campaign({ bench, scratch, names: left, seed, first, milliseconds: budget * 60_000 });
        sum += done.faults;
        left = done.left;
      }
      return sum;
    };
    const groups = Array.from({ length: jobs }, (_, group) => chosen.filter((_, i) => i % jobs === group));
    const all = (await Promise.all(groups.map(runAll))).reduce((sum, faults) => sum + faults, 0);
    console.log(`seed ${seed}, ${chosen.length} parsers, ${all} faults`);
    if (all > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (isMainThread) await run();
else
  await work(workerData as Job, (note) => {
    parentPort?.postMessage(note);
  });
