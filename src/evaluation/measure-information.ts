// Measures on one checkpoint how much the first events of a trace lower its loss on the reference plan: writes its own
// greedy traces, scores the plan after prefixes of each source's traces, and keeps a file of rows for each distribution
// and source, never computed again. `solution` is given, not scored: after a cut trace the word itself is a surprise
// that says nothing about the plan.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/files.ts';
import { canonicalJson, sha256 } from '../base/hash.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import { loadCore } from '../core/module.ts';
import { readTests, type TestFile, type TestSet } from '../data/test-sets.ts';
import { splitCompletion } from '../domain/completion.ts';
import type { Example, GeneratorName } from '../domain/types.ts';
import { capWithin } from '../model/completion-cap.ts';
import { Model } from '../model/model.ts';
import { draftsOf } from './drafts.ts';
import { forcedMazes } from './forced-mazes.ts';
import {
  INFORMATION_SOURCES,
  informationRow,
  type InformationRow,
  type InformationSource,
  prefixesOf,
  sampleSequence,
  tracesOf,
} from './information.ts';
import { type DistributionInformation, type SourceInformation, summarizeInformation } from './information-summary.ts';
import { keepRows, keptRows } from './kept-rows.ts';

export interface InformationOptions {
  /** Checkpoint folder. */
  readonly checkpoint: string;
  readonly tests: readonly TestFile[];
  readonly outDir: string;
  readonly threads: number;
  /** Of the swap and of the sample of events. */
  readonly seed: number;
  /** Most events of a trace whose single effect is measured. */
  readonly events: number;
  /** Number of mazes of each file, from its beginning; all when left out. */
  readonly limit?: number;
}

export interface InformationHooks {
  progress(progress: {
    readonly distribution: GeneratorName;
    /** Own traces, or sequences of one source, of this distribution. */
    readonly done: number;
    readonly total: number;
    /** Of the whole call, 0 to 1. */
    readonly share: number;
  }): void;
  readonly signal?: AbortSignal;
}

/** What the model writes without intervention. */
type OwnRow =
  | { readonly id: string; readonly completion: string; readonly truncated: boolean }
  | { readonly id: string; readonly left_out: 'no_room' };

/** Own traces first, then each source. */
const STAGES = 1 + INFORMATION_SOURCES.length;

/**
 * @returns one summary a distribution; null when the signal stopped it, with finished files kept
 * @throws TracelabError for missing or damaged files, a model of another grid size, a single maze to swap
 */
export async function measureInformation(
  options: InformationOptions,
  hooks: InformationHooks,
): Promise<DistributionInformation[] | null> {
  const { checkpoint, tests, outDir, threads, seed, limit } = options;
  await using model = await Model.open(checkpoint, threads);
  // All files are refused or accepted before the first completion costs time.
  const assigned = (await readTests(tests, null)).sets.map((set) => ({
    set,
    examples: forcedMazes(model, set, limit),
  }));
  for (const { examples } of assigned) tracesOf('swapped', examples, [], seed);
  const found: DistributionInformation[] = [];
  for (const [i, { set, examples }] of assigned.entries()) {
    const { distribution } = set;
    const report =
      (stage: number, total: number) =>
      (done: number): void => {
        const share = (i + (stage + done / Math.max(total, 1)) / STAGES) / assigned.length;
        hooks.progress({ distribution, done, total, share });
      };
    const key = keyOf(options, model, set);
    const own = await rowsIn<OwnRow>(join(outDir, `own-${distribution}.jsonl`), key('own traces'), () =>
      ownRows(model, examples, report(0, examples.length), hooks.signal),
    );
    if (own === null) return null;
    const sources: SourceInformation[] = [];
    for (const [stage, source] of INFORMATION_SOURCES.entries()) {
      const file = join(outDir, `information-${distribution}-${source}.jsonl`);
      const rows = await rowsIn(file, key(source), () =>
        sourceRows(model, source, examples, own, options, (total) => report(1 + stage, total), hooks.signal),
      );
      if (rows === null) return null;
      sources.push(summarizeInformation(source, rows));
    }
    found.push({ distribution, sources });
  }
  const { origin } = model.checkpoint;
  const record = { format: 1, checkpoint: origin, seed, limit: limit ?? null, events: options.events };
  const text = JSON.stringify({ ...record, distributions: found }, null, 2);
  await writeFileAtomic(join(outDir, 'information.json'), `${text}\n`);
  return found;
}

/** The rows of an earlier call with this key, or new ones, kept for the next call. */
async function rowsIn<Row>(path: string, key: string, make: () => Promise<Row[] | null>): Promise<Row[] | null> {
  const kept = await keptRows<Row>(path, key);
  if (kept !== null) return kept;
  const rows = await make();
  if (rows !== null) await keepRows(path, key, rows);
  return rows;
}

/** All that decides the rows of one test file. */
function keyOf({ seed, limit, events }: InformationOptions, model: Model, { hash }: TestSet): (rows: string) => string {
  const { module_sha256, kernel_path } = loadCore();
  const shared = {
    weights: model.weightsHash,
    test: hash,
    context: model.checkpoint.model.context,
    seed,
    events,
    limit: limit ?? null,
    module: module_sha256,
    path: kernel_path,
    numeric_version: NUMERIC_VERSION,
  };
  return (rows) => sha256(canonicalJson({ ...shared, rows }));
}

/** Greedy completions of the prompts that leave room for a plan. The cap is an evaluation's, within the context. */
async function ownRows(
  model: Model,
  examples: readonly Example[],
  onDone: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<OwnRow[] | null> {
  const { model: sizes, vocabulary } = model.checkpoint;
  const words = (text: string): number => vocabulary.encode(text).length;
  const fits = examples.map((example) => hasRoom(model, example, ''));
  const asked = examples.filter((_, i) => fits[i]);
  const longest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, words(text)), 0);
  // <bos> and <eos> are tokens, too.
  const room = sizes.context - 1 - longest(asked.map(({ prompt }) => prompt));
  const completions = await model.generate(
    {
      prompts: asked.map(({ prompt }) => prompt),
      maxNewTokens: capWithin(room, 1 + longest(asked.map(({ completion }) => completion))),
      temperature: 0,
      seed: 0,
      drafts: await draftsOf(model, asked, undefined),
    },
    onDone,
    signal,
  );
  if (completions === null) return null;
  const written = completions.values();
  return examples.map(({ id }, i): OwnRow => {
    const completion = fits[i] ? written.next().value : undefined;
    return completion === undefined
      ? { id, left_out: 'no_room' }
      : { id, completion: completion.text, truncated: completion.truncated };
  });
}

/** Whether prompt, trace and reference plan fit into the context together. */
function hasRoom(
  { checkpoint: { model, vocabulary } }: Model,
  { prompt, completion }: Example,
  trace: string,
): boolean {
  const text = [prompt, trace, splitCompletion(completion).solution].join(' ');
  return vocabulary.encode(text).length + 2 <= model.context;
}

async function sourceRows(
  model: Model,
  source: InformationSource,
  examples: readonly Example[],
  own: readonly OwnRow[],
  { seed, events }: InformationOptions,
  report: (total: number) => (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<InformationRow[] | null> {
  const { vocabulary } = model.checkpoint;
  const written = own.map((row) => ('left_out' in row ? '' : row.completion));
  const mazes = tracesOf(source, examples, written, seed).map((trace, i) => {
    const example = examples[i];
    const text = trace.join(' ');
    // A model that has learned little writes <unk>: such a trace cannot be given.
    if (vocabulary.encode(text).includes(vocabulary.unk)) return 'not_applicable';
    if ('left_out' in own[i] || !hasRoom(model, example, text)) return 'no_room';
    return { example, prefixes: prefixesOf(example, trace, events, sampleSequence(seed, source, i)) };
  });
  const given = mazes.flatMap((maze) =>
    typeof maze === 'string'
      ? []
      : maze.prefixes.completions.map((completion) => ({ prompt: maze.example.prompt, completion })),
  );
  const losses = await model.score(given, report(given.length), signal);
  if (losses === null) return null;
  let at = 0;
  return mazes.map((maze, i): InformationRow => {
    const { id } = examples[i];
    if (typeof maze === 'string') return { id, left_out: maze };
    const some = losses.slice(at, at + maze.prefixes.points.length);
    at += some.length;
    return informationRow(
      id,
      maze.prefixes,
      some.map(({ plan_words_loss }) => plan_words_loss),
    );
  });
}
