// The refusal of a study that is not in a runs directory, with the nearest name.
import { TracelabError } from '../base/errors.ts';

/** The refusal of a study that is not there, with the nearest name. */
export async function noStudy(root: string, study: string): Promise<TracelabError> {
  const { nearest } = await import('../base/nearest.ts');
  const { listStudies } = await import('../work/study-cells.ts');
  const names = await listStudies(root);
  const near = nearest(study, names);
  return new TracelabError({
    code: 'STUDY_UNKNOWN',
    kind: 'refused_input',
    where: root,
    what: `no study ${study}`,
    expected: names.length === 0 ? 'a folder with studies' : `one of ${names.join(', ')}`,
    got: study,
    hint: near === undefined ? '`tracelab runs list` lists the studies' : `did you mean ${near}?`,
  });
}
