// Failures of tasks as plain data: they come from other processes, and decide whether another try can help.
import { EXIT_CODES, TracelabError } from '../base/errors.ts';
import { explained, isLasting } from '../base/files.ts';
import type { TaskFailure } from './executor.ts';

/** A failed try. */
export interface Failed {
  readonly failure: TaskFailure;
  /** Another try cannot help: its input is refused, files that it reads are damaged, the disk is full. */
  readonly final: boolean;
  /** For the log: the stack. */
  readonly details: string;
}

/** @returns what another process needs to know about an error */
export function failedBy(thrown: unknown): Failed {
  const error = explained(thrown);
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error instanceof TracelabError) {
    return {
      failure: { code: error.code, message: error.message, exit_code: error.exitCode },
      final: error.kind === 'refused_input' || error.kind === 'damaged_artifact' || isLasting(error),
      details,
    };
  }
  const first = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
  return {
    failure: { code: 'BUG', message: `error[BUG] task: ${first}`, exit_code: EXIT_CODES.bug },
    final: false,
    details,
  };
}

/**
 * The lease of a cell is another's. Never the fault of its task.
 * @param where the cell's folder
 * @param got the lease that is there instead
 */
export function cellLost(where: string, what: string, got: string, cause?: unknown): TracelabError {
  return new TracelabError({
    code: 'CELL_LOST',
    kind: 'environment',
    where,
    what,
    expected: 'the lease of this process',
    got,
    hint: 'this process gave no sign of life for too long, or the folder was deleted; run the command again',
    cause,
  });
}

/** Somebody else asked its process to end. */
export function stoppedByOthers(id: string): TaskFailure {
  const message = `error[TASK_STOPPED] ${id}: was stopped by another process; expected to run to its end`;
  return { code: 'TASK_STOPPED', message, exit_code: EXIT_CODES.environment };
}

/** @returns the owner of a cell when the error says that one has it, else undefined */
export function ownerIn(error: unknown): string | undefined {
  if (!(error instanceof TracelabError) || error.code !== 'CELL_IN_USE') return undefined;
  return error.details.got;
}
