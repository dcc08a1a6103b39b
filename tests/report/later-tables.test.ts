// Tables of lengths and forced traces: every share with its interval and count, every correlation that was computed, in
// both forms.
import { describe, expect, it } from 'vitest';
import { analyseLengths } from '../../src/analysis/lengths.ts';
import { proportion } from '../../src/base/statistics.ts';
import type { Correlation } from '../../src/base/correlation.ts';
import type { Proportion } from '../../src/base/statistics.ts';
import { correlationWords } from '../../src/tables/format.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderReport } from '../../src/report/report.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { interventionSummary, lengthRows as rows, lengthRun as run, withDetours } from './fixture-later.ts';
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

describe('forced traces in markdown', () => {
  const [one] = study.interventions ?? [];
  const swapped = {
    ...interventionSummary('swapped', 2),
    conflict_follows_trace: proportion(21, 30),
    conflict_plan_valid: proportion(3, 30),
  };
  const forced = {
    ...one,
    distributions: one.distributions.map((each) => ({
      ...each,
      interventions: [interventionSummary('gold', 33), swapped],
    })),
  };

  it('tell whether the plan follows the trace or the maze where it cannot follow both', () => {
    const text = part('### Forced traces', renderMarkdown({ ...study, interventions: [forced] }));
    expect(text).toContain('| Follows the trace | Follows it against the maze | Valid against the trace |');
    expect(text).toMatch(
      new RegExp(
        `\\| Swapped \\| 40 \\| .* \\| ${[inMarkdown(swapped.follows_trace), inMarkdown(swapped.conflict_follows_trace), inMarkdown(swapped.conflict_plan_valid)].map((cell) => cell.replace(/[.[\]*/]/g, '\\$&')).join(' \\| ')} \\|`,
      ),
    );
    expect(text).toMatch(/\| Gold \| 40 \| .* \| – \| – \|$/m);
    expect(text).toContain('against the maze: only where that path is no valid plan of it');
  });

  it('of several seeds have their mean, and the caption says what its interval covers', async () => {
    const two = { ...fixture({ seeds: [1, 2] }), interventions: [forced, { ...forced, seed: 2 }] };
    const text = part('### Forced traces', renderMarkdown(two));
    expect(text).toContain(
      'of a mean over seeds an interval that covers the t interval over seeds and the mean of the seeds’ Wilson score intervals',
    );
    expect(text).toMatch(
      /\| Swapped \| 40 \| \*\*5\.0 %[^|]*\| [^|]* \| – \| [^|]* \| \*\*70\.0 %\*\*<br>\[[\d., ]+\]<br>21, 21 of 30 \| \*\*10\.0 %\*\*<br>\[[\d., ]+\]<br>3, 3 of 30 \|/,
    );
    expect(words(await renderReport(two))).toMatch(
      /Over seeds\. Mean over seeds.*? Swapped 5\.0 % .*? 21, 21 of 30 10\.0 % \[[\d., ]+\] 3, 3 of 30 /,
    );
  });
});

describe('means over seeds in markdown', () => {
  it('of reinforcement learning say that their interval is more than a Wilson score interval', () => {
    expect(part('### Reinforcement learning', renderMarkdown(fixture({ seeds: [1, 2] })))).toContain(
      'of a mean the interval also covers the t interval over seeds',
    );
  });

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
