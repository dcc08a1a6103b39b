// What tables by distribution share: their columns, the layouts seen in training, and what an interval is.
import { proportion } from '../base/statistics.ts';
import type { Proportion } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { domainOf } from '../domain/domains.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { PromptLengths, StudyResults } from '../study/results.ts';
import { distributionColumn, estimateCell, exactCell, numberCell, textCell } from './cells.ts';
import { conditionsOf, distributionsOf, estimateOf, summariesOf } from './estimate.ts';
import { distributionLabel, share, shareOfCounts } from './format.ts';
import { wordsOf } from './names.ts';
import type { About, Cell, Column, Group, NumberForm } from './table.ts';

/**
 * From this share of layouts seen in training on, a distribution is called near: at 8x8 about 22 % of Kruskal's and
 * DFS's test layouts were seen.
 */
const NEAR_SHARE = 0.05;

export const NOTHING_COUNTED = proportion(0, 0);

/** Column of row headings, then one column a distribution; says which are in or near the training distribution. */
export function distributionColumns(
  results: StudyResults,
  first: string,
  distributions: readonly GeneratorName[] = distributionsOf(results),
): Column[] {
  return [{ label: first }, ...distributions.map((name) => distributionColumn(name, nearness(results, name)))];
}

/** One proportion of a condition, by distribution, behind the row's heading. */
export function distributionRow(
  results: StudyResults,
  heading: Cell,
  condition: Condition,
  pick: (summary: DistributionSummary) => Proportion,
  {
    distributions = distributionsOf(results),
    about,
  }: { readonly distributions?: readonly GeneratorName[]; readonly about?: About } = {},
): (Cell | null)[] {
  return [
    heading,
    ...distributions.map((name) => estimateCell(estimateOf(results, condition, name, pick), { condition, ...about })),
  ];
}

const PROMPT_WORDS: readonly (readonly [
  label: string,
  metric: string,
  form: NumberForm,
  of: (prompts: PromptLengths) => number,
])[] = [
  ['Prompt words, mean', 'prompt_words_mean', 'tenth', ({ mean }) => mean],
  ['Prompt words, shortest', 'prompt_words_min', 'integer', ({ min }) => min],
  ['Prompt words, longest', 'prompt_words_max', 'integer', ({ max }) => max],
];

/** What the test problems have of the training set: layouts, and lengths of prompts. */
export function layoutsSeenGroup(
  results: StudyResults,
  distributions: readonly GeneratorName[] = distributionsOf(results),
): Group {
  const { problems } = wordsOf(results);
  const { prompts } = results.dataset;
  return {
    heading: `The test ${problems}`,
    rows: [
      [
        textCell('Layouts seen in training', { metric: 'layouts_seen' }, `share of test ${problems}`),
        ...distributions.map((name) => exactCell(layoutsSeen(results, name))),
      ],
      [
        textCell('Prompt lengths seen in training', { metric: 'prompt_lengths_seen' }, `share of test ${problems}`),
        ...distributions.map((name) => exactCell(prompts[name].seen)),
      ],
      ...PROMPT_WORDS.map(([label, metric, form, of]) => [
        textCell(label, { metric }),
        ...distributions.map((name) => numberCell(of(prompts[name]), form)),
      ]),
    ],
  };
}

/**
 * For a caption, with a blank before it: the share of test problems whose layout was seen in training, by distribution;
 * empty where none of these was tested.
 */
export function layoutsSeenWords(
  results: StudyResults,
  distributions: readonly GeneratorName[] = distributionsOf(results),
): string {
  const tested = distributionsOf(results).filter((name) => distributions.includes(name));
  if (tested.length === 0) return '';
  const words = tested.map((name) => `${distributionLabel(name)} ${shareOfCounts(layoutsSeen(results, name))}`);
  const prompts = tested.map((name) => {
    const { mean, seen } = results.dataset.prompts[name];
    return `${distributionLabel(name)} ${mean.toFixed(1)} (${share(seen)})`;
  });
  return (
    ` Layouts seen in training, of all test ${wordsOf(results).problems}: ${words.join(', ')}. Prompt words, mean ` +
    `(and share of prompts of a length seen in training): ${prompts.join(', ')}.`
  );
}

/** What the interval of an estimate is, given the number of seeds. */
export function intervalWords(results: StudyResults): string {
  const most = Math.max(
    ...conditionsOf(results).map((condition) => results.conditions.filter((run) => run.condition === condition).length),
  );
  return intervalWordsOf(most > 1);
}

/** The same where it is known whether there are several seeds. */
export function intervalWordsOf(severalSeeds: boolean): string {
  return severalSeeds
    ? 'percent, mean over seeds; in brackets an interval that covers the 95 % t interval over seeds and the seeds’ ' +
        'mean Wilson score interval; then the count of each seed'
    : 'percent, 95 % Wilson score interval in brackets, and count/n';
}

/** Distributions tested that a claim about generalisation rests on. */
export function farOf(results: StudyResults): GeneratorName[] {
  const { data } = results.config;
  return domainOf(data.domain)
    .distributions.filter(({ name, far }) => far && name !== data.generator && distributionsOf(results).includes(name))
    .map(({ name }) => name);
}

/** Distributions tested that are in or near the training distribution. */
export function nearOf(results: StudyResults): GeneratorName[] {
  const far = farOf(results);
  return distributionsOf(results).filter((name) => !far.includes(name));
}

/** Whether the study has a condition and a test distribution. */
export function hasDistributions(results: StudyResults): boolean {
  return conditionsOf(results).length > 0 && distributionsOf(results).length > 0;
}

/** A property of the test problems, so any run's summary has it. */
function layoutsSeen(results: StudyResults, distribution: GeneratorName): Proportion {
  const [summary] = conditionsOf(results).flatMap((condition) => summariesOf(results, condition, distribution));
  return summary.walls_seen;
}

function nearness(results: StudyResults, distribution: GeneratorName): string {
  if (distribution === results.config.data.generator) return 'in distribution';
  const { count, n } = layoutsSeen(results, distribution);
  return n > 0 && count / n >= NEAR_SHARE ? 'near distribution' : '';
}
