// Forced traces in the terminal: every share with its interval and what it is a share of, in lines that a terminal
// holds.
import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/base/statistics.ts';
import { interventionsText } from '../../src/cli/interventions-text.ts';
import type { DistributionInterventions, InterventionSummary } from '../../src/evaluation/intervention-summary.ts';
import { INTERVENTION_FAMILIES } from '../../src/evaluation/interventions.ts';
import { interventionSummary as summary } from '../report/fixture-later.ts';

const swapped: InterventionSummary = {
  ...summary('swapped', 2),
  plan_is_own: proportion(4, 40),
  conflict_follows_trace: proportion(21, 30),
  conflict_plan_valid: proportion(3, 30),
  begins_at_trace_start: proportion(24, 28),
  truncated: proportion(5, 40),
};

function text(interventions: readonly InterventionSummary[]): string {
  const one: DistributionInterventions = {
    distribution: 'wilson',
    own: { n: 40, plan_valid: proportion(30, 40), mean_plan_cells: 6.5, mean_events: 12 },
    interventions,
  };
  return interventionsText([one]);
}

describe('forced traces in the terminal', () => {
  it('tells every share with its interval, and of how many', () => {
    const lines = text([swapped]);
    expect(lines).toMatch(/^ {2}swapped +40 +5\.0 \[1\.4, 16\.5\] +-10\.0 \[[-+\d.]+, [-+\d.]+\] +0\.438$/m);
    expect(lines).toMatch(/^ {2}swapped +10\.0 \[4\.0, 23\.1\] +42\.9 \[15\.8, 75\.0\] +3\/7 +12\.5 \[5\.5, 26\.1\]$/m);
    expect(lines).toMatch(
      /^ {2}swapped +30 +70\.0 \[52\.1, 83\.3\] +10\.0 \[3\.5, 25\.6\] +28 +85\.7 \[68\.5, 94\.3\]$/m,
    );
    expect(lines).not.toMatch(/\d\/\d+ +\d+\/\d/);
  });

  it('leaves out the part against the maze where no forced trace contradicts it', () => {
    expect(text([summary('gold', 33)])).not.toContain('against the maze');
    const both = text([summary('gold', 33), swapped])
      .split('against the maze')[1]
      .split('left out')[0];
    expect(both).toContain('swapped');
    expect(both).not.toContain('gold');
  });

  it('early answering keeps records, which need not be events; the mean length of a trace is in events', () => {
    expect(text([swapped]).replace(/\s+/g, ' ')).toContain('mean trace 12.0 events');
  });

  it('fits a terminal of 80 columns with every intervention', () => {
    const all = Object.values(INTERVENTION_FAMILIES)
      .flat()
      .map((intervention) => ({ ...swapped, intervention, plan_valid: proportion(40, 40) }));
    const lines = text([...all, { ...summary('early@64', 0, 0), follows_trace: proportion(0, 0) }]).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.join('\n')).not.toMatch(/NaN|undefined|Infinity/);
  });
});
