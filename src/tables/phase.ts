// The phase diagram: what traces change, by size of the problem and training tokens, with the numbers of every training
// run.
import type { PhaseDifference } from '../analysis/phase.ts';
import { BASELINE, conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { Proportion } from '../base/statistics.ts';
import type { PhaseResult, StudyResults } from '../study/results.ts';
import { estimateCell, exactCell, numberCell, proportionCell, textCell } from './cells.ts';
import { intervalWordsOf } from './distributions.ts';
import { overSeeds } from './estimate.ts';
import { list, lowerFirst, magnitude, share, shareOfCounts, signedInterval, signedPoints } from './format.ts';
import { wordsOf } from './names.ts';
import { UNDERTRAINED_MARK } from './run-names.ts';
import { tableId } from './table.ts';
import type { Cell, Group, Table } from './table.ts';

/** The squares of one condition, and the two axes, ascending. */
export interface Diagram {
  readonly condition: Condition;
  readonly squares: readonly PhaseDifference[];
  readonly sizes: readonly number[];
  readonly tokens: readonly number[];
  readonly at: (size: number, tokens: number) => PhaseDifference;
}

/** One diagram a condition, in their order. */
export function diagramsOf({ differences }: PhaseResult): Diagram[] {
  return [...new Set(differences.map(({ condition }) => condition))].map((condition) => {
    const squares = differences.filter((each) => each.condition === condition);
    const axis = (of: (square: PhaseDifference) => number): number[] =>
      [...new Set(squares.map(of))].sort((a, b) => a - b);
    const at = (size: number, tokens: number): PhaseDifference => {
      const found = squares.find((square) => square.size === size && square.tokens === tokens);
      if (!found) throw new Error(`no square of ${size} and ${tokens}`);
      return found;
    };
    return { condition, squares, sizes: axis(({ size }) => size), tokens: axis(({ tokens }) => tokens), at };
  });
}

/** `Correct traces minus solution only`. */
export function diagramTitle(condition: Condition): string {
  return `${conditionLabel(condition)} minus ${lowerFirst(conditionLabel(BASELINE))}`;
}

/** `8×8`. */
export function sizeWords(size: number): string {
  return `${size}×${size}`;
}

/** A square's difference in points, marked where one of its models is undertrained. */
export function squareCell({ difference, interval: [low, high], n, undertrained }: PhaseDifference): Cell {
  const mark = undertrained.length > 0 ? { mark: UNDERTRAINED_MARK } : {};
  return { kind: 'difference', value: difference, low, high, n, ...mark };
}

/** One table for each condition: a row for each size, a column for each number of tokens. */
export function phaseDiagrams(results: StudyResults): Table[] {
  const { phase } = results;
  if (phase === undefined) return [];
  const { problems } = wordsOf(results);
  return diagramsOf(phase).map((diagram) => {
    const { condition, squares, sizes, tokens, at } = diagram;
    const group = (heading: string, metric: string, cell: (square: PhaseDifference) => Cell | null): Group => ({
      heading,
      about: { metric, condition },
      rows: sizes.map((size) => [textCell(sizeWords(size), { size }), ...tokens.map((count) => cell(at(size, count)))]),
    });
    const valid = (of: Condition): Group => ({
      ...group(`Valid plans: ${lowerFirst(conditionLabel(of))}`, 'plan_valid', (square) =>
        validCell(phase, square, of),
      ),
      about: { metric: 'plan_valid', condition: of },
    });
    return {
      id: tableId('phase', condition),
      title: `Phase diagram: ${lowerFirst(diagramTitle(condition))}`,
      caption: [
        `Valid plans by size and training tokens, on ${squares[0].n} test ${problems} of the same size, in ` +
          'distribution.',
        `Difference: points of valid plans on the same ${problems}, ${testWords(phase)}`,
        `${UNDERTRAINED_MARK}: a model of the square is undertrained.`,
        `Valid plans: ${intervalWordsOf(severalSeeds(phase))}.`,
        summaryOf(diagram),
        phaseLayoutsWords(phase),
      ].join(' '),
      columns: [{ label: 'Size' }, ...tokens.map((count) => ({ label: tokenWords(count), about: { tokens: count } }))],
      groups: [
        group('Difference, points', 'plan_valid_difference', squareCell),
        group('Holm p of the difference', 'p_holm', ({ p_holm }) => numberCell(p_holm, 'p')),
        valid(condition),
        valid(BASELINE),
      ],
    };
  });
}

/** A row for each training run. */
export function phaseRuns(results: StudyResults): Table[] {
  const { phase } = results;
  if (phase === undefined) return [];
  const { problems } = wordsOf(results);
  return [
    {
      id: 'phase-runs',
      title: 'Training runs of the phase diagram',
      caption:
        'Valid plans: percent, 95 % Wilson score interval in brackets, and count/n. Layouts seen in training: share ' +
        `of the test ${problems}.`,
      columns: [
        { label: 'Tokens' },
        { label: 'Trained on' },
        { label: 'Seed' },
        { label: 'Steps', about: { metric: 'steps' } },
        { label: 'Training', about: { metric: 'train_seconds' } },
        { label: 'Valid plans', about: { metric: 'plan_valid' } },
        { label: 'Undertrained' },
        { label: 'Layouts seen in training', about: { metric: 'layouts_seen' } },
      ],
      groups: sizesOf(phase).map((size) => ({
        heading: sizeWords(size),
        about: { size },
        rows: phase.runs
          .filter((run) => run.size === size)
          .map(({ tokens, condition, seed, steps, train_seconds, evaluation, training_verdict }) => [
            textCell(magnitude(tokens), { tokens }),
            textCell(conditionLabel(condition), { condition }),
            textCell(String(seed), { seed }),
            numberCell(steps, 'integer'),
            numberCell(train_seconds, 'seconds'),
            proportionCell(evaluation.plan_valid),
            textCell(training_verdict.undertrained ? 'yes' : 'no'),
            exactCell(evaluation.walls_seen),
          ]),
      })),
      compact: true,
    },
  ];
}

/** Valid plans of a square's condition, over its seeds. */
function validCell({ runs }: PhaseResult, { size, tokens }: PhaseDifference, condition: Condition): Cell | null {
  const seeds = runs
    .filter((run) => run.size === size && run.tokens === tokens && run.condition === condition)
    .map(({ seed, evaluation: { plan_valid } }) => ({ ...plan_valid, seed }));
  return estimateCell(overSeeds(seeds));
}

function tokenWords(tokens: number): string {
  return `${magnitude(tokens)} tokens`;
}

function sizesOf({ runs }: PhaseResult): number[] {
  return [...new Set(runs.map(({ size }) => size))].sort((a, b) => a - b);
}

function severalSeeds({ runs }: PhaseResult): boolean {
  return new Set(runs.map(({ seed }) => seed)).size > 1;
}

function testWords(phase: PhaseResult): string {
  return severalSeeds(phase)
    ? 'mean over seeds with an interval over problems and over seeds; p the larger of the exact sign-flip test over ' +
        'problems and the t test over seeds, Holm over all squares of the diagram.'
    : 'with Tango’s interval; p by the exact McNemar test, Holm over all squares of the diagram.';
}

/** The layouts of a size belong to the data: any run of the size has them. */
function layoutsSeenAt({ runs }: PhaseResult, size: number): Proportion {
  const found = runs.find((run) => run.size === size);
  if (found === undefined) throw new Error(`no run of size ${size}`);
  return found.evaluation.walls_seen;
}

/** The share of layouts seen at every size, and what it does to the axis where it is not the same everywhere. */
function phaseLayoutsWords(phase: PhaseResult): string {
  const seen = sizesOf(phase).map((size) => ({ size, layouts: layoutsSeenAt(phase, size) }));
  const confounded =
    new Set(seen.map(({ layouts }) => share(layouts))).size > 1
      ? '. The axis of sizes is also an axis of new layouts: the diagram does not separate size from newness'
      : '';
  return (
    'Test problems whose layout was seen in training: ' +
    `${list(seen.map(({ size, layouts }) => `${sizeWords(size)} ${shareOfCounts(layouts)}`))}${confounded}.`
  );
}

/**
 * In how many squares traces help and in how many they cost, at 0.05 after Holm; squares with an undertrained model
 * apart.
 */
function summaryOf({ squares }: Diagram): string {
  const learnt = squares.filter(({ undertrained }) => undertrained.length === 0);
  const decided = learnt.filter(({ p_holm }) => p_holm < 0.05);
  const name = ({ size, tokens }: PhaseDifference): string => `${sizeWords(size)} at ${magnitude(tokens)}`;
  const words = (some: readonly PhaseDifference[]): string =>
    `${some.length}${some.length === 0 ? '' : ` (${list(some.map(name))})`}`;
  const best = learnt.toSorted((a, b) => b.difference - a.difference).at(0);
  const highest =
    best === undefined
      ? ''
      : `; highest ${signedPoints(best.difference)} points ${signedInterval(best.interval)} at ${name(best)} tokens`;
  return (
    `Of ${squares.length} squares: above 0 in ${words(decided.filter(({ difference }) => difference > 0))}, below 0 ` +
    `in ${words(decided.filter(({ difference }) => difference < 0))}, undecided in ` +
    `${learnt.length - decided.length}; a model is undertrained in ` +
    `${words(squares.filter(({ undertrained }) => undertrained.length > 0))}${highest}.`
  );
}
