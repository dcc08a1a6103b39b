// Every table states which walls were seen in training: where they were, distribution and size say less about
// generalisation.
import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderReport } from '../../src/report/report.ts';
import { layoutsSeenWords } from '../../src/tables/distributions.ts';
import { fixture, fixtureOfRates } from './fixture.ts';

function words(markup: string): string {
  return markup
    .replace(/<style>.*?<\/style>|<script>.*?<\/script>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

const LAYOUTS =
  'Layouts seen in training, of all test mazes: Wilson 100.0 % (1,000/1,000), Kruskal 100.0 % (1,000/1,000), DFS 98.0 % (980/1,000), Drunkard 1.2 % (12/1,000), SF-style 0.3 % (3/1,000), Free space 0.0 % (0/1,000).';

describe('walls seen in training', () => {
  it('stand in the caption or in a row of every table by distribution', async () => {
    const page =
      (await renderReport(fixture({ seeds: [1, 2] }))) + (await renderReport(fixtureOfRates({ seeds: [1, 2] })));
    const tables = [...page.matchAll(/<table.*?<\/table>/gs)]
      // The picture of the quadrants is followed by their table.
      .filter(([table]) => !table.includes('class="quadrants"'))
      .map(([table]) => words(table))
      .filter(
        (table) =>
          / (Wilson (?!score)|Drunkard )/.test(table) &&
          !table.includes(' Holm p ') &&
          !table.includes('Before and after'),
      );
    expect(tables.length).toBeGreaterThan(8);
    for (const table of tables) expect(table).toContain('Layouts seen in training');
    const forced = words(page.slice(page.indexOf('<h2 id="interventions"'), page.indexOf('<h2 id="phase"')));
    // Traces are forced on one distribution.
    expect(forced).toContain('Layouts seen in training, of all test mazes: Wilson 100.0 % (1,000/1,000). ');
    const lengths = words(page.slice(page.indexOf('<h2 id="f5"'), page.indexOf('<h2 id="interventions"')));
    expect(lengths.split(LAYOUTS)).toHaveLength(5);
  });

  it('stand in F2 for the near distributions and in F3 for the far ones', async () => {
    const page = await renderReport(fixture());
    const row = (from: string, to: string): string =>
      /Layouts seen in training share of test mazes (.*?) With|Layouts seen in training share of test mazes (.*)/
        .exec(words(page.slice(page.indexOf(`<h2 id="${from}"`), page.indexOf(`<h2 id="${to}"`))))
        ?.slice(1)
        .join('') ?? '';
    expect(row('f2', 'f3')).toMatch(/^100\.0 % 1,000\/1,000 100\.0 % 1,000\/1,000 98\.0 % 980\/1,000/);
    expect(row('f3', 'f4')).toMatch(/^1\.2 % 12\/1,000 0\.3 % 3\/1,000 0\.0 % 0\/1,000/);
  });

  it('stand in the markdown of lengths', () => {
    const markdown = renderMarkdown(fixture());
    const part = (heading: string): string => markdown.slice(markdown.indexOf(heading)).split('\n### ')[0];
    expect(part('### Trace length of each run')).toContain(LAYOUTS);
  });

  it('are not told where nothing was tested', () => {
    const study = fixture();
    expect(
      layoutsSeenWords({ ...study, conditions: study.conditions.map((run) => ({ ...run, evaluation: [] })) }),
    ).toBe('');
    expect(layoutsSeenWords(study, ['dfs'])).toBe(
      ' Layouts seen in training, of all test mazes: DFS 98.0 % (980/1,000). Prompt words, mean (and share of prompts of a ' +
        'length seen in training): DFS 59.0 (0.2 %).',
    );
  });
});
