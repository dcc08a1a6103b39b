// The study as one command: data -> training -> learning curve and test of every arm -> lengths, reinforcement learning, interventions, phase
// diagram -> findings -> results.json -> report.html.
// Every step is a cell; finished cells are reused, so a stopped study goes on where it was.
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { TracelabError } from '../base/errors.ts';
import { readJson, writeFileAtomic } from '../base/files.ts';
import type { DatasetManifest } from '../data/dataset.ts';
import { datasetFileName, readExamples } from '../data/dataset.ts';
import { readTests } from '../data/test-sets.ts';
import { withRunDirectory } from '../run/directory.ts';
import type { Cell, FinishedCell } from '../run/cell.ts';
import {
  StudyCells,
  armsOf,
  cellLabel,
  cellLabels,
  findFinished,
  interventionArmsOf,
  lengthArmsOf,
  outputsOf,
  rlArmsOf,
  trainingSummary,
} from './cells.ts';
import type {
  Arm,
  CellKind,
  CurveSummary,
  FinishedCells,
  InterventionArm,
  TestSummary,
  TrainingSummary,
} from './cells.ts';
import { collectResults, configHash, resultHash } from './collect.ts';
import type {
  CompleteArm,
  CompleteInterventions,
  CompleteLengths,
  CompletePoint,
  CompleteRl,
  CompleteTests,
} from './complete.ts';
import { checkLater, checkLengths, checkRlCap } from './config-checks.ts';
import type { LoadedConfig } from './config-file.ts';
import type { CoreDescription, MemoryPlan, StudyDependencies } from './dependencies.ts';
import type { EvaluateOptions, EvaluateSummary } from '../evaluation/evaluate.ts';
import type { CellPlace, StudyHooks } from './events.ts';
import { checkpointDirectory } from '../model/resumable-run.ts';
import { interveneOn, learn, measureLengths, measureRlCurve } from './later-work.ts';
import type { Workplace } from './later-work.ts';
import { longestTrained } from './lengths.ts';
import { checkMachine, checkMemory, planStudy } from './plan.ts';
import type { StudyPlan } from './plan.ts';
import { phasePointsOf, pointLabel } from './phase.ts';
import type { PhasePoint } from './phase.ts';
import { RESULTS_FORMAT } from './results.ts';
import type { DevPoint, StudyResults } from './results.ts';

export interface StudyOptions {
  readonly loaded: LoadedConfig;
  /** Folder of run directories; the study's own is named after it. */
  readonly runsDirectory: string;
  readonly threads: number;
  /** Of tracelab, for manifests and results. */
  readonly version: string;
  /** @param runPath the study's run directory, below runsDirectory as that was given */
  readonly renderReport: (results: StudyResults, runPath: string) => string | Promise<string>;
}

export type StudyOutcome =
  { readonly finished: true; readonly results: StudyResults; readonly report: string } | { readonly finished: false };

function runPathOf({ loaded, runsDirectory }: Pick<StudyOptions, 'loaded' | 'runsDirectory'>): string {
  return join(runsDirectory, loaded.config.study);
}

/** Refuses what cannot run, before anything is written. @returns the memory that the study and each point of its phase diagram need */
function checkFit(
  { loaded: { config, where }, threads }: Pick<StudyOptions, 'loaded' | 'threads'>,
  dependencies: Pick<StudyDependencies, 'planMemory'>,
): MemoryPlan[] {
  checkLater(config, where);
  return [config, ...phasePointsOf(config).map((point) => point.config)].map((each) =>
    checkMemory(each, threads, where, dependencies),
  );
}

/** The plan of a study without running it: reads its run directory, writes nothing. */
export async function planOnly(
  options: Pick<StudyOptions, 'loaded' | 'runsDirectory' | 'threads'>,
  dependencies: StudyDependencies,
): Promise<StudyPlan> {
  const { config, where } = options.loaded;
  checkFit(options, dependencies);
  const cells = new StudyCells(runPathOf(options), config, dependencies.loadCore());
  return planStudy(config, options.threads, where, await findFinished(cells, config), dependencies);
}

/**
 * Runs a study, or goes on with it, or gives the result of a finished one at once.
 * @returns finished = false when the signal stopped it; nothing is lost then
 * Throws TracelabError: refused sizes and lengths, MEMORY_PLAN, RUN_IN_USE, RUN_DIRECTORY, CELL_DAMAGED and those of the steps.
 */
export async function runStudy(
  options: StudyOptions,
  dependencies: StudyDependencies,
  hooks: StudyHooks,
): Promise<StudyOutcome> {
  const { loaded, version } = options;
  const path = runPathOf(options);
  for (const plan of checkFit(options, dependencies)) checkMachine(plan, loaded.where);
  const core = dependencies.loadCore();
  const labels = cellLabels(loaded.config);
  const places = new Map(labels.map((label, i) => [label, { label, index: i + 1, of: labels.length }]));
  const run = (): Promise<StudyOutcome> => new StudyRun(path, core, options, dependencies, hooks, places).run();
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
  private readonly prefix: string;
  private readonly workplace: Workplace;

  /** @param places of all cells by label @param prefix of the labels of a phase diagram's point */
  constructor(
    path: string,
    core: CoreDescription,
    options: StudyOptions,
    dependencies: StudyDependencies,
    hooks: StudyHooks,
    places: ReadonlyMap<string, CellPlace>,
    prefix = '',
  ) {
    this.path = path;
    this.core = core;
    this.options = options;
    this.dependencies = dependencies;
    this.hooks = hooks;
    const { config } = options.loaded;
    this.cells = new StudyCells(path, config, core);
    this.workplace = { config, threads: options.threads, dependencies, hooks, dataFile: (name) => this.dataFile(name) };
    this.places = places;
    this.prefix = prefix;
  }

  async run(): Promise<StudyOutcome> {
    const { config, where } = this.options.loaded;
    const finished = await findFinished(this.cells, config);
    const earlier = await this.earlierResults(finished);
    if (earlier) return this.done(earlier);
    if (resultHash(config, finished) === undefined) {
      this.hooks.emit({ event: 'measuring' });
      // Measuring cannot be interrupted and changes nothing: a stop does not wait for it.
      const plan = await Promise.race([
        planStudy(config, this.options.threads, where, finished, this.dependencies),
        whenAborted(this.hooks.signal),
      ]);
      if (plan === undefined) return { finished: false };
      this.hooks.emit({ event: 'plan', plan });
    }
    await writeFileAtomic(join(this.path, 'config.yaml'), `# Resolved: every default filled in.\n${stringify(config)}`);

    const tests = await this.runTests();
    const lengths = tests && (await inTurn(lengthArmsOf(config), (arm) => this.runLengths(armIn(tests.arms, arm))));
    const rl = lengths && (await inTurn(rlArmsOf(config), (arm) => this.runRl(armIn(tests.arms, arm), tests.data)));
    const interventions = rl && (await inTurn(interventionArmsOf(config), (arm) => this.runInterventions(arm, tests)));
    const points = interventions && (await inTurn(phasePointsOf(config), (point) => this.runPoint(point)));
    if (!points) return { finished: false };
    const result = resultHash(config, await findFinished(this.cells, config));
    if (result === undefined) throw new Error('a cell without a result');
    const { version, threads } = this.options;
    const results = await collectResults({
      config,
      version,
      tests,
      lengths,
      rl,
      interventions,
      points,
      result,
      core: this.core,
      threads,
      finished: this.dependencies.clock.now(),
    });
    // A stop between the two must not leave the results of one configuration beside the report of another.
    await rm(join(this.path, 'results.json'), { force: true });
    await writeFileAtomic(join(this.path, 'report.html'), await this.options.renderReport(results, this.path));
    await writeFileAtomic(join(this.path, 'results.json'), `${JSON.stringify(results)}\n`);
    return this.done(results);
  }

  /** The results file of the same study, if all cells that it tells of are still there. */
  private async earlierResults(finished: FinishedCells): Promise<StudyResults | undefined> {
    const {
      loaded: { config },
      version,
    } = this.options;
    const file = join(this.path, 'results.json');
    if (!existsSync(file) || !existsSync(join(this.path, 'report.html'))) return undefined;
    // Damaged ones, and those of an older tracelab, are made again from the cells.
    const results = (await readJson(file).catch((error: unknown) => {
      if (error instanceof TracelabError && error.kind === 'damaged_artifact') return null;
      throw error;
    })) as Partial<StudyResults> | null;
    const same =
      results?.format === RESULTS_FORMAT &&
      results.version === version &&
      results.config_hash === configHash(config) &&
      results.result === resultHash(config, finished);
    return same ? (results as StudyResults) : undefined;
  }

  private done(results: StudyResults): StudyOutcome {
    const report = join(this.path, 'report.html');
    this.hooks.emit({ event: 'finished', result: results.result, report, seconds: results.seconds });
    return { finished: true, results, report };
  }

  /** Data, and every arm trained and tested. */
  private async runTests(): Promise<CompleteTests | undefined> {
    const dataCell = this.cells.data();
    const data = await this.runCell('data', undefined, dataCell, (cell) => this.makeData(cell));
    if (!data) return undefined;
    await this.checkData(data);
    const arms = await inTurn(armsOf(this.options.loaded.config), (arm) => this.runArm(arm, data));
    return arms && { data, dataDirectory: dataCell.directory, arms };
  }

  private async runArm(arm: Arm, data: FinishedCell<DatasetManifest>): Promise<CompleteArm | undefined> {
    const trainingCell = this.cells.training(arm, data);
    const training = await this.runCell('train', arm, trainingCell, (cell, place) => this.train(arm, cell, place));
    if (!training) return undefined;
    await this.dependencies.dropState(trainingCell.directory);
    const curve = await this.runCell('curve', arm, this.cells.curve(arm, data, training), (cell, place) =>
      this.measureCurve(arm, training.summary, trainingCell.directory, cell, place),
    );
    if (!curve) return undefined;
    const testCell = this.cells.test(arm, data, training);
    const test = await this.runCell('test', arm, testCell, (cell, place) =>
      this.test(arm, finalCheckpoint({ training, trainingDirectory: trainingCell.directory }), cell, place),
    );
    return (
      test && {
        ...arm,
        training,
        curve,
        test,
        trainingDirectory: trainingCell.directory,
        testDirectory: testCell.directory,
      }
    );
  }

  private async runLengths(arm: CompleteArm): Promise<CompleteLengths | undefined> {
    const cell = this.cells.lengths(arm, arm.training, arm.test);
    const lengths = await this.runCell('lengths', arm, cell, ({ directory }, place) =>
      measureLengths(this.workplace, arm, finalCheckpoint(arm), arm.testDirectory, { directory, place }),
    );
    return lengths && { arm, lengths, lengthsDirectory: cell.directory };
  }

  /** A point of the phase diagram, as a study of its own in the same run directory. */
  private async runPoint(point: PhasePoint): Promise<CompletePoint | undefined> {
    const run = new StudyRun(
      this.path,
      this.core,
      { ...this.options, loaded: { ...this.options.loaded, config: point.config } },
      this.dependencies,
      this.hooks,
      this.places,
      `${pointLabel(point)}-`,
    );
    const tests = await run.runTests();
    return tests && { point, tests };
  }

  private async runRl(arm: CompleteArm, data: FinishedCell<DatasetManifest>): Promise<CompleteRl | undefined> {
    const { training } = arm;
    const start = finalCheckpoint(arm);
    const rlCell = this.cells.rl(arm, data, training);
    const rl = await this.runCell('rl', arm, rlCell, ({ directory }, place) =>
      learn(this.workplace, arm, start, { directory, place }),
    );
    if (!rl) return undefined;
    await this.dependencies.dropState(rlCell.directory);
    const kept = rl.summary.kept_steps.map((step) => ({
      step,
      checkpoint: checkpointDirectory(rlCell.directory, step),
    }));
    const curveCell = this.cells.rlCurve(arm, data, training, rl);
    const curve = await this.runCell('rl-curve', arm, curveCell, ({ directory }, place) =>
      measureRlCurve(this.workplace, arm, [{ step: 0, checkpoint: start }, ...kept], { directory, place }),
    );
    if (!curve) return undefined;
    const testCell = this.cells.rlTest(arm, data, rl);
    const test = await this.runCell('rl-test', arm, testCell, (cell, place) =>
      this.test(arm, kept[kept.length - 1].checkpoint, cell, place),
    );
    return test && { arm, rl, curve, test, rlDirectory: rlCell.directory, testDirectory: testCell.directory };
  }

  private async runInterventions(
    arm: InterventionArm,
    { data, arms }: CompleteTests,
  ): Promise<CompleteInterventions | undefined> {
    const complete = armIn(arms, arm);
    const other = arm.other && armIn(arms, arm.other);
    const cell = this.cells.interventions(arm, data, complete.training, other?.test ?? null);
    const interventions = await this.runCell('interventions', arm, cell, ({ directory }, place) =>
      interveneOn(this.workplace, arm, finalCheckpoint(complete), other?.testDirectory ?? null, { directory, place }),
    );
    return interventions && { arm: complete, other: arm.other?.condition ?? null, interventions };
  }

  /** Reuses a finished cell or does its work. @param work gives the summary, or undefined when the signal stopped it */
  private async runCell<Summary>(
    kind: CellKind,
    arm: Arm | undefined,
    cell: Cell<Summary>,
    work: (cell: Cell<Summary>, place: CellPlace) => Promise<Summary | undefined>,
  ): Promise<FinishedCell<Summary> | undefined> {
    const label = `${this.prefix}${cellLabel(kind, arm)}`;
    const place = this.places.get(label);
    if (!place) throw new Error(`no place for cell ${label}`);
    // Asked here and not at the start of the study: behind a cell that had to be made again lie finished ones that could not be found then.
    const earlier = await cell.finished();
    if (earlier) {
      this.hooks.emit({ event: 'cell_finished', cell: place, seconds: earlier.seconds, reused: true });
      return earlier;
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
    const longestTrain = Math.max(
      ...armsOf(config).map(({ condition, seed }) => longestTrained(examples, condition, seed, config.train)),
    );
    // A set that is decoded is decoded together: its longest prompt and its longest completion, with <bos> and <eos>.
    const decoded = Object.entries(files)
      .filter(([name]) => name !== 'train.jsonl' || config.rl !== undefined)
      .map(([, file]) => file);
    const longestTest = Math.max(
      ...decoded.map(({ prompt_words, completion_words }) => prompt_words.max + completion_words.max + 2),
    );
    checkLengths(config, where, Math.max(longestTrain, longestTest), longestTrain);
    checkRlCap(config, where, files['train.jsonl'].prompt_words.max + 1);
  }

  private dataFile(name: string): string {
    return join(this.cells.data().directory, name);
  }

  private async train(arm: Arm, cell: Cell<TrainingSummary>, place: CellPlace): Promise<TrainingSummary | undefined> {
    const { model, train } = this.options.loaded.config;
    const summary = await this.dependencies.train(
      {
        runDir: cell.directory,
        model,
        train,
        ...arm,
        trainFile: this.dataFile('train.jsonl'),
        threads: Math.min(this.options.threads, train.accumulators),
      },
      {
        progress: (progress) => {
          this.hooks.emit({ event: 'training', cell: place, progress });
        },
        signal: this.hooks.signal,
      },
    );
    return summary.finished ? trainingSummary(summary) : undefined;
  }

  private async measureCurve(
    arm: Arm,
    training: TrainingSummary,
    trainingDirectory: string,
    cell: Cell<CurveSummary>,
    place: CellPlace,
  ): Promise<CurveSummary | undefined> {
    const { data, evaluate } = this.options.loaded.config;
    const tests = await readTests([{ distribution: data.generator, file: this.dataFile('dev.jsonl') }], null);
    const points: DevPoint[] = [];
    for (const { step, tokens } of training.checkpoints) {
      const outDir = join(cell.directory, `step-${step}`);
      await mkdir(outDir, { recursive: true });
      const summary = await this.evaluate(
        arm,
        {
          checkpoint: checkpointDirectory(trainingDirectory, step),
          tests,
          outDir,
          temperature: 0,
          limit: evaluate.dev_mazes,
        },
        place,
      );
      if (!summary.finished) return undefined;
      const [{ plan_valid, trace_valid }] = summary.summaries;
      points.push({
        step,
        tokens,
        plan_valid,
        trace_valid_strict: trace_valid.strict,
        trace_valid_paper: trace_valid.paper,
      });
    }
    return { points };
  }

  private async test(
    arm: Arm,
    checkpoint: string,
    cell: Cell<TestSummary>,
    place: CellPlace,
  ): Promise<TestSummary | undefined> {
    const { data, evaluate } = this.options.loaded.config;
    const files = data.distributions.map((distribution) => ({
      distribution,
      file: this.dataFile(datasetFileName('test', distribution)),
    }));
    const tests = await readTests(files, this.dataFile('train.jsonl'));
    const summary = await this.evaluate(
      arm,
      {
        checkpoint,
        tests,
        outDir: cell.directory,
        temperature: evaluate.temperature,
      },
      place,
    );
    return summary.finished ? { summaries: summary.summaries } : undefined;
  }

  private async evaluate(
    arm: Arm,
    options: Omit<EvaluateOptions, 'threads' | 'seed'>,
    place: CellPlace,
  ): Promise<EvaluateSummary> {
    return this.dependencies.evaluate(
      { ...options, threads: this.options.threads, seed: arm.seed },
      {
        progress: (progress) => {
          this.hooks.emit({ event: 'evaluating', cell: place, progress });
        },
        signal: this.hooks.signal,
      },
    );
  }
}

/** One after the other; undefined as soon as one is. */
async function inTurn<Item, Done>(
  items: readonly Item[],
  work: (item: Item) => Promise<Done | undefined>,
): Promise<Done[] | undefined> {
  const all: Done[] = [];
  for (const item of items) {
    const done = await work(item);
    if (done === undefined) return undefined;
    all.push(done);
  }
  return all;
}

async function whenAborted(signal: AbortSignal | undefined): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve(undefined);
    signal?.addEventListener(
      'abort',
      () => {
        resolve(undefined);
      },
      { once: true },
    );
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
  return checkpointDirectory(trainingDirectory, step);
}
