// A damaged state, record or file of metrics is refused with exit code 3, in one line that names the way out. Each test
// takes that way, to the letter, and gives the command again: it ends with the bits of one that nothing disturbed.
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NODE_PORT } from '../../src/base/file-port.ts';
import { differences, leftovers, OUT, stateOf } from '../ports/commands.ts';
import { runHere } from '../ports/here.ts';
import { watchedPort } from '../ports/watched-port.ts';
import { RL_SETTINGS, writeTinyConfig } from './artefacts.ts';
import { runCli } from './run-cli.ts';
import { writeSmallStudy } from './small-study.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const TRAIN = ['train', 'tiny.yaml', '--data', 'data-a', '--out', OUT, '--threads', '1'];
const RL = ['rl', 'trained-a', '--data', 'data-a', '--out', OUT, ...RL_SETTINGS, '--threads', '1'];
const STUDY = ['study', 'small.yaml', '--runs-dir', OUT, '--threads', '1', '--jobs', '1'];
const LINE = /^error\[[A-Z_]+\] .+: .+; expected .+, got .+ \(hint: .+\)$/;

let folder = '';
const out = (...path: readonly string[]): string => join(folder, OUT, ...path);
const clear = (): void => rmSync(out(), { recursive: true, force: true });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-ways-out-'));
  writeTinyConfig(folder);
  writeSmallStudy(folder);
  for (const args of [
    ['generate', 'tiny.yaml', '--out', 'data-a'],
    ['train', 'tiny.yaml', '--data', 'data-a', '--out', 'trained-a', '--threads', '1'],
  ]) {
    const { code, error } = await runHere(args, folder);
    expect(code, error).toBe(0);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const flip = (path: string): void => {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(path, bytes);
};
const half = (path: string): void => truncateSync(path, readFileSync(path).length >> 1);
const found = (pattern: string): string[] => {
  const paths = globSync(pattern, { cwd: out() }).map((path) => out(path));
  expect(paths, pattern).not.toEqual([]);
  return paths;
};

/** Checks the one line of a refusal; returns it. */
function lineOf({ code, error }: { readonly code: number | null; readonly error: string }): string {
  expect(code, error).toBe(3);
  const lines = error.split('\n').filter((line) => line.includes('error['));
  expect(lines, error).toHaveLength(1);
  expect(lines[0]).toMatch(LINE);
  return lines[0];
}

/** Deletes what a hint says, or runs the command that it says. */
async function follow(line: string, prefersCommand = false): Promise<void> {
  const hint = line.slice(line.indexOf('(hint: '));
  const command = /`tracelab ([^`]+)`/.exec(hint)?.[1];
  const path = /delete ([^\s,)]+)/.exec(hint)?.[1];
  if (prefersCommand || path === undefined) {
    expect(command, hint).toBeDefined();
    const repaired = await runHere((command ?? '').split(' '), folder);
    expect([0, 3], repaired.error).toContain(repaired.code);
    return;
  }
  const place = resolve(folder, path);
  expect(place.startsWith(folder), hint).toBe(true);
  expect(existsSync(place), hint).toBe(true);
  rmSync(place, { recursive: true });
}

describe.each([
  ['train', TRAIN],
  ['rl', RL],
] as const)('%s', (name, args) => {
  let whole: ReadonlyMap<string, string>;
  let stopped = '';

  beforeAll(async () => {
    clear();
    // Stopped before its record is written: all state is there.
    const { code } = await runHere(
      args,
      folder,
      watchedPort(
        {
          before: ({ name: operation, path }) => {
            if (operation === 'open' && /\.done\.json\.[^/]*tmp$/.test(path))
              throw Object.assign(new Error('EACCES'), { code: 'EACCES', syscall: 'open', path });
            return undefined;
          },
        },
        NODE_PORT,
      ),
    );
    expect(code).toBe(4);
    stopped = join(folder, `stopped-${name}`);
    cpSync(out(), stopped, { recursive: true });
    const later = await runHere(args, folder);
    expect(later.code, later.error).toBe(0);
    whole = stateOf(folder);
  });

  const expectWhole = async (): Promise<void> => {
    const { code, error } = await runHere(args, folder);
    expect(code, error).toBe(0);
    expect(differences(whole, stateOf(folder))).toEqual([]);
    expect(leftovers(folder)).toEqual([]);
  };

  it.each([
    ['all lines of resume.jsonl', () => writeFileSync(found('resume.jsonl')[0], 'no line\nnor this\n')],
    ['every state flipped', () => found('resume-*.safetensors').forEach(flip)],
    ['every state cut', () => found('resume-*.safetensors').forEach(half)],
    ['every state missing', () => found('resume-*.safetensors').forEach((path) => rmSync(path))],
    ['metrics.jsonl changed', () => flip(found('metrics.jsonl')[0])],
    ['metrics.jsonl missing', () => rmSync(found('metrics.jsonl')[0])],
    ['metrics.jsonl empty', () => truncateSync(found('metrics.jsonl')[0], 0)],
    ['a checkpoint changed', () => flip(found('checkpoints/step-*/model.safetensors')[0])],
    ['a checkpoint missing', () => rmSync(found('checkpoints/step-*/model.safetensors')[0])],
    ['cell.json cut', () => half(found('cell.json')[0])],
    ['cell.json of nothing', () => writeFileSync(found('cell.json')[0], 'null')],
  ])('stopped, with %s', async (_, damage) => {
    clear();
    cpSync(stopped, out(), { recursive: true });
    damage();
    await follow(lineOf(await runHere(args, folder)));
    await expectWhole();
  });

  it.each([
    ['done.json cut', () => half(found('done.json')[0])],
    ['done.json changed', () => flip(found('done.json')[0])],
    ['done.json empty', () => truncateSync(found('done.json')[0], 0)],
    ['metrics.jsonl changed', () => flip(found('metrics.jsonl')[0])],
    ['metrics.jsonl missing', () => rmSync(found('metrics.jsonl')[0])],
    ['a checkpoint changed', () => flip(found('checkpoints/step-*/model.safetensors')[0])],
  ])('finished, with %s', async (_, damage) => {
    clear();
    const before = await runHere(args, folder);
    expect(before.code, before.error).toBe(0);
    damage();
    await follow(lineOf(await runHere(args, folder)));
    await expectWhole();
  });
});

describe('a study', () => {
  let whole: ReadonlyMap<string, string>;
  beforeAll(async () => {
    clear();
    const { code, error } = await runCli(STUDY, folder);
    expect(code, error).toBe(0);
    whole = stateOf(folder);
    cpSync(out(), join(folder, 'whole-study'), { recursive: true });
  });

  it.each([
    ['done.json cut', () => half(found('cells/train-*/done.json')[0])],
    ['done.json changed', () => flip(found('cells/train-*/done.json')[0])],
    ['cell.json of a finished cell cut', () => half(found('cells/train-*/cell.json')[0])],
    ['metrics.jsonl changed', () => flip(found('cells/train-*/metrics.jsonl')[0])],
    ['metrics.jsonl missing', () => rmSync(found('cells/train-*/metrics.jsonl')[0])],
    ['cells.json cut', () => half(found('small/cells.json')[0])],
    ['results.json cut', () => half(found('small/results.json')[0])],
  ])('finished, with %s: both ways out', async (what, damage) => {
    for (const prefersCommand of [false, true]) {
      clear();
      cpSync(join(folder, 'whole-study'), out(), { recursive: true });
      damage();
      const ran = await runCli(STUDY, folder);
      // What a study makes anew from its cells is no loss.
      if (ran.code !== 0) {
        const line = lineOf(ran);
        if (prefersCommand && !line.includes('`tracelab')) continue;
        await follow(line, prefersCommand);
        const again = await runCli(STUDY, folder);
        expect(again.code, again.error).toBe(0);
      }
      rmSync(out('damaged'), { recursive: true, force: true });
      const state = [...stateOf(folder)].filter(([path]) => !path.endsWith('.log'));
      expect(differences(whole, new Map(state)), what).toEqual([]);
    }
  });
});
