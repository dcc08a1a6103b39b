// Sends thousands of requests to `tracelab serve`, every other one broken or cut off, and measures the memory of its
// process. Each good one must have its right answer; none may end the server or make it fail.
// Usage: npm run break-requests -- [--requests N, default 10000] [--seed N, default 1] [--parallel N, default 32]
// [--budget MINUTES: stops then, default none]
// Exit code 1 at the first fault, when the server ends, or when its memory grows to the end: its peak in the last
// quarter of the requests is more than a tenth above all before. Node fills its heap first, for some thousand requests.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Model } from '../src/model/model.ts';
import { writeSmallCheckpoint } from '../tests/model/small-checkpoint.ts';
import { Expected, type Outcomes, sendOne } from '../tests/serve/broken-requests.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '32' },
    budget: { type: 'string', default: 'Infinity' },
  },
});
const [requests, seed, parallel, budget] = [values.requests, values.seed, values.parallel, values.budget].map(Number);
if (!(budget > 0) || ![requests, parallel].every((n) => Number.isInteger(n) && n > 0) || !Number.isInteger(seed)) {
  console.error(
    'break-requests: expected whole numbers --requests, --seed and --parallel, and --budget MINUTES above 0',
  );
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'tracelab-break-'));
const bin = join(import.meta.dirname, '../src/cli/bin.ts');
try {
  const checkpoint = await writeSmallCheckpoint(folder);
  await using twin = Model.of(checkpoint, 1);
  const child = spawn(process.execPath, [bin, 'serve', folder, '--port', '0', '--threads', '2', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const { value: first } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const port = Number(/:(\d+)"/.exec(first ?? '')?.[1]);
  const memory = (): number => {
    const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kib) / 1024);
  };
  const expected = new Expected(twin);
  const outcomes: Outcomes = new Map();
  const end = performance.now() + budget * 60_000;
  const started = performance.now();
  let next = 0;
  const isRunning = (): boolean => child.exitCode === null;
  const start = memory();
  /** MiB, the largest in each quarter of the requests. */
  const peaks = [0, 0, 0, 0];
  const send = async (): Promise<void> => {
    while (next < requests && performance.now() < end && isRunning()) {
      const index = next++;
      await sendOne(port, seed, index, expected, outcomes);
      const quarter = Math.floor((4 * index) / requests);
      if (index % 50 === 0 && isRunning()) peaks[quarter] = Math.max(peaks[quarter], memory());
    }
  };
  await Promise.all(Array.from({ length: parallel }, send));
  const isAlive = isRunning();
  const last = isAlive ? memory() : 0;
  const seconds = (performance.now() - started) / 1000;
  child.kill('SIGTERM');
  const code = await ended;
  const counts = [...outcomes].sort(([a], [b]) => a.localeCompare(b)).map(([key, count]) => `${key}: ${count}`);
  console.log(`seed ${seed}, ${next} requests in ${seconds.toFixed(0)} s; ${counts.join('; ')}`);
  console.log(
    `memory of the server, MiB: ${start} at the start, peaks of the quarters ${peaks.join(', ')}, ${last} at the end`,
  );
  console.log(`exit code after SIGTERM: ${code}${complaints === '' ? '' : `; on stderr: ${complaints}`}`);
  const isFlat = peaks[3] <= 1.1 * Math.max(...peaks.slice(0, 3));
  process.exitCode = isAlive && isFlat && code === 143 && complaints === '' ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
