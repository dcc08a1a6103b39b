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
  readonly name: string;
  readonly seed: number;
  readonly first: number;
  readonly milliseconds: number;
}

/** What a worker sends: an input is begun every now and then, a fault, or the end. */
type Note =
  | { readonly begun: number }
  | { readonly fault: string; readonly index: number }
  | { readonly endings: Readonly<Record<string, number>>; readonly next: number };

/** Seconds without a note after which an input hangs. */
const HANGS = 60;
/** Faults of one parser that are shown. */
const SHOWN = 5;

async function work(
  { bench, scratch, name, seed, first, milliseconds }: Job,
  send: (note: Note) => void,
): Promise<void> {
  const parser = parsersOf(bench, scratch).find((each) => each.name === name);
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

/** Runs one parser in a thread that can be ended. */
async function campaign(job: Job): Promise<{ readonly faults: number; readonly line: string }> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: 2048 },
  });
  let begun = job.first;
  let faults = 0;
  const fault = (index: number, text: string): void => {
    faults += 1;
    if (faults <= SHOWN) console.log(`FAULT ${job.name}, seed ${job.seed}, input ${index}: ${text}`);
  };
  return new Promise((resolve) => {
    const finish = (line: string): void => {
      clearTimeout(watch);
      void worker.terminate();
      resolve({ faults, line });
    };
    const hang = (): void => {
      fault(begun, `no end within ${HANGS} s`);
      finish(`ended at input ${begun}`);
    };
    let watch = setTimeout(hang, HANGS * 1000);
    worker.on('message', (note: Note) => {
      clearTimeout(watch);
      watch = setTimeout(hang, HANGS * 1000);
      if ('begun' in note) begun = note.begun;
      else if ('fault' in note) fault(note.index, note.fault);
      else {
        const counts = Object.entries(note.endings).sort(([, a], [, b]) => b - a);
        finish(`${note.next - job.first} inputs (${counts.map(([code, n]) => `${n} ${code}`).join(', ')})`);
      }
    });
    worker.on('error', (error) => {
      fault(begun, String(error));
      finish(`ended at input ${begun}`);
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
    let all = 0;
    const waiting = chosen.values();
    const run = async (): Promise<void> => {
      for (const name of waiting) {
        const scratch = mkdtempSync(join(folder, 'scratch-'));
        const { faults, line } = await campaign({ bench, scratch, name, seed, first, milliseconds: budget * 60_000 });
        console.log(`${name}: ${line}${faults === 0 ? '' : `, ${faults} FAULTS`}`);
        all += faults;
      }
    };
    await Promise.all(Array.from({ length: jobs }, run));
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
