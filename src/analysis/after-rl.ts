// F4: reinforcement learning raises plan validity and does not raise trace validity. Completions of the same mazes
// before and after it, per starting model and seed.
import { holm } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName, Verdict } from '../domain/types.ts';
import { comparePairs, mean } from './comparison.ts';
import type { PairedComparison } from './comparison.ts';
import { combinedWords, doubled, largestP, leadOf, shortP, signed, smallestP } from './evidence.ts';
import type { Evidence, FindingRow } from './evidence.ts';
import type { Claim, Setting } from './finding.ts';
import type { RlRun } from './judged-run.ts';
import { NOTHING, twoSidedWords } from './rules.ts';
import { seedsOf } from './runs.ts';

/** Largest rise of trace validity that counts as "does not raise". */
const TRACE_MARGIN = 0.05;
/** Strictly valid traces before: with fewer or more, a rise of them is not to be seen. */
const HEADROOM = [0.3, 0.8] as const;
/** Starting conditions that F4 is about. */
const RL_CONDITIONS: readonly Condition[] = ['correct', 'swapped'];

export const F4_STATEMENT =
  'Reinforcement learning raises plan validity in distribution and does not raise trace validity (strict) by 5 points';

/** One of the claims that F4 is made of, about one starting model. */
interface Part {
  readonly label: string;
  readonly comparison: PairedComparison;
  readonly holds: boolean;
  /** In the direction that the data point to. */
  readonly p: number;
}

/** F4 over all runs of reinforcement learning: plans before and after, and traces from starts with headroom. */
export function afterRlClaim(runs: readonly RlRun[], setting: Setting): Claim {
  const used = runs.filter(({ condition }) => RL_CONDITIONS.includes(condition));
  const seeds = seedsOf(used);
  return {
    id: 'F4',
    statement: F4_STATEMENT,
    used,
    seeds,
    test:
      `plans: ${twoSidedWords(setting)(seeds.length)}; traces, from starts with 30 to 80 % strictly valid ones: ` +
      `score test at +5 points (Tango)${seeds.length > 1 ? ' and t test over seeds' : ''}, doubled`,
    mazes: used[0]?.after[setting.in_distribution]?.length ?? 0,
    weigh: (some) =>
      used.length === 0
        ? `this study has no reinforcement learning from ${RL_CONDITIONS.join(' or ')}`
        : weighAfterRl(
            used.filter(({ seed }) => some.includes(seed)),
            setting.in_distribution,
          ),
  };
}

/**
 * Supported when from every start that was run plans rise above 0 (two-sided), and from every start with headroom
 * strictly valid traces of all completions rise by less than 5 points: all must hold, so the largest p decides. Against
 * it one clear breach is enough: the smallest p, times the number of parts (Bonferroni).
 */
function weighAfterRl(runs: readonly RlRun[], distribution: GeneratorName): Evidence | string {
  const starts = RL_CONDITIONS.flatMap((condition) =>
    (['last', 'early'] as const).map((start) => ({
      label: start === 'last' ? condition : `${condition}, early`,
      runs: runs.filter((run) => run.condition === condition && run.start === start),
    })),
  );
  const weighed = starts.flatMap(({ label, runs: some }) => startOf(label, some, distribution));
  const parts = weighed.flatMap((start) => start.parts);
  if (parts.length === 0) return NOTHING;
  const broken = parts.filter(({ holds }) => !holds);
  const direction = broken.length === 0 ? 'for' : 'against';
  const decisive = direction === 'for' ? largestP(parts) : smallestP(broken);
  const adjusted = holm(parts.map(({ p }) => p));
  const without = weighed.filter(({ headroom }) => !headroom);
  return {
    ...leadOf(decisive.comparison),
    direction,
    p: direction === 'for' ? decisive.p : Math.min(1, parts.length * decisive.p),
    ...(without.length === weighed.length && {
      open: 'no start has headroom: none has 30 to 80 % strictly valid traces',
    }),
    combined: combinedWords(direction, parts.length),
    rows: [
      ...parts.map((part, i): FindingRow => ({ ...rowOf(part), p: part.p, p_holm: adjusted[i] })),
      ...without.map(({ traces }): FindingRow => ({
        ...rowOf({ ...traces, label: `${traces.label} (no headroom)` }),
        p: null,
        p_holm: null,
      })),
    ],
    detail: () =>
      'after minus before, points: ' +
      `${parts
        .map(({ label, comparison, p }) => `${label} ${signed(100 * comparison.difference)} (${shortP(p)})`)
        .join(', ')}; plans against 0, strictly valid traces of all completions against +5` +
      `${without.map(headroomWords).join('')}; shown: ${decisive.label}`,
  };
}

function headroomWords({ label, share }: Start): string {
  return `; no headroom from ${label}: ${(100 * share).toFixed(1)} % strictly valid traces`;
}

interface Start {
  readonly label: string;
  /** Strictly valid traces before, mean over seeds. */
  readonly share: number;
  readonly headroom: boolean;
  readonly traces: Pick<Part, 'label' | 'comparison'>;
  /** Plans, and traces where there is headroom. */
  readonly parts: readonly Part[];
}

function startOf(label: string, runs: readonly RlRun[], distribution: GeneratorName): Start[] {
  const pairs = runs.map(({ seed, before, after }) => ({
    seed,
    first: before[distribution] ?? [],
    second: after[distribution] ?? [],
  }));
  if (pairs.every(({ first, second }) => first.length === 0 && second.length === 0)) return [];
  const plans = comparePairs(pairs, ({ plan }: Verdict) => plan.valid);
  const isStrict = ({ strict }: Verdict): boolean => strict.valid;
  const traces = { label: `${label}, traces`, comparison: comparePairs(pairs, isStrict) };
  const shares = pairs.map(
    ({ first }) => first.filter(({ verdict }) => isStrict(verdict)).length / Math.max(1, first.length),
  );
  const share = mean(shares);
  const headroom = share >= HEADROOM[0] && share <= HEADROOM[1];
  const { comparison } = traces;
  const holds = comparison.difference < TRACE_MARGIN;
  const p = doubled(holds ? comparison.below(TRACE_MARGIN) : comparison.above(TRACE_MARGIN));
  return [
    {
      label,
      share,
      headroom,
      traces,
      parts: [
        { label: `${label}, plans`, comparison: plans, holds: plans.difference > 0, p: plans.p },
        ...(headroom ? [{ ...traces, holds, p }] : []),
      ],
    },
  ];
}

function rowOf({ label, comparison }: Pick<Part, 'label' | 'comparison'>) {
  return { label, ...leadOf(comparison) };
}
