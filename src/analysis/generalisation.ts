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
    weigh: ([correct, swapped]) => weighGeneralisation(correct, swapped, setting),
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
  { out_of_distribution, matched }: Setting,
): Evidence | string {
  const on = (name: string): Compared[] => {
    const comparison = compare(correct, swapped, name);
    return comparison === null ? [] : [{ name, comparison }];
  };
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
    ...splitOf(far, control, matched?.far),
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

/** The lead on the far distribution: content is that on the matched one, position is the rest. */
function splitOf(far: readonly Compared[], control: Compared | undefined, name: string | undefined): FindingRow[] {
  const basis = far.find((each) => each.name === name);
  if (control === undefined || basis === undefined) return [];
  const position = differenceOfComparisons(basis.comparison, control.comparison);
  const beside = { p: null, p_holm: null };
  return [
    { ...row(control, null), label: `lead on ${basis.name}: content`, ...beside },
    { label: `lead on ${basis.name}: position`, ...leadOf(position), ...beside },
  ];
}

function row({ name, comparison }: Compared, p_holm: number | null): FindingRow {
  return { label: name, ...leadOf(comparison), p: comparison.p, p_holm };
}
