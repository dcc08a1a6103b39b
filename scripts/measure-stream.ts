// How many verdicts a second a program in Python gets from `tracelab verify - --stream`, with the client of
// docs/rewards.md: one row at a time, in groups of 64, in one list. Several documents are measured in turn, so that two
// versions of the client can be compared on a busy machine.
//
//   npm run measure-stream -- [--rounds N] [--seconds S] [docs/rewards.md ...]
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateMaze, solve } from '../src/index.ts';

const ROOT = join(import.meta.dirname, '..');
const SIZE = 8;
const ROWS = 2000;
const GROUPS = [1, 64, 20_000];

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' } },
  allowPositionals: true,
});
const documents = positionals.length > 0 ? positionals : [join(ROOT, 'docs/rewards.md')];
const rows = Array.from({ length: ROWS }, (_, index) => ({
  size: SIZE,
  ...solve(generateMaze({ size: SIZE, index })),
}));

/** The class of the client, without its use in TRL. */
function clientOf(document: string): string {
  const [, block = ''] = /^```python\n([^]*?)^```$/m.exec(readFileSync(document, 'utf8')) ?? [];
  return block.split(/^verify = /m, 1)[0];
}

/** Verdicts a second, after a second without measuring. */
function measured(document: string, group: number): number {
  const command = JSON.stringify([process.execPath, join(ROOT, 'dist/src/cli/bin.js')]);
  const program = `${clientOf(document)}
import sys
import time

rows = [json.loads(line) for line in open(0, encoding="utf-8")]
lists = [[rows[(at + i) % len(rows)] for i in range(${group})] for at in range(0, len(rows), ${group})]
verify = Verifier(command=${command})


def run(seconds):
    begin, calls = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        verify(lists[calls % len(lists)])
        calls += 1
    return calls * ${group} / (time.perf_counter() - begin)


run(1)
print(run(${Number(values.seconds)}))
`;
  const input = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

const speeds = new Map<string, number[]>();
for (let round = 0; round < Number(values.rounds); round++)
  for (const group of GROUPS)
    for (const document of documents) {
      const key = `${document}, lists of ${group}`;
      speeds.set(key, [...(speeds.get(key) ?? []), measured(document, group)]);
    }
for (const [key, found] of speeds) {
  const sorted = found.toSorted((a, b) => a - b).map(Math.round);
  console.log(`${key}: ${sorted[Math.floor(sorted.length / 2)]} verdicts/s (${sorted[0]} to ${sorted.at(-1)})`);
}
