// A finding that was tested is described in full somewhere, and no link of a page leads nowhere, whatever a study has
// run.
import { describe, expect, it } from 'vitest';
import { decideFindings } from '../../src/analysis/findings.ts';
import { renderReport } from '../../src/report/report.ts';
import { verdictOf } from '../../src/tables/findings.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { fixture, fixtureOfRates } from './fixture.ts';

function checkLinks(page: string): void {
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const links = [...page.matchAll(/(?:href="#|aria-labelledby=")([^"]*)"/g)].map(([, target]) => target);
  expect(links.length).toBeGreaterThan(5);
  for (const target of links) expect(ids).toContain(target);
}

const trained = fixture();
const bare = fixture({ conditions: ['solution-only', 'filler'] });
const studies: readonly (readonly [name: string, results: StudyResults])[] = [
  ['the default', trained],
  ['solution-only and filler', bare],
  ['one condition of the ladder', fixture({ conditions: ['bfs'] })],
  ['solution-only', fixture({ conditions: ['solution-only'] })],
  ['correct without swapped', fixture({ conditions: ['correct'] })],
  ['undertrained', fixture({ quality: 'undertrained', conditions: ['solution-only', 'dijkstra'] })],
  [
    'findings left out',
    {
      ...trained,
      rl: undefined,
      lengths: undefined,
      left_out: [
        { id: 'F4', statement: 'a claim', reason: 'nothing learnt' },
        { id: 'F5', statement: 'another', reason: 'no lengths' },
      ],
    },
  ],
  [
    'F4 and F5 decided on nothing',
    {
      ...bare,
      rl: undefined,
      lengths: undefined,
      findings: decideFindings([], { rl: [], lengths: [], in_distribution: 'wilson' }),
    },
  ],
  ['several rates', fixtureOfRates()],
  ['several rates, nothing evaluated', { ...fixtureOfRates(), conditions: [] }],
  ['nothing evaluated', { ...trained, conditions: trained.conditions.map((run) => ({ ...run, evaluation: [] })) }],
  ['nothing trained', { ...trained, conditions: [] }],
];

describe.each(studies)('%s', (_, results) => {
  it('has every finding in a section, with its verdict and why, and every link leads somewhere', async () => {
    const page = await renderReport(results);
    checkLinks(page);
    expect(
      page.replace(/<style>.*?<\/style>|<script[^>]*>.*?<\/script>/gs, '').match(/.{40}(undefined|NaN|Infinity)/)?.[0],
    ).toBeUndefined();
    expect(results.findings.length).toBeGreaterThan(0);
    for (const finding of results.findings) {
      const { id } = finding;
      expect(page).toContain(`<a href="#${id.slice(0, 2).toLowerCase()}">${id}</a>`);
      expect(page).toContain(`<article class="finding ${verdictOf(finding).name}" aria-labelledby="finding-${id}">`);
    }
  });
});

it('a finding without the conditions that it compares says so on its card', async () => {
  const page = await renderReport(bare);
  const card = page.slice(page.indexOf('id="finding-F3"'));
  const words = card.slice(0, card.indexOf('</article>'));
  expect(words).toContain('<p class="badge">not tested</p>');
  expect(words).toContain('no model of this study was trained on correct or swapped');
  expect(words).not.toMatch(/<dt>(n|Effect|Seeds)/);
});
