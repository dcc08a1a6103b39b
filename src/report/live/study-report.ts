// The report of a study with models from its store of cells.
import type { StudyResults } from '../../study/results.ts';
import { defaultRunPath } from '../commands.ts';
import { renderReport } from '../report.ts';
import { liveSection } from './report-section.ts';
import { readLiveStudy } from './study-models.ts';

/**
 * The whole document. The same results and cells give the same bytes.
 * @param studyPath folder of the study, next to the store of cells
 * @param runPath the same as one would type it, for the commands
 */
export async function reportOfStudy(
  results: StudyResults,
  studyPath: string,
  runPath = defaultRunPath(results),
): Promise<string> {
  const live = await readLiveStudy(results, studyPath);
  return renderReport(results, runPath, live === null ? undefined : liveSection(results, live, runPath));
}
