// Quadrants: the 2 x 2 counts plan valid or not by trace valid or not, as small squares per condition, distribution and
// level.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { Quadrants } from '../evaluation/types.ts';
import type { StudyResults } from '../study/results.ts';
import { distributionsOf, summariesOf } from '../tables/estimate.ts';
import { integer, percent, upperFirst } from '../tables/format.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { scrollTable, tableHead } from '../render/html.ts';
import { distributionColumns } from '../tables/distributions.ts';
import { tracedConditions } from '../tables/trace-validity.ts';
import { levelName, RULE_LEVELS } from '../tables/levels.ts';

const SIDE = 41;

function add(all: readonly Quadrants[]): Quadrants {
  const sum = (pick: (q: Quadrants) => number): number => all.reduce((total, q) => total + pick(q), 0);
  return {
    both_valid: sum((q) => q.both_valid),
    plan_only: sum((q) => q.plan_only),
    trace_only: sum((q) => q.trace_only),
    neither: sum((q) => q.neither),
  };
}

/** Columns: plan valid, plan invalid; rows: trace valid, trace invalid. */
function square(quadrants: Quadrants): Html {
  const { both_valid, plan_only, trace_only, neither } = quadrants;
  const n = both_valid + plan_only + trace_only + neither;
  const cells = [
    { x: 0, y: 0, count: both_valid },
    { x: SIDE, y: 0, count: trace_only },
    { x: 0, y: SIDE, count: plan_only },
    { x: SIDE, y: SIDE, count: neither },
  ];
  const drawn = cells.map(({ x, y, count }) => {
    const share = n === 0 ? 0 : count / n;
    return html`<rect class="quadrant-cell" x="${x}" y="${y}" width="${SIDE}" height="${SIDE}" fill-opacity="${(
      0.55 * share
    ).toFixed(
      3,
    )}"/><rect class="quadrant-frame" x="${x + 0.5}" y="${y + 0.5}" width="${SIDE}" height="${SIDE}"/><text x="${x + SIDE / 2}" y="${y + SIDE / 2 + 4}" text-anchor="middle">${integer(count)}</text>`;
  });
  const of = (count: number): string => (n === 0 ? '0' : `${integer(count)} (${percent(count / n)} %)`);
  const label =
    `Of ${integer(n)}: plan and trace valid ${of(both_valid)}, plan valid and trace invalid ${of(plan_only)}, ` +
    `plan invalid and trace valid ${of(trace_only)}, both invalid ${of(neither)}`;
  return html`<svg width="${2 * SIDE + 1}" height="${2 * SIDE + 1}" role="img" aria-label="${label}"><title>${label}</title>${join(drawn)}</svg>`;
}

function cell(
  results: StudyResults,
  condition: Condition,
  distribution: GeneratorName,
  level: (typeof RULE_LEVELS)[number],
): Html {
  const summaries = summariesOf(results, condition, distribution);
  if (summaries.length === 0) return html`<td class="none">–</td>`;
  const n = summaries.reduce((total, summary) => total + summary.n, 0);
  return html`<td>${square(
    add(summaries.map((summary) => summary.quadrants[level])),
  )}<span class="n">n = ${integer(n)}</span></td>`;
}

function legend(): Html {
  const part = (x: number, y: number, a: string, b: string): Html =>
    html`<rect class="quadrant-frame" x="${x + 0.5}" y="${y + 0.5}" width="88" height="40"/><text x="${x + 44}" y="${y + 18}" text-anchor="middle">${a}</text><text x="${x + 44}" y="${y + 32}" text-anchor="middle">${b}</text>`;
  return html`<svg class="legend-quadrants" width="177" height="81" role="img" aria-label="Left column plan valid, right column plan invalid; upper row trace valid, lower row trace invalid">${join(
    [
      part(0, 0, 'plan valid', 'trace valid'),
      part(88, 0, 'plan invalid', 'trace valid'),
      part(0, 40, 'plan valid', 'trace invalid'),
      part(88, 40, 'plan invalid', 'trace invalid'),
    ],
  )}</svg>`;
}

/** The figure of all quadrants, with its key. */
export function quadrantFigure(results: StudyResults): Html {
  const distributions = distributionsOf(results);
  const groups = tracedConditions(results).map((condition) => {
    const rows = RULE_LEVELS.map(
      (level) =>
        html`<tr><th scope="row">${upperFirst(levelName(level))}</th>${join(
          distributions.map((d) => cell(results, condition, d, level)),
        )}</tr>`,
    );
    return html`<tbody class="group"><tr><th colspan="${distributions.length + 1}" scope="rowgroup"><span>${conditionLabel(condition)}</span></th></tr>${join(rows)}</tbody>`;
  });
  const table = html`<table class="quadrants"><caption><span>Columns: plan valid or not. Rows: trace valid or not. Shade: the share of all completions. Lower left: a valid plan after an invalid trace.</span></caption>
${tableHead(distributionColumns(results, 'Level'))}${join(groups)}</table>`;
  return html`${legend()}${scrollTable('Quadrants of plan and trace validity', table)}`;
}
