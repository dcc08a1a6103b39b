// The five findings as five sections, each with its verdict, table, figure and the command that repeats it; interventions and the phase diagram behind them.
import type { Condition } from '../domain/conditions/condition.ts';
import { domainOf } from '../domain/domains.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { Proportion } from '../base/statistics.ts';
import { idleFor, RL_DEFAULTS } from '../rl/config.ts';
import type { RlConfig } from '../rl/config.ts';
import { curvePrompts, rlSettings } from '../study/config.ts';
import type { ConditionResult, StudyResults } from '../study/results.ts';
import { figure } from './charts.ts';
import { conditionsOf, distributionsOf, estimateOf } from './estimate.ts';
import { findingCards, sectionOf } from './finding-cards.ts';
import { conditionLabel } from '../domain/conditions/condition.ts';
import { EMPTY, html, join } from './html.ts';
import type { Html } from './html.ts';
import { earlyFigure, interventionsFigure } from './interventions-page.ts';
import { hasEarly } from './interventions-chart.ts';
import { interventionsSeedsTable, interventionsTable } from './interventions-table.ts';
import { lengthsFigure } from './lengths-page.ts';
import { distanceTable, goldTable, lengthsSeedsTable, lengthsTable } from './lengths-table.ts';
import { reproduceCommand } from './methods.ts';
import { wordsOf } from './names.ts';
import { conditionKey, hollowKey } from './palette.ts';
import { hasPaperNumbers, PAPER_LABEL, paperPlanValid, PAPER_TRACE_VALID_GIVEN_PLAN } from './paper.ts';
import { phaseBody } from './phase-section.ts';
import { quadrantFigure } from './quadrants.ts';
import { rlFigures } from './rl-section.ts';
import { studyNames } from './run-names.ts';
import { hasDistributions } from './table.ts';
import { planExcerpt, planTable, traceTable, tracedConditions } from './tables.ts';
import { validityChart } from './validity-chart.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** What F2 and F3 compare. */
const COMPARED: readonly Condition[] = ['correct', 'swapped'];

/** Sections of the findings that this study has something to show for. */
export async function findingSections(results: StudyResults): Promise<Section[]> {
  if (!hasDistributions(results)) return [];
  const sections: Section[] = [{ id: 'f1', title: 'F1 Traces beside answers', body: html`${cards(results, 'f1')}${await firstFigures(results)}${planTable(results)}${tracedConditions(results).length > 0 ? html`${traceTable(results)}<h3>Plan against trace</h3>${quadrantFigure(results)}` : EMPTY}${studyCommand(results)}` }];
  const compared = COMPARED.filter((condition) => conditionsOf(results).includes(condition));
  const far = farOf(results);
  if (compared.length > 0) {
    const near = distributionsOf(results).filter((name) => !far.includes(name));
    sections.push(
      { id: 'f2', title: 'F2 Corrupted traces in distribution', body: html`${cards(results, 'f2')}${await comparedPlans(results, compared, near)}${studyCommand(results)}` },
      { id: 'f3', title: 'F3 Corrupted traces out of distribution', body: html`${cards(results, 'f3')}${await comparedPlans(results, compared, far)}${studyCommand(results)}` },
    );
  }
  if (results.rl !== undefined && results.rl.length > 0) sections.push({ id: 'f4', title: 'F4 Reinforcement learning', body: html`${cards(results, 'f4')}${await rlFigures(results.rl, results)}${rlCommands(results)}` });
  if (results.lengths !== undefined) {
    const { analysis, shown } = results.lengths;
    const names = studyNames(results);
    sections.push({ id: 'f5', title: 'F5 Trace length', body: html`${cards(results, 'f5')}${await lengthsFigure(analysis, shown, names)}${lengthsSeedsTable(analysis, names)}${lengthsTable(analysis, names)}${goldTable(analysis.gold)}${distanceTable(analysis.bins, names)}${commands([`npx tracelab analyse lengths runs/${results.study} --html lengths.html`], 'After the study, alone:')}` });
  }
  if (results.interventions !== undefined && results.interventions.length > 0) sections.push({ id: 'interventions', title: 'Does the model use its trace?', body: await interventionsBody(results) });
  if (results.phase !== undefined) sections.push({ id: 'phase', title: 'Where do traces start to pay?', body: html`${await phaseBody(results.phase, wordsOf(results).problems)}${studyCommand(results)}` });
  return sections;
}

function cards(results: StudyResults, section: string): Html {
  return findingCards(results.findings.filter(({ id }) => sectionOf(id) === section));
}

function farOf({ config, conditions }: StudyResults): GeneratorName[] {
  const tested = new Set(conditions.flatMap(({ evaluation }) => evaluation.map(({ distribution }) => distribution)));
  return domainOf(config.data.domain).distributions.filter(({ name, far }) => far && tested.has(name) && name !== config.data.generator).map(({ name }) => name);
}

/** Shares of conditions by distribution. @param paper the paper's percentage, where it gives one */
function rowsOf(results: StudyResults, conditions: readonly Condition[], distributions: readonly GeneratorName[], pick: (summary: DistributionSummary) => Proportion, paper: (condition: Condition, distribution: GeneratorName) => number | undefined) {
  return conditions.flatMap((condition) => distributions.flatMap((distribution) => {
    const estimate = estimateOf(results, condition, distribution, pick);
    return estimate === null ? [] : [{ condition, distribution, estimate, paper: paper(condition, distribution) }];
  }));
}

async function plansChart(results: StudyResults, conditions: readonly Condition[], distributions: readonly GeneratorName[]): Promise<Html> {
  return validityChart(rowsOf(results, conditions, distributions, (summary) => summary.plan_valid, (condition, distribution) => paperPlanValid(condition)?.[distribution]), 'Valid plans');
}

function keyOf(conditions: readonly Condition[], distributions: readonly GeneratorName[]): Html {
  return conditionKey(conditions, hasPaperNumbers(distributions) ? [hollowKey(`Hollow: ${PAPER_LABEL}`)] : []);
}

/** Figure and table of one finding; nothing where no such distribution was tested. */
async function comparedPlans(results: StudyResults, conditions: readonly Condition[], distributions: readonly GeneratorName[]): Promise<Html> {
  if (distributions.length === 0) return EMPTY;
  const picture = figure(await plansChart(results, conditions, distributions), 'Valid plans', `of all test ${wordsOf(results).problems}`);
  return html`${keyOf(conditions, distributions)}<div class="charts">${picture}</div>${planExcerpt(results, conditions, distributions)}`;
}

async function firstFigures(results: StudyResults): Promise<Html> {
  const conditions = conditionsOf(results), traced = tracedConditions(results), distributions = distributionsOf(results);
  const plans = await plansChart(results, conditions, distributions);
  const hasTraces = traced.length > 0;
  const paper = (condition: Condition, distribution: GeneratorName): number | undefined => (condition === 'correct' ? PAPER_TRACE_VALID_GIVEN_PLAN[distribution] : undefined);
  const paperLevel = hasTraces ? await validityChart(rowsOf(results, traced, distributions, (s) => s.trace_valid_given_plan.paper, paper), 'Traces valid at paper level among completions with a valid plan') : EMPTY;
  const strictLevel = hasTraces ? await validityChart(rowsOf(results, traced, distributions, (s) => s.trace_valid_given_plan.strict, () => undefined), 'Traces valid at strict level among completions with a valid plan') : EMPTY;
  return html`${keyOf(conditions, distributions)}
<div class="charts">${figure(plans, 'Valid plans', `of all test ${wordsOf(results).problems}`)}${hasTraces ? html`${figure(paperLevel, 'Valid traces, paper level', 'of the completions with a valid plan')}${figure(strictLevel, 'Valid traces, strict level', 'of the completions with a valid plan')}` : EMPTY}</div>`;
}

async function interventionsBody(results: StudyResults): Promise<Html> {
  const { interventions = [] } = results;
  const names = studyNames(results);
  const parts = await Promise.all(interventions.map(async ({ condition, seed, other, distributions }) => html`<h3>${names.run({ condition, seed })}</h3>
${other === null ? EMPTY : html`<p class="note">Other: the traces that the model trained on ${conditionLabel(other).toLowerCase()} wrote on the same mazes.</p>`}
${await interventionsFigure(distributions)}${distributions.some((one) => hasEarly(one.interventions)) ? html`<h3>Early answering</h3>${await earlyFigure(distributions)}` : EMPTY}
<details><summary>All numbers</summary>${interventionsTable(distributions)}</details>`));
  const { kinds = [], mazes = 0, distributions: chosen = [] } = results.config.interventions ?? {};
  const alone = interventions.map(({ condition, seed, other }) => {
    const forced = other === null ? '' : ` --other runs/${results.study}/cells/${runOf(results, other, seed)?.test_cell ?? ''}`;
    return `npx tracelab intervene ${foldersOf(results, condition, seed)}${forced} --distribution ${chosen.join(' ')} --interventions ${kinds.join(',')} --mazes ${mazes} --seed ${seed} --out runs/${condition}-seed${seed}-interventions`;
  });
  return html`<p>At test time another trace is forced in the place of the model’s own, and the model writes the plan behind it. A model that reads its trace follows the forced one; a model that does not writes the plan that it would have written anyway.${names.note}</p>${interventionsSeedsTable(interventions, names)}${join(parts)}${commands(alone, 'After the study, alone:')}`;
}

function studyCommand(results: StudyResults): Html {
  return commands([reproduceCommand(results)], 'With the configuration at the end of this page:');
}

function rlCommands(results: StudyResults): Html {
  const { rl = [], config } = results;
  if (config.rl === undefined) return EMPTY;
  const settings = rlSettings(config.rl);
  const changed = (Object.keys(RL_DEFAULTS) as (keyof RlConfig)[]).filter((key) => settings[key] !== RL_DEFAULTS[key] && idleFor(key, settings) === null);
  const flags = [...changed.map((key) => `--${key.replaceAll('_', '-')} ${settings[key]}`), `--eval-mazes ${config.rl.curve_mazes} --eval-prompts ${curvePrompts(config.rl)}`].join(' ');
  return commands(rl.map(({ condition, seed }) => `npx tracelab rl ${foldersOf(results, condition, seed)} ${flags} --seed ${seed} --out runs/${condition}-seed${seed}-rl`), 'After the study, alone:');
}

/** Arguments that name a model and the data, as the study left them. */
function foldersOf(results: StudyResults, condition: Condition, seed: number): string {
  const { study, dataset } = results;
  return `runs/${study}/cells/${runOf(results, condition, seed)?.cell ?? ''} --data runs/${study}/cells/${dataset.cell}`;
}

function runOf({ conditions }: StudyResults, condition: Condition, seed: number): ConditionResult | undefined {
  return conditions.find((each) => each.condition === condition && each.seed === seed);
}

function commands(lines: readonly string[], words: string): Html {
  return html`<p class="note">${words}</p><pre>${lines.join('\n')}</pre>`;
}
