// Evaluating a checkpoint: every test file is looked at before the first completion.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { evaluate, type EvaluateOptions } from '../../src/evaluation/evaluate.ts';
import { writeSmallCheckpoint } from '../model/small-checkpoint.ts';

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-evaluate-'));
  await writeSmallCheckpoint(join(folder, 'model'));
});
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

/** A test file of one maze without walls. @returns its path */
function testFile(name: string, size: number, plan: string): string {
  const path = join(folder, name);
  writeFileSync(path, `${JSON.stringify({ id: 'a', generator: 'free', size, prompt: 'query start 0 0 goal 1 0 reasoning', completion: `solution ${plan} end` })}\n`);
  return path;
}

it.each([
  ['of another grid size', 'GRID_SIZE', 5, 'plan 0 0 plan 1 0'],
  ['whose gold completion is too long', 'CONTEXT_TOO_SHORT', 4, 'plan 0 0 '.repeat(60).trim()],
])('refuses a later file %s before it has generated anything', async (_, code, size, plan) => {
  const good = testFile('good.jsonl', 4, 'plan 0 0 plan 1 0');
  const bad = testFile('bad.jsonl', size, plan);
  const outDir = join(folder, 'out');
  const options: EvaluateOptions = { checkpoint: join(folder, 'model'), tests: [{ distribution: 'wilson', file: good }, { distribution: 'drunkard', file: bad }], trainFile: null, outDir, threads: 1, temperature: 0, seed: 1 };
  await expect(evaluate(options, { progress: () => undefined })).rejects.toMatchObject({ code, exitCode: 2 });
  expect(existsSync(outDir)).toBe(false);
});
