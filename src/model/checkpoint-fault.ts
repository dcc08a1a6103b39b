// What a checkpoint folder is refused with: a file that is not as it was written, or a whole folder of another model.
import { TracelabError } from '../base/errors.ts';

/** A refusal of what is at a place. */
export type Fault = (where: string, what: string, expected: string, got: string) => TracelabError;

/** Of a file that tracelab wrote, or of one that is no file of its format. */
export const damaged: Fault = (where, what, expected, got) =>
  new TracelabError({
    code: 'CHECKPOINT_DAMAGED',
    kind: 'damaged_artifact',
    where,
    what,
    expected,
    got,
    hint: 'put a whole copy of the checkpoint in its place, or delete its run and make it again',
  });

/** Of a folder that another program wrote, and that is whole. */
export const otherModel: Fault = (where, what, expected, got) =>
  new TracelabError({
    code: 'CHECKPOINT_OTHER',
    kind: 'refused_input',
    where,
    what,
    expected,
    got,
    hint: 'docs/guide.md names what tracelab reads of a checkpoint that transformers has saved again',
  });
