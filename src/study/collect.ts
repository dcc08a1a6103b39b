// From finished cells to the study's one result value: curves, training verdicts, findings, samples. Reads files,
// computes nothing heavy.
import { basename, join } from 'node:path';
import { readJsonl } from '../base/files.ts';
import { doseResponses } from '../analysis/dose-response.ts';
import { lastQuarterRise, STILL_IMPROVING } from '../analysis/dev-slope.ts';
import { decideFindings, findingsLeftOut, judgeTraining, RULES_VERSION } from '../analysis/findings.ts';
import type { FindingOptions, JudgedRow, JudgedRun, TrainingVerdict } from '../analysis/findings.ts';
import type { LengthRun } from '../analysis/lengths.ts';
import { phaseDifferences } from '../analysis/phase.ts';
import type { PhaseRun } from '../analysis/phase.ts';
import { domainOf } from '../domain/domains.ts';
import { BASELINE, searchOf } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { parseCompletionRow } from '../evaluation/schemas.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import { processorName, usableCores, usableMemory } from '../host/machine.ts';
import { METRICS_FILE } from '../model/metrics-file.ts';
import { rewardsPlansOnly } from '../rl/rewards.ts';
import { armLabel } from '../tasks/arm.ts';
import type { Arm } from '../tasks/arm.ts';
import { pathOf, weightsOf } from '../tasks/finished-files.ts';
import { readCurve, thinCurve } from '../tasks/training-curve.ts';
import type { CurvePoint } from '../tasks/training-curve.ts';
import type { Finished } from '../work/task.ts';
import { proportion } from '../base/statistics.ts';
import type { DatasetManifest } from '../data/manifest.ts';
import type { CoreDescription } from '../tasks/core.ts';
import { devResults, epochTokens, readDev } from './collect-dev.ts';
import { lengthResult, readRl, readLengthRun } from './collect-later.ts';
import { configHash } from './config.ts';
import type { StudyConfig } from './config.ts';
import type { FinishedTasks } from './finished-tasks.ts';
import type { ArmTasks, StudyTasks } from './graph.ts';
import { OwnSearchCounter } from './own-search.ts';
import { SampleChooser } from './samples.ts';
import { RESULTS_FORMAT } from './results.ts';
import type { ConditionResult, PhaseResult, PhaseRunResult, Sample, StudyResults } from './results.ts';

export interface CollectOptions {
  readonly config: StudyConfig;
  readonly version: string;
  readonly tasks: StudyTasks;
  readonly done: FinishedTasks;
  readonly result: string;
  readonly core: CoreDescription;
  readonly threads: number;
  readonly finished: Date;
}

/** Throws TracelabError when a metrics or completions file is damaged. */
export async function collectResults(options: CollectOptions): Promise<StudyResults> {
  const { config, version, tasks, done, result, core, threads, finished } = options;
  const conditions: ConditionResult[] = [];
  const runs: JudgedRun[] = [];
  const samples: Sample[] = [];
  const lengthRuns: LengthRun[] = [];
  for (const arm of tasks.arms) {
    const { condition, seed } = arm;
    const [training, test, curve] = [
      done.of('train', arm.train),
      done.of('test', arm.test),
      done.of('curve', arm.curve),
    ];
    const { points, verdict } = await readTraining(arm, done, config);
    const evaluation: DistributionSummary[] = [];
    const rows: Partial<Record<GeneratorName, JudgedRow[]>> = {};
    for (const summary of test.summary.summaries) {
      const { judged, chosen, own } = await readCompletions(arm, test.directory, summary.distribution);
      rows[summary.distribution] = judged;
      evaluation.push(own ? { ...summary, own_search_valid: own } : summary);
      // One seed is enough for pictures.
      if (seed === config.seeds[0]) samples.push(...chosen);
    }
    const { parameters, steps, tokens, seconds } = training.summary;
    const dev = await readDev(curve, config.data.generator);
    conditions.push({
      condition,
      seed,
      cell: basename(training.directory),
      test_cell: basename(test.directory),
      parameters,
      steps,
      tokens,
      train_seconds: seconds,
      evaluate_seconds: curve.seconds + test.seconds,
      curve: thinCurve(points),
      dev: devResults(curve.summary, dev),
      training_verdict: verdict,
      evaluation,
      weights_sha256: weightsOf(training).sha256,
    });
    runs.push({
      condition,
      seed,
      undertrained: verdict.undertrained,
      improving: (lastQuarterRise(curve.summary.points) ?? 0) > STILL_IMPROVING,
      tokens,
      rows,
      dev,
    });
  }
  for (const { arm, task } of tasks.lengths) {
    lengthRuns.push(
      await readLengthRun(runOf(runs, arm), done.of('lengths', task).directory, config.data.distributions),
    );
  }
  const learnt = await Promise.all(
    tasks.rl.map(async (each) => readRl(each, done, runOf(runs, each.arm), config.data.distributions)),
  );
  // F4 is about a reward for plans: one for traces is meant to raise them.
  const decidesF4 = learnt.length > 0 && config.rl !== undefined && rewardsPlansOnly(config.rl);
  const findingOptions = {
    in_distribution: config.data.generator,
    ...farOf(config),
    ...(decidesF4 && { rl: learnt.map(({ run }) => run) }),
    ...(lengthRuns.some(({ condition }) => condition === 'correct') && { lengths: lengthRuns }),
  };
  const doses = doseResponses(runs, config.data.distributions);
  return {
    format: RESULTS_FORMAT,
    study: config.study,
    version,
    config,
    config_hash: configHash(config),
    result,
    finished: finished.toISOString(),
    seconds: done.seconds(),
    hardware: {
      cpu: processorName(),
      cores: usableCores().count,
      memory_gib: usableMemory().bytes / 2 ** 30,
      node: process.versions.node,
      kernel_path: core.revectorized ? `${core.kernel_path} + revectorised` : core.kernel_path,
      threads,
    },
    dataset: datasetOf(done.of('data', tasks.data)),
    conditions,
    samples,
    rules: RULES_VERSION,
    findings: decideFindings(await withEqualEpochs(runs, config, done.of('data', tasks.data)), findingOptions),
    left_out: findingsLeftOut(findingOptions, learnt.length > 0),
    ...(doses.length > 0 && { dose_response: doses }),
    ...(learnt.length > 0 && { rl: learnt.map((each) => each.result) }),
    ...(lengthRuns.length > 0 && { lengths: lengthResult(lengthRuns) }),
    ...(tasks.interventions.length > 0 && {
      interventions: tasks.interventions.map(({ arm: { condition, seed }, other, task }) => ({
        condition,
        seed,
        other,
        distributions: done.of('interventions', task).summary.distributions,
      })),
    }),
    ...(tasks.information.length > 0 && {
      information: tasks.information.map(({ arm: { condition, seed }, task }) => ({
        condition,
        seed,
        distributions: done.of('information', task).summary.distributions,
      })),
    }),
    ...(tasks.points.length > 0 && { phase: await phaseOf(tasks.points, done) }),
  };
}

async function readTraining(
  { train, curve }: ArmTasks,
  done: FinishedTasks,
  config: StudyConfig,
): Promise<{ readonly points: readonly CurvePoint[]; readonly verdict: TrainingVerdict }> {
  const points = await readCurve(join(done.of('train', train).directory, METRICS_FILE));
  const last = done.of('curve', curve).summary.points.at(-1);
  return { points, verdict: judgeTraining(points, config.train.warmup_steps, last?.plan_valid ?? null) };
}

async function phaseOf(points: StudyTasks['points'], done: FinishedTasks): Promise<PhaseResult> {
  const judgedRuns: PhaseRun[] = [];
  const runs: PhaseRunResult[] = [];
  for (const { point, tasks } of points) {
    const { size, layers, tokens, config } = point;
    for (const arm of tasks.arms) {
      const { condition, seed } = arm;
      const { verdict } = await readTraining(arm, done, config);
      const test = done.of('test', arm.test);
      const evaluation = test.summary.summaries.find(({ distribution }) => distribution === config.data.generator);
      if (!evaluation) throw new Error(`${armLabel(arm)} of a point was not tested in distribution`);
      const { judged } = await readCompletions(arm, test.directory, config.data.generator);
      const { steps, seconds } = done.of('train', arm.train).summary;
      runs.push({
        size,
        layers,
        tokens,
        condition,
        seed,
        steps,
        train_seconds: seconds,
        training_verdict: verdict,
        evaluation,
      });
      judgedRuns.push({ size, layers, tokens, condition, seed, undertrained: verdict.undertrained, rows: judged });
    }
  }
  return { runs, differences: phaseDifferences(judgedRuns) };
}

/** Where tokens are equal: how many of its tokens gave the baseline as many epochs as `correct` has. */
async function withEqualEpochs(
  runs: readonly JudgedRun[],
  { train: { tokens }, conditions }: StudyConfig,
  data: Finished<DatasetManifest>,
): Promise<readonly JudgedRun[]> {
  if (tokens === undefined || !conditions.includes(BASELINE) || !conditions.includes('correct')) return runs;
  const epoch = await epochTokens(pathOf(data, 'train.jsonl'));
  return runs.map((run) =>
    run.condition === BASELINE ? { ...run, equal_epochs_tokens: (run.tokens * epoch.baseline) / epoch.correct } : run,
  );
}

function runOf(runs: readonly JudgedRun[], { condition, seed }: Arm): JudgedRun {
  const found = runs.find((run) => run.condition === condition && run.seed === seed);
  if (!found) throw new Error(`no run of ${condition}, seed ${seed}`);
  return found;
}

/** What the domain says of its distributions. */
function farOf({ data }: StudyConfig): Pick<FindingOptions, 'out_of_distribution' | 'matched' | 'problems' | 'search'> {
  const { distributions, words } = domainOf(data.domain);
  const control = distributions.find(({ matches }) => matches !== undefined);
  return {
    matched: control?.matches === undefined ? null : { far: control.matches, matched: control.name },
    out_of_distribution: distributions.filter(({ far }) => far).map(({ name }) => name),
    problems: words.problems,
    search: words.search,
  };
}

interface ReadCompletions {
  /** Only what the findings need: the texts of a large study do not fit in memory together. */
  readonly judged: JudgedRow[];
  readonly chosen: readonly Sample[];
  readonly own: DistributionSummary['own_search_valid'];
}

async function readCompletions(arm: Arm, directory: string, distribution: GeneratorName): Promise<ReadCompletions> {
  const chooser = new SampleChooser(arm);
  const search = searchOf(arm.condition);
  const counter = search && new OwnSearchCounter(search);
  const judged: JudgedRow[] = [];
  for await (const row of readJsonl(join(directory, `completions-${distribution}.jsonl`), parseCompletionRow)) {
    chooser.offer(row);
    counter?.offer(row);
    judged.push({ id: row.id, verdict: row.verdict });
  }
  return { judged, chosen: chooser.samples(), own: counter?.counts() };
}

function datasetOf({ summary: { files }, directory }: Finished<DatasetManifest>): StudyResults['dataset'] {
  const of = (split: string) => Object.values(files).filter((file) => file.split === split);
  const [train] = of('train');
  return {
    cell: basename(directory),
    train: train.count,
    dev: of('dev')[0].count,
    test: Object.fromEntries(of('test').map(({ generator, count }) => [generator, count])),
    // <bos> and <eos> are tokens too.
    train_tokens: Math.round(train.count * (train.example_words.mean + 2)),
    prompts: Object.fromEntries(
      of('test').map(({ generator, count, prompt_words, prompt_lengths_seen }) => [
        generator,
        { ...prompt_words, seen: proportion(prompt_lengths_seen ?? 0, count) },
      ]),
    ),
  };
}
