// The phase diagram: what traces change, by size of the problem, layers of the model and training tokens, with the
// numbers of every training run.
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

/** A row of a diagram: models with one number of layers on problems of one size. */
export interface DiagramRow {
  readonly size: number;
  readonly layers: number;
  readonly words: string;
}

/** The squares of one condition, and the axes, ascending. */
export interface Diagram {
  readonly condition: Condition;
  readonly squares: readonly PhaseDifference[];
  readonly layers: readonly number[];
  readonly tokens: readonly number[];
  /** By layers, then by size. */
  readonly rows: readonly DiagramRow[];
  readonly at: (row: DiagramRow, tokens: number) => PhaseDifference;
}

/** One diagram a condition, in their order. */
export function diagramsOf({ differences }: PhaseResult): Diagram[] {
  return [...new Set(differences.map(({ condition }) => condition))].map((condition) => {
    const squares = differences.filter((each) => each.condition === condition);
    const at = ({ size, layers, words }: DiagramRow, tokens: number): PhaseDifference => {
      const found = squares.find((each) => each.size === size && each.layers === layers && each.tokens === tokens);
      if (!found) throw new Error(`no square of ${words} and ${tokens}`);
      return found;
    };
    return {
      condition,
      squares,
      layers: ascending(squares.map(({ layers }) => layers)),
      tokens: ascending(squares.map(({ tokens }) => tokens)),
      rows: rowsOf(squares),
      at,
    };
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

/** `2 layers`. */
export function layersWords(layers: number): string {
  return `${layers} ${layers === 1 ? 'layer' : 'layers'}`;
}

/** Whether a diagram has an axis of layers. */
export function hasLayers(models: readonly { readonly layers: number }[]): boolean {
  return models.some(({ layers }) => layers !== models[0].layers);
}

/** A square's difference in points, marked where one of its models is undertrained. */
export function squareCell({ difference, interval: [low, high], n, undertrained }: PhaseDifference): Cell {
  const mark = undertrained.length > 0 ? { mark: UNDERTRAINED_MARK } : {};
  return { kind: 'difference', value: difference, low, high, n, ...mark };
}

/** One table for each condition: a row for each size and number of layers, a column for each number of tokens. */
export function phaseDiagrams(results: StudyResults): Table[] {
  const { phase } = results;
  if (phase === undefined) return [];
  const { problems } = wordsOf(results);
  return diagramsOf(phase).map((diagram) => {
    const { condition, squares, rows, tokens, at } = diagram;
    const axes = hasLayers(squares) ? 'size, layers' : 'size';
    const group = (heading: string, metric: string, cell: (square: PhaseDifference) => Cell | null): Group => ({
      heading,
      about: { metric, condition },
      rows: rows.map((row) => [
        textCell(row.words, { size: row.size, layers: row.layers }),
        ...tokens.map((count) => cell(at(row, count))),
      ]),
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
        `Valid plans by ${axes} and training tokens, on ${squares[0].n} test ${problems} of the same size, in ` +
          'distribution.',
        `Difference: points of valid plans on the same ${problems}, ${testWords(phase)}`,
        `${UNDERTRAINED_MARK}: a model of the square is undertrained.`,
        `Valid plans: ${intervalWordsOf(severalSeeds(phase))}.`,
        summaryOf(diagram),
        phaseLayoutsWords(phase),
      ].join(' '),
      columns: [
        { label: hasLayers(squares) ? 'Size and layers' : 'Size' },
        ...tokens.map((count) => ({ label: tokenWords(count), about: { tokens: count } })),
      ],
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
      groups: rowsOf(phase.runs).map(({ size, layers, words }) => ({
        heading: words,
        about: { size, layers },
        rows: phase.runs
          .filter((run) => run.size === size && run.layers === layers)
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
function validCell({ runs }: PhaseResult, square: PhaseDifference, condition: Condition): Cell | null {
  const { size, layers, tokens } = square;
  const seeds = runs
    .filter((run) => run.size === size && run.layers === layers && run.tokens === tokens)
    .filter((run) => run.condition === condition)
    .map(({ seed, evaluation: { plan_valid } }) => ({ ...plan_valid, seed }));
  return estimateCell(overSeeds(seeds));
}

function tokenWords(tokens: number): string {
  return `${magnitude(tokens)} tokens`;
}

/** The layers are named where there are several numbers of them. */
function rowsOf(models: readonly { readonly size: number; readonly layers: number }[]): DiagramRow[] {
  const named = hasLayers(models);
  return ascending(models.map(({ layers }) => layers)).flatMap((layers) =>
    ascending(models.map(({ size }) => size)).map((size) => ({
      size,
      layers,
      words: named ? `${sizeWords(size)}, ${layersWords(layers)}` : sizeWords(size),
    })),
  );
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
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
  const seen = ascending(phase.runs.map(({ size }) => size)).map((size) => ({
    size,
    layouts: layoutsSeenAt(phase, size),
  }));
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
  const named = hasLayers(squares);
  const name = ({ size, layers, tokens }: PhaseDifference): string =>
    `${sizeWords(size)}${named ? ` with ${layersWords(layers)}` : ''} at ${magnitude(tokens)}`;
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
