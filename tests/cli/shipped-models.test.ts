// The models of the package: whole checkpoints, and a card whose hashes and numbers are those of the files.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { hashFile } from '../../src/base/hash.ts';
import { proportion } from '../../src/base/statistics.ts';
import { readMeasured } from '../../src/cli/play-models.ts';
import { shippedModel, shippedModels } from '../../src/cli/shipped-models.ts';
import { readCheckpoint } from '../../src/model/checkpoint.ts';
import { distributionLabel, integer, interval, shareOfCounts } from '../../src/tables/format.ts';

const FOLDER = join(import.meta.dirname, '../../models');
const card = readFileSync(join(FOLDER, 'README.md'), 'utf8');

interface Counts {
  readonly count: number;
  readonly n: number;
}
const measured = Object.fromEntries(await readMeasured(join(FOLDER, 'measured.json'))) as unknown as Record<
  string,
  readonly { readonly distribution: string; readonly plan_valid: Counts; readonly trace_valid_strict: Counts }[]
>;

it('are two conditions', () => {
  expect(shippedModels()).toEqual(['correct', 'swapped']);
  expect(shippedModel('corect')).toBeUndefined();
  expect(shippedModel('..')).toBeUndefined();
  expect(Object.keys(measured)).toEqual(shippedModels());
});

it('numbers that were changed are refused', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tracelab-measured-')), 'measured.json');
  const text = readFileSync(join(FOLDER, 'measured.json'), 'utf8');
  for (const changed of [text.replace('2645', '2646'), text.replace('"count"', '"Count"'), '[]', '{}', text.slice(9)]) {
    writeFileSync(file, changed);
    await expect(readMeasured(file)).rejects.toMatchObject({ kind: 'damaged_artifact' });
  }
  rmSync(dirname(file), { recursive: true });
});

it.each(shippedModels())('%s is a whole checkpoint with the size and the hash of its card', async (name) => {
  const folder = join(FOLDER, name);
  const { origin } = await readCheckpoint(folder);
  expect([origin.condition, origin.size]).toEqual([name, 6]);
  const weights = join(folder, 'model.safetensors');
  const size = integer(statSync(weights).size);
  expect(card).toContain(`\`${name}/model.safetensors\`: ${size} bytes, SHA-256 \`${await hashFile(weights)}\``);
});

it.each(Object.entries(measured))('the card has the measured numbers of %s', (name, rows) => {
  const section = card.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? '';
  for (const { distribution, plan_valid, trace_valid_strict } of rows) {
    const cells = [plan_valid, trace_valid_strict].map(({ count, n }) => {
      const { low, high } = proportion(count, n);
      return `${shareOfCounts(proportion(count, n))} ${interval(low, high)}`;
    });
    expect(section).toContain(`| ${distributionLabel(distribution)} | ${cells.join(' | ')} |`);
  }
});
