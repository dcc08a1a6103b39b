// The published results, recollected (docs/specification.md, section 1): a shape to compare with, never data of this
// study.
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { Cell, Group } from './table.ts';
import { textCell } from './cells.ts';

type PublishedRow = Partial<Readonly<Record<GeneratorName, number>>>;

/** Plan validity in percent; absent where none was published. */
const PLAN_VALID: Readonly<Partial<Record<Condition, PublishedRow>>> = {
  'solution-only': { wilson: 4.8, kruskal: 6.0, dfs: 10.1, drunkard: 0, searchformer: 0 },
  correct: { wilson: 50.1, kruskal: 49.7, dfs: 30.8, drunkard: 2.5, searchformer: 0 },
  swapped: { wilson: 51.6, kruskal: 51.9, dfs: 41.7, drunkard: 26.0, searchformer: 0.2 },
};

/** Plan validity in percent by distribution; null for a condition that was not published. */
export function publishedPlanValid(condition: Condition): PublishedRow | null {
  return PLAN_VALID[condition] ?? null;
}

/** Whether something was published about one of these distributions; of other domains nothing was. */
export function hasPublished(distributions: readonly GeneratorName[]): boolean {
  return distributions.some((name) => Object.values(PLAN_VALID).some((row) => row?.[name] !== undefined));
}

/** Trace validity (lenient level) within valid plans, in percent, of the model trained on correct traces. */
export const PUBLISHED_TRACE_VALID_GIVEN_PLAN: PublishedRow = { wilson: 95.2, kruskal: 96.2, dfs: 82.1, drunkard: 4.0 };

/** For a caption, with a blank before it: what published numbers are; empty where there are none. */
export function publishedWords(distributions: readonly GeneratorName[]): string {
  return hasPublished(distributions)
    ? ' Published: 30×30 mazes, recollected from the published tables; check before you cite.'
    : '';
}

/** A group of published rows, by distribution; without rows where nothing was published about these. */
export function publishedGroup(
  heading: string,
  rows: readonly (readonly [label: string, values: PublishedRow])[],
  distributions: readonly GeneratorName[],
): Group {
  const cells = (values: PublishedRow): (Cell | null)[] =>
    distributions.map((name) => {
      const value = values[name];
      return value === undefined ? null : { kind: 'number', value: value / 100, form: 'percent' };
    });
  return {
    heading: `${heading}, published (30×30)`,
    published: true,
    rows: hasPublished(distributions) ? rows.map(([label, values]) => [textCell(label), ...cells(values)]) : [],
  };
}
