// Interventions as terminal tables: per distribution what the model does by itself, and one line an intervention.
import type { Proportion } from '../base/statistics.ts';
import type { DistributionInterventions, InterventionSummary } from '../evaluation/intervention-summary.ts';
import { counts, distributionLabel, integer, interval, percent, pValue } from '../tables/format.ts';
import { alignColumns, printable, wrap } from '../render/terminal-text.ts';

const WIDTH = 80;

export function interventionsText(distributions: readonly DistributionInterventions[]): string {
  return printable(distributions.map((one) => `${block(one).join('\n')}\n`).join('\n'));
}

function block({ distribution, own, interventions }: DistributionInterventions): string[] {
  const conflicts = interventions.filter(
    ({ conflict_plan_valid, begins_at_trace_start }) => conflict_plan_valid.n > 0 || begins_at_trace_start.n > 0,
  );
  return [
    ...wrap(
      `${distributionLabel(distribution)}: without intervention ${withInterval(own.plan_valid)} % valid plans, ` +
        `${counts(own.plan_valid)}; mean plan ${own.mean_plan_cells.toFixed(1)} cells, mean trace ` +
        `${own.mean_events.toFixed(1)} events`,
      WIDTH,
    ),
    ...wrap(
      'valid: % of n with a valid plan [95 % Wilson score interval]; change: points of it against no ' +
        'intervention, same mazes [95 %]',
      WIDTH,
      2,
    ),
    ...alignColumns([['', 'n', 'valid', 'change', 'Holm p'], ...interventions.map(changeRow)], 'right', WIDTH),
    ...wrap(
      'own: % of n with the same plan as without; follows: plan is the path that the forced trace spells, % of ' +
        'the mazes where it spells one, count/n; cut: % of n truncated',
      WIDTH,
      2,
    ),
    ...alignColumns([['', 'own', 'follows', '', 'cut'], ...interventions.map(planRow)], 'right', WIDTH),
    ...(conflicts.length === 0
      ? []
      : [
          ...wrap(
            'against the maze: % of the n mazes where that path is no valid plan: follows: plan is the path all ' +
              "the same; valid: plan is valid instead; starts: plan begins at the trace's start, % of the n mazes " +
              "where that is not the maze's",
            WIDTH,
            2,
          ),
          ...alignColumns(
            [['', 'n', 'follows', 'valid', 'n', 'starts'], ...conflicts.map(conflictRow)],
            'right',
            WIDTH,
          ),
        ]),
    ...leftOut(interventions),
  ];
}

function changeRow({ intervention, n, plan_valid, compared }: InterventionSummary): string[] {
  const signed = (share: number): string => `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)}`;
  return [
    `  ${intervention}`,
    integer(n),
    withInterval(plan_valid),
    n === 0 ? '-' : `${signed(compared.difference)} [${signed(compared.interval[0])}, ${signed(compared.interval[1])}]`,
    n === 0 ? '-' : pValue(compared.p_holm),
  ];
}

function planRow({ intervention, plan_is_own, follows_trace, truncated }: InterventionSummary): string[] {
  return [
    `  ${intervention}`,
    withInterval(plan_is_own),
    withInterval(follows_trace),
    follows_trace.n === 0 ? '' : counts(follows_trace),
    withInterval(truncated),
  ];
}

function conflictRow({
  intervention,
  conflict_follows_trace,
  conflict_plan_valid,
  begins_at_trace_start,
}: InterventionSummary): string[] {
  return [
    `  ${intervention}`,
    integer(conflict_plan_valid.n),
    withInterval(conflict_follows_trace),
    withInterval(conflict_plan_valid),
    integer(begins_at_trace_start.n),
    withInterval(begins_at_trace_start),
  ];
}

/** Names what was not run, and why. */
function leftOut(interventions: readonly InterventionSummary[]): string[] {
  const parts = interventions.flatMap(({ intervention, no_room, not_applicable }) => [
    ...(no_room > 0 ? [`${intervention} ${integer(no_room)} (no room for a plan in the context)`] : []),
    ...(not_applicable > 0
      ? [`${intervention} ${integer(not_applicable)} (own trace too short, or a word unknown)`]
      : []),
  ]);
  return parts.length === 0 ? [] : wrap(`left out: ${parts.join(', ')}`, WIDTH, 2);
}

function withInterval({ count, n, low, high }: Proportion): string {
  return n === 0 ? '-' : `${percent(count / n)} ${interval(low, high)}`;
}
