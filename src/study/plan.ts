// What a study will cost before it runs: cells, tokens, floating-point operations, memory and time on this machine.
import { totalmem } from 'node:os';
import { countParameters } from '../model/config.ts';
import { domainOf } from '../domain/domains.ts';
import { applyCondition } from '../domain/conditions/apply.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { testCount } from '../domain/splits.ts';
import type { Example, GeneratorName } from '../domain/types.ts';
import type { Clock } from '../base/clock.ts';
import { TracelabError } from '../base/errors.ts';
import { readInterventions } from '../evaluation/interventions.ts';
import { capWithin } from '../model/completion-cap.ts';
import { keptSteps } from '../rl/config.ts';
import { armLabel, armsOf, cellLabel, interventionArmsOf, lengthArmsOf, rlArmsOf } from './cells.ts';
import type { Arm, CellKind, FinishedCells, FinishedTests } from './cells.ts';
import { checkLengths, checkRlCap } from './config-checks.ts';
import { curvePrompts, rlSettings } from './config-sections.ts';
import type { StudyConfig } from './config.ts';
import type { MemoryPlan, StudyDependencies } from './dependencies.ts';
import { forwardFlops, trainingFlops } from './flops.ts';
import {
  addTotals,
  epochTotals,
  lengthsOf,
  longestTrained,
  runTotals,
  sampleExamples,
  scaleTotals,
  sequenceTotals,
} from './lengths.ts';
import type { ExampleLengths, SequenceTotals } from './lengths.ts';
import { phasePointsOf, pointLabel } from './phase.ts';
import { measureSpeeds } from './speed.ts';
import type { SequenceSpeed } from './speed.ts';

export interface PlannedCell {
  readonly label: string;
  readonly kind: CellKind;
  readonly finished: boolean;
  /** Trained or generated tokens; for data, problems. */
  readonly tokens: number;
  readonly flops: number;
  /** On this machine; 0 when finished. */
  readonly seconds: number;
}

export interface StudyPlan {
  readonly study: string;
  readonly parameters: number;
  readonly vocabulary: number;
  readonly threads: number;
  readonly cells: readonly PlannedCell[];
  readonly training_tokens: number;
  readonly flops: number;
  readonly memory: MemoryPlan;
  /** Of the cells that are not finished. */
  readonly seconds: number;
  readonly speeds: readonly SequenceSpeed[];
}

/** One memory of WebAssembly has 32-bit addresses. */
const MEMORY_CEILING = 4 * 2 ** 30;
/** Threads to start, files to read and write: what a cell takes however small it is. */
const CELL_SECONDS = 0.7;
/** A forward pass alone, against forward, backward and update. */
const FORWARD_SPEED = 2.5;
/** Share of the rollouts whose groups have a spread, over a run. */
const LEARNT = 0.6;
/** Enough for a mean within a few percent. */
const SAMPLE = 200;

type PlanDependencies = Pick<
  StudyDependencies,
  'planMemory' | 'planRl' | 'measureTrainingSpeed' | 'measureDecodeSpeed' | 'clock'
>;

/**
 * Plans a study: draws some problems, measures this machine for a few seconds, writes nothing.
 * Throws TracelabError MEMORY_PLAN (refused input) when the model does not fit one memory, before measuring anything.
 */
export async function planStudy(
  config: StudyConfig,
  threads: number,
  where: (key: string) => string,
  finished: FinishedCells,
  dependencies: PlanDependencies,
): Promise<StudyPlan> {
  const { model, data } = config;
  const vocabulary = domainOf(data.domain).vocabulary(data.size).length;
  const parameters = countParameters(model, vocabulary);
  const memory = checkMemory(config, threads, where, dependencies);
  const drawn = new Map<number, Draw>();
  // Points of one size have the same problems.
  const points = phasePointsOf(config).map((point) => {
    const draw = drawn.get(point.size) ?? drawSamples(point.config, dependencies.clock);
    drawn.set(point.size, draw);
    checkSample(point.config, where, draw.samples);
    return { ...point, draw };
  });
  const draw = drawSamples(config, dependencies.clock);
  const { samples } = draw;
  checkSample(config, where, samples);
  checkRlSizes(config, threads, where, samples, dependencies);
  const sample = sampleOf(samples, data.generator);
  const speeds = await measureSpeeds(config, lengthsOf(sample), threads, dependencies);

  const cells = plannedTests(config, draw, finished, speeds);
  for (const arm of lengthArmsOf(config)) {
    const gold = data.distributions
      .map((name) => scaleTotals(sequenceTotals(lengthsOf(sampleOf(samples, name))), testCount(data, name)))
      .reduce(addTotals);
    cells.push(
      plannedCell(
        'lengths',
        arm,
        finished.arms.get(armLabel(arm))?.lengths !== undefined,
        gold.tokens,
        forwardFlops(model, parameters, gold),
        gold.tokens / (FORWARD_SPEED * speedOf(speeds, arm).training_tokens_per_second),
      ),
    );
  }
  const later = { config, parameters, samples, finished, speeds };
  cells.push(
    ...rlArmsOf(config).flatMap((arm) => plannedRl(arm, later)),
    ...interventionArmsOf(config).map((arm) => plannedInterventions(arm, later)),
  );
  for (const [i, point] of points.entries()) {
    // Speeds are those of the study's own sequences; training counts the operations of longer ones.
    const isOwn = point.size === data.size && point.tokens === config.train.tokens;
    cells.push(
      ...plannedTests(point.config, point.draw, finished.points[i], speeds).map((cell) => {
        // What the study itself does, it does once.
        const shared =
          (isOwn || (cell.kind === 'data' && point.size === data.size)) &&
          cells.some(({ label }) => label === cell.label);
        return {
          ...cell,
          ...(shared && { tokens: 0, flops: 0, seconds: 0 }),
          label: `${pointLabel(point)}-${cell.label}`,
        };
      }),
    );
  }
  const left = cells.filter((cell) => !cell.finished);
  return {
    study: config.study,
    parameters,
    vocabulary,
    threads,
    cells,
    memory,
    speeds,
    training_tokens: sum(cells.filter(({ kind }) => kind === 'train').map(({ tokens }) => tokens)),
    flops: sum(cells.map(({ flops }) => flops)),
    seconds: sum(left.map(({ seconds }) => seconds)),
  };
}

type Samples = ReadonlyMap<GeneratorName, readonly Example[]>;

interface Draw {
  readonly samples: Samples;
  readonly problems_per_second: number;
}

/** Some problems of every distribution. */
function drawSamples({ data }: StudyConfig, clock: Clock): Draw {
  const started = clock.seconds();
  const samples = new Map(
    [data.generator, ...data.distributions].map((name) => [name, sampleExamples(data, name, SAMPLE)]),
  );
  const problems_per_second = (samples.size * SAMPLE) / Math.max(clock.seconds() - started, 1e-3);
  return { samples, problems_per_second };
}

/** Data, and training, learning curve and test of every arm. */
function plannedTests(
  config: StudyConfig,
  { samples, problems_per_second }: Draw,
  finished: FinishedTests,
  speeds: readonly SequenceSpeed[],
): PlannedCell[] {
  const { model, data, evaluate, train } = config;
  const parameters = countParameters(model, domainOf(data.domain).vocabulary(data.size).length);
  const sample = sampleOf(samples, data.generator);
  const problems = data.train + data.dev + sum(data.distributions.map((name) => testCount(data, name)));
  const cells = [
    plannedCell('data', undefined, finished.data !== undefined, problems, 0, problems / problems_per_second),
  ];
  for (const arm of armsOf(config)) {
    const done = finished.arms.get(armLabel(arm));
    const speed = speedOf(speeds, arm);
    // The epochs of a sample that is drawn anew are as long as each other, so one tells of all.
    const condition = sampleCondition(sample, arm);
    const totals = runTotals(epochTotals(sample, condition, arm.seed), data.train, train);
    const trained = lengthsOf(applyCondition(sample, condition, arm.seed));
    const flops = trainingFlops(model, parameters, totals);
    const left = Math.max(0, 1 - (done?.trained_tokens ?? 0) / totals.tokens);
    cells.push(
      plannedCell(
        'train',
        arm,
        done?.training !== undefined,
        totals.tokens,
        flops,
        (left * flops) / speed.training_flops_per_second,
      ),
    );
    const work = {
      curve: evaluationWork(trained, samples, [data.generator], () => evaluate.dev_mazes * train.checkpoints),
      test: testWork(trained, samples, data),
    };
    for (const kind of ['curve', 'test'] as const) {
      const { totals: read, generated } = work[kind];
      cells.push(
        plannedCell(
          kind,
          arm,
          done?.[kind] !== undefined,
          generated,
          forwardFlops(model, parameters, read),
          generated / speed.decode_tokens_per_second,
        ),
      );
    }
  }
  return cells;
}

/** What a sample shows of a condition: where its rate touches a single example of the sample, which has no other to swap with, correct ones, as nearly all are. */
function sampleCondition(sample: readonly Example[], { condition, seed }: Arm): Condition {
  try {
    applyCondition(sample, condition, seed);
    return condition;
  } catch (error) {
    if (error instanceof TracelabError && error.code === 'TOO_FEW_EXAMPLES') return 'correct';
    throw error;
  }
}

interface LaterPlan {
  readonly config: StudyConfig;
  readonly parameters: number;
  readonly samples: Samples;
  readonly finished: FinishedCells;
  readonly speeds: readonly SequenceSpeed[];
}

/** Rollouts are written like test completions; a part of them is learnt from. */
function plannedRl(arm: Arm, { config, parameters, samples, finished, speeds }: LaterPlan): PlannedCell[] {
  const { rl, model, data } = config;
  if (!rl) return [];
  const done = finished.arms.get(armLabel(arm));
  const speed = speedOf(speeds, arm);
  const sample = sampleOf(samples, data.generator);
  const trained = lengthsOf(applyCondition(sample, sampleCondition(sample, arm), arm.seed));
  // Groups without spread are drawn again until enough have one, or rl.resample is used up.
  const drawn = 1 + Math.min(rl.resample / rl.prompts, 1 / LEARNT - 1);
  const rollouts = evaluationWork(trained, samples, [data.generator], () => rl.steps * rl.prompts * rl.group * drawn);
  const learnt = LEARNT * rl.inner_epochs * rollouts.totals.tokens;
  const kept = keptSteps(rlSettings(rl)).length + 1;
  const curve = evaluationWork(trained, samples, data.distributions, () => kept * rl.curve_mazes);
  const sampled = evaluationWork(
    trained,
    samples,
    data.distributions,
    (name) => kept * rl.group * Math.min(curvePrompts(rl), testCount(data, name)),
  );
  const starts = kept * (sampled.generated > 0 ? 1 + data.distributions.length : 1);
  const test = testWork(trained, samples, data);
  const decoding = ({ generated }: EvaluationWork): number => generated / speed.decode_tokens_per_second;
  const cell = (
    kind: 'rl' | 'rl-curve' | 'rl-test',
    isDone: boolean,
    { totals, generated }: EvaluationWork,
    flops: number,
    seconds: number,
  ): PlannedCell => plannedCell(kind, arm, isDone, generated, forwardFlops(model, parameters, totals) + flops, seconds);
  return [
    cell(
      'rl',
      done?.rl !== undefined,
      rollouts,
      trainingFlops(model, parameters, rollouts.totals) * LEARNT * rl.inner_epochs,
      decoding(rollouts) + learnt / speed.training_tokens_per_second,
    ),
    // Sampled groups are read once more under the start, for their KL.
    cell(
      'rl-curve',
      done?.rl_curve !== undefined,
      { totals: addTotals(curve.totals, sampled.totals), generated: curve.generated + sampled.generated },
      forwardFlops(model, parameters, sampled.totals),
      starts * CELL_SECONDS +
        decoding(curve) +
        decoding(sampled) +
        sampled.totals.tokens / (FORWARD_SPEED * speed.training_tokens_per_second),
    ),
    cell('rl-test', done?.rl_test !== undefined, test, 0, decoding(test)),
  ];
}

/** Every intervention reads prompts and forced traces, and writes plans; the first pass writes whole completions. */
function plannedInterventions(arm: Arm, { config, parameters, samples, finished, speeds }: LaterPlan): PlannedCell {
  const { interventions, model, data } = config;
  const gold = sampleOf(samples, data.generator);
  if (!interventions) throw new Error('a study without interventions');
  const { tokens, squares, sequences, longest } = sequenceTotals(lengthsOf(gold));
  const passes =
    interventions.distributions.length *
    (1 + interventions.kinds.flatMap((name) => readInterventions(name) ?? []).length);
  const totals = scaleTotals({ tokens, squares, sequences, longest }, passes * interventions.mazes);
  const { solution } = lengthsOf(gold);
  const written = passes * interventions.mazes * (sum(solution) / Math.max(solution.length, 1));
  const speed = speedOf(speeds, arm);
  const seconds =
    passes * CELL_SECONDS +
    totals.tokens / (FORWARD_SPEED * speed.training_tokens_per_second) +
    written / speed.decode_tokens_per_second;
  return plannedCell(
    'interventions',
    arm,
    finished.arms.get(armLabel(arm))?.interventions !== undefined,
    Math.round(written),
    forwardFlops(model, parameters, totals),
    seconds,
  );
}

function speedOf(speeds: readonly SequenceSpeed[], { condition }: Arm): SequenceSpeed {
  const speed = speeds.find(({ traces }) => traces === hasTraces(condition));
  if (!speed) throw new Error(`no speed of ${condition}`);
  return speed;
}

/** Refuses sizes that even a sample contradicts, before anything is measured; the data themselves are checked again. */
function checkSample(config: StudyConfig, where: (key: string) => string, samples: Samples): void {
  const sample = sampleOf(samples, config.data.generator);
  const longestTrain = Math.max(
    ...armsOf(config).map((arm) => longestTrained(sample, sampleCondition(sample, arm), arm.seed, config.train)),
  );
  const longestTest = Math.max(...[...samples.values()].map((examples) => sequenceTotals(lengthsOf(examples)).longest));
  checkLengths(config, where, Math.max(longestTrain, longestTest), longestTrain);
}

interface EvaluationWork {
  readonly totals: SequenceTotals;
  /** Tokens that the model writes. */
  readonly generated: number;
}

/**
 * A model writes completions of about the length that it was trained on, whatever the maze.
 * @param trained lengths of examples as it trained on them @param mazes of each distribution
 */
function evaluationWork(
  trained: ExampleLengths,
  samples: Samples,
  distributions: readonly GeneratorName[],
  mazes: (distribution: GeneratorName) => number,
): EvaluationWork {
  let totals: SequenceTotals = { sequences: 0, tokens: 0, squares: 0, longest: 0 };
  let generated = 0;
  for (const name of distributions) {
    const { prompt } = lengthsOf(sampleOf(samples, name));
    const part = scaleTotals(
      sequenceTotals({
        prompt,
        trace: trained.trace.slice(0, prompt.length),
        solution: trained.solution.slice(0, prompt.length),
      }),
      mazes(name),
    );
    totals = addTotals(totals, part);
    generated += part.tokens - Math.round((sum(prompt) / Math.max(prompt.length, 1) + 1) * mazes(name));
  }
  return { totals, generated };
}

/** Every test problem of every distribution, once. */
function testWork(trained: ExampleLengths, samples: Samples, data: StudyConfig['data']): EvaluationWork {
  return evaluationWork(trained, samples, data.distributions, (name) => testCount(data, name));
}

/** Throws TracelabError MEMORY_MACHINE (environment) when this machine, or the container around this process, has less memory than the plan. */
export function checkMachine(plan: MemoryPlan, where: (key: string) => string): void {
  const limit = process.constrainedMemory();
  const there = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  if (plan.bytes > there) {
    throw new TracelabError({
      code: 'MEMORY_MACHINE',
      kind: 'environment',
      where: where('model'),
      what: 'this machine has too little memory',
      expected: `at least ${gibibytes(plan.bytes)}`,
      got: gibibytes(there),
      hint: 'lower model sizes, train.accumulators or train.batch_tokens',
    });
  }
}

/** The memory plan of the largest batch and the longest sequence that the configuration allows. Throws TracelabError MEMORY_PLAN. */
export function checkMemory(
  config: StudyConfig,
  threads: number,
  where: (key: string) => string,
  dependencies: Pick<StudyDependencies, 'planMemory'>,
): MemoryPlan {
  const { model, train, data } = config;
  const vocab = domainOf(data.domain).vocabulary(data.size).length;
  const planned = dependencies.planMemory({
    model,
    vocab,
    batch_tokens: train.batch_tokens,
    accumulators: train.accumulators,
    threads: Math.min(threads, train.accumulators),
    longest: model.context,
  });
  const what = `a model of ${countParameters(model, vocab).toLocaleString('en-US')} parameters`;
  return withinOneMemory(planned, {
    where: where('model'),
    what,
    hint: 'lower model sizes, train.accumulators or train.batch_tokens',
  });
}

/**
 * Reinforcement learning lays out memories of its own, for its steps and for the sampled groups of each distribution; how long prompts and completions are, the sample tells.
 * Throws TracelabError CONFIG_IMPOSSIBLE for a cap that the context cannot hold, MEMORY_PLAN.
 */
function checkRlSizes(
  config: StudyConfig,
  threads: number,
  where: (key: string) => string,
  samples: Samples,
  { planRl }: Pick<StudyDependencies, 'planRl'>,
): void {
  const { rl, model, data } = config;
  if (!rl) return;
  const { accumulators, group, kl, kl_every } = rl;
  const common = {
    model,
    vocab: domainOf(data.domain).vocabulary(data.size).length,
    size: data.size,
    group,
    accumulators,
    threads,
  };
  const lengths = (name: GeneratorName): { longestPrompt: number; cap: number } => {
    const { prompt, trace, solution } = lengthsOf(sampleOf(samples, name));
    const longestPrompt = Math.max(...prompt) + 1;
    return {
      longestPrompt,
      cap: capWithin(model.context - longestPrompt, Math.max(...trace.map((words, i) => words + solution[i])) + 1),
    };
  };
  const own = lengths(data.generator);
  checkRlCap(config, where, own.longestPrompt);
  const sampledGroups = Math.min(rl.prompts + rl.resample, data.train);
  const step = planRl({
    ...common,
    ...own,
    cap: rl.cap ?? own.cap,
    groups: rl.prompts,
    sampledGroups,
    withReference: kl > 0 || kl_every > 0,
  });
  withinOneMemory(step, {
    where: where('rl'),
    what: `reinforcement learning with ${(rl.prompts * group).toLocaleString('en-US')} completions a step`,
    hint: 'lower rl.prompts, rl.group, rl.cap or rl.accumulators',
  });
  if (step.rolloutBytes > MEMORY_CEILING) {
    throw new TracelabError({
      code: 'MEMORY_PLAN',
      kind: 'refused_input',
      where: where('rl'),
      what: `${(sampledGroups * group).toLocaleString('en-US')} completions a step, those in whose place others are drawn among them, are too many`,
      expected: 'at most 4.00 GiB',
      got: gibibytes(step.rolloutBytes),
      hint: 'lower rl.resample, rl.prompts, rl.group or rl.cap',
    });
  }
  for (const name of curvePrompts(rl) > 0 ? data.distributions : []) {
    const groups = Math.min(curvePrompts(rl), testCount(data, name));
    const sampled = planRl({ ...common, ...lengths(name), groups, sampledGroups: groups, withReference: true });
    withinOneMemory(sampled, {
      where: where('rl'),
      what: `sampling ${(groups * group).toLocaleString('en-US')} completions of ${name}`,
      hint: 'lower rl.curve_prompts, rl.group or rl.accumulators',
    });
  }
}

/** Throws TracelabError MEMORY_PLAN. */
function withinOneMemory(
  planned: MemoryPlan,
  { where, what, hint }: { readonly where: string; readonly what: string; readonly hint: string },
): MemoryPlan {
  // Addresses that the core lays out are 32 bits wide: beyond 4 GiB the sum of the parts that it could tell is a lower bound.
  const counted = planned.parts.filter(({ bytes }) => bytes > 0);
  const plan: MemoryPlan = { bytes: Math.max(planned.bytes, sum(counted.map(({ bytes }) => bytes))), parts: counted };
  if (plan.bytes <= MEMORY_CEILING) return plan;
  const parts = [...plan.parts]
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ name, bytes }) => `${name} ${gibibytes(bytes)}`)
    .join(', ');
  throw new TracelabError({
    code: 'MEMORY_PLAN',
    kind: 'refused_input',
    where,
    what: `${what} does not fit one WebAssembly memory`,
    expected: 'at most 4.00 GiB',
    got: `${gibibytes(plan.bytes)} (${parts})`,
    hint,
  });
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

function plannedCell(
  kind: CellKind,
  arm: Arm | undefined,
  finished: boolean,
  tokens: number,
  flops: number,
  seconds: number,
): PlannedCell {
  return { label: cellLabel(kind, arm), kind, finished, tokens, flops, seconds: finished ? 0 : CELL_SECONDS + seconds };
}

function sampleOf(samples: Samples, name: GeneratorName): readonly Example[] {
  const found = samples.get(name);
  if (!found) throw new Error(`no sample of ${name}`);
  return found;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
