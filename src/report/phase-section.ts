// The phase diagram of a report: where traces pay, by size and training tokens, one heat map a condition, and the
// numbers of every square.
import type { TopLevelSpec } from 'vega-lite';
import type { PhaseDifference } from '../analysis/phase.ts';
import type { Proportion } from '../base/statistics.ts';
import { BASELINE, conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { PhaseResult, PhaseRunResult } from '../study/results.ts';
import { chart, figure } from './charts.ts';
import { CHART_WIDTH } from '../tables/figure-size.ts';
import { overSeeds } from '../tables/estimate.ts';
import {
  duration,
  integer,
  interval,
  list,
  lowerFirst,
  magnitude,
  percent,
  pValue,
  share,
  shareOfCounts,
  signedInterval,
  signedPoints,
} from '../tables/format.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { FURNITURE, SIGNS } from '../tables/palette.ts';
import { UNDERTRAINED_MARK } from '../tables/run-names.ts';
import { proportionCell, scrollTable, wallsSeenCell } from './table.ts';

const SQUARE = { width: 96, height: 58 };
/** Of the fill of a difference of 100 points; weaker than the text on it. */
const STRONGEST = 0.55;

export function differenceWords({ difference, undertrained }: PhaseDifference): string {
  return `${signedPoints(difference)}${undertrained.length > 0 ? UNDERTRAINED_MARK : ''}`;
}

export function intervalWords({ interval }: PhaseDifference): string {
  return signedInterval(interval);
}

/** `8×8`. */
export function sizeWords(size: number): string {
  return `${size}×${size}`;
}

/** The squares of one condition, and the two axes, ascending. */
interface Diagram {
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

/** @param problems of the domain, in the plural */
export async function phaseBody(phase: PhaseResult, problems: string): Promise<Html> {
  const diagrams = diagramsOf(phase);
  const maps = await Promise.all(
    diagrams.map(async (diagram) =>
      figure(
        await heatMap(diagram),
        `${conditionLabel(diagram.condition)} minus ${lowerFirst(conditionLabel(BASELINE))}`,
        `points of plan validity on ${integer(diagram.squares[0].n)} test ${problems} of the same size, in ` +
          'distribution',
      ),
    ),
  );
  return html`<p>The same recipe at other sizes and with other numbers of training tokens. Every square is a training run with traces and one without, both of so many tokens (so the one without sees each example more often), tested on the same ${problems}. Above 0 traces pay. ${UNDERTRAINED_MARK} marks a square in which a model is undertrained: it tells what so many tokens buy, not what traces are worth to a model that has learnt. ${phaseWallsWords(phase)}</p>
<div class="charts">${join(maps)}</div>${phaseTable(phase)}`;
}

async function heatMap({ condition, squares, ...axes }: Diagram): Promise<Html> {
  const values = squares.map((square) => ({
    size: sizeWords(square.size),
    tokens: magnitude(square.tokens),
    difference: square.difference,
    number: differenceWords(square),
    interval: intervalWords(square),
    above: square.difference >= 0,
    strength: STRONGEST * Math.abs(square.difference),
  }));
  const sizes = axes.sizes.toReversed().map(sizeWords);
  const tokens = axes.tokens.map(magnitude);
  const x = {
    field: 'tokens',
    type: 'ordinal',
    scale: { domain: tokens, padding: 0.04 },
    title: 'training tokens',
    axis: { labelAngle: 0, ticks: false, domain: false },
  };
  const y = {
    field: 'size',
    type: 'ordinal',
    scale: { domain: sizes, padding: 0.04 },
    title: 'size',
    axis: { ticks: false, domain: false },
  };
  const text = (field: string, dy: number, fontSize: number) => ({
    mark: { type: 'text', dy, fontSize, color: FURNITURE.text.light },
    encoding: { x, y, text: { field } },
  });
  const specification = {
    width: Math.min(CHART_WIDTH, SQUARE.width * tokens.length + 60),
    height: SQUARE.height * sizes.length + 50,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    layer: [
      { mark: { type: 'rect', stroke: FURNITURE.rule.light, strokeWidth: 1, fillOpacity: 0 }, encoding: { x, y } },
      ...[true, false].map((above) => ({
        transform: [{ filter: `datum.above === ${above}` }],
        mark: { type: 'rect', fill: (above ? SIGNS.above : SIGNS.below).light },
        encoding: {
          x,
          y,
          fillOpacity: {
            field: 'strength',
            type: 'quantitative',
            scale: { domain: [0, 1], range: [0, 1] },
            legend: null,
          },
        },
      })),
      text('number', -6, 14),
      text('interval', 11, 10),
    ],
  };
  const spoken = squares.map(
    (square) =>
      `${sizeWords(square.size)}, ${magnitude(square.tokens)} tokens: ${differenceWords(square)} ` +
      `${intervalWords(square)}`,
  );
  return chart(
    specification as unknown as TopLevelSpec,
    `${conditionLabel(condition)} minus ${lowerFirst(conditionLabel(BASELINE))}, points with 95 % interval; ` +
      `${spoken.join('; ')}.`,
  );
}

function phaseTable({ runs, differences }: PhaseResult): Html {
  const heads = [
    'Tokens',
    'Trained on',
    'Seed',
    'Steps',
    'Training',
    'Valid plans',
    'Difference, points',
    'Holm p',
    'Undertrained',
    'Walls seen',
  ];
  const sizes = [...new Set(runs.map(({ size }) => size))];
  const several = new Set(runs.map(({ seed }) => seed)).size > 1;
  const bodies = sizes.map(
    (
      size,
    ) => html`<tbody class="group"><tr><th colspan="${heads.length}" scope="rowgroup"><span>${sizeWords(size)}</span></th></tr>
${join(runs.filter((run) => run.size === size).map((run) => runRow(run, differences)))}</tbody>`,
  );
  return scrollTable(
    'Phase diagram',
    html`<table class="compact">
<caption><span><strong>Phase diagram.</strong> Valid plans: percent, 95 % Wilson score interval in brackets, and count/n. Difference: plan validity minus that of ${lowerFirst(
      conditionLabel(BASELINE),
    )} on the same problems, over all seeds, ${
      several
        ? 'with an interval over problems and over seeds; p the larger of the exact sign-flip test over problems ' +
          'and the t test over seeds'
        : 'with Tango’s interval; p by the exact McNemar test'
    }, Holm over all squares of a diagram. Walls seen: share of the test problems whose walls were seen in training.</span></caption>
<thead><tr>${join(heads.map((head) => html`<th scope="col">${head}</th>`))}</tr></thead>
${join(bodies)}</table>`,
  );
}

function runRow(
  { size, tokens, condition, seed, steps, train_seconds, evaluation, training_verdict }: PhaseRunResult,
  differences: readonly PhaseDifference[],
): Html {
  const found = differences.find(
    (each) => each.size === size && each.tokens === tokens && each.condition === condition,
  );
  const compared =
    found === undefined
      ? html`<td class="none">–</td><td class="none">–</td>`
      : html`<td><span class="v">${signedPoints(
          found.difference,
        )}</span> <span class="i">${intervalWords(found)}</span></td><td>${pValue(found.p_holm)}</td>`;
  return html`<tr><th scope="row">${magnitude(tokens)}</th><td>${conditionLabel(
    condition,
  )}</td><td>${seed}</td><td>${integer(steps)}</td><td>${duration(train_seconds)}</td>${proportionCell(
    evaluation.plan_valid,
  )}${compared}<td>${training_verdict.undertrained ? 'yes' : 'no'}</td>${wallsSeenCell(evaluation.walls_seen)}</tr>`;
}

/**
 * Test problems of a size whose walls were seen in training: they belong to the data, so any run of the size tells
 * them.
 */
export function wallsSeenAt({ runs }: PhaseResult, size: number): Proportion {
  const found = runs.find((run) => run.size === size);
  if (found === undefined) throw new Error(`no run of size ${size}`);
  return found.evaluation.walls_seen;
}

/** The share of walls seen at every size, and what it does to the axis where it is not the same everywhere. */
function phaseWallsWords(phase: PhaseResult): string {
  const sizes = [...new Set(phase.runs.map(({ size }) => size))].sort((a, b) => a - b);
  const shares = sizes.map((size) => share(wallsSeenAt(phase, size)));
  const confounded =
    new Set(shares).size > 1
      ? '; the size axis thus also goes from seen to new walls, and does not tell size and newness apart'
      : '';
  return (
    'Test problems whose walls were seen in training: ' +
    `${list(sizes.map((size) => `${sizeWords(size)} ${shareOfCounts(wallsSeenAt(phase, size))}`))}${confounded}.`
  );
}

/**
 * One sentence a diagram: in how many squares traces pay, in how many they cost, at 0.05 after Holm; squares with an
 * undertrained model apart. Behind them the walls seen.
 */
export function phaseSummary(phase: PhaseResult): string[] {
  return [
    ...diagramsOf(phase).map(({ condition, squares }) => {
      const learnt = squares.filter(({ undertrained }) => undertrained.length === 0);
      const decided = learnt.filter(({ p_holm }) => p_holm < 0.05);
      const name = ({ size, tokens }: PhaseDifference): string => `${sizeWords(size)} at ${magnitude(tokens)}`;
      const words = (some: readonly PhaseDifference[]): string =>
        `${some.length}${some.length === 0 ? '' : ` (${list(some.map(name))})`}`;
      const best = learnt.toSorted((a, b) => b.difference - a.difference).at(0);
      const highest =
        best === undefined
          ? ''
          : `; highest ${signedPoints(best.difference)} points ${intervalWords(best)} at ${name(best)} tokens`;
      return (
        `${conditionLabel(condition)} minus ${lowerFirst(conditionLabel(BASELINE))} over ${squares.length} ` +
        `squares: above 0 in ${words(decided.filter(({ difference }) => difference > 0))}, below in ` +
        `${words(decided.filter(({ difference }) => difference < 0))}, undecided in ` +
        `${learnt.length - decided.length}; a model is undertrained in ` +
        `${words(squares.filter(({ undertrained }) => undertrained.length > 0))}${highest}.`
      );
    }),
    phaseWallsWords(phase),
  ];
}

/** Valid plans of a square's condition, over its seeds: `94.3 % [92.7, 95.6]`. */
export function validWords(
  runs: readonly PhaseRunResult[],
  { size, tokens }: Pick<PhaseDifference, 'size' | 'tokens'>,
  condition: Condition,
): string {
  const some = runs
    .filter((run) => run.size === size && run.tokens === tokens && run.condition === condition)
    .map(({ evaluation: { plan_valid } }) => plan_valid);
  const { share: valid, low, high } = overSeeds(some);
  return valid === null ? '–' : `${percent(valid)} % ${interval(low, high)}`;
}
