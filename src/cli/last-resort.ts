// What a process does before its first command and when nothing else catches an error: one line and an exit code in
// place of a death by signal or a stack.
import { TracelabError } from '../base/errors.ts';
import { shortageAtStart } from '../base/process-limits.ts';
import { heapLimit } from '../core/heap.ts';
import { printError } from './print-error.ts';

/** Makes a write beyond the limit of a file's size (ulimit -f) an error, EFBIG, in place of the end of the process. */
export function surviveFileLimit(): void {
  if (process.platform !== 'win32') process.on('SIGXFSZ', () => undefined);
}

/** @returns the exit code of a process that gets too little of the system, after its line is printed; else undefined */
export function shortageOfThisProcess(): number | undefined {
  const shortage = shortageAtStart(heapLimit());
  if (!shortage) return undefined;
  return printError(
    new TracelabError({
      code: 'PROCESS_LIMITS',
      kind: 'environment',
      where: 'this process',
      what: 'the system gives it too little to run',
      ...shortage,
    }),
  );
}

/**
 * Prints an error that nothing caught.
 * @returns its exit code
 */
export function endOfEscaped(error: unknown): number {
  return printError(error, process.argv.includes('--debug'));
}
