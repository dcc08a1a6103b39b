// The folder of an evaluation that a command reads: compared with what was written there before anything is read.
import { join } from 'node:path';
import { existsSync, readdir } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { EVALUATION_FILE, readEvaluation } from '../evaluation/evaluation-file.ts';
import { hashIfThere } from '../work/cell-files.ts';
import { CELL_FILE } from '../work/cell-record.ts';
import { checkRecorded } from '../work/recorded-files.ts';

const COMPLETIONS = /^completions-.+\.jsonl$/;
/** All that is read of an evaluation. */
const READ_FILES = /^(completions-[^/]+\.jsonl|evaluation\.json)$/;

/**
 * By the record of its cell, or by the hashes in evaluation.json where completions from elsewhere were judged. A folder
 * with neither counts as it is.
 * @throws TracelabError CELL_DAMAGED, EVALUATION (damaged artefact); EVALUATION_UNFINISHED (refused input)
 */
export async function checkEvaluation(folder: string): Promise<void> {
  if ((await checkRecorded(folder, READ_FILES)) !== null) return;
  if (existsSync(join(folder, CELL_FILE)))
    throw new TracelabError({
      code: 'EVALUATION_UNFINISHED',
      kind: 'refused_input',
      where: folder,
      what: 'this evaluation is not finished',
      expected: 'the record of a finished one',
      got: 'none',
      hint: 'give its command again',
    });
  const file = join(folder, EVALUATION_FILE);
  if (!existsSync(file)) return;
  const { files, checkpoint } = await readEvaluation(file);
  // Every evaluation of a model has a record in its folder.
  if (checkpoint !== undefined)
    throw new TracelabError({
      code: 'EVALUATION',
      kind: 'damaged_artifact',
      where: file,
      what: 'is the evaluation of a model without the record of its folder',
      expected: 'a record beside it',
      got: 'none',
      hint: 'copy the whole folder of an evaluation, or evaluate again',
    });
  if (files === undefined) return;
  const names = new Set([...Object.keys(files), ...(await readdir(folder)).filter((name) => COMPLETIONS.test(name))]);
  for (const name of names) {
    const [expected, got] = [files[name], await hashIfThere(join(folder, name))];
    if (expected === got) continue;
    throw new TracelabError({
      code: 'EVALUATION',
      kind: 'damaged_artifact',
      where: join(folder, name),
      what: 'was changed after it was written',
      expected: name in files ? `sha256 ${expected.slice(0, 16)}` : 'no such file',
      got: got === undefined ? 'no file' : `sha256 ${got.slice(0, 16)}`,
      hint: 'judge the completions again into another folder',
    });
  }
}
