// Commands on a checkpoint folder that transformers has saved again: the same completions, a line on stderr, and one
// line for a folder that holds another model.
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeDataset } from '../../src/data/dataset.ts';
import { readSafetensors } from '../../src/model/safetensors.ts';
import { saveAgain } from '../model/other-forms.ts';
import { SIZE, writeSmallCheckpoint } from '../model/small-checkpoint.ts';
import { runCli } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracelab-saved-again-'));
beforeAll(async () => {
  await writeSmallCheckpoint(join(folder, 'model'));
  await writeDataset(join(folder, 'data'), {
    domain: 'maze',
    generator: 'wilson',
    size: SIZE,
    train: 12,
    dev: 2,
    test: 6,
    test_in_distribution: 6,
    distributions: ['wilson'],
    seed: 1,
  });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const evaluate = async (checkpoint: string): Promise<Awaited<ReturnType<typeof runCli>>> =>
  runCli(['evaluate', '--checkpoint', checkpoint, '--data', 'data', '--out', `${checkpoint}-tested`], folder);
const completions = (checkpoint: string): string =>
  readFileSync(join(folder, `${checkpoint}-tested/completions-wilson.jsonl`), 'utf8');

it('evaluate writes the same completions, and says what it reads', async () => {
  await saveAgain(join(folder, 'model'), join(folder, 'saved'));
  const [own, saved] = [await evaluate('model'), await evaluate('saved')];
  expect([own.code, saved.code]).toEqual([0, 0]);
  expect(own.error).not.toContain('note:');
  expect(saved.error).toContain('note: saved: saved again by transformers 5.17.0\n');
  expect(completions('saved')).toBe(completions('model'));
});

it('rl starts from weights of 16 bits, and writes weights of 32', async () => {
  await saveAgain(join(folder, 'model'), join(folder, 'half'), 'BF16');
  const size = ['--steps', '1', '--prompts', '2', '--group', '2', '--eval-mazes', '2', '--eval-prompts', '1'];
  const { code, error } = await runCli(['rl', 'half', '--data', 'data', '--out', 'learnt', ...size], folder);
  expect(error).toContain('note: half: saved again by transformers 5.17.0; weights in BF16 are converted to F32\n');
  expect(code).toBe(0);
  const [last] = readdirSync(join(folder, 'learnt/checkpoints'));
  const { tensors } = await readSafetensors(join(folder, 'learnt/checkpoints', last, 'model.safetensors'));
  expect(tensors.get('model.layers.1.self_attn.o_proj.bias')?.values).toEqual(new Float32Array(24));
});

it('weights in several files are refused in one line', async () => {
  await saveAgain(join(folder, 'model'), join(folder, 'shards'));
  const [whole, index] = ['model.safetensors', 'model.safetensors.index.json'].map((name) =>
    join(folder, 'shards', name),
  );
  renameSync(whole, index);
  const { code, out, error } = await evaluate('shards');
  expect([code, out]).toEqual([2, '']);
  expect(error).toBe(
    'error[CHECKPOINT_OTHER] shards/model.safetensors.index.json: the weights are in several files; expected ' +
      'model.safetensors, got model.safetensors.index.json (hint: save the model again in one file: ' +
      "model.save_pretrained(FOLDER, max_shard_size='50GB'))\n",
  );
});
