// Tables of forced traces: every share with its interval and count, in both forms.
import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/base/statistics.ts';
import type { Proportion } from '../../src/base/statistics.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderReport } from '../../src/report/report.ts';
import { interventionSummary } from './fixture-later.ts';
import { fixture } from './fixture.ts';

const tenths = (share: number): string => (100 * share).toFixed(1);
const inMarkdown = ({ count, n, low, high }: Proportion): string =>
  `**${tenths(count / n)} %**<br>[${tenths(low)}, ${tenths(high)}]<br>${count}/${n}`;

function words(markup: string): string {
  return markup
    .replace(/<style>.*?<\/style>|<script>.*?<\/script>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

const study = fixture();
const part = (heading: string, markdown = renderMarkdown(study)): string =>
  markdown.slice(markdown.indexOf(heading)).split('\n### ')[0];

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
});
