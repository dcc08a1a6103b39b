// A StudyResults for the report's tests: realistic in shape and size, made up in its numbers; trained or undertrained,
// one seed or several.
import { readFileSync } from 'node:fs';
import { proportion } from '../../src/base/statistics.ts';
import { analyseLengths } from '../../src/analysis/lengths.ts';
import type { LengthRun } from '../../src/analysis/lengths.ts';
import { decideFindings, judgeTraining, RULES_VERSION } from '../../src/analysis/findings.ts';
import type { DevRows, JudgedRow } from '../../src/analysis/findings.ts';
import { PAPER_CONDITIONS } from '../../src/domain/conditions/condition.ts';
import type { Condition } from '../../src/domain/conditions/condition.ts';
import { GENERATORS } from '../../src/domain/maze/types.ts';
import type { Example, Verdict } from '../../src/domain/types.ts';
import type { CompletionRow, DistributionSummary } from '../../src/evaluation/types.ts';
import { doseResponses } from '../../src/analysis/dose-response.ts';
import { RL_DEFAULTS } from '../../src/rl/config.ts';
import { RESULTS_FORMAT } from '../../src/study/results.ts';
import type { ConditionResult, DevResult, Sample, StudyResults } from '../../src/study/results.ts';
import { curve, dev, summary } from './fixture-data.ts';
import type { Quality } from './fixture-data.ts';
import { informationResult, interventionResult, lengthResult, phaseResult, rlResult } from './fixture-later.ts';

interface Case extends Example {
  readonly case: string;
  readonly verdict: Verdict;
}

/** Gold and damaged completions with their verdicts, three to thirteen a distribution. */
export const CASES: readonly Case[] = readFileSync(new URL('./completions.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

export function caseOf(generator: string, name: string): Case {
  const found = CASES.find((row) => row.generator === generator && row.case === name);
  if (found === undefined) throw new Error(`no case ${generator} ${name}`);
  return found;
}

export function rowOf({ id, generator, size, prompt, completion, verdict }: Case): CompletionRow {
  return { id, generator, size, prompt, completion, truncated: false, walls_seen: generator === 'wilson', verdict };
}

function samples(): Sample[] {
  return CASES.map((row, i): Sample => {
    const valid = row.verdict.plan.valid;
    const kind = valid
      ? row.verdict.strict.valid
        ? 'plan and trace valid'
        : 'plan valid, trace invalid'
      : 'plan invalid';
    return {
      condition: kind === 'plan and trace valid' || i % 2 === 0 ? 'correct' : 'swapped',
      seed: 1,
      kind,
      row: rowOf(row),
    };
  });
}

/**
 * Judged rows whose counts are those of a summary: plans valid first, traces valid among them first; enough for
 * decideFindings.
 */
function judgedRows(s: DistributionSummary): JudgedRow[] {
  const { plan_valid, quadrants } = s;
  return Array.from({ length: s.n }, (_, i): JudgedRow => {
    const valid = i < plan_valid.count;
    const trace = (level: 'paper' | 'strict') => ({ valid: i < quadrants[level].both_valid });
    return {
      id: `${s.distribution}-${i}`,
      verdict: {
        format: true,
        records: 0,
        paper: trace('paper'),
        strict: trace('strict'),
        exact: false,
        plan: { valid, optimal: valid },
      },
    };
  });
}

/** Judged dev completions whose counts are those of a point of the learning curve. */
function devRows({ step, tokens, plan_valid: { count, n }, invalid_traces }: DevResult): DevRows {
  const rows = Array.from({ length: n }, (_, i): JudgedRow => {
    const valid = i < count;
    const trace = (level: 'paper' | 'strict') => ({ valid: valid && i >= invalid_traces[level].count });
    return {
      id: `dev-${i}`,
      verdict: {
        format: true,
        records: 0,
        paper: trace('paper'),
        strict: trace('strict'),
        exact: false,
        plan: { valid, optimal: valid },
      },
    };
  });
  return { step, tokens, rows };
}

/** Lengths and forced traces of two seeds that differ, too. */
export function fixtureOfTwoSeeds(): StudyResults {
  const results = fixture({ seeds: [1, 2] });
  const runs = lengthResult().shown.flatMap((run) => [run, longer(run)]);
  const forced = (results.interventions ?? []).flatMap((one) => [
    one,
    {
      ...one,
      seed: 2,
      distributions: one.distributions.map((each) => ({
        ...each,
        interventions: each.interventions.map((summary) => ({
          ...summary,
          compared: { ...summary.compared, difference: summary.compared.difference - 0.1 },
        })),
      })),
    },
  ]);
  const information = [1, 2].map((seed) => informationResult('correct', seed));
  return { ...results, lengths: { analysis: analyseLengths(runs), shown: runs }, interventions: forced, information };
}

/** The same mazes by another seed, whose traces are up to two events longer. */
function longer({ rows, ...run }: LengthRun): LengthRun {
  const changed = Object.entries(rows).map(([name, some]) => [
    name,
    some?.map((row, i) => ({ ...row, generated: row.generated + (i % 3), solved: i % 4 > 0 })),
  ]);
  return { ...run, seed: 2, rows: Object.fromEntries(changed) as LengthRun['rows'] };
}

/** Results of the smoke study, measured and not made up; its models have learnt nothing. */
export function smokeResults(): StudyResults {
  return JSON.parse(readFileSync(new URL('./smoke-results.json', import.meta.url), 'utf8')) as StudyResults;
}

/** Swapped traces at four rates. */
export function fixtureOfRates(options: Omit<FixtureOptions, 'conditions'> = {}): StudyResults {
  return fixture({ ...options, conditions: ['solution-only', 'correct', 'swapped@0.25', 'swapped@0.5', 'swapped'] });
}

export interface FixtureOptions {
  readonly quality?: Quality;
  readonly seeds?: readonly number[];
  readonly conditions?: readonly Condition[];
}

export function fixture({
  quality = 'trained',
  seeds = [1],
  conditions = PAPER_CONDITIONS,
}: FixtureOptions = {}): StudyResults {
  const n = quality === 'trained' ? 1000 : 40;
  const runs = conditions.flatMap((condition) =>
    seeds.map((seed): ConditionResult => {
      const tokens = quality === 'undertrained' ? 240_000 : condition === 'solution-only' ? 17_032_410 : 27_031_200;
      const points = curve(condition, tokens, quality, seed);
      return {
        condition,
        seed,
        cell: `train-${condition}-seed${seed}-1044d4cb7e64`,
        test_cell: `test-${condition}-seed${seed}-7d1c0b2a9e55`,
        parameters: 453_024,
        steps: points[points.length - 1].step,
        tokens,
        train_seconds: quality === 'trained' ? 1423 : 14,
        evaluate_seconds: quality === 'trained' ? 212 : 4,
        curve: points,
        dev: dev(condition, tokens, quality, 200),
        training_verdict: judgeTraining(
          points,
          100,
          dev(condition, tokens, quality, 200).at(-1)?.plan_valid ?? proportion(0, 200),
        ),
        evaluation: GENERATORS.map((distribution) => summary(condition, distribution, n, quality, (seed - 2) * 0.012)),
        weights_sha256: 'a3'.repeat(32),
      };
    }),
  );
  const judged = runs.map((run) => ({
    condition: run.condition,
    seed: run.seed,
    undertrained: run.training_verdict.undertrained,
    improving: false,
    tokens: run.tokens,
    dev: run.dev.map(devRows),
    rows: Object.fromEntries(run.evaluation.map((s) => [s.distribution, judgedRows(s)])),
  }));
  const findings = decideFindings(judged);
  const doses = doseResponses(judged, GENERATORS);
  return {
    study: quality === 'trained' ? 'quick' : 'smoke',
    format: RESULTS_FORMAT,
    version: '0.1.0',
    config: {
      study: quality === 'trained' ? 'quick' : 'smoke',
      seeds: [...seeds],
      conditions: [...conditions],
      data: {
        domain: 'maze',
        generator: 'wilson',
        size: 6,
        train: 50_000,
        dev: 1000,
        test: n,
        test_in_distribution: n,
        distributions: [...GENERATORS],
        drunkard_coverage: 0.5,
        wall_jitter: 0,
        seed: 1,
      },
      model: {
        d_model: 96,
        n_layer: 4,
        n_head: 3,
        n_kv_head: 3,
        d_ff: 256,
        context: 1024,
        rope_base: 10_000,
        rms_norm_eps: 1e-6,
      },
      train: {
        epochs: 5,
        batch_tokens: 4096,
        lr: 2e-3,
        lr_min_ratio: 0.1,
        warmup_steps: 100,
        beta1: 0.9,
        beta2: 0.95,
        eps: 1e-8,
        weight_decay: 0.1,
        grad_clip: 1,
        init_std: 0.02,
        position_offset: 0,
        accumulators: 8,
        checkpoints: 8,
      },
      evaluate: { temperature: 0, dev_mazes: 200 },
      ...(quality === 'trained' && {
        rl: {
          ...RL_DEFAULTS,
          cap: 300,
          steps: 100,
          inner_epochs: 2,
          from: ['correct', 'swapped'],
          starts: ['last'],
          curve_mazes: 200,
          curve_prompts: 64,
        },
        interventions: {
          conditions: ['correct', 'swapped'],
          kinds: ['gold', 'swapped', 'other', 'early'],
          mazes: 300,
          distributions: ['wilson'],
        },
        information: { conditions: ['correct'], mazes: 40, events: 8, distributions: ['wilson'] },
      }),
    },
    config_hash: '5f'.repeat(32),
    result: '91'.repeat(32),
    finished: '2025-06-01T10:32:11Z',
    seconds: quality === 'trained' ? 4985 : 61,
    hardware: {
      cpu: 'AMD EPYC 7B13',
      cores: 2,
      memory_gib: 7.8,
      node: 'v26.10.0',
      kernel_path: 'revectorized',
      threads: 2,
    },
    dataset: {
      cell: 'data-5134e8ed9158',
      train: 33_656,
      dev: 1000,
      test: Object.fromEntries(GENERATORS.map((g) => [g, n])),
      train_tokens: 5_406_240,
      prompts: Object.fromEntries(
        GENERATORS.map((g, i) => [
          g,
          { mean: 65 - 3 * i, min: 65 - 4 * i, max: 65 - 2 * i, seen: proportion(i === 0 ? n : i, n) },
        ]),
      ),
    },
    conditions: runs,
    rules: RULES_VERSION,
    findings,
    left_out: [],
    ...(doses.length > 0 && { dose_response: doses }),
    samples: samples(),
    ...(quality === 'trained' && {
      rl: runs.filter(({ condition }) => condition === 'correct' || condition === 'swapped').map(rlResult),
      lengths: lengthResult(),
      interventions: [interventionResult()],
      information: [informationResult()],
      phase: phaseResult(runs),
    }),
  };
}
