// Tables of lengths: every share with its interval and count, every correlation that was computed, in
// both forms.
import { describe, expect, it } from 'vitest';
import { analyseLengths } from '../../src/analysis/lengths.ts';
import type { Correlation } from '../../src/base/correlation.ts';
import type { Proportion } from '../../src/base/statistics.ts';
import { correlationWords } from '../../src/tables/format.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderReport } from '../../src/report/report.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { lengthRows as rows, lengthRun as run, withDetours } from './fixture-later.ts';
import { fixture } from './fixture.ts';

const tenths = (share: number): string => (100 * share).toFixed(1);
const inMarkdown = ({ count, n, low, high }: Proportion): string =>
  `**${tenths(count / n)} %**<br>[${tenths(low)}, ${tenths(high)}]<br>${count}/${n}`;
const inPage = ({ count, n, low, high }: Proportion): string =>
  `${tenths(count / n)} % [${tenths(low)}, ${tenths(high)}] ${count}/${n}`;
const written = (correlation: Correlation | null): string =>
  correlation === null ? '–' : correlationWords(correlation).replaceAll('-', '\u2212');

function words(markup: string): string {
  return markup
    .replace(/<style>.*?<\/style>|<script>.*?<\/script>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

/** Lengths that vary: no correlation is 1 or missing. */
const runs = [
  run({
    wilson: withDetours(rows(60, (astar) => astar + 5 * (astar % 4), 0.1)),
    drunkard: withDetours(rows(60, (astar) => 20 + ((7 * astar) % 11), 2)),
  }),
];
const analysis = analyseLengths(runs);
const study: StudyResults = { ...fixture(), lengths: { analysis, shown: runs } };
const part = (heading: string, markdown = renderMarkdown(study)): string =>
  markdown.slice(markdown.indexOf(heading)).split('\n### ')[0];

describe('trace lengths', () => {
  const [group] = analysis.groups;
  const [gold] = analysis.gold;
  const [, , mixed] = analysis.bins;

  it('solved and truncated have interval and count', async () => {
    expect(part('### Trace length')).toContain(
      `| Wilson | 60 | ${inMarkdown(group.solved)} | ${inMarkdown(group.truncated)} |`,
    );
    expect(words(await renderReport(study))).toContain(`Wilson ${inPage(group.solved)} ${inPage(group.truncated)} `);
  });

  it('gold traces have Spearman with both baselines, and the partial correlation', async () => {
    const all = [
      gold.with_plan,
      gold.with_plan_spearman,
      gold.with_manhattan,
      gold.with_manhattan_spearman,
      gold.with_plan_given_manhattan,
    ];
    expect(part('### Trace length')).toContain(
      `| Wilson | 60 | ${gold.mean_astar.toFixed(1)} | ${all.map(written).join(' | ')} |`,
    );
    const page = words(await renderReport(study));
    const baseline = page.slice(
      page.indexOf('Gold traces, the baseline.'),
      page.indexOf('By distance from the training distribution.'),
    );
    expect(baseline).toMatch(
      new RegExp(
        `Wilson 60 ${gold.mean_astar.toFixed(1)} ${all.map((each) => `${written(each).replace(/[.[\]]/g, '\\$&')} p [<&lt;=;\\d. ]+`).join(' ')}`,
      ),
    );
  });

  it('fifths by distance have what they are made of, Spearman and both partial correlations, and say what they mix', async () => {
    expect(mixed.from).toEqual({ wilson: 12, drunkard: 12 });
    const { all, solved, truncated } = mixed;
    const correlations = [
      all.pearson,
      all.spearman,
      all.given_plan,
      all.given_plan_manhattan,
      mixed.given_distribution,
      mixed.given_distribution_plan,
    ];
    expect(new Set(correlations.map((each) => each?.estimate)).size).toBe(6);
    const said =
      'A fifth mixes distributions, so that its correlations are also between distributions; within distributions: which one a maze is from is held fixed';
    const markdown = part('### Trace length');
    expect(markdown).toContain(said);
    expect(markdown).toContain(
      `| 24 | Wilson 12, Drunkard 12 | ${inMarkdown(solved)} | ${inMarkdown(truncated)} | ${mixed.mean_generated.toFixed(1)}, ${mixed.mean_astar.toFixed(1)} | ${correlations.map(written).join(' | ')} |`,
    );
    const page = words(await renderReport(study));
    expect(page).toContain(said);
    expect(page).toContain(`24 Wilson 12, Drunkard 12 ${inPage(solved)} ${inPage(truncated)} `);
    for (const each of correlations) expect(page.slice(page.indexOf(said))).toContain(written(each));
  });
});

describe('means over seeds in markdown', () => {
  it('of lengths say what the intervals of solved and truncated are', () => {
    const seeds = [...runs, { ...runs[0], seed: 2 }];
    expect(
      part(
        '### Trace length',
        renderMarkdown({ ...study, lengths: { shown: seeds, analysis: analyseLengths(seeds) } }),
      ),
    ).toContain('Solved and truncated: mean over seeds, the interval likewise, and the count of each seed.');
  });
});
