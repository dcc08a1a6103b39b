// From finished cells to the study's one result value: curves, training verdicts, findings, samples. Reads files, computes nothing heavy.
import { availableParallelism, cpus, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { canonicalJson, sha256 } from '../base/hash.ts';
import { readJsonl } from '../base/files.ts';
import { decideFindings, findingsLeftOut, judgeTraining } from '../analysis/findings.ts';
import type { JudgedRow, JudgedRun, TrainingVerdict } from '../analysis/findings.ts';
import type { LengthRun } from '../analysis/lengths.ts';
import { phaseDifferences } from '../analysis/phase.ts';
import type { PhaseRun } from '../analysis/phase.ts';
import { domainOf } from '../domain/domains.ts';
import { searchOf } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { CompletionRow, DistributionSummary } from '../evaluation/types.ts';
import type { FinishedCell } from '../run/cell.ts';
import { rewardsPlansOnly } from '../rl/rewards.ts';
import { armLabel, armsOf, interventionArmsOf, lengthArmsOf, rlArmsOf, weightsHash } from './cells.ts';
import type { Arm, FinishedCells, FinishedTests } from './cells.ts';
import { lengthResult, readRl, readLengthRun } from './collect-later.ts';
import type {
  CompleteArm,
  CompleteInterventions,
  CompleteLengths,
  CompletePoint,
  CompleteRl,
  CompleteTests,
} from './complete.ts';
import type { StudyConfig } from './config.ts';
import type { CoreDescription } from './dependencies.ts';
import { OwnSearchCounter } from './own-search.ts';
import { SampleChooser } from './samples.ts';
import { readCurve, thinCurve } from './metrics-file.ts';
import { phasePointsOf } from './phase.ts';
import { RESULTS_FORMAT } from './results.ts';
import type { ConditionResult, CurvePoint, PhaseResult, PhaseRunResult, Sample, StudyResults } from './results.ts';

/** SHA-256 of the resolved configuration, every default included. */
export function configHash(config: StudyConfig): string {
  return sha256(canonicalJson(config));
}

/** SHA-256 over the results of all cells, in the order of the configuration; undefined while one is missing. No names, times or thread counts. */
export function resultHash(config: StudyConfig, finished: FinishedCells): string | undefined {
  const results = testResults(config, finished);
  for (const arm of lengthArmsOf(config)) results.push(finished.arms.get(armLabel(arm))?.lengths?.result);
  for (const arm of rlArmsOf(config)) {
    const cells = finished.arms.get(armLabel(arm));
    results.push(cells?.rl?.result, cells?.rl_curve?.result, cells?.rl_test?.result);
  }
  for (const arm of interventionArmsOf(config)) results.push(finished.arms.get(armLabel(arm))?.interventions?.result);
  for (const [i, point] of phasePointsOf(config).entries())
    results.push(...testResults(point.config, finished.points[i]));
  return results.includes(undefined) ? undefined : sha256(canonicalJson(results));
}

function testResults(config: StudyConfig, { data, arms }: FinishedTests): (string | undefined)[] {
  return [
    data?.result,
    ...armsOf(config).flatMap((arm) => {
      const cells = arms.get(armLabel(arm));
      return [cells?.training?.result, cells?.curve?.result, cells?.test?.result];
    }),
  ];
}

export interface CollectOptions {
  readonly config: StudyConfig;
  readonly version: string;
  readonly tests: CompleteTests;
  readonly lengths: readonly CompleteLengths[];
  readonly rl: readonly CompleteRl[];
  readonly interventions: readonly CompleteInterventions[];
  readonly points: readonly CompletePoint[];
  readonly result: string;
  readonly core: CoreDescription;
  readonly threads: number;
  readonly finished: Date;
}

/** Throws TracelabError when a metrics or completions file is damaged. */
export async function collectResults({
  config,
  version,
  tests,
  lengths,
  rl,
  interventions,
  points,
  result,
  core,
  threads,
  finished,
}: CollectOptions): Promise<StudyResults> {
  const conditions: ConditionResult[] = [];
  const runs: JudgedRun[] = [];
  const samples: Sample[] = [];
  const lengthRuns: LengthRun[] = [];
  for (const arm of tests.arms) {
    const { points: curve, verdict } = await readTraining(arm, config);
    const evaluation: DistributionSummary[] = [];
    const rows: Partial<Record<GeneratorName, JudgedRow[]>> = {};
    for (const summary of arm.test.summary.summaries) {
      const { judged, chosen, own } = await readCompletions(arm, arm.testDirectory, summary.distribution);
      rows[summary.distribution] = judged;
      evaluation.push(own ? { ...summary, own_search_valid: own } : summary);
      // One seed is enough for pictures.
      if (arm.seed === config.seeds[0]) samples.push(...chosen);
    }
    conditions.push({
      condition: arm.condition,
      seed: arm.seed,
      cell: basename(arm.trainingDirectory),
      test_cell: basename(arm.testDirectory),
      parameters: arm.training.summary.parameters,
      steps: arm.training.summary.steps,
      tokens: arm.training.summary.tokens,
      train_seconds: arm.training.summary.seconds,
      evaluate_seconds: arm.curve.seconds + arm.test.seconds,
      curve: thinCurve(curve),
      dev: arm.curve.summary.points,
      training_verdict: verdict,
      evaluation,
      weights_sha256: weightsHash(arm.training),
    });
    runs.push({ condition: arm.condition, seed: arm.seed, undertrained: verdict.undertrained, rows });
  }
  for (const { arm, lengthsDirectory } of lengths)
    lengthRuns.push(await readLengthRun(runOf(runs, arm), lengthsDirectory, config.data.distributions));
  const learnt = await Promise.all(
    rl.map(async (complete) => readRl(complete, runOf(runs, complete.arm), config.data.distributions)),
  );
  // F4 is about a reward for plans: one for traces is meant to raise them.
  const decidesF4 = learnt.length > 0 && config.rl !== undefined && rewardsPlansOnly(config.rl);
  const findingOptions = {
    in_distribution: config.data.generator,
    ...farOf(config),
    ...(decidesF4 && { rl: learnt.map(({ run }) => run) }),
    ...(lengthRuns.some(({ condition }) => condition === 'correct') && { lengths: lengthRuns }),
  };
  const testCells = ({ data, arms }: CompleteTests): FinishedCell<unknown>[] => [
    data,
    ...arms.flatMap(({ training, curve, test }) => [training, curve, test]),
  ];
  const cells = [
    ...testCells(tests),
    ...lengths.map((complete) => complete.lengths),
    ...rl.flatMap((complete) => [complete.rl, complete.curve, complete.test]),
    ...interventions.map((complete) => complete.interventions),
    ...points.flatMap((complete) => testCells(complete.tests)),
  ];
  return {
    format: RESULTS_FORMAT,
    study: config.study,
    version,
    config,
    config_hash: configHash(config),
    result,
    finished: finished.toISOString(),
    // Points of a phase diagram share cells with each other and with the study.
    seconds: [...new Map(cells.map(({ hash, seconds }) => [hash, seconds])).values()].reduce(
      (sum, seconds) => sum + seconds,
      0,
    ),
    hardware: {
      cpu: cpus().at(0)?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memory_gib: totalmem() / 2 ** 30,
      node: process.versions.node,
      kernel_path: core.revectorized ? `${core.kernel_path} + revectorised` : core.kernel_path,
      threads,
    },
    dataset: datasetOf(tests),
    conditions,
    samples,
    findings: decideFindings(runs, findingOptions),
    left_out: findingsLeftOut(findingOptions, learnt.length > 0),
    ...(learnt.length > 0 && { rl: learnt.map((each) => each.result) }),
    ...(lengthRuns.length > 0 && { lengths: lengthResult(lengthRuns) }),
    ...(interventions.length > 0 && {
      interventions: interventions.map(({ arm: { condition, seed }, other, interventions: { summary } }) => ({
        condition,
        seed,
        other,
        distributions: summary.distributions,
      })),
    }),
    ...(points.length > 0 && { phase: await phaseOf(points) }),
  };
}

async function readTraining(
  { trainingDirectory, curve }: CompleteArm,
  config: StudyConfig,
): Promise<{ readonly points: readonly CurvePoint[]; readonly verdict: TrainingVerdict }> {
  const points = await readCurve(join(trainingDirectory, 'metrics.jsonl'));
  return {
    points,
    verdict: judgeTraining(points, config.train.warmup_steps, curve.summary.points.at(-1)?.plan_valid ?? null),
  };
}

async function phaseOf(points: readonly CompletePoint[]): Promise<PhaseResult> {
  const judgedRuns: PhaseRun[] = [];
  const runs: PhaseRunResult[] = [];
  for (const {
    point: { size, tokens, config },
    tests,
  } of points) {
    for (const arm of tests.arms) {
      const { verdict } = await readTraining(arm, config);
      const evaluation = arm.test.summary.summaries.find(({ distribution }) => distribution === config.data.generator);
      if (!evaluation) throw new Error(`${armLabel(arm)} of a point was not tested in distribution`);
      const { judged } = await readCompletions(arm, arm.testDirectory, config.data.generator);
      const {
        condition,
        seed,
        training: {
          summary: { steps, seconds },
        },
      } = arm;
      runs.push({
        size,
        tokens,
        condition,
        seed,
        steps,
        train_seconds: seconds,
        training_verdict: verdict,
        evaluation,
      });
      judgedRuns.push({ size, tokens, condition, seed, undertrained: verdict.undertrained, rows: judged });
    }
  }
  return { runs, differences: phaseDifferences(judgedRuns) };
}

function runOf(runs: readonly JudgedRun[], { condition, seed }: Arm): JudgedRun {
  const found = runs.find((run) => run.condition === condition && run.seed === seed);
  if (!found) throw new Error(`no run of ${condition}, seed ${seed}`);
  return found;
}

/** What the domain says of its distributions. */
function farOf({ data }: StudyConfig): { readonly out_of_distribution: readonly string[]; readonly problems: string } {
  const { distributions, words } = domainOf(data.domain);
  return {
    out_of_distribution: distributions.filter(({ far }) => far).map(({ name }) => name),
    problems: words.problems,
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
  for await (const row of readJsonl(
    join(directory, `completions-${distribution}.jsonl`),
    (value) => value as CompletionRow,
  )) {
    chooser.offer(row);
    counter?.offer(row);
    judged.push({ id: row.id, verdict: row.verdict });
  }
  return { judged, chosen: chooser.samples(), own: counter?.counts() };
}

function datasetOf({
  data: {
    summary: { files },
  },
  dataDirectory,
}: CompleteTests): StudyResults['dataset'] {
  const of = (split: string) => Object.values(files).filter((file) => file.split === split);
  const [train] = of('train');
  return {
    cell: basename(dataDirectory),
    train: train.count,
    dev: of('dev')[0].count,
    test: Object.fromEntries(of('test').map(({ generator, count }) => [generator, count])),
    // <bos> and <eos> are tokens too.
    train_tokens: Math.round(train.count * (train.example_words.mean + 2)),
  };
}
