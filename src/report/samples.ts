// Samples: for each distribution the chosen completions as pictures that can be stepped through, with what is right or
// wrong about them in words, and their texts.
import { compareConditions, conditionLabel, hasTraces } from '../domain/conditions/condition.ts';
import type { Problem } from '../domain/maze/types.ts';
import { parsePrompt } from '../domain/maze/grammar.ts';
import { parseCompletionLeniently } from '../domain/maze/verdict/parse.ts';
import type { Domain } from '../domain/domain.ts';
import { DEFAULT_DOMAIN, domainOf, sizeWords } from '../domain/domains.ts';
import { explainedSteps } from '../domain/explain.ts';
import { TracelabError } from '../base/errors.ts';
import type { Sample, StudyResults } from '../study/results.ts';
import { planBreak, traceBreak } from './breaks.ts';
import { planWords, stepsTable, traceWords } from './domain-verdict.ts';
import { drawingKey, drawingPicture } from './drawing-picture.ts';
import { integer } from '../tables/format.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { mazePicture, pictureKey } from './maze-picture.ts';
import { playerData } from './player/data.ts';
import { playerKey, playerMarkup } from './player/markup.ts';

/** What a sample shows, as its heading. */
export const SAMPLE_TITLES: Readonly<Record<Sample['kind'], string>> = {
  'plan and trace valid': 'plan valid, trace valid',
  'plan valid, trace invalid': 'plan valid, trace invalid',
  'plan invalid': 'plan invalid',
};

interface Remark {
  readonly subject: string;
  readonly words: string;
  readonly broken: boolean;
}

function mazeRemarks(sample: Sample, problem: Problem): { readonly picture: Html; readonly list: readonly Remark[] } {
  const { completion: text, verdict, truncated } = sample.row;
  const completion = parseCompletionLeniently(text);
  const trace =
    !hasTraces(sample.condition) && completion.body.length === 0 ? null : traceBreak(problem, text, verdict.strict);
  const paper = traceBreak(problem, text, verdict.paper);
  const plan = planBreak(problem, completion.plan, verdict.plan);
  const list: Remark[] = [
    {
      subject: 'Plan',
      words:
        plan?.words ??
        `valid, ${completion.plan.length} cells${verdict.plan.optimal ? ', optimal' : ', longer than needed'}`,
      broken: plan !== null,
    },
  ];
  if (!hasTraces(sample.condition) && completion.body.length === 0) {
    list.push({ subject: 'Trace', words: 'none, as trained', broken: false });
  } else {
    list.push({
      subject: 'Strict trace',
      words:
        trace?.words ??
        `valid, ${completion.body.length} events${verdict.exact ? ', equal to the deterministic A* trace' : ''}`,
      broken: trace !== null,
    });
    const same =
      trace !== null &&
      paper !== null &&
      verdict.paper.rule === verdict.strict.rule &&
      verdict.paper.record === verdict.strict.record;
    list.push({
      subject: 'Lenient trace',
      words: same ? 'the same' : (paper?.words ?? 'valid'),
      broken: paper !== null,
    });
  }
  if (truncated) list.push({ subject: 'Cut off', words: 'the cap on length was reached before the end', broken: true });
  const label = [
    `${problem.size} by ${problem.size} maze with the model’s answer`,
    ...list.map(({ subject, words }) => `${subject}: ${words}`),
  ].join('. ');
  return { picture: mazePicture({ problem, completion, trace, plan, label }), list };
}

/** For mazes the report has a player. */
function isMaze(domain: string = DEFAULT_DOMAIN): boolean {
  return domain === DEFAULT_DOMAIN;
}

/**
 * A maze has a player.
 * @param id unique in the page
 */
function mazeBody(sample: Sample, id: string, begins: 'button' | 'load' = 'button'): Html {
  const { prompt, completion, size, generator } = sample.row;
  let problem: Problem;
  try {
    problem = parsePrompt(prompt, size, generator);
  } catch (error) {
    if (!(error instanceof TracelabError)) throw error;
    return html`<p class="broken-word">No picture: ${error.message}</p>`;
  }
  const { picture, list } = mazeRemarks(sample, problem);
  const data = playerData(problem, completion);
  const drawn = data.records === 0 ? picture : playerMarkup({ id, data, still: picture, begins });
  return html`${drawn}${remarkList(list)}`;
}

function remarkList(list: readonly Remark[]): Html {
  return html`<dl class="remarks">${join(
    list.map(
      ({ subject, words, broken }) =>
        html`<dt${broken ? html` class="broken-word"` : ''}>${subject}</dt><dd>${words}</dd>`,
    ),
  )}</dl>`;
}

/** Any other domain draws its completions as they end. */
function drawnBody(sample: Sample): Html {
  const { row } = sample;
  const domain = domainOf(row.domain);
  const { words, drawing } = domain;
  const hasNone = !hasTraces(sample.condition) && row.verdict.records === 0;
  const list: Remark[] = [
    planWords(domain, row.verdict),
    ...(hasNone ? [{ subject: 'Trace', words: 'none, as trained', broken: false }] : traceWords(domain, row.verdict)),
  ];
  if (row.truncated)
    list.push({ subject: 'Cut off', words: 'the cap on length was reached before the end', broken: true });
  const label = [
    `${sizeWords(row.domain, row.size, ' by ')} ${words.problem} with the model’s answer`,
    ...list.map(({ subject, words: said }) => `${subject}: ${said}`),
  ].join('. ');
  const steps = hasNone || drawing !== undefined ? EMPTY : stepsOf(domain, row);
  return html`${drawing === undefined ? EMPTY : drawingPicture(drawing(row), label)}${remarkList(list)}${steps}`;
}

/** Where there is no picture, the records are what there is to see. */
function stepsOf(domain: Domain, row: Sample['row']): Html {
  return html`<details class="texts"><summary>Event by event</summary>${stepsTable(domain, explainedSteps(domain, row, row.verdict))}</details>`;
}

/** Picture and remarks of a sample; of a maze with its player. */
export function sampleBody(sample: Sample, id: string, begins: 'button' | 'load'): Html {
  return isMaze(sample.row.domain) ? mazeBody(sample, id, begins) : drawnBody(sample);
}

function figure(sample: Sample, manySeeds: boolean, id: string): Html {
  const { row } = sample;
  return html`<article class="sample">
<h3>${conditionLabel(sample.condition)}: ${SAMPLE_TITLES[sample.kind]}</h3>
<p class="note">${row.id}${manySeeds ? `, seed ${sample.seed}` : ''}${
    row.walls_seen ? ', layout seen in training' : ', layout not seen in training'
  }</p>
${sampleBody(sample, id, 'button')}
<details class="texts"><summary>Prompt and completion</summary>
<p class="note">Prompt</p><pre class="wrap" tabindex="0">${row.prompt}</pre>
<p class="note">Completion</p><pre class="wrap" tabindex="0">${row.completion}</pre></details>
</article>`;
}

/** One row is shown, the others are folded. */
const ROW = 3;

function grids(figures: readonly Html[]): Html {
  const grid = (some: readonly Html[]): Html => html`<div class="samples">${join(some)}</div>`;
  const rest = figures.slice(ROW);
  return html`${grid(figures.slice(0, ROW))}${
    rest.length === 0
      ? EMPTY
      : html`<details><summary>${integer(rest.length)} more ${rest.length === 1 ? 'sample' : 'samples'}</summary>${grid(rest)}</details>`
  }`;
}

/** By condition, then from right to wrong; otherwise as chosen. */
function inOrder(a: Sample, b: Sample): number {
  const kinds = Object.keys(SAMPLE_TITLES);
  return compareConditions(a.condition, b.condition) || kinds.indexOf(a.kind) - kinds.indexOf(b.kind);
}

/** One folding block per distribution that has samples; the first is open. */
export function sampleSection(results: StudyResults): Html {
  const manySeeds = new Set(results.samples.map((sample) => sample.seed)).size > 1;
  const domain = domainOf(results.config.data.domain);
  const first = domain.distributions.find(({ name }) => results.samples.some(({ row }) => row.generator === name));
  const blocks = domain.distributions.map(({ name: distribution, label, meaning }) => {
    const samples = results.samples.filter((sample) => sample.row.generator === distribution).sort(inOrder);
    if (samples.length === 0) return EMPTY;
    const open = distribution === first?.name ? html` open` : EMPTY;
    return html`<details class="distribution"${open}><summary>${label} <span class="note">${meaning}; ${integer(samples.length)} ${
      samples.length === 1 ? 'sample' : 'samples'
    }</span></summary>
${grids(samples.map((sample, i) => figure(sample, manySeeds, `sample-${distribution}-${i + 1}`)))}</details>`;
  });
  if (!isMaze(domain.name)) {
    const key =
      domain.drawing === undefined
        ? EMPTY
        : drawingKey(results.samples.map(({ row }) => domainOf(row.domain).drawing?.(row)));
    return html`${key}
<p class="note">“Strict trace” and “lenient trace” name the level at which the trace is judged; lenient: ${domain.words.paperLevel}. The frame in a picture is the strict level’s.</p>${join(blocks)}`;
  }
  return html`${pictureKey()}
<details class="begin"><summary>What “strict” and “lenient” mean, and the marks of the player</summary>
<p class="note">“Strict trace” and “lenient trace” name the level at which the trace is judged; lenient is the published validator. The frame in a picture is the strict level’s. “Step through” plays a trace event by event, from its first break on; then these marks count:</p>
${playerKey(results.config.data.size <= 12)}</details>${join(blocks)}`;
}
