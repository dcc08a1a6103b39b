// The report as a whole: self-contained, complete, escaped, honest about what was not learned.
import { beforeAll, describe, expect, test } from 'vitest';
import { analyseLengths } from '../../src/analysis/lengths.ts';
import { TracelabError } from '../../src/base/errors.ts';
import { conditionLabel, conditionMeaning } from '../../src/domain/conditions/condition.ts';
import { CONDITION_NAMES } from '../../src/domain/conditions/table.ts';
import { proportion } from '../../src/base/statistics.ts';
import { pageAssets } from '../../src/report/page-assets.ts';
import { renderReport } from '../../src/report/report.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { configYaml } from '../../src/report/methods.ts';
import { findingTitle } from '../../src/tables/titles.ts';
import { conditionKey } from '../../src/report/palette.ts';
import { parseConfig } from '../../src/study/config-file.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { lengthResult } from './fixture-later.ts';
import { caseOf, fixture, rowOf } from './fixture.ts';
import { contents, hashOf, policyOf, withoutData } from './policy.ts';

const SCRIPT = pageAssets('report').script;

let page = '';
beforeAll(async () => {
  page = await renderReport(fixture());
});

/** Without what the page's own code is, its style sheets and its one script, and without the numbers of its figures. */
function contentOf(markup: string): string {
  return withoutData(markup)
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(`<script>${SCRIPT}</script>`, '');
}

function text(markup: string): string {
  return contentOf(markup)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

/** Every opened element is closed in order; catches markup that a text has broken. */
function checkNesting(markup: string): void {
  const open: string[] = [];
  for (const [tag, closing, name, selfClosing] of contentOf(markup).matchAll(
    /<(\/?)([a-zA-Z][\w-]*)(?:"[^"]*"|[^">])*?(\/?)>/g,
  )) {
    if (selfClosing || ['meta', 'br', 'img'].includes(name)) continue;
    if (!closing) open.push(name);
    else if (open.pop() !== name)
      throw new Error(
        `${tag} closes what was not opened, near ${markup.slice(Math.max(0, markup.indexOf(tag) - 80), markup.indexOf(tag) + 40)}`,
      );
  }
  expect(open).toEqual([]);
}

describe('self-contained', () => {
  test('no address, no script but the player’s, no import', () => {
    expect(contents(page, 'script')).toEqual([SCRIPT]);
    // The one name with a scheme is the namespace of pictures.
    const script = SCRIPT.replace('http://www.w3.org/2000/svg', '');
    expect(script).not.toMatch(/https?:|\bimport\b|<\/|<!--|\beval\(|innerHTML/);
    expect(withoutData(page).replace(SCRIPT, '').replace('<script></script>', '')).not.toMatch(
      /https?:|\/\/\w|<script|<link|<iframe|<img|@import|url\(|xlink|javascript:/i,
    );
  });

  test('a policy forbids every load, and every script but the player’s', () => {
    expect(policyOf(page)).toEqual({
      'default-src': ["'none'"],
      'style-src': contents(page, 'style').map(hashOf),
      'script-src': [hashOf(SCRIPT)],
    });
  });

  test('the same results give the same bytes', async () => {
    expect(await renderReport(fixture())).toBe(page);
  });

  test('well nested, ids unique, links in the page lead somewhere', () => {
    checkNesting(page);
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/(?:href="#|aria-labelledby=")([^"]*)"/g)) expect(ids).toContain(target);
  });

  test('nothing undefined or not a number is printed', () => {
    expect(text(page)).not.toMatch(/undefined|NaN|\[object|Infinity/);
    expect(page).not.toMatch(/="[^"]*(undefined|NaN)/);
  });
});

describe('the whole ladder', () => {
  const conditions = [...CONDITION_NAMES.filter((name) => name !== 'thinned'), 'thinned@0.25', 'thinned@0.75'] as const;

  test('every condition with its label, its meaning and a look of its own', async () => {
    const markup = await renderReport(fixture({ conditions: [...conditions] }));
    checkNesting(markup);
    expect(text(markup)).not.toMatch(/undefined|NaN|\[object|Infinity/);
    for (const condition of conditions) {
      expect(markup).toContain(conditionLabel(condition));
      expect(markup).toContain(conditionMeaning(condition, { problem: 'maze', search: 'A*' }));
    }
    const looks = [...conditionKey([...conditions]).text.matchAll(/<svg.*?<\/svg>/gs)]
      .map(([svg]) => svg)
      .slice(0, conditions.length);
    expect(new Set(looks).size).toBe(conditions.length);
  });

  test('a model of another search has a row for runs of that search, and no other has', async () => {
    const markup = await renderReport(fixture({ conditions: ['correct', 'bfs', 'swapped'] }));
    expect(markup.match(/<th scope="row">Own search<span/g)).toHaveLength(2);
    expect(text(markup)).toMatch(/Breadth-first search: valid traces among all completions .*? Own search .*? 31\.0/);
    expect(page).not.toContain('Own search');
  });

  test('looks of the paper’s conditions do not depend on the others, and its numbers stand beside them alone', async () => {
    const markup = await renderReport(fixture({ conditions: ['bfs', 'swapped'] }));
    const [swatch] = /<svg[^>]*><line[^>]*><path[^>]*><\/svg> Swapped traces/.exec(page) ?? [''];
    expect(markup).toContain(swatch);
    // In the table of all conditions, and in those of F2 and F3.
    expect(markup.match(/<tr class="paper">/g)).toHaveLength(3);
    const only = await renderReport(fixture({ conditions: ['bfs'] }));
    expect(only).not.toContain('<tr class="paper">');
  });
});

describe('content', () => {
  test.each([
    'findings',
    'f1',
    'f2',
    'f3',
    'f4',
    'f5',
    'interventions',
    'information',
    'errors',
    'curves',
    'samples',
    'methods',
    'reproduce',
  ])('section %s', (id) => {
    expect(page).toContain(`<h2 id="${id}">`);
  });

  test('what was run is told from the data', () => {
    expect(text(page)).toContain(
      '3 transformers of 0.45 M parameters (4 layers of width 96) were trained from scratch on 33,656 6×6 Wilson mazes',
    );
  });

  test('findings with verdict, effect, interval, p, n, seeds, test', () => {
    const cards = text(page.slice(page.indexOf('<h2 id="f1"'), page.indexOf('<h2 id="errors"')));
    for (const { id, verdict, test } of fixture().findings) {
      expect(cards).toContain(`${id} ${findingTitle(fixture(), id)} ${verdict}`);
      expect(cards).toContain(test.replace(/ -/g, ' −'));
    }
    expect(cards).toContain('−3.2 points [−4.5, −2.3]');
    expect(cards).toContain('Seeds 1 ');
  });

  test('plan validity with percent, Wilson score interval and count/n', () => {
    const { low, high } = proportion(708, 1000);
    expect(text(page)).toContain(`70.8 % [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}] 708/1,000`);
  });

  test('trace validity names its level, and its denominator is the valid plans', () => {
    const traces = text(page.slice(page.indexOf('Trace validity.'), page.indexOf('Plan against trace')));
    expect(traces).toMatch(
      /Correct traces: valid traces among completions with a valid plan Lenient 90.0 % \[87.5, 92.0\] 637\/708/,
    );
    expect(traces).toMatch(/Strict 86.0 % \[83.3, 88.4\] 609\/708/);
    expect(traces).toContain('Exact');
    expect(traces).toContain('– 0/0');
  });

  test('the paper stands apart and is named as recollected', () => {
    const rows = page.match(/<tr class="paper">/g) ?? [];
    expect(rows).toHaveLength(8);
    expect(text(page)).toContain('Valid plans, published (30×30)');
    expect(text(page)).toContain('recollected from the published tables; check before you cite.');
  });

  test('layouts seen in training in the tables of F1, F2 and F3, Kruskal and DFS as near-distribution', () => {
    expect(page.match(/<th scope="row">Layouts seen in training/g)).toHaveLength(4);
    expect(text(page)).toContain('Kruskal and DFS are near-distribution');
    expect(page).toMatch(/DFS<span class="note">near distribution/);
    expect(page).toMatch(/<th scope="col">Drunkard<\/th>/);
  });

  test('quadrants at both levels: counts that add up to n', () => {
    const section = page.slice(page.indexOf('Plan against trace'), page.indexOf('<h2 id="f2"'));
    const squares = [
      ...section.matchAll(
        /aria-label="Of 1,000: plan and trace valid (\d+) [^"]*trace invalid (\d+) [^"]*trace valid (\d+) [^"]*both invalid (\d+) /g,
      ),
    ];
    expect(squares).toHaveLength(24);
    for (const [, ...cells] of squares) expect(cells.map(Number).reduce((a, b) => a + b)).toBe(1000);
  });

  test('first errors with the meaning of the rule', () => {
    expect(text(page)).toContain(
      'expansion incomplete a cell is closed while neighbours of the last closed cell still have to be created',
    );
  });

  test('reinforcement learning before and after, lengths and interventions, each with the command that repeats it', () => {
    const part = (from: string, to: string): string =>
      text(page.slice(page.indexOf(`<h2 id="${from}"`), page.indexOf(`<h2 id="${to}"`)));
    expect(part('f4', 'f5')).toContain('Correct traces, seed 1 Wilson, before 70.8 %');
    expect(part('f4', 'f5')).toContain('most groups have no spread');
    expect(part('f4', 'f5')).toContain(
      'npx tracelab rl runs/cells/train-swapped-seed1-1044d4cb7e64 --data runs/cells/data-5134e8ed9158 ',
    );
    expect(part('f4', 'f5')).toContain(
      ' --steps 100 --inner-epochs 2 --cap 300 --eval-mazes 200 --eval-prompts 64 --seed 1 --out runs/swapped-seed1-rl',
    );
    expect(part('interventions', 'errors')).toContain(
      ' --other runs/cells/test-swapped-seed1-7d1c0b2a9e55 --distribution wilson --interventions gold,swapped,other,early --mazes 300 --seed 1 --out runs/correct-seed1-interventions',
    );
    expect(part('information', 'phase')).toContain(
      'npx tracelab intervene runs/cells/train-correct-seed1-1044d4cb7e64 --data runs/cells/data-5134e8ed9158 --information --events 8 --distribution wilson --mazes 40 --seed 1 --out runs/correct-seed1-information',
    );
    expect(part('f5', 'interventions')).toContain('npx tracelab analyse lengths runs/quick');
    expect(part('interventions', 'errors')).toContain('Swapped 40 15.0 %');
    expect(part('interventions', 'errors')).toContain(
      'npx tracelab intervene runs/cells/train-correct-seed1-1044d4cb7e64 --data runs/cells/data-5134e8ed9158 ',
    );
  });

  test('the phase diagram: every square with its interval, undertrained ones marked, and the numbers behind them', () => {
    const markup = page.slice(page.indexOf('<h2 id="phase"'), page.indexOf('<h2 id="errors"'));
    expect(markup).toContain(
      'aria-label="Correct traces minus solution only, points with 95 % interval; 6×6, 4.00 M tokens: \u221275.0†',
    );
    const part = text(markup);
    expect(part).toContain('+60.0');
    expect(part).toMatch(/16\.0 M Correct traces 1 4,000 1 min 01 s 90\.0 % \[76\.9, 96\.0\] 36\/40 no/);
    expect(part).toContain('above 0 in 1 (10×10 at 16.0 M), below 0 in 1 (6×6 at 16.0 M)');
    const markdown = renderMarkdown(fixture());
    expect(markdown).toContain('| 10×10 | **\u221225.0†**<br>');
    expect(markdown).toContain('| **90.0 %**<br>[76.9, 96.0]<br>36/40 |');
  });

  test('the list of findings links to their sections, and tells which ones a study cannot have', async () => {
    expect(page).toContain('<a href="#f1">F1a</a>');
    const without = text(
      await renderReport({
        ...fixture(),
        rl: undefined,
        lengths: undefined,
        interventions: undefined,
        left_out: [{ id: 'F4', statement: 'a claim', reason: 'nothing learnt' }],
      }),
    );
    expect(without).toMatch(
      / F4 not tested Reinforcement learning \(GRPO\) raises [\w ]+\. Not tested: nothing learnt a claim – – – – – /,
    );
    expect(without).not.toContain('F4: Reinforcement learning');
  });

  test('every chart has its text', () => {
    const labels = [...page.matchAll(/class="chart" role="img" aria-label="([^"]*)"/g)].map(([, label]) => label);
    // Effects of F1a to F3, three dot plots of F1 and one each of F2 and F3, six training curves, six distributions,
    // seven sampled curves and twelve of sampled groups of reinforcement learning, twelve scatters, three of
    // interventions, one of information, one phase diagram.
    expect(labels).toHaveLength(4 + 3 + 2 + 6 + 6 + 7 + 12 + 12 + 3 + 1 + 1);
    for (const label of labels) expect(label).toMatch(/\d/);
    expect(page).toContain('stroke="#1d5d9b"');
  });

  test('the configuration shown is a complete configuration file', () => {
    expect(parseConfig(configYaml(fixture()), 'shown.yaml').config).toEqual(fixture().config);
    expect(page).toContain('npx tracelab study ./quick.yaml');
    expect(page).toContain(`result ${fixture().result}`);
  });
});

describe('undertrained', () => {
  test('a banner with the reason of each run, and no finding decided', async () => {
    const undertrained = await renderReport(fixture({ quality: 'undertrained' }));
    checkNesting(undertrained);
    const words = text(undertrained);
    expect(words).toContain('Undertrained: nothing can be concluded');
    expect(words).toContain('Correct traces, seed 1: plan validity on dev is 0.5 % (1/200), below 20 %');
    expect(undertrained.match(/class="finding undertrained"/g)).toHaveLength(4);
    expect(undertrained).not.toMatch(/class="finding (supported|contradicted)/);
  });

  test('one run of three: the banner and the markdown speak of that run only', async () => {
    const clean = fixture();
    const [first, ...rest] = clean.conditions;
    const results: StudyResults = {
      ...clean,
      conditions: [{ ...first, training_verdict: { ...first.training_verdict, undertrained: true } }, ...rest],
    };
    expect(text(await renderReport(results))).toContain(
      'Undertrained: nothing can be concluded from 1 of 3 training runs',
    );
    expect(renderMarkdown(results)).toContain('**Undertrained: nothing can be concluded from 1 of 3 training runs.**');
  });

  test('no banner when all runs learned', () => {
    expect(page).not.toContain('nothing can be concluded');
  });

  test('the markdown says it too', () => {
    expect(renderMarkdown(fixture({ quality: 'undertrained' }))).toContain(
      '**Undertrained: nothing can be concluded.**',
    );
    expect(renderMarkdown(fixture())).not.toContain('Undertrained:');
  });
});

describe('hostile results', () => {
  const attack = `"><script>alert('x')</script></pre></style>\u202e\u0000<svg onload=x>`;

  test('texts of prompts, completions, ids, reasons and names stay text', async () => {
    const clean = fixture();
    const sample = clean.samples[0];
    const hostile: StudyResults = {
      ...clean,
      study: attack,
      version: attack,
      result: attack,
      config_hash: attack,
      finished: attack,
      hardware: { ...clean.hardware, cpu: attack, node: attack, kernel_path: attack },
      findings: clean.findings.map((finding) => ({ ...finding, detail: attack, statement: attack, test: attack })),
      conditions: clean.conditions.map((run) => ({
        ...run,
        weights_sha256: attack,
        training_verdict: { ...run.training_verdict, undertrained: true, reason: attack },
      })),
      samples: [
        { ...sample, row: { ...sample.row, id: attack, completion: `${sample.row.completion} ${attack}` } },
        { ...sample, row: { ...sample.row, prompt: attack } },
      ],
    };
    const rendered = await renderReport(hostile);
    expect(contentOf(rendered)).not.toMatch(/<script|<svg onload|\u202e/);
    expect(rendered).not.toContain('\u202e');
    expect(rendered).not.toContain('\u0000');
    checkNesting(rendered);
    expect(text(rendered)).toContain('No picture: error[PROMPT_SYNTAX]');
    expect(renderMarkdown(hostile)).not.toMatch(/(?<!\\)<script|\u202e/);
    expect(renderMarkdown(hostile)).not.toContain('\u0000');
  });

  test('errors of ours are not swallowed as unreadable prompts', async () => {
    const clean = fixture();
    const sample = { ...clean.samples[0], row: { ...clean.samples[0].row, prompt: null as never } };
    const failure = renderReport({ ...clean, samples: [sample] });
    await expect(failure).rejects.toThrow(TypeError);
    await expect(failure).rejects.not.toThrow(TracelabError);
  });
});

describe('other shapes of a study', () => {
  test('several seeds: mean, counts of each seed, an interval that is never empty', async () => {
    const words = text(await renderReport(fixture({ seeds: [1, 2, 3] })));
    expect(words).toContain('72.0 % [69.0, 75.0] 708, 720, 732 of 1,000');
    const { high } = proportion(0, 1000);
    expect(words).toContain(`0.0 % [0.0, ${(100 * high).toFixed(1)}] 0, 0, 0 of 1,000`);
    expect(words).toMatch(
      /mean over seeds\. Greedy.*? Correct traces Wilson, before 72\.0 % \[69\.0, 75\.0\] 708, 720, 732 of 1,000 .*? Correct traces, seed 1 Wilson, before 70\.8 %/,
    );
  });

  test('undertrained is what the verdict of a training says, not that it is on a plateau', async () => {
    const trained = fixture();
    const reason = 'plan validity on dev is 12.0 % (24/200), below 20 %';
    const words = text(
      await renderReport({
        ...trained,
        conditions: trained.conditions.map((run, i) =>
          i === 0 ? { ...run, training_verdict: { ...run.training_verdict, undertrained: true, reason } } : run,
        ),
      }),
    );
    expect(words).toContain('An undertrained model says nothing about traces');
    expect(words).toContain(`seed 1: ${reason}`);
    expect(words).toContain('† marks a square in which a model is undertrained');
    expect(words).not.toContain('still on its plateau');
  });

  test('trace lengths of several seeds: their mean in both forms', async () => {
    const one = lengthResult();
    const seeds = one.shown.flatMap((run) => [run, { ...run, seed: 2 }]);
    const results: StudyResults = {
      ...fixture({ seeds: [1, 2] }),
      lengths: { shown: seeds, analysis: analyseLengths(seeds) },
    };
    expect(text(await renderReport(results))).toMatch(
      /Trace length over seeds\. .*?Correct traces Wilson 50\.0 % \[[\d., ]+\] 20, 20 of 40 /,
    );
    expect(renderMarkdown(results)).toMatch(
      /### Trace length over seeds[^]*\*\*Correct traces\*\* [ |]*\n\| Wilson \| \*\*50\.0 %\*\*<br>\[[\d., ]+\]<br>20, 20 of 40 \| /,
    );
    expect(renderMarkdown(fixture())).not.toContain('Trace length over seeds');
  });

  test('lengths and interventions of an undertrained model are marked, in both forms', async () => {
    const trained = fixture({ seeds: [1, 2] });
    const lengths = lengthResult();
    const seeds = lengths.shown.flatMap((run) => [run, { ...run, seed: 2 }]);
    const [one] = trained.interventions ?? [];
    const results: StudyResults = {
      ...trained,
      lengths: { shown: seeds, analysis: analyseLengths(seeds) },
      interventions: [one, { ...one, seed: 2 }],
      conditions: trained.conditions.map((run) => ({
        ...run,
        training_verdict: { ...run.training_verdict, undertrained: run.condition === 'correct' && run.seed === 2 },
      })),
    };
    const words = text(await renderReport(results));
    const lengthWords = words.slice(words.indexOf('Hollow: truncated completions.'), words.indexOf('A*’s own traces'));
    expect(lengthWords).toMatch(
      /†: undertrained.*? Correct traces, seed 1 .*? Correct traces, seed 2 † .*? Trace length over seeds\. .*? †: undertrained.*? Correct traces † Wilson .*? Swapped traces Wilson .*? Trace length of each run\. .*? †: undertrained.*? Correct traces, seed 2 † /,
    );
    expect(words).toMatch(
      /have written anyway\. †: undertrained.*? Correct traces, seed 1 .*? Correct traces, seed 2 † .*? Correct traces †, Wilson /,
    );
    const markdown = renderMarkdown(results);
    const part = (block: string): string => markdown.slice(markdown.indexOf(block)).split('\n### ')[0];
    expect(part('### Trace length over seeds')).toMatch(/†: undertrained[^]*\| \*\*Correct traces †\*\* /);
    expect(part('### Trace length of each run')).toMatch(
      /†: undertrained[^]*\| \*\*Correct traces, seed 1\*\* [^]*\| \*\*Correct traces, seed 2 †\*\* /,
    );
    expect(renderMarkdown(trained).replace(/### Phase diagram[^]*?\n### /, '')).not.toContain('†');
  });

  test('one condition, nothing evaluated, no samples, no curve: still a page', async () => {
    const clean = fixture({ conditions: ['solution-only'] });
    const bare: StudyResults = {
      ...clean,
      samples: [],
      findings: [],
      conditions: clean.conditions.map((run) => ({ ...run, evaluation: [], curve: [], dev: [] })),
    };
    for (const results of [clean, bare, { ...bare, conditions: [] }]) {
      const rendered = await renderReport(results);
      checkNesting(rendered);
      expect(text(rendered)).not.toMatch(/undefined|NaN|Infinity/);
      expect(renderMarkdown(results)).not.toMatch(/undefined|NaN|Infinity/);
    }
  });

  test('one distribution is said in the singular', async () => {
    const clean = fixture({ conditions: ['solution-only'] });
    const { test: sizes } = clean.dataset;
    const results = { ...clean, dataset: { ...clean.dataset, test: { wilson: sizes.wilson } } };
    expect(text(await renderReport(results))).toContain('of 1,000 test mazes of one distribution;');
    expect(text(await renderReport(clean))).toContain('of 1,000 test mazes of 6 distributions;');
  });

  test('a sample that was cut off says so', async () => {
    const clean = fixture();
    const row = { ...rowOf(caseOf('wilson', 'no_plan')), truncated: true };
    const rendered = await renderReport({
      ...clean,
      samples: [{ condition: 'correct', seed: 1, kind: 'plan invalid', row }],
    });
    expect(text(rendered)).toContain('the cap on length was reached before the end');
  });
});

describe('renderMarkdown', () => {
  test('tables with as many cells in every row as in the head', () => {
    const tables = renderMarkdown(fixture())
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThan(10);
    for (const table of tables) {
      const widths = new Set(
        table
          .split('\n')
          .filter(Boolean)
          .map((line) => line.split(/(?<!\\)\|/).length),
      );
      expect(widths.size).toBe(1);
    }
  });

  test('percent, interval, count/n; verdicts; the paper marked', () => {
    const markdown = renderMarkdown(fixture());
    expect(markdown).toContain('**70.8 %**<br>[67.9, 73.5]<br>708/1,000');
    expect(markdown).toContain('**observed in 0 of 1 run**');
    expect(markdown).toContain('| F1a | Traces help: ');
    expect(markdown).toContain(`\`\`\`yaml\n${configYaml(fixture())}\`\`\``);
    expect(markdown).toContain('Greedy completions of all test mazes before and after 100 steps of GRPO: percent');
    expect(markdown).toContain('recollected from the published tables; check before you cite.');
  });
});
