// One artefact of every kind, twice with different content, made by the commands themselves: what damage is done to in
// tests and in `npm run mutate-artefacts`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './run-cli.ts';

const MODEL = 'model: {d_model: 16, n_layer: 1, n_head: 1, d_ff: 32}\n';
const TRAIN = 'train: {epochs: 1, batch_tokens: 1024, lr: 2e-3, checkpoints: 2}\n';
const DATA = 'data: {size: 4, train: 60, dev: 2, test: 4, distributions: [wilson]}\n';
const RL =
  'rl: {from: [correct], steps: 2, prompts: 2, group: 2, checkpoint_every: 1, curve_mazes: 2, curve_prompts: 2}\n';

/** Settings of `rl` that end within a second. */
export const RL_SETTINGS = [
  ...['--steps', '2', '--prompts', '2', '--group', '2', '--checkpoint-every', '1', '--cap', '24'],
  ...['--eval-mazes', '2', '--eval-prompts', '2'],
];

/** Commands that leave one artefact of every kind. */
function commandsOf(name: 'a' | 'b'): readonly (readonly string[])[] {
  const seed = name === 'a' ? '1' : '2';
  return [
    ['generate', 'tiny.yaml', '--out', `data-${name}`, '--set', `data.seed=${seed}`],
    ['train', 'tiny.yaml', '--data', `data-${name}`, '--out', `trained-${name}`, '--seed', seed],
    ['evaluate', '--checkpoint', `trained-${name}`, '--data', 'data-a', '--out', `tested-${name}`],
    ['evaluate', '--completions', `tested-${name}/completions-wilson.jsonl`, '--out', `judged-${name}`],
    ['rl', `trained-${name}`, '--data', 'data-a', '--out', `rl-${name}`, ...RL_SETTINGS],
    [...interveneOf(name), '--out', `forced-${name}`],
    ['study', 'study.yaml', '--set', `study=study-${name}`, '--set', `data.seed=${seed}`],
    ['runs', 'export', `archive-${name}.tar`, '--study', `study-${name}`],
    ['sweep', `sweep-${name}.yaml`],
  ];
}

/** Without its --out. */
export function interveneOf(name: 'a' | 'b'): string[] {
  return [
    ...['intervene', `trained-${name}`, '--data', 'data-a'],
    ...['--interventions', 'gold,other', '--other', `tested-${name}`],
  ];
}

/** Writes tiny.yaml, of a model that is trained within a second. */
export function writeTinyConfig(folder: string): void {
  writeFileSync(join(folder, 'tiny.yaml'), `study: tiny\nconditions: [correct]\n${DATA}${MODEL}${TRAIN}`);
}

/** Writes a sweep of two trials of tiny.yaml. */
function writeTinySweep(folder: string, name: 'a' | 'b'): void {
  const seed = name === 'a' ? 1 : 2;
  writeFileSync(
    join(folder, `sweep-${name}.yaml`),
    `sweep: sweep-${name}\nstudy: tiny.yaml\nset: {data.seed: ${seed}}\nparameters: {train.lr: {values: [1e-3, 2e-3]}}\n`,
  );
}

/**
 * @param folder an empty one
 * @param names `a` alone, or with it `b`: the same artefacts of another seed
 * @throws Error when a command fails
 */
export async function makeArtefacts(folder: string, names: readonly ('a' | 'b')[] = ['a', 'b']): Promise<void> {
  writeTinyConfig(folder);
  const interventions = 'interventions: {conditions: [correct], kinds: [gold], mazes: 2}\n';
  writeFileSync(
    join(folder, 'study.yaml'),
    `study: tiny\nconditions: [correct, swapped]\n${DATA}${MODEL}${TRAIN}${RL}${interventions}`,
  );
  for (const name of names) writeTinySweep(folder, name);
  for (const args of names.flatMap(commandsOf)) {
    const { code, error } = await runCli(args, folder);
    if (code !== 0) throw new Error(`tracelab ${args.join(' ')}: exit ${code}\n${error}`);
  }
}
