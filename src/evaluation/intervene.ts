// Runs interventions on one checkpoint: forces the trace section of its test mazes, lets it write the rest, judges the
// whole, and compares with what it writes by itself. Greedy throughout. Every (distribution, intervention) is a file
// with a key, and is never computed again.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/files.ts';
import { canonicalJson, sha256 } from '../base/hash.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import { loadCore } from '../core/module.ts';
import { readTests, type TestFile, type TestSet } from '../data/test-sets.ts';
import { splitCompletion } from '../domain/completion.ts';
import { parsePrompt } from '../domain/maze/grammar.ts';
import type { Example, GeneratorName } from '../domain/types.ts';
import { capWithin } from '../model/completion-cap.ts';
import type { Completion } from '../model/generate.ts';
import { Model } from '../model/model.ts';
import { CompletionJudge } from './completion-judge.ts';
import { forcedMazes } from './forced-mazes.ts';
import { forcedFile, OWN } from './forced-rows.ts';
import { type DistributionInterventions, type ForcedRow, summarizeInterventions } from './intervention-summary.ts';
import { type Forced, type Intervention, forcedTraces, forcedWords, interventionName } from './interventions.ts';
import { keepRows, keptRows } from './kept-rows.ts';
import { type OtherCompletions, readOther } from './other-completions.ts';
import type { EvaluationHooks } from './types.ts';

export interface InterveneOptions {
  /** Checkpoint folder. */
  readonly checkpoint: string;
  readonly tests: readonly TestFile[];
  readonly interventions: readonly Intervention[];
  /**
   * Folder of another evaluation, with completions-<distribution>.jsonl on the same mazes; needed by the intervention
   * `other`.
   */
  readonly other: string | null;
  /**
   * Folder of a finished call with the same settings, whose completions without intervention are taken from there;
   * default: they are written into outDir.
   */
  readonly own?: string;
  readonly outDir: string;
  readonly threads: number;
  /** Of the swap and of the corruptions. */
  readonly seed: number;
  /** Number of mazes of each file, from its beginning; all when left out. */
  readonly limit?: number;
}

export interface InterveneSummary {
  /** False when the signal stopped it; finished files are kept. */
  readonly finished: boolean;
  readonly seconds: number;
  /** SHA-256 over all rows. */
  readonly result: string;
  readonly distributions: readonly DistributionInterventions[];
}

/**
 * @param hooks progress counts completions, those without intervention included
 * @throws TracelabError for missing or damaged files, a model of another grid size, another model's completions on
 * other mazes, a single maze to swap
 */
export async function intervene(options: InterveneOptions, hooks: EvaluationHooks): Promise<InterveneSummary> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const { checkpoint, tests, interventions, outDir, threads } = options;
  await using model = await Model.open(checkpoint, threads);
  // All files are refused or accepted before the first completion costs time.
  const assigned: Mazes[] = [];
  for (const set of (await readTests(tests, null)).sets) assigned.push(await mazesFor(options, model, set));
  const perMaze = interventions.length + 1;
  const all = perMaze * assigned.reduce((sum, { examples }) => sum + examples.length, 0);
  const judge = new CompletionJudge(loadCore());
  const distributions: DistributionInterventions[] = [];
  const hashes: [GeneratorName, string, string][] = [];
  let before = 0;
  for (const mazes of assigned) {
    const {
      set: { distribution },
      examples,
    } = mazes;
    const total = perMaze * examples.length;
    const run = new ForcedRun(model, judge, examples, hooks.signal, (done, tokens, milliseconds) => {
      const tokens_per_second = (1000 * tokens) / milliseconds;
      hooks.progress({ distribution, done, total, tokens, tokens_per_second, share: (before + done) / all });
    });
    const found = await interveneOn(options, model, mazes, run);
    if (found === null) return { finished: false, seconds: seconds(), result: '', distributions };
    before += total;
    distributions.push(summarizeInterventions(distribution, examples, found.own, found.forced));
    for (const [name, rows] of [[OWN, found.own] as const, ...found.forced])
      hashes.push([distribution, name, sha256(canonicalJson(rows))]);
  }
  const result = sha256(canonicalJson(hashes));
  const { seed, limit } = options;
  const { origin } = model.checkpoint;
  const record = {
    format: 1,
    checkpoint: origin,
    seed,
    limit: limit ?? null,
    result,
    seconds: seconds(),
    distributions,
  };
  await writeFileAtomic(join(outDir, 'interventions.json'), `${JSON.stringify(record, null, 2)}\n`);
  return { finished: true, seconds: seconds(), result, distributions };
}

/** The mazes of one test file that a model is tested on. */
interface Mazes {
  readonly set: TestSet;
  readonly examples: readonly Example[];
  /** What another model wrote on them; null when no intervention asks for it. */
  readonly other: OtherCompletions | null;
}

interface DistributionRows {
  readonly own: readonly ForcedRow[];
  readonly forced: ReadonlyMap<string, readonly ForcedRow[]>;
}

/** @throws TracelabError DOMAIN_MIXED, GRID_SIZE, REFERENCE_UNTRUE, OTHER_MISSING */
async function mazesFor(options: InterveneOptions, model: Model, set: TestSet): Promise<Mazes> {
  const examples = forcedMazes(model, set, options.limit);
  const asked = options.interventions.some(({ kind }) => kind === 'other');
  return { set, examples, other: asked ? await readOther(options.other, set.distribution, examples) : null };
}

async function interveneOn(
  options: InterveneOptions,
  model: Model,
  { set: { distribution, hash }, examples, other }: Mazes,
  run: ForcedRun,
): Promise<DistributionRows | null> {
  const { interventions, outDir, own: ownDir, seed } = options;
  const key = keyOf(options, model, hash);
  const rowsOf = async (
    name: string,
    otherHash: string | null,
    forced: () => readonly (Forced | null)[],
  ): Promise<ForcedRow[] | null> => {
    const file = forcedFile(distribution, name);
    const path = join(outDir, file);
    const named = key(name, otherHash);
    const elsewhere =
      name === OWN && ownDir !== undefined ? await keptRows<ForcedRow>(join(ownDir, file), named) : null;
    const kept = elsewhere ?? (await keptRows<ForcedRow>(path, named));
    if (kept !== null) run.skip();
    const rows = kept ?? (await run.complete(forced()));
    if (kept === null && rows !== null) await keepRows(path, named, rows);
    return rows;
  };

  const own = await rowsOf(OWN, null, () => examples.map(() => ({ trace: '', continues: true })));
  if (own === null) return null;
  const texts = {
    examples,
    own: own.map((row) => ('left_out' in row ? '' : row.completion)),
    other: other?.completions ?? null,
  };
  const forced = new Map<string, readonly ForcedRow[]>();
  for (const intervention of interventions) {
    const name = interventionName(intervention);
    const otherHash = intervention.kind === 'other' ? (other?.hash ?? null) : null;
    const rows = await rowsOf(name, otherHash, () => forcedTraces(intervention, texts, seed));
    if (rows === null) return null;
    forced.set(name, rows);
  }
  return { own, forced };
}

/** All that decides the rows of an intervention on one test file. */
function keyOf(
  { seed, limit }: InterveneOptions,
  model: Model,
  test: string,
): (name: string, other: string | null) => string {
  const { module_sha256, kernel_path } = loadCore();
  const shared = {
    weights: model.weightsHash,
    test,
    context: model.checkpoint.model.context,
    seed,
    limit: limit ?? null,
    module: module_sha256,
    path: kernel_path,
    numeric_version: NUMERIC_VERSION,
  };
  return (name, other) => sha256(canonicalJson({ ...shared, intervention: name, other }));
}

/** Generates and judges on the mazes of one distribution. */
class ForcedRun {
  private readonly model: Model;
  private readonly judge: CompletionJudge;
  private readonly examples: readonly Example[];
  private readonly signal: AbortSignal | undefined;
  private readonly report: (done: number, tokens: number, milliseconds: number) => void;
  /** Tokens of the longest gold completion, and of its part from `solution` on. */
  private readonly longestCompletion: number;
  private readonly longestSolution: number;
  private done = 0;
  private tokens = 0;
  private milliseconds = 0;

  /** @param report called now and then with what was done so far on these mazes, by all interventions */
  constructor(
    model: Model,
    judge: CompletionJudge,
    examples: readonly Example[],
    signal: AbortSignal | undefined,
    report: (done: number, tokens: number, milliseconds: number) => void,
  ) {
    this.model = model;
    this.judge = judge;
    this.examples = examples;
    this.signal = signal;
    this.report = report;
    const longest = (texts: readonly string[]): number =>
      texts.reduce((most, text) => Math.max(most, this.words(text)), 0);
    this.longestCompletion = longest(examples.map(({ completion }) => completion));
    this.longestSolution = longest(examples.map(({ completion }) => splitCompletion(completion).solution));
  }

  /** Counts the mazes of an intervention whose rows are there already as done. */
  skip(): void {
    this.done += this.examples.length;
  }

  /**
   * One row a maze; null when the signal stopped it.
   * @param forced null where the intervention does not apply
   */
  async complete(forced: readonly (Forced | null)[]): Promise<ForcedRow[] | null> {
    const {
      model: { context },
      vocabulary,
    } = this.model.checkpoint;
    const given = forced.map((each, i) => {
      const words = each === null ? '' : forcedWords(each);
      return { words, prompt: words === '' ? this.examples[i].prompt : `${this.examples[i].prompt} ${words}` };
    });
    // <bos> is a token, too.
    const lengths = given.map(({ prompt }) => this.words(prompt) + 1);
    // A model that has learned little writes <unk>, and another model's words may be foreign: such a trace cannot be
    // given.
    const applies = forced.map(
      (each, i) => each !== null && !vocabulary.encode(given[i].prompt).includes(vocabulary.unk),
    );
    const runs = forced.flatMap((_, i) => (applies[i] && lengths[i] + this.longestSolution <= context ? [i] : []));
    const longestGold = forced.some((each) => each?.continues === true) ? this.longestCompletion : this.longestSolution;
    // As in an evaluation: a quarter above the longest gold text, so that a cap hit is the model's doing; never past
    // the context.
    const room = context - runs.reduce((most, i) => Math.max(most, lengths[i]), 0);
    const completions = await this.generate(
      runs.map((i) => given[i].prompt),
      capWithin(room, longestGold),
      runs.map((i) => this.draftOf(i, forced[i])),
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

  /** The reference completion from where the forced words end. */
  private draftOf(maze: number, forced: Forced | null): string | null {
    const { completion } = this.examples[maze];
    if (forced === null) return null;
    const { solution } = splitCompletion(completion);
    const words = forced.continues
      ? completion.split(' ').slice(this.words(forced.trace))
      : solution.split(' ').slice(1);
    return words.join(' ');
  }

  private async generate(
    prompts: readonly string[],
    maxNewTokens: number,
    drafts: readonly (string | null)[],
  ): Promise<Completion[] | null> {
    const started = performance.now();
    const completions = await this.model.generate(
      { prompts, maxNewTokens, temperature: 0, seed: 0, drafts },
      (done, tokens) => {
        this.report(this.done + done, this.tokens + tokens, this.milliseconds + performance.now() - started);
      },
      this.signal,
    );
    this.done += this.examples.length;
    this.milliseconds += performance.now() - started;
    this.tokens += (completions ?? []).reduce((sum, { tokens }) => sum + tokens, 0);
    return completions;
  }

  private words(text: string): number {
    return this.model.checkpoint.vocabulary.encode(text).length;
  }
}
