// All tables of a study, in the order of every rendering. A new table is one file and one line here.
import type { StudyResults } from '../study/results.ts';
import { comparedFar, comparedNear, planValidity } from './plan-validity.ts';
import type { Table } from './table.ts';
import { tidyRows } from './tidy.ts';
import type { TidyRow } from './tidy.ts';
import { traceValidity } from './trace-validity.ts';

/** Sections of a report. */
export type SectionId =
  'findings' | 'f1' | 'f2' | 'f3' | 'f4' | 'f5' | 'interventions' | 'phase' | 'errors' | 'reproduce';

export interface StudyTable {
  readonly section: SectionId;
  /** Also at the end of `tracelab study` and in `tracelab report --text`. */
  readonly inBrief?: true;
  /** @returns no table where the study has nothing for it */
  readonly build: (results: StudyResults) => readonly Table[];
}

export const STUDY_TABLES: readonly StudyTable[] = [
  { section: 'f1', inBrief: true, build: planValidity },
  { section: 'f1', inBrief: true, build: traceValidity },
  { section: 'f2', build: comparedNear },
  { section: 'f3', build: comparedFar },
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

/** The numbers of all tables, one a row. */
export function studyRows(results: StudyResults, tables: readonly StudyTable[] = STUDY_TABLES): TidyRow[] {
  return tablesOf(results, tables).flatMap((table) => tidyRows(results.study, table));
}
