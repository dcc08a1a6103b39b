// Which files of a cell its result covers.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Cell } from '../../src/run/cell.ts';
import { dataKey, outputsOf } from '../../src/study/cells.ts';
import { tinyStudy } from './fakes.ts';

it("covers sampled groups and completions with a cell's result, and leaves out what holds times", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracelab-cells-'));
  try {
    const names = ['completions-dfs.jsonl', 'sampled-dfs.json', 'evaluation.json', 'metrics.jsonl'];
    mkdirSync(join(folder, 'step-3'));
    for (const name of names) writeFileSync(join(folder, 'step-3', name), 'x');
    const cell = new Cell<object>(folder, dataKey(tinyStudy().config.data));
    const { deterministic, timed } = await outputsOf(cell, {});
    expect([...deterministic].sort()).toEqual(['step-3/completions-dfs.jsonl', 'step-3/sampled-dfs.json']);
    expect([...timed].sort()).toEqual(['step-3/evaluation.json', 'step-3/metrics.jsonl']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
