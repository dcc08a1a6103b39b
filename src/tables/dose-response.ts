// Dose-response: valid plans and strictly valid traces by the rate of a condition, and the logistic fit on the rate.
import type { DoseFit, DoseFits, DoseResponse, NoDoseFit } from '../analysis/dose-response.ts';
import type { LogisticFault } from '../base/logistic.ts';
import { conditionLabel, hasTraces } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { CONDITION_RULES } from '../domain/conditions/table.ts';
import type { StudyResults } from '../study/results.ts';
import { numberCell, textCell } from './cells.ts';
import {
  distributionColumns,
  distributionRow,
  hasDistributions,
  intervalWords,
  layoutsSeenGroup,
} from './distributions.ts';
import { distributionsOf, seedsOf } from './estimate.ts';
import { lowerFirst } from './format.ts';
import { UNDERTRAINED_MARK } from './run-names.ts';
import { tableId } from './table.ts';
import type { Cell, Group, Table } from './table.ts';

const FAULTS: Readonly<Record<LogisticFault, string>> = {
  none: 'not defined: none valid',
  all: 'not defined: all valid',
  separated: 'not defined: separated',
  alike: 'not defined: alike',
};

/** `Swapped traces`: the condition without its rate. */
export function doseLabel({ name }: DoseResponse): string {
  return CONDITION_RULES[name].label;
}

/** What a rate is a share of. */
export function rateWords({ name }: DoseResponse): string {
  return CONDITION_RULES[name].change === 'events' ? 'share of the events of each example' : 'share of the examples';
}

/** One table for each condition that was trained at three rates or more. */
export function doseResponse(results: StudyResults): Table[] {
  const { dose_response = [] } = results;
  return hasDistributions(results) ? dose_response.map((response) => responseTable(results, response)) : [];
}

function responseTable(results: StudyResults, response: DoseResponse): Table {
  const traced = response.doses.filter(({ condition }) => hasTraces(condition));
  const marked = undertrainedOf(results);
  const rate = ({ rate: share, condition }: DoseResponse['doses'][number]): Cell => ({
    ...textCell(`${Number((100 * share).toFixed(2))} %`, undefined, lowerFirst(conditionLabel(condition))),
    ...(marked.has(condition) && { mark: UNDERTRAINED_MARK }),
  });
  const isMarked = response.doses.some(({ condition }) => marked.has(condition));
  return {
    id: tableId('dose-response', response.name),
    title: `Dose-response: ${lowerFirst(doseLabel(response))}`,
    caption: [
      `Rate: ${rateWords(response)} that the condition changes; rate 0 is correct traces.`,
      `Shares: ${intervalWords(results)}.`,
      ...(isMarked ? [`${UNDERTRAINED_MARK}: a model of this rate is undertrained.`] : []),
      fitWords(seedsOf(results).length > 1),
    ].join(' '),
    dash: 'no fit, or too few rates with traces',
    columns: distributionColumns(results, 'Rate'),
    groups: [
      {
        heading: 'Valid plans',
        about: { metric: 'plan_valid' },
        rows: response.doses.map((dose) =>
          distributionRow(results, rate(dose), dose.condition, ({ plan_valid }) => plan_valid),
        ),
      },
      {
        heading: 'Valid traces, strict',
        about: { metric: 'trace_valid', level: 'strict' },
        rows: traced.map((dose) =>
          distributionRow(results, rate(dose), dose.condition, ({ trace_valid }) => trace_valid.strict),
        ),
      },
      fitGroup(results, response, 'valid plans', { metric: 'plan_valid' }, ({ plan_valid }) => plan_valid),
      fitGroup(
        results,
        response,
        'valid traces, strict',
        { metric: 'trace_valid', level: 'strict' },
        ({ trace_valid_strict }) => trace_valid_strict,
      ),
      layoutsSeenGroup(results),
    ],
    compact: true,
  };
}

function fitGroup(
  results: StudyResults,
  { fits }: DoseResponse,
  heading: string,
  about: { readonly metric: string; readonly level?: string },
  pick: (fits: DoseFits) => DoseFit | NoDoseFit | undefined,
): Group {
  const row = (label: string, metric: string, cell: (fit: DoseFit | NoDoseFit) => Cell | null): (Cell | null)[] => [
    textCell(label, { ...about, metric }),
    ...distributionsOf(results).map((distribution) => {
      const fit = fits.find((each) => each.distribution === distribution);
      const found = fit && pick(fit);
      return found === undefined ? null : cell(found);
    }),
  ];
  return {
    heading: `Logistic fit on the rate: ${heading}`,
    rows: [
      row('Slope, log odds', `${about.metric}_slope`, slopeCell),
      row('p of the slope', `${about.metric}_slope_p`, (fit) => ('fault' in fit ? null : numberCell(fit.p, 'p'))),
    ],
  };
}

function slopeCell(fit: DoseFit | NoDoseFit): Cell {
  if ('fault' in fit) return textCell(FAULTS[fit.fault]);
  const { slope, interval, n } = fit;
  return { kind: 'estimate', value: slope, low: interval[0], high: interval[1], unit: 'log odds', n };
}

function fitWords(severalSeeds: boolean): string {
  const error = severalSeeds
    ? 'Mean of one fit a seed, with an interval that covers the 95 % t interval over seeds and the mean of the ' +
      'seeds’ intervals over problems. p: the larger of the test over problems and the t test over seeds'
    : 'Its standard error is clustered by problem, because every rate is tested on the same problems. It does not ' +
      'cover the difference that another seed would make';
  return (
    'Slope: log odds at rate 1 minus log odds at rate 0, from a logistic fit on the rate. ' +
    `${error}. p is not adjusted for the number of distributions. Not defined: none or all are valid at every rate; ` +
    'separated: some rate divides the valid from the invalid, and the likelihood has no maximum; alike: the problems ' +
    'do not differ, and there is no standard error.'
  );
}

function undertrainedOf({ conditions }: StudyResults): ReadonlySet<Condition> {
  return new Set(
    conditions.filter(({ training_verdict }) => training_verdict.undertrained).map(({ condition }) => condition),
  );
}
