// The phase diagram as heat maps, one for each condition and number of layers.
import type { PhaseResult } from '../study/results.ts';
import { cellWords } from './cell-words.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { integer, magnitude } from './format.ts';
import { FURNITURE, SIGNS } from './palette.ts';
import { diagramsOf, diagramTitle, hasLayers, layersWords, sizeWords, squareCell } from './phase.ts';
import type { Diagram } from './phase.ts';
import { tableId } from './table.ts';
import type { Figure } from './table.ts';

const SQUARE = { width: 96, height: 58 };
/** Of the fill of a difference of 100 points; weaker than the text on it. */
const STRONGEST = 0.55;

/** @param problems of the domain, in the plural */
export function phaseFigures(phase: PhaseResult, problems: string): Figure[] {
  return diagramsOf(phase).flatMap((diagram) => {
    const { condition, squares, layers } = diagram;
    const named = hasLayers(squares);
    const tested = `${integer(squares[0].n)} test ${problems} of the same size, in distribution`;
    return layers.map((count) => {
      const title = `${diagramTitle(condition)}${named ? `, ${layersWords(count)}` : ''}`;
      return {
        id: tableId('phase', condition, ...(named ? [layersWords(count)] : [])),
        title,
        caption: `points of plan validity on ${tested}`,
        ...heatMap(diagram, count, title),
      };
    });
  });
}

/** @param layers of the squares that are drawn */
function heatMap(diagram: Diagram, layers: number, title: string): Pick<Figure, 'spoken' | 'specification'> {
  const squares = diagram.squares.filter((square) => square.layers === layers);
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
  const sizes = diagram.rows
    .filter((row) => row.layers === layers)
    .map(({ size }) => sizeWords(size))
    .reverse();
  const tokens = diagram.tokens.map(magnitude);
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
  return { spoken: `${title}, points with 95 % interval; ${spoken.join('; ')}.`, specification };
}
