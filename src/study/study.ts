// The study as one command: data -> training -> learning curve, test and lengths of every arm -> reinforcement learning and interventions ->
// findings -> results.json -> report.html.
// Every step is a cell; finished cells are reused, so a stopped study goes on where it was.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readJson, writeFileAtomic } from '../base/files.ts';
import type { DatasetManifest } from '../data/dataset.ts';
import { datasetFileName, readExamples } from '../data/dataset.ts';
import { withRunDirectory } from '../run/directory.ts';
import type { Cell, FinishedCell } from '../run/cell.ts';
import { StudyCells, armLabel, armsOf, cellLabel, cellLabels, findFinished, hasLengths, interventionArmsOf, outputsOf, rlArmsOf, trainingSummary } from './cells.ts';
import type { Arm, CurveSummary, FinishedArm, FinishedCells, InterventionArm, TestSummary, TrainingSummary } from './cells.ts';
import { collectResults, configHash, resultHash } from './collect.ts';
import type { CompleteArm, CompleteInterventions, CompleteRl } from './complete.ts';
import { checkLater, checkLengths } from './config-checks.ts';
import type { LoadedConfig } from './config-file.ts';
import type { CoreDescription, StudyDependencies } from './dependencies.ts';
import type { EvaluateOptions, EvaluateSummary } from '../evaluation/evaluate.ts';
import type { CellPlace, StudyHooks } from './events.ts';
import { interveneOn, learn, measureLengths, measureRlCurve } from './later-work.ts';
import type { Workplace } from './later-work.ts';
import { trainedTotals } from './lengths.ts';
import { checkMachine, checkMemory, planStudy } from './plan.ts';
import type { StudyPlan } from './plan.ts';
import type { DevPoint, StudyResults } from './results.ts';

export interface StudyOptions {
  readonly loaded: LoadedConfig;
  /** Folder of run directories; the study's own is named after it. */
  readonly runsDirectory: string;
  readonly threads: number;
  /** Of tracelab, for manifests and results. */
  readonly version: string;
  readonly renderReport: (results: StudyResults) => string | Promise<string>;
}

export type StudyOutcome =
  | { readonly finished: true; readonly results: StudyResults; readonly report: string }
  | { readonly finished: false };

function runPathOf({ loaded, runsDirectory }: Pick<StudyOptions, 'loaded' | 'runsDirectory'>): string {
  return join(runsDirectory, loaded.config.study);
}

/** The plan of a study without running it: reads its run directory, writes nothing. */
export async function planOnly(options: Pick<StudyOptions, 'loaded' | 'runsDirectory' | 'threads'>, dependencies: StudyDependencies): Promise<StudyPlan> {
  const { config, where } = options.loaded;
  checkLater(config, where);
  checkMemory(config, options.threads, where, dependencies);
  const cells = new StudyCells(runPathOf(options), config, dependencies.loadCore());
  return planStudy(config, options.threads, where, await findFinished(cells, config), dependencies);
}

/**
 * Runs a study, or goes on with it, or gives the result of a finished one at once.
 * @returns finished = false when the signal stopped it; nothing is lost then
 * Throws TracelabError: refused sizes and lengths, MEMORY_PLAN, RUN_IN_USE, RUN_DIRECTORY, CELL_DAMAGED and those of the steps.
 */
export async function runStudy(options: StudyOptions, dependencies: StudyDependencies, hooks: StudyHooks): Promise<StudyOutcome> {
  const { loaded, version, threads } = options;
  const path = runPathOf(options);
  checkLater(loaded.config, loaded.where);
  checkMachine(checkMemory(loaded.config, threads, loaded.where, dependencies), loaded.where);
  const core = dependencies.loadCore();
  const run = (): Promise<StudyOutcome> => new StudyRun(path, core, options, dependencies, hooks).run();
  return withRunDirectory({ path, kind: 'study', version, now: dependencies.clock.now }, run);
}

class StudyRun {
  private readonly path: string;
  private readonly core: CoreDescription;
  private readonly options: StudyOptions;
  private readonly dependencies: StudyDependencies;
  private readonly hooks: StudyHooks;
  private readonly cells: StudyCells;
  private readonly places: ReadonlyMap<string, CellPlace>;
  private readonly workplace: Workplace;

  constructor(path: string, core: CoreDescription, options: StudyOptions, dependencies: StudyDependencies, hooks: StudyHooks) {
    this.path = path;
    this.core = core;
    this.options = options;
    this.dependencies = dependencies;
    this.hooks = hooks;
    const { config } = options.loaded;
    this.cells = new StudyCells(path, config, core);
    this.workplace = { config, threads: options.threads, dependencies, hooks, dataFile: (name) => this.dataFile(name) };
    const labels = cellLabels(config);
    this.places = new Map(labels.map((label, i) => [label, { label, index: i + 1, of: labels.length }]));
  }

  async run(): Promise<StudyOutcome> {
    const { config, where } = this.options.loaded;
    const before = await findFinished(this.cells, config);
    const earlier = await this.earlierResults(before);
    if (earlier) return this.done(earlier);
    if (resultHash(config, before) === undefined) {
      this.hooks.emit({ event: 'measuring' });
      // Measuring cannot be interrupted and changes nothing: a stop does not wait for it.
      const plan = await Promise.race([planStudy(config, this.options.threads, where, before, this.dependencies), whenAborted(this.hooks.signal)]);
      if (plan === undefined) return { finished: false };
      this.hooks.emit({ event: 'plan', plan });
    }
    await writeFileAtomic(join(this.path, 'config.yaml'), `# Resolved: every default filled in.\n${stringify(config)}`);

    const data = await this.runCell(cellLabel('data'), this.cells.data(), before.data, (cell) => this.makeData(cell));
    if (!data) return { finished: false };
    await this.checkData(data);
    const arms: CompleteArm[] = [];
    for (const arm of armsOf(config)) {
      const complete = await this.runArm(arm, data, before.arms.get(armLabel(arm)) ?? {});
      if (!complete) return { finished: false };
      arms.push(complete);
    }
    const rl: CompleteRl[] = [];
    for (const arm of rlArmsOf(config)) {
      const complete = await this.runRl(armIn(arms, arm), data, before.arms.get(armLabel(arm)) ?? {});
      if (!complete) return { finished: false };
      rl.push(complete);
    }
    const interventions: CompleteInterventions[] = [];
    for (const arm of interventionArmsOf(config)) {
      const complete = await this.runInterventions(arm, arms, data, before.arms.get(armLabel(arm)) ?? {});
      if (!complete) return { finished: false };
      interventions.push(complete);
    }
    const result = resultHash(config, await findFinished(this.cells, config));
    if (result === undefined) throw new Error('a cell without a result');
    const { version, threads } = this.options;
    const results = await collectResults({ config, version, data, arms, rl, interventions, result, core: this.core, threads, finished: this.dependencies.clock.now() });
    await writeFileAtomic(join(this.path, 'report.html'), await this.options.renderReport(results));
    await writeFileAtomic(join(this.path, 'results.json'), `${JSON.stringify(results)}\n`);
    return this.done(results);
  }

  /** The results file of the same study, if all cells that it tells of are still there. */
  private async earlierResults(finished: FinishedCells): Promise<StudyResults | undefined> {
    const { loaded: { config }, version } = this.options;
    const file = join(this.path, 'results.json');
    if (!existsSync(file) || !existsSync(join(this.path, 'report.html'))) return undefined;
    const results = (await readJson(file)) as StudyResults;
    const same = results.version === version && results.config_hash === configHash(config) && results.result === resultHash(config, finished);
    return same ? results : undefined;
  }

  private done(results: StudyResults): StudyOutcome {
    const report = join(this.path, 'report.html');
    this.hooks.emit({ event: 'finished', result: results.result, report, seconds: results.seconds });
    return { finished: true, results, report };
  }

  private async runArm(arm: Arm, data: FinishedCell<DatasetManifest>, before: FinishedArm): Promise<CompleteArm | undefined> {
    const trainingCell = this.cells.training(arm, data);
    const training = await this.runCell(cellLabel('train', arm), trainingCell, before.training, (cell, place) => this.train(arm, cell, place));
    if (!training) return undefined;
    await this.dependencies.dropState(trainingCell.directory);
    const curveCell = this.cells.curve(arm, data, training);
    const curve = await this.runCell(cellLabel('curve', arm), curveCell, before.curve, (cell, place) => this.measureCurve(arm, training.summary, trainingCell.directory, cell, place));
    if (!curve) return undefined;
    const testCell = this.cells.test(arm, data, training);
    const test = await this.runCell(cellLabel('test', arm), testCell, before.test, (cell, place) => this.test(arm, finalCheckpoint({ training, trainingDirectory: trainingCell.directory }), cell, place));
    if (!test) return undefined;
    const complete = { ...arm, training, curve, test, trainingDirectory: trainingCell.directory, testDirectory: testCell.directory };
    if (!hasLengths(this.options.loaded.config, arm.condition)) return { ...complete, lengths: null };
    const lengthsCell = this.cells.lengths(arm, training, test);
    const lengths = await this.runCell(cellLabel('lengths', arm), lengthsCell, before.lengths, ({ directory }, place) => measureLengths(this.workplace, arm, finalCheckpoint(complete), testCell.directory, { directory, place }));
    return lengths && { ...complete, lengths: { cell: lengths, directory: lengthsCell.directory } };
  }

  private async runRl(arm: CompleteArm, data: FinishedCell<DatasetManifest>, before: FinishedArm): Promise<CompleteRl | undefined> {
    const { training } = arm;
    const start = finalCheckpoint(arm);
    const rlCell = this.cells.rl(arm, data, training);
    const rl = await this.runCell(cellLabel('rl', arm), rlCell, before.rl, ({ directory }, place) => learn(this.workplace, arm, start, { directory, place }));
    if (!rl) return undefined;
    await this.dependencies.dropState(rlCell.directory);
    const kept = rl.summary.kept_steps.map((step) => ({ step, checkpoint: checkpointPath(rlCell.directory, step) }));
    const curveCell = this.cells.rlCurve(arm, data, training, rl);
    const curve = await this.runCell(cellLabel('rl-curve', arm), curveCell, before.rl_curve, ({ directory }, place) => measureRlCurve(this.workplace, arm, [{ step: 0, checkpoint: start }, ...kept], { directory, place }));
    if (!curve) return undefined;
    const testCell = this.cells.rlTest(arm, data, rl);
    const test = await this.runCell(cellLabel('rl-test', arm), testCell, before.rl_test, (cell, place) => this.test(arm, kept[kept.length - 1].checkpoint, cell, place));
    return test && { arm, rl, curve, test, rlDirectory: rlCell.directory, testDirectory: testCell.directory };
  }

  private async runInterventions(arm: InterventionArm, arms: readonly CompleteArm[], data: FinishedCell<DatasetManifest>, before: FinishedArm): Promise<CompleteInterventions | undefined> {
    const complete = armIn(arms, arm);
    const other = arm.other && armIn(arms, arm.other);
    const cell = this.cells.interventions(arm, data, complete.training, other?.test ?? null);
    const interventions = await this.runCell(cellLabel('interventions', arm), cell, before.interventions, ({ directory }, place) =>
      interveneOn(this.workplace, arm, finalCheckpoint(complete), other?.testDirectory ?? null, { directory, place }));
    return interventions && { arm: complete, other: arm.other?.condition ?? null, interventions };
  }

  /** Reuses a finished cell or does its work. @param work gives the summary, or undefined when the signal stopped it */
  private async runCell<Summary>(label: string, cell: Cell<Summary>, before: FinishedCell<Summary> | undefined, work: (cell: Cell<Summary>, place: CellPlace) => Promise<Summary | undefined>): Promise<FinishedCell<Summary> | undefined> {
    const place = this.places.get(label);
    if (!place) throw new Error(`no place for cell ${label}`);
    if (before) {
      this.hooks.emit({ event: 'cell_finished', cell: place, seconds: before.seconds, reused: true });
      return before;
    }
    if (this.isStopped(place)) return undefined;
    this.hooks.emit({ event: 'cell_started', cell: place });
    const { clock } = this.dependencies;
    const started = clock.seconds();
    await cell.start();
    const summary = await work(cell, place);
    if (summary === undefined) {
      await cell.stop(clock.seconds() - started);
      this.hooks.emit({ event: 'stopped', cell: place });
      return undefined;
    }
    const finished = await cell.finish(await outputsOf(cell, summary), clock.seconds() - started);
    this.hooks.emit({ event: 'cell_finished', cell: place, seconds: finished.seconds, reused: false });
    return finished;
  }

  private isStopped(cell: CellPlace): boolean {
    if (!this.hooks.signal?.aborted) return false;
    this.hooks.emit({ event: 'stopped', cell });
    return true;
  }

  private async makeData(cell: Cell<DatasetManifest>): Promise<DatasetManifest> {
    return this.dependencies.writeDataset(cell.directory, this.options.loaded.config.data);
  }

  /** Refuses sizes that the real examples contradict, before hours go into training. */
  private async checkData({ summary: { files } }: FinishedCell<DatasetManifest>): Promise<void> {
    const { config, where } = this.options.loaded;
    const examples = await readExamples(this.dataFile('train.jsonl'));
    const longestTrain = Math.max(...armsOf(config).map(({ condition, seed }) => trainedTotals(examples, condition, seed, config.train.epochs).longest));
    // A test set is decoded together: its longest prompt and its longest completion, with <bos> and <eos>.
    const longestTest = Math.max(...Object.values(files).map(({ prompt_words, completion_words }) => prompt_words.max + completion_words.max + 2));
    checkLengths(config, where, Math.max(longestTrain, longestTest), longestTrain);
  }

  private dataFile(name: string): string {
    return join(this.cells.data().directory, name);
  }

  private async train(arm: Arm, cell: Cell<TrainingSummary>, place: CellPlace): Promise<TrainingSummary | undefined> {
    const { model, train } = this.options.loaded.config;
    const summary = await this.dependencies.train(
      { runDir: cell.directory, model, train, ...arm, trainFile: this.dataFile('train.jsonl'), threads: Math.min(this.options.threads, train.accumulators) },
      { progress: (progress) => { this.hooks.emit({ event: 'training', cell: place, progress }); }, signal: this.hooks.signal },
    );
    return summary.finished ? trainingSummary(summary) : undefined;
  }

  private async measureCurve(arm: Arm, training: TrainingSummary, trainingDirectory: string, cell: Cell<CurveSummary>, place: CellPlace): Promise<CurveSummary | undefined> {
    const { data, evaluate } = this.options.loaded.config;
    const points: DevPoint[] = [];
    for (const { step, tokens } of training.checkpoints) {
      const outDir = join(cell.directory, `step-${step}`);
      await mkdir(outDir, { recursive: true });
      const tests = [{ distribution: data.generator, file: this.dataFile('dev.jsonl') }];
      const summary = await this.evaluate(arm, { checkpoint: checkpointPath(trainingDirectory, step), tests, trainFile: null, outDir, temperature: 0, limit: evaluate.dev_mazes }, place);
      if (!summary.finished) return undefined;
      const [{ plan_valid, trace_valid }] = summary.summaries;
      points.push({ step, tokens, plan_valid, trace_valid_strict: trace_valid.strict, trace_valid_paper: trace_valid.paper });
    }
    return { points };
  }

  private async test(arm: Arm, checkpoint: string, cell: Cell<TestSummary>, place: CellPlace): Promise<TestSummary | undefined> {
    const { data, evaluate } = this.options.loaded.config;
    const tests = data.distributions.map((distribution) => ({ distribution, file: this.dataFile(datasetFileName('test', distribution)) }));
    const summary = await this.evaluate(arm, { checkpoint, tests, trainFile: this.dataFile('train.jsonl'), outDir: cell.directory, temperature: evaluate.temperature }, place);
    return summary.finished ? { summaries: summary.summaries } : undefined;
  }

  private async evaluate(arm: Arm, options: Omit<EvaluateOptions, 'threads' | 'seed'>, place: CellPlace): Promise<EvaluateSummary> {
    return this.dependencies.evaluate(
      { ...options, threads: this.options.threads, seed: arm.seed },
      { progress: (progress) => { this.hooks.emit({ event: 'evaluating', cell: place, progress }); }, signal: this.hooks.signal },
    );
  }
}

async function whenAborted(signal: AbortSignal | undefined): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve(undefined);
    signal?.addEventListener('abort', () => { resolve(undefined); }, { once: true });
  });
}

function armIn(arms: readonly CompleteArm[], { condition, seed }: Arm): CompleteArm {
  const found = arms.find((arm) => arm.condition === condition && arm.seed === seed);
  if (!found) throw new Error(`no run of ${condition}, seed ${seed}`);
  return found;
}

function finalCheckpoint({ training, trainingDirectory }: Pick<CompleteArm, 'training' | 'trainingDirectory'>): string {
  const step = training.summary.checkpoints.at(-1)?.step;
  if (step === undefined) throw new Error('a training run without checkpoints');
  return checkpointPath(trainingDirectory, step);
}

/** The run directory may have moved since the training run, so the path is made anew. */
function checkpointPath(trainingDirectory: string, step: number): string {
  return join(trainingDirectory, 'checkpoints', `step-${step}`);
}

