// The phase diagram of a report as heat maps, one for each condition. The numbers of every square are tables.
import type { TopLevelSpec } from 'vega-lite';
import type { PhaseResult } from '../study/results.ts';
import { chart, figure } from './charts.ts';
import { cellWords } from '../tables/cell-words.ts';
import { CHART_WIDTH } from '../tables/figure-size.ts';
import { integer, magnitude } from '../tables/format.ts';
import { diagramsOf, diagramTitle, sizeWords, squareCell } from '../tables/phase.ts';
import type { Diagram } from '../tables/phase.ts';
import { UNDERTRAINED_MARK } from '../tables/run-names.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { FURNITURE, SIGNS } from '../tables/palette.ts';

const SQUARE = { width: 96, height: 58 };
/** Of the fill of a difference of 100 points; weaker than the text on it. */
const STRONGEST = 0.55;

/** @param problems of the domain, in the plural */
export async function phaseBody(phase: PhaseResult, problems: string): Promise<Html> {
  const diagrams = diagramsOf(phase);
  const maps = await Promise.all(
    diagrams.map(async (diagram) =>
      figure(
        await heatMap(diagram),
        diagramTitle(diagram.condition),
        `points of plan validity on ${integer(diagram.squares[0].n)} test ${problems} of the same size, in ` +
          'distribution',
      ),
    ),
  );
  return html`<p>The same recipe at other sizes and with other numbers of training tokens. Each square compares a model trained with traces and a model trained without, both with the same number of training tokens, on the same ${problems}. The model without traces therefore sees each example more often. Above 0 traces pay. ${UNDERTRAINED_MARK} marks a square in which a model is undertrained: such a square shows how far its tokens reach, not what traces are worth to a trained model.</p>
<div class="charts">${join(maps)}</div>`;
}

async function heatMap({ condition, squares, ...axes }: Diagram): Promise<Html> {
  const drawn = squares.map((square) => ({ square, words: cellWords(squareCell(square)) }));
  const values = drawn.map(({ square, words }) => ({
    size: sizeWords(square.size),
    tokens: magnitude(square.tokens),
    difference: square.difference,
    number: words.value,
    interval: words.interval,
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
  const spoken = drawn.map(
    ({ square, words }) =>
      `${sizeWords(square.size)}, ${magnitude(square.tokens)} tokens: ${words.value} ${words.interval}`,
  );
  return chart(
    specification as unknown as TopLevelSpec,
    `${diagramTitle(condition)}, points with 95 % interval; ${spoken.join('; ')}.`,
  );
}
