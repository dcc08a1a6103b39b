// No command believes a file that was changed after it was written: exit code 3, one line with the file, what is wrong,
// expected, got and a way out, and nothing new in the folder.
import { cpSync, existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { interveneOf, makeArtefacts, RL_SETTINGS } from './artefacts.ts';
import { type Artefact, artefactsIn, endingOf, Mutants } from './mutants.ts';
import { runCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-artefacts-'));
  await makeArtefacts(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const all = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

type Change = (bytes: Buffer) => Uint8Array | string;
const flipLast: Change = (bytes) => bytes.fill(bytes[bytes.length - 4] ^ 1, bytes.length - 4, bytes.length - 3);
const appended: Change = (bytes) => Buffer.concat([bytes, Buffer.from('\n')]);
const replaced =
  (from: string | RegExp, to: string): Change =>
  (bytes) =>
    bytes.toString().replace(from, to);

const LAST = 'trained-a/checkpoints/step-*[0-9]';
const EVALUATE = ['evaluate', '--checkpoint', 'trained-a', '--data', 'data-a', '--out', 'new'];
const RL = ['rl', 'trained-a', '--data', 'data-a', '--out', 'new', ...RL_SETTINGS];
const INTERVENE = [...interveneOf('a'), '--out', 'new'];
const TRAIN = ['train', 'tiny.yaml', '--data', 'data-a', '--out', 'new'];
const STUDY = ['study', 'study.yaml', '--set', 'study=study-a'];
const ANALYSE = ['analyse', 'lengths'];

it.each<readonly [string, string, Change, readonly string[]]>([
  ['evaluate, a weight', `${LAST}/model.safetensors`, flipLast, EVALUATE],
  [
    'evaluate, a configuration',
    `${LAST}/config.json`,
    replaced('"rope_theta": 10000', '"rope_theta": 20000'),
    EVALUATE,
  ],
  ['evaluate, a tokenizer', `${LAST}/tokenizer.json`, appended, EVALUATE],
  ['evaluate, a summary', 'trained-a/done.json', replaced(/"steps": \d/, '"steps": 9'), EVALUATE],
  ['evaluate, a test problem', 'data-a/test-wilson.jsonl', appended, EVALUATE],
  ['evaluate, a training problem', 'data-a/train.jsonl', appended, EVALUATE],
  [
    'evaluate, a finished evaluation',
    'tested-a/completions-wilson.jsonl',
    appended,
    [...EVALUATE.slice(0, -1), 'tested-a'],
  ],
  ['rl, a weight', `${LAST}/model.safetensors`, flipLast, RL],
  ['rl, a finished run', 'rl-a/metrics.jsonl', replaced('"step":1', '"step":2'), [...RL.with(5, 'rl-a')]],
  ['intervene, a weight', `${LAST}/model.safetensors`, flipLast, INTERVENE],
  ['intervene, the other model', 'tested-a/completions-wilson.jsonl', appended, INTERVENE],
  ['train, a training problem', 'data-a/train.jsonl', replaced('start', 'goal'), TRAIN],
  [
    'report, a digit',
    'runs/study-a/results.json',
    replaced(/"loss":\d/, '"loss":9'),
    ['report', 'runs/study-a', '--text'],
  ],
  [
    'report --rows',
    'runs/cells/test-*/completions-wilson.jsonl',
    appended,
    ['report', 'runs/study-a', '--rows', '--json'],
  ],
  [
    'runs compare',
    'runs/study-a/results.json',
    replaced('"verdict":"', '"verdict":"un'),
    ['runs', 'compare', 'study-a', 'study-a'],
  ],
  [
    'analyse, a study',
    'runs/cells/test-*/completions-wilson.jsonl',
    appended,
    [...ANALYSE, 'runs/study-a', '--out', 'new'],
  ],
  [
    'analyse, weights',
    'runs/cells/train-*/checkpoints/step-*/model.safetensors',
    flipLast,
    [...ANALYSE, 'runs/study-a', '--out', 'new'],
  ],
  [
    'analyse, an evaluation',
    'tested-a/evaluation.json',
    replaced('"correct"', '"swapped"'),
    [...ANALYSE, 'tested-a', '--out', 'new'],
  ],
  [
    'analyse, judged texts',
    'judged-a/completions-wilson.jsonl',
    replaced('"valid":', '"valid": '),
    [...ANALYSE, 'judged-a', '--out', 'new'],
  ],
  [
    'analyse, judged counts',
    'judged-a/evaluation.json',
    replaced('"n": 4', '"n": 5'),
    [...ANALYSE, 'judged-a', '--out', 'new'],
  ],
  ['study, a row of metrics', 'runs/cells/train-*/metrics.jsonl', replaced('"loss":', '"loss":1'), STUDY],
  [
    'task, a setting',
    'runs/study-a/graph.json',
    replaced('"condition": "correct"', '"condition": "swapped"'),
    ['task', 'runs/study-a/graph.json', 'train-correct-seed1'],
  ],
  ['runs show, a cell', 'runs/study-a/cells.json', replaced(/"data": "./, '"data": "g'), ['runs', 'show', 'study-a']],
  ['runs list, a list', 'runs/study-a/cells.json', replaced(/("data": ")./, '$1_'), ['runs', 'list']],
  ['study, a summary', 'runs/cells/test-*/done.json', replaced('"count": ', '"count": 1'), STUDY],
])('%s: a changed file is refused', async (_, pattern, change, args) => {
  // Other studies share the store, and the names of cells are hashes: which one is last is chance.
  const named = readFileSync(join(folder, 'runs/study-a/cells.json'), 'utf8');
  const isOfStudy = (path: string): boolean =>
    !path.startsWith('runs/cells/') || named.includes(path.split('/')[2].replace(/^.*-/, ''));
  const [name] = globSync(pattern, { cwd: folder }).filter(isOfStudy).sort().reverse();
  const file = join(folder, name);
  const bytes = readFileSync(file);
  const before = all();
  writeFileSync(file, change(Buffer.from(bytes)));
  expect(readFileSync(file).equals(bytes)).toBe(false);
  try {
    const { code, out, error } = await runCli(args, folder);
    expect([code, out]).toEqual([3, '']);
    expect(error).toMatch(/error\[[A-Z_]+\] [^\n]+; expected [^\n]+, got [^\n]+ \(hint: [^\n]+\)\n$/);
    expect(error).toContain(name.replace(/^runs\/cells\//, ''));
    expect(all()).toEqual(before);
  } finally {
    writeFileSync(file, bytes);
  }
});

it('files that are gone, or one too many, are refused', async () => {
  const test = join(folder, 'data-a/test-wilson.jsonl');
  const bytes = readFileSync(test);
  rmSync(test);
  expect(await runCli(EVALUATE, folder)).toMatchObject({
    code: 3,
    error: expect.stringContaining('got no such file') as string,
  });
  writeFileSync(test, bytes);
  cpSync(test, join(folder, 'data-a/test-kruskal.jsonl'));
  expect(await runCli(EVALUATE, folder)).toMatchObject({
    code: 3,
    error: expect.stringContaining('test-kruskal.jsonl: is none of the files of its record') as string,
  });
  rmSync(join(folder, 'data-a/test-kruskal.jsonl'));
  const [last] = globSync(`${LAST}/model.safetensors`, { cwd: folder }).sort().reverse();
  const weights = readFileSync(join(folder, last));
  rmSync(join(folder, last));
  expect(await runCli(EVALUATE, folder)).toMatchObject({
    code: 3,
    error: expect.stringContaining('was deleted after it was written') as string,
  });
  writeFileSync(join(folder, last), weights);
  expect(existsSync(join(folder, 'new'))).toBe(false);
});

it('the results of another study in the place of this one are refused', async () => {
  const file = join(folder, 'runs/study-a/results.json');
  const bytes = readFileSync(file);
  expect((await runCli(['study', 'tiny.yaml', '--set', 'study=other'], folder)).code).toBe(0);
  cpSync(join(folder, 'runs/other/results.json'), file);
  const { code, error } = await runCli(['report', 'runs/study-a', '--text'], folder);
  expect(error).toContain('error[RESULTS_OTHER] runs/study-a/results.json: are the results of another study');
  expect(code).toBe(3);
  writeFileSync(file, bytes);
});

it('the graph of another study in the place of this one is refused', async () => {
  const file = join(folder, 'runs/study-a/graph.json');
  const bytes = readFileSync(file);
  cpSync(join(folder, 'runs/study-b/graph.json'), file);
  const { code, error } = await runCli(['task', 'runs/study-a/graph.json', 'data'], folder);
  expect(error).toContain('error[GRAPH_DAMAGED] runs/study-a/graph.json: is the graph of another configuration');
  expect(code).toBe(3);
  writeFileSync(file, bytes);
});

it.each([
  ['changed', (text: string) => text.replace('"seed": 1', '"seed": 2'), 'was changed after it was written'],
  ['of another run', () => readFileSync(join(folder, 'rl-b/rl.json'), 'utf8'), 'is about another run'],
])('rows of reinforcement learning that are %s are found by runs verify', async (_, change, what) => {
  const file = join(folder, 'rl-a/rl.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, change(text));
  const { code, out } = await runCli(['runs', 'verify', 'rl-a'], folder);
  expect(out).toContain(`error[RESULTS] rl-a/rl.json: ${what}; expected `);
  expect(code).toBe(3);
  writeFileSync(file, text);
});

it('an evaluation of a model without its record is refused', async () => {
  cpSync(join(folder, 'tested-a'), join(folder, 'moved'), { recursive: true });
  for (const name of ['done.json', 'cell.json']) rmSync(join(folder, 'moved', name));
  const { code, error } = await runCli(['analyse', 'lengths', 'moved'], folder);
  expect(error).toContain('moved/evaluation.json: is the evaluation of a model without the record of its folder');
  expect(code).toBe(3);
});

it('two hundred random mutants are refused or change nothing', async () => {
  const artefacts = await artefactsIn(folder);
  const expected = new Map<Artefact, string>();
  for (const artefact of artefacts) expected.set(artefact, JSON.stringify(await artefact.read()));
  const mutants = new Mutants(folder, artefacts);
  const faults: string[] = [];
  const counts = { refused: 0, equal: 0, FAULT: 0 };
  for (let index = 0; index < 200; index++) {
    const mutant = mutants.draw(11, index);
    if (!mutant) continue;
    mutants.put(mutant);
    const { ending, text } = await endingOf(mutant.artefact, expected.get(mutant.artefact) ?? '');
    mutants.restore(mutant.file);
    counts[ending] += 1;
    if (ending === 'FAULT') faults.push(`${index}: ${mutant.mutation} in ${mutant.file}: ${text}`);
  }
  expect(faults).toEqual([]);
  expect(counts.refused).toBeGreaterThan(100);
});

it('a copy of a checkpoint is evaluated, a changed copy is not', async () => {
  const [last] = globSync(LAST, { cwd: folder }).sort().reverse();
  cpSync(join(folder, last), join(folder, 'copy'), { recursive: true });
  const args = ['evaluate', '--checkpoint', 'copy', '--data', 'data-a', '--out', 'copy-tested', '--json'];
  const own = ['evaluate', '--checkpoint', 'trained-a', '--data', 'data-a', '--out', 'tested-a', '--json'];
  const resultOf = (text: string): unknown =>
    (JSON.parse(text.trim().split('\n').at(-1) ?? '') as { result: string }).result;
  const [copied, reused] = [await runCli(args, folder), await runCli(own, folder)];
  expect(resultOf(copied.out)).toBe(resultOf(reused.out));
  const weights = join(folder, 'copy/model.safetensors');
  writeFileSync(weights, flipLast(readFileSync(weights)));
  const { code, error } = await runCli(args.slice(0, -1).with(6, 'copy-again'), folder);
  expect(error).toContain('error[CHECKPOINT_DAMAGED] copy/model.safetensors: was changed after it was written');
  expect([code, existsSync(join(folder, 'copy-again'))]).toEqual([3, false]);
});
