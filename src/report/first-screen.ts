// The first screen of a report: the answer in a sentence, valid plans by distribution and condition, one maze at its
// first broken step, the findings as chips.
import { conditionLabel, hasTraces } from '../domain/conditions/condition.ts';
import type { Sample, StudyResults } from '../study/results.ts';
import { htmlTable } from '../render/html.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { answerOf } from '../tables/answer.ts';
import { distributionLabel, unbroken } from '../tables/format.ts';
import { hasPublished } from '../tables/published.ts';
import { distributionsOf } from '../tables/estimate.ts';
import { sectionTables } from '../tables/study-tables.ts';
import { sectionTitle } from '../tables/titles.ts';
import { validityFigures } from '../tables/validity-figures.ts';
import { figureHtml } from './charts.ts';
import { findingChips } from './chips.ts';
import { overline, problemsWords, undertrainedBanner, whatWasRun } from './overview.ts';
import { sampleBody } from './samples.ts';

/** Title, answer, picture and chips. */
export async function firstScreen(results: StudyResults): Promise<Html> {
  const plans = validityFigures(results).at(0);
  const plot = plans === undefined ? EMPTY : await figureHtml(withPublished(results, { ...plans, span: 'wide' }));
  return html`<header>
${overline(results)}
<h1>Do the traces mean anything? <span class="problems">${problemsWords(results)}</span></h1>
<p class="answer" id="answer">${unbroken(answerOf(results))}</p>
${undertrainedBanner(results)}
</header>
<section aria-labelledby="findings" class="first">
<div class="hero">${plot}${heroSample(results)}</div>
<div class="unseen"><h2 id="findings">${sectionTitle('findings')}</h2></div>
${findingChips(results)}
<p class="what">${whatWasRun(results)}</p>
${folded(results)}
</section>`;
}

function folded(results: StudyResults): Html {
  const tables = sectionTables(results, 'findings').filter(({ id }) => id === 'findings' || id === 'finding-tests');
  return tables.length === 0
    ? EMPTY
    : html`<details class="numbers"><summary>All findings as a table: claims, rules, p values</summary>${join(
        tables.map(htmlTable),
      )}</details>`;
}

function withPublished<T extends { readonly caption: string }>(results: StudyResults, figure: T): T {
  return hasPublished(distributionsOf(results))
    ? {
        ...figure,
        caption: `Percent ${figure.caption}. Hollow: published, 30×30 mazes (recollected; check before you cite)`,
      }
    : figure;
}

/** A valid plan next to an invalid trace, if there is one: the point of the paper. */
function heroSample(results: StudyResults): Html {
  const sample = chosen(results);
  if (sample === undefined) return EMPTY;
  const { condition, seed, kind, row } = sample;
  return html`<figure class="hero-sample"><figcaption><h3>${TITLES[kind]}</h3><p class="note">${conditionLabel(
    condition,
  )}, seed ${seed}, ${distributionLabel(row.generator)}</p></figcaption>${sampleBody(sample, 'hero-player', 'load')}</figure>`;
}

const TITLES: Readonly<Record<Sample['kind'], string>> = {
  'plan valid, trace invalid': 'A valid plan after an invalid trace',
  'plan and trace valid': 'A valid plan after a valid trace',
  'plan invalid': 'An invalid plan',
};

function chosen({ samples, config }: StudyResults): Sample | undefined {
  const rank = ({ kind, condition, row }: Sample): number =>
    (kind === 'plan valid, trace invalid' ? 0 : kind === 'plan and trace valid' ? 20 : 40) +
    (hasTraces(condition) ? 0 : 200) +
    (condition === 'correct' ? 0 : 4) +
    (row.generator === config.data.generator ? 0 : 1) +
    (row.truncated ? 100 : 0);
  return samples.toSorted((a, b) => rank(a) - rank(b)).at(0);
}
