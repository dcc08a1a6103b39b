// How the numbers were made: definitions, statistics, rules, configuration, hardware, hashes, and the command that
// repeats the study.
import { stringify } from 'yaml';
import { domainOf } from '../domain/domains.ts';
import type { StudyResults } from '../study/results.ts';
import { studyCommand } from './commands.ts';
import { dateText, duration, integer, percent } from '../tables/format.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { wordsOf } from '../tables/names.ts';

/** The resolved configuration as YAML: a complete configuration file. */
export function configYaml(results: StudyResults): string {
  return stringify(results.config, { lineWidth: 0 });
}

/** The section on methods: definitions, statistics, data and decoding, in the words of the domain. */
export function methodsText(results: StudyResults): Html {
  const { config } = results;
  const words = wordsOf(results);
  return html`<p>A <strong>plan</strong> is valid when ${words.validPlan}; it is optimal when it is also as long as ${words.search}’s. A <strong>trace</strong> is judged at three levels. <em>Paper</em>: ${words.paperLevel}${words.paperDetails ?? ''}. <em>Strict</em>: a faithful ${words.search} run for some order of ${words.freeOrder}; the plan plays no part. <em>Exact</em>: equal, event by event, to the deterministic trace. Completions are parsed leniently, as the paper does; “exact format” is counted apart.</p>
<p><strong>Intervals.</strong> A proportion has its 95 % Wilson score interval and its n. With several seeds the interval of their mean covers the 95 % t interval over seeds and the mean of the seeds’ Wilson score intervals; where a seed has nothing to count, no mean is given. A paired difference has Tango’s score interval over ${words.problems}; with several seeds the interval covers both that and the t interval. p values are those of the test named on each finding; Holm p is adjusted over the six findings, tested or not. Decided at 0.05 by rules that were fixed before the run (version ${results.rules}). Fewer than three seeds decide nothing.</p>
<p><strong>Undertrained.</strong> A training is undertrained when plan validity on the in-distribution dev ${words.problems} is below 20 % or was not measured, or when the loss on plan tokens has not been seen to fall by a third from its plateau. Then no finding that uses it is decided.</p>
<p><strong>Data.</strong> Train, dev and test ${words.problems} come from separate random streams, are disjoint by ${words.identity}, and hold no duplicates: ${integer(
    results.dataset.train,
  )} for training${shareOfAll(results)} (${integer(results.dataset.train_tokens)} tokens), ${integer(
    results.dataset.dev,
  )} for development. ${words.near}, and the finding on generalisation rests on ${words.far}. Swapped traces are a fixed derangement over the training problems; prompt and plan stay. The loss is on the completion only: events are trace tokens, <code>solution</code> and what follows are plan tokens. Recipes are tuned on dev; all findings come from test.</p>
<p><strong>Decoding</strong> is ${
    config.evaluate.temperature === 0 ? 'greedy' : `sampled at temperature ${config.evaluate.temperature}`
  }. A completion that reaches the cap is counted as truncated and judged as it is. Samples are the first completions in file order that fit their kind.</p>`;
}

/** How much of all problems the training set is, where they are counted; a blank before it. */
function shareOfAll({ config: { data }, dataset }: StudyResults): string {
  const all = domainOf(data.domain).count(data.generator, data.size);
  if (all === null || (data.wall_jitter ?? 0) > 0) return '';
  return `, ${percent(dataset.train / all)} % of the ${integer(all)} that exist`;
}

/** Hardware, time and hashes. */
export function facts(results: StudyResults): Html {
  const { hardware } = results;
  const entries: readonly (readonly [string, Html])[] = [
    [
      'Hardware',
      html`${hardware.cpu}; ${integer(hardware.cores)} cores, ${integer(
        hardware.threads,
      )} used; ${hardware.memory_gib.toFixed(1)} GiB`,
    ],
    ['Software', html`tracelab ${results.version}, Node ${hardware.node}, kernels ${hardware.kernel_path}`],
    ['Time of all tasks', html`${duration(results.seconds)}, finished ${dateText(results.finished)}`],
    ['Configuration', html`<code class="hash">${results.config_hash}</code>`],
    ['Result', html`<code class="hash">${results.result}</code>`],
  ];
  return html`<dl class="facts">${join(entries.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`))}</dl>`;
}

/**
 * @param runPath run directory, for the command
 * @param runs the training runs with their weights
 */
export function reproduction(results: StudyResults, runPath: string, runs: Html): Html {
  return html`<p>Save the configuration as <code>${results.study}.yaml</code> and run it with the same version of tracelab:</p>
<pre tabindex="0">${studyCommand(results, runPath)}</pre>
<p>Wherever the same kernels run (${results.hardware.kernel_path}), it ends with this line, whatever the number of threads:</p>
<pre class="wrap" tabindex="0">result ${results.result}</pre>
${runs}<details><summary>Resolved configuration</summary><pre id="config" tabindex="0">${configYaml(results)}</pre></details>`;
}
