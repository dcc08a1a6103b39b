// F3: swapped generalises better than correct. It must also do so where prompts are as long as in training; the lead on
// the far distribution is split into a part of content and a part of position.
import { holm } from '../base/statistics.ts';
import { differenceOfComparisons } from './comparison.ts';
import type { PairedComparison } from './comparison.ts';
import { doubled, either, largestP, leadOf, shortP, signed, smallestP } from './evidence.ts';
import type { Evidence, FindingRow } from './evidence.ts';
import type { Claim, Setting } from './finding.ts';
import type { JudgedRun } from './judged-run.ts';
import { compare, NOTHING, twoSidedWords } from './rules.ts';
import { claimOf } from './runs.ts';

/** Swapped may be as much below correct. */
const MARGIN = 0.02;

interface Compared {
  readonly name: string;
  readonly comparison: PairedComparison;
}

/** F3 over all runs of correct and swapped: their difference on the far distributions that were tested. */
export function generalisationClaim(runs: readonly JudgedRun[], setting: Setting): Claim {
  const { tested, matched } = setting;
  return claimOf(runs, setting, {
    id: 'F3',
    statement:
      `Swapped generalises better: above correct on ${either(tested)}` +
      `${matched === null ? '' : `, and on ${matched.matched}`}; more than 2 points below on none`,
    conditions: ['correct', 'swapped'],
    test: (seeds) =>
      `above 0: ${twoSidedWords(setting)(seeds)}, Holm over the distributions; against -2 points: score test ` +
      `(Tango)${seeds > 1 ? ' and t test over seeds' : ''}`,
    weigh: ([correct, swapped]) =>
      weighGeneralisation(correct, swapped, { ...setting, baseline: beside(swapped, runs) }),
  });
}

/**
 * For: the largest p of three claims, which must all hold: above 0 on one far distribution (the smallest p of those
 * above, Holm), above 0 on the matched one, above -2 points on all (the largest p). Against: below -2 points on one of
 * all, Bonferroni, doubled.
 */
function weighGeneralisation(
  correct: readonly JudgedRun[],
  swapped: readonly JudgedRun[],
  { out_of_distribution, matched, baseline }: Setting & { readonly baseline: readonly JudgedRun[] },
): Evidence | string {
  const on = (name: string): Compared[] => comparedOn(name, correct, swapped);
  const far = out_of_distribution.flatMap(on);
  if (far.length === 0) return NOTHING;
  const control = matched === null ? undefined : on(matched.matched).at(0);
  const all = [...far, ...(control === undefined ? [] : [control])];
  const holmFar = holm(far.map(({ comparison }) => comparison.p));
  const above = far.flatMap((each, i) => (each.comparison.difference > 0 ? [{ ...each, p: holmFar[i] }] : []));
  const margins = all.map((each) => ({ ...each, p: each.comparison.above(-MARGIN) }));
  const isFor =
    above.length > 0 &&
    (control === undefined || control.comparison.difference > 0) &&
    all.every(({ comparison }) => comparison.difference > -MARGIN);
  const breaches = all.map((each) => ({ ...each, p: doubled(each.comparison.below(-MARGIN)) }));
  const decisive = isFor
    ? largestP([
        smallestP(above),
        ...(control === undefined ? [] : [{ ...control, p: control.comparison.p }]),
        largestP(margins),
      ])
    : smallestP(breaches);
  const untested = out_of_distribution.filter((name) => !far.some((each) => each.name === name));
  const rows = [
    ...far.map((each, i) => row(each, holmFar[i])),
    ...(control === undefined ? [] : [row(control, control.comparison.p)]),
    ...splitOf('lead', matched, on),
    ...splitOf('lead over solution-only', matched, (name) => comparedOn(name, baseline, swapped)),
  ];
  return {
    ...leadOf(decisive.comparison),
    direction: isFor ? 'for' : 'against',
    p: isFor ? decisive.p : Math.min(1, all.length * decisive.p),
    ...(control === undefined && { open: openWords(matched) }),
    combined: isFor
      ? 'the largest p of its claims, as all must hold'
      : `the smallest p of ${all.length} parts times ${all.length} (Bonferroni), as one breach is enough; doubled, ` +
        'as its side is read off the data',
    rows,
    detail: () =>
      'swapped minus correct, points: ' +
      `${margins
        .map(({ name, comparison, p }) => `${name} ${signed(100 * comparison.difference)} (above -2: ${shortP(p)})`)
        .join(', ')}${untested.length > 0 ? `; not tested on ${untested.join(', ')}` : ''}; shown: ${decisive.name}`,
  };
}

function openWords(matched: Setting['matched']): string {
  return matched === null
    ? 'this domain has no distribution whose prompts are as long as in training'
    : `${matched.matched} was not tested, whose prompts are as long as in training`;
}

/** The runs of solution-only with the seeds of the swapped ones; none where a seed has no such run. */
function beside(swapped: readonly JudgedRun[], runs: readonly JudgedRun[]): readonly JudgedRun[] {
  const found = swapped.flatMap(
    ({ seed }) => runs.find((run) => run.condition === 'solution-only' && run.seed === seed) ?? [],
  );
  return found.length === swapped.length ? found : [];
}

/** Swapped minus the others; none where they have no completions. */
function comparedOn(name: string, others: readonly JudgedRun[], swapped: readonly JudgedRun[]): Compared[] {
  const comparison = others.length === 0 ? null : compare(others, swapped, name);
  return comparison === null ? [] : [{ name, comparison }];
}

/** The lead on the far distribution: content is that on the matched one, position is the rest. Decides nothing. */
function splitOf(lead: string, matched: Setting['matched'], on: (name: string) => readonly Compared[]): FindingRow[] {
  if (matched === null) return [];
  const basis = on(matched.far).at(0);
  const control = on(matched.matched).at(0);
  if (basis === undefined || control === undefined) return [];
  const position = differenceOfComparisons(basis.comparison, control.comparison);
  const part = (name: string, of: ReturnType<typeof leadOf>): FindingRow => ({
    label: `${lead} on ${basis.name}: ${name}`,
    ...of,
    p: null,
    p_holm: null,
  });
  return [part('content', leadOf(control.comparison)), part('position', leadOf(position))];
}

function row({ name, comparison }: Compared, p_holm: number | null): FindingRow {
  return { label: name, ...leadOf(comparison), p: comparison.p, p_holm };
}
