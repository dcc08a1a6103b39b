// All tables of a study, in the order of every rendering. A new table is one file and one line here.
import type { StudyResults } from '../study/results.ts';
import { tracesOverTraining } from './competence.ts';
import { rlCurves, trainingCurves } from './curve-tables.ts';
import { findingList, findingParts, findingTests } from './findings.ts';
import { firstErrors } from './first-errors.ts';
import { completionForm } from './form.ts';
import { doseResponse } from './dose-response.ts';
import { phaseDiagrams, phaseRuns } from './phase.ts';
import { studyLengths } from './lengths.ts';
import { addedEventsByRun, addedEventsOverSeeds, informationByRun, informationOverSeeds } from './information.ts';
import { interventionsByRun, interventionsOverSeeds } from './interventions.ts';
import { comparedFar, comparedNear, planValidity } from './plan-validity.ts';
import { quadrants } from './quadrants.ts';
import { rlByRun, rlOverSeeds, rlSampledGroups } from './rl.ts';
import { runOverview } from './run-overview.ts';
import type { Table } from './table.ts';
import { tidyRows } from './tidy.ts';
import type { TidyRow } from './tidy.ts';
import { traceValidity } from './trace-validity.ts';
import { trainingRuns } from './training-runs.ts';

/** Sections of a report. */
export type SectionId =
  | 'findings'
  | 'f1'
  | 'f2'
  | 'f3'
  | 'f4'
  | 'f5'
  | 'dose-response'
  | 'interventions'
  | 'information'
  | 'phase'
  | 'errors'
  | 'curves'
  | 'reproduce';

export interface StudyTable {
  readonly section: SectionId;
  /** Also at the end of `tracelab study` and in `tracelab report --text`. */
  readonly inBrief?: true;
  /** @returns no table where the study has nothing for it */
  readonly build: (results: StudyResults) => readonly Table[];
}

export const STUDY_TABLES: readonly StudyTable[] = [
  { section: 'findings', inBrief: true, build: findingList },
  { section: 'findings', inBrief: true, build: findingTests },
  { section: 'findings', build: findingParts },
  { section: 'f1', inBrief: true, build: planValidity },
  { section: 'f1', inBrief: true, build: traceValidity },
  { section: 'f1', build: quadrants },
  { section: 'f1', build: tracesOverTraining },
  { section: 'f2', build: comparedNear },
  { section: 'f3', build: comparedFar },
  { section: 'f4', build: rlOverSeeds },
  { section: 'f4', build: rlByRun },
  { section: 'f4', build: rlSampledGroups },
  { section: 'f5', build: studyLengths },
  { section: 'dose-response', inBrief: true, build: doseResponse },
  { section: 'interventions', build: interventionsOverSeeds },
  { section: 'interventions', build: interventionsByRun },
  { section: 'information', build: informationOverSeeds },
  { section: 'information', build: informationByRun },
  { section: 'information', build: addedEventsOverSeeds },
  { section: 'information', build: addedEventsByRun },
  { section: 'phase', inBrief: true, build: phaseDiagrams },
  { section: 'phase', build: phaseRuns },
  { section: 'errors', build: firstErrors },
  { section: 'errors', build: completionForm },
  { section: 'curves', build: runOverview },
  { section: 'reproduce', build: trainingRuns },
];

/** The numbers of figures that no table shows: rows for other programs. */
export const CURVE_TABLES: readonly StudyTable[] = [
  { section: 'curves', build: trainingCurves },
  { section: 'f4', build: rlCurves },
];

/** @param tables replaced in tests */
export function tablesOf(results: StudyResults, tables: readonly StudyTable[] = STUDY_TABLES): Table[] {
  return tables.flatMap(({ build }) => build(results));
}

/** The tables of one section of a report. */
export function sectionTables(
  results: StudyResults,
  section: SectionId,
  tables: readonly StudyTable[] = STUDY_TABLES,
): Table[] {
  return tablesOf(
    results,
    tables.filter((each) => each.section === section),
  );
}

/** The tables that the end of a study in a terminal has room for. */
export function briefTables(results: StudyResults, tables: readonly StudyTable[] = STUDY_TABLES): Table[] {
  return tablesOf(
    results,
    tables.filter(({ inBrief }) => inBrief),
  );
}

/** The numbers of all tables and curves, one a row. */
export function studyRows(
  results: StudyResults,
  tables: readonly StudyTable[] = [...STUDY_TABLES, ...CURVE_TABLES],
): TidyRow[] {
  return tablesOf(results, tables).flatMap((table) => tidyRows(results.study, table));
}
