// The main tables of a study as markdown, for a README or a terminal: findings, plan validity, trace validity within
// valid plans.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { StudyResults } from '../study/results.ts';
import { answerOf, remedyOf } from '../tables/answer.ts';
import { dateText, duration, prose } from '../tables/format.ts';
import { configYaml } from './methods.ts';
import { markdownCode, markdownTable, markdownWords } from '../render/markdown.ts';
import { tablesOf } from '../tables/study-tables.ts';
import { undertrainedTitle, whatWasRun } from './overview.ts';

/** Pure: the same results give the same text. Headings are of the third level, for use inside a section of a README. */
export function renderMarkdown(results: StudyResults): string {
  const undertrained = results.conditions.filter((run) => run.training_verdict.undertrained);
  const blocks = [`**${markdownWords(answerOf(results))}**`, markdownWords(whatWasRun(results))];
  if (undertrained.length > 0) {
    const runs = undertrained.map(
      (run) =>
        `${conditionLabel(run.condition)}, seed ${run.seed}: ${markdownWords(prose(run.training_verdict.reason))}`,
    );
    blocks.push(`**${undertrainedTitle(results)}.** ${runs.join('. ')}. ${remedyOf(results)}`);
  }
  blocks.push(...tablesOf(results).map(markdownTable));
  const { hardware } = results;
  blocks.push(
    '### Configuration',
    `${markdownWords(hardware.cpu)}, ${hardware.threads} threads, Node ${markdownWords(hardware.node)}, ` +
      `kernels ${markdownWords(hardware.kernel_path)}; tasks took ${duration(results.seconds)}, finished ` +
      `${markdownWords(dateText(results.finished))}. \`tracelab study\` with this file repeats it.`,
    markdownCode(configYaml(results), 'yaml'),
  );
  blocks.push(
    `tracelab ${markdownWords(results.version)}, configuration ` +
      `${markdownWords(results.config_hash.slice(0, 16))}, result ${markdownWords(results.result)}`,
  );
  return `${blocks.join('\n\n')}\n`;
}
