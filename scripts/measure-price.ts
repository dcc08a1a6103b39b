// Measures what it costs to trust files: the seconds that all processes and threads of a study hash and wait for the
// disk, and the wall time of the study. The shares are upper bounds: processes hash and wait side by side, while others
// compute.
// Usage: npm run measure-price -- STUDY [options of `tracelab study`]. The study runs in a new folder, on the disk of
// TMPDIR, from the sources.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nothing, type Price, PRICE_FOLDER } from '../tests/ports/price.ts';

const args = process.argv.slice(2);
if (args.length === 0) {
  console.error('measure-price: expected a study, and options of `tracelab study`');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'tracelab-price-'));
try {
  const bin = join(import.meta.dirname, '../src/cli/bin.ts');
  const hook = new URL('../tests/ports/price.ts', import.meta.url).href;
  const run = async (): Promise<{ readonly wall: number; readonly price: Price }> => {
    rmSync(join(folder, 'price.jsonl'), { force: true });
    const begin = performance.now();
    const child = spawn(process.execPath, [bin, 'study', ...args, '--runs-dir', join(folder, 'runs')], {
      env: {
        ...process.env,
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${hook}`,
        [PRICE_FOLDER]: folder,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`the study ended with exit code ${code}`);
    const wall = (performance.now() - begin) / 1000;
    const price = nothing();
    for (const line of readFileSync(join(folder, 'price.jsonl'), 'utf8').trim().split('\n'))
      for (const [name, value] of Object.entries(JSON.parse(line) as Record<keyof Price, number>))
        price[name as keyof Price] += value;
    return { wall, price };
  };
  console.log('| study | wall, s | hashes, s | flushes, s | hashing and flushing, share of wall | all reads, s |');
  console.log('|---|---|---|---|---|---|');
  for (const name of [args.join(' '), 'the same, finished']) {
    const { wall, price } = await run();
    const share = (100 * (price.hashSeconds + price.syncSeconds)) / wall;
    console.log(
      `| ${name} | ${wall.toFixed(1)} | ${price.hashes}, ${price.hashSeconds.toFixed(3)} | ${price.syncs}, ` +
        `${price.syncSeconds.toFixed(3)} | ${share.toFixed(2)} % | ${price.readSeconds.toFixed(3)} |`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
