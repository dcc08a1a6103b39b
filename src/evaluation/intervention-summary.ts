// From forced completions to counts: does the plan stay valid, and does it follow the forced trace or the maze? Pure;
// every number keeps its denominator, and every intervention is compared with the un-intervened completions of the same
// mazes.
import { canonicalJson, sha256 } from '../base/hash.ts';
import { holm, mcnemarExact, pairedInterval, proportion } from '../base/statistics.ts';
import type { Interval, Proportion } from '../base/statistics.ts';
import { parseCompletion, parsePrompt } from '../domain/maze/grammar.ts';
import type { Cell, Problem } from '../domain/maze/types.ts';
import type { Example, GeneratorName, Verdict } from '../domain/types.ts';
import { countEvents, parseCompletionLeniently } from '../domain/maze/verdict/parse.ts';
import { judgePlan } from '../domain/maze/verdict/plan.ts';
import { impliedPath, samePath, traceStart } from './implied-path.ts';

/**
 * One line of forced-<distribution>-<intervention>.jsonl, in the order of the test file; the un-intervened ones have
 * the name `own`.
 */
export type ForcedRow =
  | {
      readonly id: string;
      /** Words that were given behind the prompt; empty for `own`. */
      readonly forced: string;
      /** Forced words and what the model wrote behind them. */
      readonly completion: string;
      readonly truncated: boolean;
      readonly verdict: Verdict;
    }
  | {
      readonly id: string;
      /**
       * `no_room`: a plan would not fit into the context behind it. `not_applicable`: the model's own trace is too
       * short, or a trace holds a word that is not in the model's vocabulary.
       */
      readonly left_out: 'no_room' | 'not_applicable';
    };

/** Plan validity with the intervention minus without, on the same mazes. */
export interface PairedWithOwn {
  /** Mazes whose plan is valid only without, only with the intervention. */
  readonly own_only: number;
  readonly forced_only: number;
  /** In [-1, 1]; Tango's interval at 95 %. */
  readonly difference: number;
  readonly interval: Interval;
  /**
   * Exact McNemar, two-sided; Holm over the interventions of the distribution, those of the same texts counted once,
   * those without a maze not at all.
   */
  readonly p: number;
  readonly p_holm: number;
}

export interface InterventionSummary {
  readonly intervention: string;
  readonly n: number;
  readonly no_room: number;
  readonly not_applicable: number;
  readonly plan_valid: Proportion;
  /** The plan is the gold plan, cell by cell. */
  readonly plan_is_gold: Proportion;
  /** The plan is the one that the model wrote without intervention. */
  readonly plan_is_own: Proportion;
  /** The plan is the path that the forced trace spells; of the mazes where it spells one. */
  readonly follows_trace: Proportion;
  /** The same, and valid plans, only where that path is no valid plan of this maze: here a plan cannot follow both. */
  readonly conflict_follows_trace: Proportion;
  readonly conflict_plan_valid: Proportion;
  /** The plan begins where the forced trace begins; of those where that is not the maze's start. */
  readonly begins_at_trace_start: Proportion;
  readonly truncated: Proportion;
  readonly mean_plan_cells: number;
  readonly mean_events: number;
  readonly compared: PairedWithOwn;
}

/** All interventions on the mazes of one distribution. */
export interface DistributionInterventions {
  readonly distribution: GeneratorName;
  /** Without intervention. */
  readonly own: {
    readonly n: number;
    readonly plan_valid: Proportion;
    readonly mean_plan_cells: number;
    readonly mean_events: number;
  };
  readonly interventions: readonly InterventionSummary[];
}

/**
 * @param examples with gold completions
 * @param own one row a maze
 * @param forced rows by the intervention's name, one a maze
 */
export function summarizeInterventions(
  distribution: GeneratorName,
  examples: readonly Example[],
  own: readonly ForcedRow[],
  forced: ReadonlyMap<string, readonly ForcedRow[]>,
): DistributionInterventions {
  const gold = examples.map(({ completion, size }) => parseCompletion(completion, size).plan);
  const problems = examples.map(({ prompt, size, generator }) => parsePrompt(prompt, size, generator));
  const without = own.map(judgedPlan);
  const written = without.flatMap((row) => (row === null ? [] : [row]));
  const summaries = [...forced].map(([intervention, rows]) =>
    summarizeOne(intervention, problems, gold, without, rows),
  );
  // Interventions that force the same texts, as empty and early@0, are one comparison; those without a maze are none.
  const texts = [...forced.values()].map((rows) =>
    sha256(canonicalJson(rows.map((row) => ('left_out' in row ? null : row.forced)))),
  );
  const compared = [
    ...new Map(summaries.flatMap(({ n, compared: { p } }, i) => (n === 0 ? [] : [[texts[i], p] as const]))),
  ];
  const adjusted = holm(compared.map(([, p]) => p));
  const adjustedOf = new Map(compared.map(([text], i) => [text, adjusted[i]]));
  return {
    distribution,
    own: {
      n: written.length,
      plan_valid: proportion(written.filter(({ valid }) => valid).length, written.length),
      mean_plan_cells: mean(written.map(({ plan }) => plan.length)),
      mean_events: mean(written.map(({ events }) => events)),
    },
    interventions: summaries.map((summary, i) => ({
      ...summary,
      compared: { ...summary.compared, p_holm: summary.n === 0 ? 1 : (adjustedOf.get(texts[i]) ?? 1) },
    })),
  };
}

interface JudgedPlan {
  readonly plan: readonly Cell[];
  readonly valid: boolean;
  readonly truncated: boolean;
  /** Well-formed ones, as trace lengths count them: stray words are none. */
  readonly events: number;
}

function judgedPlan(row: ForcedRow): JudgedPlan | null {
  if ('left_out' in row) return null;
  const { body, plan } = parseCompletionLeniently(row.completion);
  return { plan, valid: row.verdict.plan.valid, truncated: row.truncated, events: countEvents(body) };
}

function summarizeOne(
  intervention: string,
  problems: readonly Problem[],
  gold: readonly (readonly Cell[])[],
  own: readonly (JudgedPlan | null)[],
  rows: readonly ForcedRow[],
): InterventionSummary {
  const mazes = rows.flatMap((row, i) => {
    const judged = judgedPlan(row);
    const before = own[i];
    if (judged === null || before === null || 'left_out' in row) return [];
    // What the model itself wrote behind a forced beginning is no forced trace.
    const { body } = parseCompletionLeniently(row.forced);
    const implied = impliedPath(body);
    const start = traceStart(body);
    return [
      {
        ...judged,
        before,
        isGold: samePath(judged.plan, gold[i]),
        isOwn: judged.plan.length > 0 && samePath(judged.plan, before.plan),
        follows: implied === null ? null : samePath(judged.plan, implied),
        isConflict: implied !== null && !judgePlan(problems[i], implied, null).valid,
        begins:
          start === null || samePath([start], gold[i].slice(0, 1)) ? null : samePath([start], judged.plan.slice(0, 1)),
      },
    ];
  });
  const n = mazes.length;
  const count = (holds: (maze: (typeof mazes)[number]) => boolean | null): number =>
    mazes.filter((maze) => holds(maze) === true).length;
  const conflicts = count(({ isConflict }) => isConflict);
  const own_only = count(({ valid, before }) => before.valid && !valid);
  const forced_only = count(({ valid, before }) => valid && !before.valid);
  return {
    intervention,
    n,
    no_room: rows.filter((row) => 'left_out' in row && row.left_out === 'no_room').length,
    not_applicable: rows.filter((row) => 'left_out' in row && row.left_out === 'not_applicable').length,
    plan_valid: proportion(
      count(({ valid }) => valid),
      n,
    ),
    plan_is_gold: proportion(
      count(({ isGold }) => isGold),
      n,
    ),
    plan_is_own: proportion(
      count(({ isOwn }) => isOwn),
      n,
    ),
    follows_trace: proportion(
      count(({ follows }) => follows),
      count(({ follows }) => follows !== null),
    ),
    conflict_follows_trace: proportion(
      count(({ isConflict, follows }) => isConflict && follows),
      conflicts,
    ),
    conflict_plan_valid: proportion(
      count(({ isConflict, valid }) => isConflict && valid),
      conflicts,
    ),
    begins_at_trace_start: proportion(
      count(({ begins }) => begins),
      count(({ begins }) => begins !== null),
    ),
    truncated: proportion(
      count(({ truncated }) => truncated),
      n,
    ),
    mean_plan_cells: mean(mazes.map(({ plan }) => plan.length)),
    mean_events: mean(mazes.map(({ events }) => events)),
    compared: {
      own_only,
      forced_only,
      difference: n === 0 ? 0 : (forced_only - own_only) / n,
      interval: pairedInterval(own_only, forced_only, n),
      p: mcnemarExact(own_only, forced_only),
      p_holm: 1,
    },
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
