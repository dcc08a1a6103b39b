// Words for the top of the report: what was run in one paragraph, and the warning when a training did not get far
// enough.
import { conditionLabel, conditionMeaning } from '../domain/conditions/condition.ts';
import { sizeWords } from '../domain/domains.ts';
import type { StudyResults } from '../study/results.ts';
import { inline } from '../render/html.ts';
import { remedyOf } from '../tables/answer.ts';
import { conditionsOf, seedsOf } from '../tables/estimate.ts';
import {
  dateText,
  distributionLabel,
  duration,
  integer,
  list,
  lowerFirst,
  magnitude,
  prose,
} from '../tables/format.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import { wordsOf } from '../tables/names.ts';
import type { Html } from '../render/markup.ts';

/** `6×6 Wilson mazes`, `Small puzzles of size 3`. */
export function problemsWords(results: StudyResults): string {
  const { domain, domain_module, size, generator } = { ...results.config, ...results.config.data };
  const problems = `${distributionLabel(generator)} ${wordsOf(results).problems}`;
  const words = sizeWords(domain, size);
  return domain_module === undefined ? `${words} ${problems}` : `${problems} of ${words}`;
}

function range(values: readonly number[], write: (value: number) => string): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return write(low) === write(high) ? write(low) : `${write(low)} to ${write(high)}`;
}

/** One paragraph, all of it from the data. */
export function whatWasRun(results: StudyResults): string {
  const { config, dataset, conditions, hardware } = results;
  if (conditions.length === 0) return 'No training run has finished.';
  const seeds = seedsOf(results);
  const words = wordsOf(results);
  const { problems } = words;
  const kinds = conditionsOf(results).map(
    (condition) => `${lowerFirst(conditionLabel(condition))} (${conditionMeaning(condition, words)})`,
  );
  const tests = Object.entries(dataset.test).filter(([, n]) => n > 0);
  const sizes = range(
    tests.map(([, n]) => n),
    integer,
  );
  const { d_model, n_layer } = config.model;
  return [
    `${integer(conditions.length)} ${conditions.length === 1 ? 'transformer' : 'transformers'} of ${range(
      conditions.map((run) => run.parameters),
      magnitude,
    )} parameters (${n_layer} ${n_layer === 1 ? 'layer' : 'layers'} of width ${d_model})`,
    ` ${
      conditions.length === 1 ? 'was' : 'were'
    } trained from scratch on ${integer(dataset.train)} ${problemsWords(results)}, ${range(
      conditions.map((run) => run.tokens),
      magnitude,
    )} tokens each,`,
    ` with ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`} per condition: ${list(kinds)}.`,
    ' Each wrote one ' +
      `${config.evaluate.temperature === 0 ? 'greedy' : `sampled (temperature ${config.evaluate.temperature})`} ` +
      `completion for each of ${sizes} test ${problems} of ` +
      `${tests.length === 1 ? 'one distribution' : `${tests.length} distributions`};`,
    ` every plan and every trace was then checked by a validator that shares no code with the generator or the search.`,
    // Tasks may have been reused, or computed on other machines.
    ` Its tasks took ${duration(results.seconds)} in all; the last command ran on ${integer(hardware.threads)} ` +
      `${hardware.threads === 1 ? 'thread' : 'threads'} of ${hardware.cpu}.`,
  ].join('');
}

/**
 * Says of how much nothing can be concluded: of the study, or only of the findings that need the runs which did not
 * learn.
 */
export function undertrainedTitle({ conditions, findings }: StudyResults): string {
  const runs = conditions.filter((run) => run.training_verdict.undertrained).length;
  if (runs === conditions.length || findings.every((finding) => finding.verdict === 'undertrained'))
    return 'Undertrained: nothing can be concluded';
  return `Undertrained: nothing can be concluded from ${runs} of ${conditions.length} training runs`;
}

/**
 * What is wrong and what to change, said once for all findings; empty where every model learned. The reason of each run
 * is folded.
 */
export function undertrainedBanner(results: StudyResults): Html {
  const runs = results.conditions.filter((run) => run.training_verdict.undertrained);
  if (runs.length === 0) return EMPTY;
  const items = runs.map(
    (run) =>
      html`<li><strong>${conditionLabel(run.condition)}, seed ${run.seed}:</strong> ${prose(
        run.training_verdict.reason,
      )}</li>`,
  );
  return html`<aside class="banner" aria-labelledby="undertrained"><h2 id="undertrained">${undertrainedTitle(
    results,
  )}</h2>
<p>An undertrained model says nothing about traces, and no finding that needs it is decided. ${inline(
    remedyOf(results),
  )}</p>
<details><summary>Why: ${integer(runs.length)} of ${integer(
    results.conditions.length,
  )} training runs</summary><ul>${join(items)}</ul></details></aside>`;
}

/** The overline of the page: version, study, time. */
export function overline({ version, study, finished }: StudyResults): Html {
  return html`<p class="overline">tracelab ${version} · study ${study} · finished ${dateText(finished)}</p>`;
}
