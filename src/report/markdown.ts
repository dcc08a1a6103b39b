// The main tables of a study as markdown, for a README or a terminal: findings, plan validity, trace validity within
// valid plans.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { Proportion } from '../base/statistics.ts';
import type { StudyResults } from '../study/results.ts';
import { conditionsOf, distributionsOf, estimateOf, summariesOf } from './estimate.ts';
import { effectWithInterval } from './finding-cards.ts';
import {
  counts,
  dateText,
  distributionLabel,
  duration,
  integer,
  lowerFirst,
  prose,
  pValue,
  share,
  upperFirst,
} from './format.ts';
import { cleanText } from './html.ts';
import { configYaml } from './methods.ts';
import { estimateText, lengthBlocks, interventionBlocks, phaseBlocks, rlBlocks } from './markdown-later.ts';
import { table } from './markdown-table.ts';
import { wordsOf } from './names.ts';
import { hasPaperNumbers, PAPER_LABEL, paperPlanValid, PAPER_TRACE_VALID_GIVEN_PLAN } from './paper.ts';
import { intervalWords } from './table.ts';
import { tracedConditions } from './tables.ts';
import { undertrainedTitle, whatWasRun } from './overview.ts';

/** One line of plain text: no markup, no table cell, no link can begin in it. */
export function escapeMarkdown(text: string): string {
  return cleanText(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_|[\]<>]/g, '\\$&');
}

function validityRow(
  results: StudyResults,
  heading: string,
  condition: Condition,
  pick: (summary: DistributionSummary) => Proportion,
): string[] {
  return [
    heading,
    ...distributionsOf(results).map((distribution) => estimateText(estimateOf(results, condition, distribution, pick))),
  ];
}

function paperRow(results: StudyResults, heading: string, values: typeof PAPER_TRACE_VALID_GIVEN_PLAN): string[] {
  return [
    `*${heading}*`,
    ...distributionsOf(results)
      .map((d) => values[d])
      .map((value) => (value === undefined ? '–' : `*${value.toFixed(1)} %*`)),
  ];
}

function findingsTable(results: StudyResults): string {
  const rows = results.findings.map((finding) => [
    `${finding.id} ${escapeMarkdown(prose(finding.statement))}`,
    `**${finding.verdict}**`,
    effectWithInterval(finding),
    integer(finding.n),
    String(finding.seeds.length),
    finding.p === null ? '–' : pValue(finding.p),
    finding.p_holm === null ? '–' : pValue(finding.p_holm),
    escapeMarkdown(prose(finding.test)),
  ]);
  return table(['Finding', 'Verdict', 'Effect [95 %]', 'n', 'Seeds', 'p', 'Holm p', 'Test'], rows);
}

/** What stands behind each verdict, and which findings are left out. */
function findingDetails({ findings, left_out }: StudyResults): string {
  const line = (id: string, text: string): string => `- ${id}: ${escapeMarkdown(prose(text))}`;
  return [
    ...findings.map(({ id, detail }) => line(id, detail)),
    ...left_out.map(({ id, reason }) => line(id, `left out: ${reason}`)),
  ].join('\n');
}

function wallsSeenRow(results: StudyResults): string[] {
  const cells = distributionsOf(results).map((distribution) => {
    const [summary] = conditionsOf(results).flatMap((condition) => summariesOf(results, condition, distribution));
    return `${share(summary.walls_seen)}<br>${counts(summary.walls_seen)}`;
  });
  return ['Walls seen in training', ...cells];
}

function planTable(results: StudyResults): string {
  const conditions = conditionsOf(results);
  return table(
    ['Trained on', ...distributionsOf(results).map((d) => distributionLabel(d))],
    [
      ...conditions.map((c) => validityRow(results, conditionLabel(c), c, (s) => s.plan_valid)),
      ...conditions.flatMap((c) => {
        const values = paperPlanValid(c);
        return values === null || !hasPaperNumbers(distributionsOf(results))
          ? []
          : [paperRow(results, `Paper: ${lowerFirst(conditionLabel(c))}`, values)];
      }),
      wallsSeenRow(results),
    ],
  );
}

function traceTable(results: StudyResults): string {
  return table(
    ['Trained on, level', ...distributionsOf(results).map((d) => distributionLabel(d))],
    [
      ...tracedConditions(results).flatMap((c) =>
        (['paper', 'strict'] as const).map((level) =>
          validityRow(results, `${conditionLabel(c)}, ${level} level`, c, (s) => s.trace_valid_given_plan[level]),
        ),
      ),
      ...(hasPaperNumbers(distributionsOf(results))
        ? [
            paperRow(
              results,
              `Paper: ${lowerFirst(conditionLabel('correct'))}, paper level`,
              PAPER_TRACE_VALID_GIVEN_PLAN,
            ),
          ]
        : []),
      wallsSeenRow(results),
    ],
  );
}

/** Pure: the same results give the same text. Headings are of the third level, to stand inside a README's section. */
export function renderMarkdown(results: StudyResults): string {
  const undertrained = results.conditions.filter((run) => run.training_verdict.undertrained);
  const words = wordsOf(results);
  const italics = hasPaperNumbers(distributionsOf(results)) ? ` In italics: ${PAPER_LABEL}.` : '';
  const blocks = [escapeMarkdown(whatWasRun(results))];
  if (undertrained.length > 0) {
    const runs = undertrained.map(
      (run) =>
        `${conditionLabel(run.condition)}, seed ${run.seed}: ${escapeMarkdown(prose(run.training_verdict.reason))}`,
    );
    blocks.push(`**${undertrainedTitle(results)}.** ${runs.join('. ')}.`);
  }
  blocks.push('### Findings', findingsTable(results), findingDetails(results));
  if (distributionsOf(results).length > 0) {
    blocks.push(
      '### Valid plans',
      `Share of test ${words.problems}: ${intervalWords(results)}.${italics} ${words.nearInShort}`,
      planTable(results),
    );
    if (tracedConditions(results).length > 0) {
      blocks.push(
        '### Valid traces among completions with a valid plan',
        `${upperFirst(intervalWords(results))}.${italics}`,
        traceTable(results),
      );
    }
  }
  blocks.push(...rlBlocks(results), ...lengthBlocks(results), ...interventionBlocks(results), ...phaseBlocks(results));
  const { hardware } = results;
  blocks.push(
    '### Configuration',
    `${escapeMarkdown(hardware.cpu)}, ${hardware.threads} threads, Node ${escapeMarkdown(hardware.node)}, ` +
      `kernels ${escapeMarkdown(hardware.kernel_path)}; ${duration(results.seconds)}, finished ` +
      `${escapeMarkdown(dateText(results.finished))}. \`tracelab study\` with this file repeats it.`,
    `\`\`\`yaml\n${configYaml(results)}\`\`\``,
  );
  blocks.push(
    `tracelab ${escapeMarkdown(results.version)}, configuration ` +
      `${escapeMarkdown(results.config_hash.slice(0, 16))}, result ${escapeMarkdown(results.result)}`,
  );
  return `${blocks.join('\n\n')}\n`;
}
