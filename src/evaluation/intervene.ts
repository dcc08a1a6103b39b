// Runs interventions on one checkpoint: forces the trace section of its test mazes, lets it write the rest, judges the whole, and compares
// with what it writes by itself. Greedy throughout. Every (distribution, intervention) is a file with a key, and is never computed again.
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { readJsonl, writeFileAtomic } from '../base/files.ts';
import { canonicalJson, hashFile, sha256 } from '../base/hash.ts';
import { loadCore } from '../core/module.ts';
import { readExamples } from '../data/dataset.ts';
import { checkSameDomain } from '../domain/domains.ts';
import { splitCompletion } from '../domain/completion.ts';
import { parsePrompt } from '../domain/maze/grammar.ts';
import type { Example, GeneratorName } from '../domain/types.ts';
import { type Checkpoint, readCheckpoint } from '../model/checkpoint.ts';
import { capWithin } from '../model/completion-cap.ts';
import { type Completion, generate } from '../model/generate.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import { CompletionJudge } from './completion-judge.ts';
import { type DistributionInterventions, type ForcedRow, summarizeInterventions } from './intervention-summary.ts';
import { type Forced, type Intervention, forcedTraces, forcedWords, interventionName } from './interventions.ts';
import { keepRows, keptRows } from './kept-rows.ts';

export interface InterveneOptions {
  /** Checkpoint folder. */
  readonly checkpoint: string;
  readonly tests: readonly { readonly distribution: GeneratorName; readonly file: string }[];
  readonly interventions: readonly Intervention[];
  /** Folder of another evaluation, with completions-<distribution>.jsonl on the same mazes; needed by the intervention `other`. */
  readonly other: string | null;
  readonly outDir: string;
  readonly threads: number;
  /** Of the swap and of the corruptions. */
  readonly seed: number;
  /** Only the first so many mazes of each file. */
  readonly limit?: number;
}

export interface InterveneHooks {
  /** `done` and `total` count completions, un-intervened ones included. */
  progress(progress: {
    readonly distribution: GeneratorName;
    readonly done: number;
    readonly total: number;
    readonly tokens: number;
    readonly tokens_per_second: number;
  }): void;
  readonly signal?: AbortSignal;
}

export interface InterveneSummary {
  /** False when the signal stopped it; finished files are kept. */
  readonly finished: boolean;
  readonly seconds: number;
  /** SHA-256 over all rows. */
  readonly result: string;
  readonly distributions: readonly DistributionInterventions[];
}

/** @throws TracelabError for missing or damaged files, a model of another grid size, another model's completions on other mazes, a single maze to swap */
export async function intervene(options: InterveneOptions, hooks: InterveneHooks): Promise<InterveneSummary> {
  const started = performance.now();
  const checkpoint = await readCheckpoint(options.checkpoint);
  const distributions: DistributionInterventions[] = [];
  const hashes: [GeneratorName, string, string][] = [];
  const seconds = (): number => (performance.now() - started) / 1000;
  // All files are refused or accepted before the first completion costs time.
  const testSets: TestSet[] = [];
  for (const { distribution, file } of options.tests)
    testSets.push(await readTestSet(options, checkpoint, distribution, file));
  for (const testSet of testSets) {
    const { distribution } = testSet;
    const found = await interveneOn(options, hooks, checkpoint, testSet);
    if (found === null) return { finished: false, seconds: seconds(), result: '', distributions };
    distributions.push(summarizeInterventions(distribution, found.examples, found.own, found.forced));
    for (const [name, rows] of [['own', found.own] as const, ...found.forced])
      hashes.push([distribution, name, sha256(canonicalJson(rows))]);
  }
  const result = sha256(canonicalJson(hashes));
  const { seed, limit, outDir } = options;
  await writeFileAtomic(
    join(outDir, 'interventions.json'),
    `${JSON.stringify({ format: 1, checkpoint: checkpoint.origin, seed, limit: limit ?? null, result, seconds: seconds(), distributions }, null, 2)}\n`,
  );
  return { finished: true, seconds: seconds(), result, distributions };
}

/** The mazes of one test file, which this model can be tested on. */
interface TestSet {
  readonly distribution: GeneratorName;
  readonly file: string;
  readonly examples: readonly Example[];
  /** What another model wrote on them; null when no intervention asks for it. */
  readonly other: OtherCompletions | null;
}

interface OtherCompletions {
  readonly completions: readonly string[];
  /** SHA-256 of their file. */
  readonly hash: string;
}

interface DistributionRows {
  readonly examples: readonly Example[];
  readonly own: readonly ForcedRow[];
  readonly forced: ReadonlyMap<string, readonly ForcedRow[]>;
}

/** @throws TracelabError DOMAIN_MIXED, GRID_SIZE, OTHER_MISSING, and those of readExamples */
async function readTestSet(
  options: InterveneOptions,
  checkpoint: Checkpoint,
  distribution: GeneratorName,
  file: string,
): Promise<TestSet> {
  const examples = (await readExamples(file)).slice(0, options.limit);
  for (const { domain, id } of examples)
    checkSameDomain(`${file}, example ${id}`, 'traces are forced in mazes only', undefined, domain);
  const wrong = examples.find(({ size }) => size !== checkpoint.origin.size);
  if (wrong)
    throw new TracelabError({
      code: 'GRID_SIZE',
      kind: 'refused_input',
      where: `${file}, example ${wrong.id}`,
      what: 'the model was trained on another grid size',
      expected: String(checkpoint.origin.size),
      got: String(wrong.size),
    });
  return { distribution, file, examples, other: await otherCompletions(options, distribution, examples) };
}

async function interveneOn(
  options: InterveneOptions,
  hooks: InterveneHooks,
  checkpoint: Checkpoint,
  { distribution, file, examples, other }: TestSet,
): Promise<DistributionRows | null> {
  const { interventions, outDir, seed } = options;
  const key = await keyOf(options, file, checkpoint.model.context);
  const run = new ForcedRun(
    options,
    hooks,
    checkpoint,
    distribution,
    examples,
    examples.length * (interventions.length + 1),
  );

  const own = await reuse(outDir, distribution, 'own', key('own', null), () =>
    run.complete(examples.map(() => ({ trace: '', continues: true }))),
  );
  if (own === null) return null;
  const texts = {
    examples,
    own: own.map((row) => ('left_out' in row ? '' : row.completion)),
    other: other?.completions ?? null,
  };
  const forced = new Map<string, readonly ForcedRow[]>();
  for (const intervention of interventions) {
    const name = interventionName(intervention);
    const rows = await reuse(
      outDir,
      distribution,
      name,
      key(name, intervention.kind === 'other' ? (other?.hash ?? null) : null),
      () => run.complete(forcedTraces(intervention, texts, seed)),
    );
    if (rows === null) return null;
    forced.set(name, rows);
  }
  return { examples, own, forced };
}

/** All that decides the rows of an intervention on one test file. */
async function keyOf(
  { checkpoint, seed, limit }: InterveneOptions,
  file: string,
  context: number,
): Promise<(name: string, other: string | null) => string> {
  const { module_sha256, kernel_path } = loadCore();
  const shared = {
    weights: await hashFile(join(checkpoint, 'model.safetensors')),
    test: await hashFile(file),
    context,
    seed,
    limit: limit ?? null,
    module: module_sha256,
    path: kernel_path,
    numeric_version: NUMERIC_VERSION,
  };
  return (name, other) => sha256(canonicalJson({ ...shared, intervention: name, other }));
}

/** Rows of an earlier call with the same key, or new ones, which it keeps. */
async function reuse(
  outDir: string,
  distribution: GeneratorName,
  name: string,
  key: string,
  compute: () => Promise<ForcedRow[] | null>,
): Promise<ForcedRow[] | null> {
  const path = join(outDir, `forced-${distribution}-${name}.jsonl`);
  const kept = await keptRows<ForcedRow>(path, key);
  if (kept !== null) return kept;
  const rows = await compute();
  if (rows !== null) await keepRows(path, key, rows);
  return rows;
}

/** What another model wrote on the same mazes, in their order; null when no intervention asks for it. */
async function otherCompletions(
  { interventions, other }: InterveneOptions,
  distribution: GeneratorName,
  examples: readonly Example[],
): Promise<OtherCompletions | null> {
  if (!interventions.some(({ kind }) => kind === 'other')) return null;
  if (other === null)
    throw new TracelabError({
      code: 'OTHER_MISSING',
      kind: 'refused_input',
      where: 'intervention other',
      what: 'no evaluation of another model was given',
      expected: 'its folder',
      hint: '--other FOLDER',
    });
  const file = join(other, `completions-${distribution}.jsonl`);
  const written = new Map<string, string>();
  for await (const row of readJsonl(
    file,
    (value) => value as { readonly id: string; readonly prompt: string; readonly completion: string },
  ))
    written.set(`${row.id} ${row.prompt}`, row.completion);
  const completions = examples.map(({ id, prompt }) => {
    const completion = written.get(`${id} ${prompt}`);
    if (typeof completion === 'string') return completion;
    throw new TracelabError({
      code: 'OTHER_MISSING',
      kind: 'refused_input',
      where: file,
      what: 'the other model was not evaluated on this maze',
      expected: id,
      hint: 'evaluate both models on the same test files',
    });
  });
  return { completions, hash: await hashFile(file) };
}

/** Generates and judges on the mazes of one distribution. */
class ForcedRun {
  private readonly options: InterveneOptions;
  private readonly hooks: InterveneHooks;
  private readonly checkpoint: Checkpoint;
  private readonly distribution: GeneratorName;
  private readonly examples: readonly Example[];
  private readonly total: number;
  private readonly judge = new CompletionJudge(loadCore());
  /** Tokens of the longest gold completion, and of its part from `solution` on. */
  private readonly longestCompletion: number;
  private readonly longestSolution: number;
  private done = 0;
  private tokens = 0;
  private milliseconds = 0;

  constructor(
    options: InterveneOptions,
    hooks: InterveneHooks,
    checkpoint: Checkpoint,
    distribution: GeneratorName,
    examples: readonly Example[],
    total: number,
  ) {
    this.options = options;
    this.hooks = hooks;
    this.checkpoint = checkpoint;
    this.distribution = distribution;
    this.examples = examples;
    this.total = total;
    const longest = (texts: readonly string[]): number =>
      texts.reduce((most, text) => Math.max(most, this.words(text)), 0);
    this.longestCompletion = longest(examples.map(({ completion }) => completion));
    this.longestSolution = longest(examples.map(({ completion }) => splitCompletion(completion).solution));
  }

  /** One row a maze; null when the signal stopped it. @param forced null where the intervention does not apply */
  async complete(forced: readonly (Forced | null)[]): Promise<ForcedRow[] | null> {
    const {
      model: { context },
      vocabulary,
    } = this.checkpoint;
    const given = forced.map((each, i) => {
      const words = each === null ? '' : forcedWords(each);
      return { words, prompt: words === '' ? this.examples[i].prompt : `${this.examples[i].prompt} ${words}` };
    });
    // <bos> is a token, too.
    const lengths = given.map(({ prompt }) => this.words(prompt) + 1);
    // A model that has learned little writes <unk>, and another model's words may be foreign: such a trace cannot be given.
    const applies = forced.map(
      (each, i) => each !== null && !vocabulary.encode(given[i].prompt).includes(vocabulary.unk),
    );
    const runs = forced.flatMap((_, i) => (applies[i] && lengths[i] + this.longestSolution <= context ? [i] : []));
    const longestGold = forced.some((each) => each?.continues === true) ? this.longestCompletion : this.longestSolution;
    // As in an evaluation: a quarter above the longest gold text, so that a cap hit is the model's doing; never past the context.
    const room = context - runs.reduce((most, i) => Math.max(most, lengths[i]), 0);
    const completions = await this.generate(
      runs.map((i) => given[i].prompt),
      capWithin(room, longestGold),
    );
    if (completions === null) return null;
    const texts = runs.map((i, at) => [given[i].words, completions[at].text].filter((part) => part !== '').join(' '));
    const verdicts = this.judge.judge(
      runs.map((i, at) => {
        const { prompt, size, generator } = this.examples[i];
        return { problem: parsePrompt(prompt, size, generator), completion: texts[at] };
      }),
    );
    const rows = this.examples.map(({ id }, i): ForcedRow => ({
      id,
      left_out: applies[i] ? 'no_room' : 'not_applicable',
    }));
    for (const [at, i] of runs.entries())
      rows[i] = {
        id: this.examples[i].id,
        forced: given[i].words,
        completion: texts[at],
        truncated: completions[at].truncated,
        verdict: verdicts[at],
      };
    return rows;
  }

  private async generate(prompts: readonly string[], maxNewTokens: number): Promise<Completion[] | null> {
    const { threads } = this.options;
    const started = performance.now();
    const report = (done: number, tokens: number): void => {
      const milliseconds = this.milliseconds + performance.now() - started;
      this.hooks.progress({
        distribution: this.distribution,
        done: this.done + done,
        total: this.total,
        tokens: this.tokens + tokens,
        tokens_per_second: (1000 * (this.tokens + tokens)) / milliseconds,
      });
    };
    const completions = await generate(
      { checkpoint: this.checkpoint, prompts, maxNewTokens, temperature: 0, seed: 0, threads },
      report,
      this.hooks.signal,
    );
    this.done += this.examples.length;
    this.milliseconds += performance.now() - started;
    this.tokens += (completions ?? []).reduce((sum, { tokens }) => sum + tokens, 0);
    return completions;
  }

  private words(text: string): number {
    return this.checkpoint.vocabulary.encode(text).length;
  }
}
