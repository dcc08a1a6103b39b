// Mutated artefacts, and what the commands' own readers make of them in this process: refused with exit code 3 and a
// way out, or the same value as from the undamaged file. Anything else is a fault.
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, basename, join } from 'node:path';
import { TracelabError } from '../../src/base/errors.ts';
import { readJson, readJsonl } from '../../src/base/files.ts';
import { sha256 } from '../../src/base/hash.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { checkEvaluation } from '../../src/cli/evaluation-folder.ts';
import { givenCompletions, givenData, givenModel } from '../../src/cli/given.ts';
import { measuredModels } from '../../src/cli/shipped-models.ts';
import { lastCheckpoint, testFiles } from '../../src/cli/test-files.ts';
import { findModels, readMeasured, readModels } from '../../src/cli/play-models.ts';
import { verifyRuns } from '../../src/cli/verify-runs.ts';
import { readExamples } from '../../src/data/dataset.ts';
import { EVALUATION_FILE, readEvaluation } from '../../src/evaluation/evaluation-file.ts';
import { readOther } from '../../src/evaluation/other-completions.ts';
import { parseCompletionRow, parseForcedRow } from '../../src/evaluation/schemas.ts';
import { readCheckpoint } from '../../src/model/checkpoint.ts';
import { readStepRow } from '../../src/rl/row-schema.ts';
import { readResults } from '../../src/study/results-file.ts';
import { readSweepResults } from '../../src/study/sweep/results-file.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { parseLengthRow } from '../../src/tasks/lengths.ts';
import { readCurve } from '../../src/tasks/training-curve.ts';
import { mergeCells } from '../../src/work/cell-archive.ts';
import { readRecord } from '../../src/work/cell-record.ts';
import { FolderStore, SingleStore } from '../../src/work/folder-store.ts';
import { parseGraph } from '../../src/work/graph.ts';
import type { CellKey } from '../../src/work/key.ts';
import { readStudyCells } from '../../src/work/study-cells.ts';
import { runHere } from '../ports/here.ts';
import { draw, MUTATIONS, SWAPPED } from './byte-mutations.ts';

/** Files that are damaged, and a command's reading of them. */
export interface Artefact {
  readonly name: string;
  /** Paths relative to the folder of makeArtefacts(). */
  readonly files: readonly string[];
  /** @returns a value that JSON can hold, equal for equal content */
  readonly read: () => Promise<unknown>;
  /** Takes long: drawn less often. */
  readonly slow?: boolean;
  /**
   * Files of which no other file says what they must hold: with another whole one the artefact is another whole
   * artefact. So is a copied checkpoint with the origin of reinforcement learning that changed no weight.
   */
  readonly alone?: RegExp;
}

/** Keys of the undamaged cells: what a command would ask for. */
async function keyOf(directory: string): Promise<CellKey> {
  const record = await readRecord(directory);
  if (!record) throw new Error(`${directory} is not finished`);
  return record.key;
}

/** All rows of a finished cell by the reader of its kind. */
async function rowsOf(directory: string, kind: string, outputs: readonly string[]): Promise<unknown> {
  const rows: unknown[] = [];
  for (const name of outputs) {
    const path = join(directory, name);
    if (name === 'metrics.jsonl') {
      if (kind === 'train') rows.push(await readCurve(path));
      else for await (const row of readJsonl(path, readStepRow)) rows.push(row);
    }
    if (/(^|\/)completions-.*\.jsonl$/.test(name))
      for await (const row of readJsonl(path, parseCompletionRow)) rows.push(row);
    if (/^lengths-.*\.jsonl$/.test(name)) for await (const row of readJsonl(path, parseLengthRow)) rows.push(row);
    if (/^forced-.*\.jsonl$/.test(name)) for await (const row of readJsonl(path, parseForcedRow)) rows.push(row);
    if (name.endsWith('/model.safetensors')) {
      const { model, origin, weights } = await readCheckpoint(dirname(path));
      rows.push(
        model,
        origin,
        [...weights.tensors.values()].map(({ values }) => values.length),
      );
    }
  }
  return rows;
}

/**
 * One kind of artefact each, in the order in which they are drawn.
 * @param folder of makeArtefacts(); gets a copy of a checkpoint, and of the numbers of the package
 */
export async function artefactsIn(folder: string): Promise<readonly Artefact[]> {
  const [last] = globSync('trained-a/checkpoints/step-*[0-9]', { cwd: folder }).sort().reverse();
  cpSync(join(folder, last), join(folder, 'copy-a'), { recursive: true });
  cpSync(measuredModels(), join(folder, 'models/measured.json'));
  mkdirSync(join(folder, 'scratch'), { recursive: true });
  const below = (pattern: string): string[] => globSync(pattern, { cwd: folder }).filter(isFile(folder)).sort();
  const scratch = join(folder, 'scratch');
  const cell = async (name: string, directory: string, store: SingleStore | FolderStore): Promise<Artefact> => {
    const key = await keyOf(directory);
    const own = basename(dirname(directory)) === 'cells' ? directory : null;
    const files = own
      ? relativeFiles(folder, own)
      : relativeFiles(folder, directory, /^(checkpoints|metrics|done|cell|completions|evaluation\.json)/);
    return {
      name,
      files,
      read: async () => {
        const finished = await store.finished(key);
        if (!finished) return 'not finished';
        const { result, outputs, summary } = finished;
        return { result, outputs, summary, rows: await rowsOf(directory, key.kind, Object.keys(outputs)) };
      },
    };
  };
  const inFolder = async (name: string): Promise<Artefact> =>
    cell(name.replace(/-a$/, ''), join(folder, name), new SingleStore(join(folder, name)));
  const cells: Artefact[] = [];
  for (const root of ['runs', 'rl-a/evaluation', 'forced-a'])
    for (const name of globSync(`${root}/cells/*`, { cwd: folder }).sort())
      cells.push(
        await cell(
          `cell of ${root}: ${basename(name).replace(/-[0-9a-f]+$/, '')}`,
          join(folder, name),
          new FolderStore(join(folder, root)),
        ),
      );
  const [data, trained, tested, judged] = ['data-a', 'trained-a', 'tested-a', 'judged-a'].map((name) =>
    join(folder, name),
  );
  const examples = await readExamples(join(data, 'test-wilson.jsonl'));
  const [study, sweep] = ['runs/study-a', 'runs/sweep-a'].map((name) => join(folder, name));
  const { config_hash } = await readResults(join(study, 'results.json'));
  const { config_hash: sweep_hash } = await readSweepResults(join(sweep, 'sweep.json'));
  return [
    {
      name: 'dataset',
      files: below('data-a/*'),
      read: async () => {
        const tests = await testFiles([data], {}, scratch);
        const given = await givenData(tests, join(data, 'train.jsonl'));
        return [given.outputs, await readExamples(join(data, 'train.jsonl')), await readExamples(tests[0].file)];
      },
    },
    {
      name: 'checkpoint of a run',
      files: below('trained-a/checkpoints/step-*/*').concat('trained-a/done.json'),
      read: async () => {
        const path = await lastCheckpoint(trained);
        const { outputs } = await givenModel(path);
        const { model, origin, vocabulary, weights } = await readCheckpoint(path);
        return [outputs, model, origin, vocabulary.words, [...weights.tensors.keys()]];
      },
    },
    {
      name: 'copy of a checkpoint',
      files: below('copy-a/*'),
      alone: /tracelab\.json$/,
      read: async () => {
        const { model, origin, vocabulary, weights } = await readCheckpoint(join(folder, 'copy-a'));
        const numbers = [...weights.tensors].map(([name, { shape, values }]) => [name, shape, [...values]]);
        return [
          model,
          origin,
          vocabulary.words,
          numbers,
          (await givenModel(join(folder, 'copy-a'))).outputs['model.safetensors'],
        ];
      },
    },
    await inFolder('trained-a'),
    await inFolder('tested-a'),
    await inFolder('rl-a'),
    {
      name: 'evaluation of another model',
      files: below('tested-a/*').filter((name) =>
        /completions-[a-z]+\.jsonl$|evaluation\.json$|done\.json$/.test(name),
      ),
      read: async () => {
        await givenCompletions(tested, ['wilson']);
        return [await readOther(tested, 'wilson', examples), await readEvaluation(join(tested, EVALUATION_FILE))];
      },
    },
    {
      name: 'judged completions',
      files: below('judged-a/*'),
      read: async () => {
        await checkEvaluation(judged);
        return [await readOther(judged, 'wilson', examples), await readEvaluation(join(judged, EVALUATION_FILE))];
      },
    },
    {
      name: 'results.json',
      files: ['runs/study-a/results.json'],
      read: async () => readResults(join(study, 'results.json')),
    },
    { name: 'rl.json', files: ['rl-a/rl.json'], slow: true, read: async () => whole(join(folder, 'rl-a')) },
    ...[study, sweep].flatMap((path, i) => [
      {
        name: `cells.json of a ${i === 0 ? 'study' : 'sweep'}`,
        files: [`runs/${basename(path)}/cells.json`],
        read: async () => readStudyCells(join(folder, 'runs'), basename(path)),
      },
      {
        name: `graph.json of a ${i === 0 ? 'study' : 'sweep'}`,
        files: [`runs/${basename(path)}/graph.json`],
        read: async () => {
          const file = join(path, 'graph.json');
          return parseGraph(await readJson(file), file, KINDS.keys(), i === 0 ? config_hash : sweep_hash);
        },
      },
    ]),
    {
      name: 'sweep.json',
      files: ['runs/sweep-a/sweep.json'],
      read: async () => readSweepResults(join(sweep, 'sweep.json')),
    },
    {
      name: 'numbers of the models of the package',
      files: ['models/measured.json'],
      read: async () => [...(await readMeasured(join(folder, 'models/measured.json')))],
    },
    {
      name: 'models of a page',
      files: ['runs/study-a/results.json', ...below('runs/cells/train-*/checkpoints/*/*')],
      read: async () =>
        (await readModels((await findModels([study], 2)).models)).map(({ weights, ...model }) => [model, [...weights]]),
    },
    ...commandsHere(folder).map(({ args, leaves, files }) => ({
      name: args.slice(0, 2).join(' '),
      files: below(files),
      slow: true,
      read: async () => readHere(folder, args, leaves),
    })),
    {
      name: 'archive',
      files: ['archive-a.tar'],
      slow: true,
      alone: /./,
      read: async () => {
        const root = join(folder, 'merged');
        rmSync(root, { recursive: true, force: true });
        const { cells: added, studies } = await mergeCells(root, join(folder, 'archive-a.tar'));
        return [added, studies];
      },
    },
    ...cells,
  ];
}

/** Commands that end within a moment, and what they read and write. */
function commandsHere(folder: string) {
  const last = globSync('trained-a/checkpoints/step-*', { cwd: folder }).sort().at(-1) ?? '';
  return [
    { args: ['solve', 'trained-a', '--json'], leaves: [], files: `{${last}/*,trained-a/done.json}` },
    {
      args: ['play', 'trained-a', '--out', 'scratch/page.html', '--json'],
      leaves: ['scratch/page.html'],
      files: `{${last}/*,trained-a/done.json}`,
    },
    {
      args: ['sweep', 'sweep-a.yaml', '--json'],
      leaves: ['sweep.json', 'trials.csv', 'trials.parquet', 'report.html'].map((name) => `runs/sweep-a/${name}`),
      files: 'runs/sweep-a/*',
    },
  ];
}

/** What a command prints and writes, run in this process; its refusal as an error. */
async function readHere(folder: string, args: readonly string[], leaves: readonly string[]): Promise<unknown> {
  const { code, out, error } = await runHere(args, folder);
  if (code === 0) return [lastLine(out), leaves.map((name) => sha256(readFileSync(join(folder, name))))];
  const [, hint = ''] = /\(hint: ([^)]+)/.exec(error) ?? [];
  if (code !== 3) throw new Error(`exit code ${code}: ${error}`);
  const words = { what: error, expected: 'see above', got: 'see above' };
  throw new TracelabError({ code: 'HERE', kind: 'damaged_artifact', where: args.join(' '), ...words, hint });
}

/** Events before it have times. */
function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** What `runs verify` says, as a refusal where something is damaged. */
async function whole(root: string): Promise<unknown> {
  const { exitCode, lines } = await verifyRuns(root, false);
  if (exitCode === 0) return 'whole';
  throw new TracelabError({
    code: 'VERIFY',
    kind: 'damaged_artifact',
    where: root,
    what: lines[0],
    expected: 'a whole store',
    got: 'damage',
    hint: lines.at(-1) ?? 'none',
  });
}

function isFile(folder: string): (name: string) => boolean {
  return (name) => {
    try {
      readFileSync(join(folder, name));
      return true;
    } catch {
      return false;
    }
  };
}

function relativeFiles(folder: string, directory: string, pattern = /./): string[] {
  return globSync('**', { cwd: directory })
    .filter((name) => pattern.test(name) && !basename(name).startsWith('.lease'))
    .map((name) => join(directory, name).slice(folder.length + 1))
    .filter(isFile(folder))
    .sort();
}

export interface Mutant {
  readonly artefact: Artefact;
  readonly file: string;
  readonly mutation: string;
  readonly bytes: Uint8Array;
}

/** Files of the same name, and a few of any: the contents that swapping puts in the place of a file. */
export class Mutants {
  private readonly folder: string;
  private readonly artefacts: readonly Artefact[];
  private readonly contents = new Map<string, Buffer>();
  private readonly others = new Map<string, string[]>();

  constructor(folder: string, artefacts: readonly Artefact[]) {
    this.folder = folder;
    this.artefacts = artefacts;
    for (const name of relativeFiles(folder, folder)) {
      this.contents.set(name, readFileSync(join(folder, name)));
      const key = nameOf(name);
      this.others.set(key, [...(this.others.get(key) ?? []), name]);
    }
  }

  /** A function of seed and index; undefined where the mutation changes nothing. */
  draw(seed: number, index: number): Mutant | undefined {
    const random = new RandomSequence(seed, STREAMS.corruption, index);
    let artefact = draw(this.artefacts, random);
    if (artefact.slow && random.below(10) > 0) artefact = draw(this.artefacts, random);
    const file = draw(artefact.files, random);
    const before = this.of(file);
    const mutation = draw(Object.keys(MUTATIONS), random);
    if (artefact.alone?.test(file) && mutation === SWAPPED) return undefined;
    const other = (): Buffer => this.of(draw(this.others.get(nameOf(file)) ?? [file], random));
    const bytes = MUTATIONS[mutation](Buffer.from(before), random, other);
    return before.equals(bytes) ? undefined : { artefact, file, mutation, bytes };
  }

  /** Undamaged content. */
  of(file: string): Buffer {
    return this.contents.get(file) ?? Buffer.alloc(0);
  }

  put({ file, bytes }: Pick<Mutant, 'file' | 'bytes'>): void {
    writeFileSync(join(this.folder, file), bytes);
  }

  restore(file: string): void {
    writeFileSync(join(this.folder, file), this.of(file));
  }
}

/** `completions-wilson.jsonl`, `model.safetensors`, `archive.tar`. */
function nameOf(path: string): string {
  return basename(path).replace(/-[ab]\.tar$/, '.tar');
}

export interface Ending {
  readonly ending: 'refused' | 'equal' | 'FAULT';
  readonly text: string;
}

/** Seconds after which a reader hangs. */
const HANGS = 120;

/** @param expected what the artefact's reader gave before, as JSON */
export async function endingOf(artefact: Artefact, expected: string): Promise<Ending> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no end within ${HANGS} s`));
    }, HANGS * 1000);
  });
  try {
    const value = JSON.stringify(await Promise.race([artefact.read(), hang]));
    return value === expected ? { ending: 'equal', text: '' } : { ending: 'FAULT', text: 'was believed' };
  } catch (error) {
    if (!(error instanceof TracelabError)) return { ending: 'FAULT', text: String(error) };
    const fine = error.exitCode === 3 && error.details.hint !== '';
    return { ending: fine ? 'refused' : 'FAULT', text: error.message };
  } finally {
    clearTimeout(timer);
  }
}
