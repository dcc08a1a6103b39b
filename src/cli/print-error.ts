// The one line that a failure becomes, and its exit code.
import { EXIT_CODES, shortened, TracelabError } from '../base/errors.ts';
import { explained } from '../base/files.ts';
import { oneLine } from '../render/terminal-text.ts';
import { print } from './fit.ts';
import { withOriginals } from './scratch.ts';

/** Prints the message of a failure, which may come from another process, as one line. */
export function printFailure(message: string): void {
  print(`${oneLine(message)}\n`, process.stderr);
}

/**
 * Prints a failure as one line.
 * @param debug adds its stack
 * @returns its exit code
 */
export function printError(thrown: unknown, debug = false): number {
  const error = explained(thrown);
  const stack =
    debug && error instanceof Error
      ? `\n${error.stack ?? ''}${error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? ''}` : ''}`
      : '';
  const say = (line: string): void => {
    print(`${oneLine(line)}${stack}\n`, process.stderr);
  };
  if (error instanceof TracelabError) {
    say(withOriginals(error.message));
    return error.exitCode;
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const hint = debug ? '' : ' (hint: this is our fault; run again with --debug for the stack, and report it)';
  say(`error[BUG] tracelab: ${shortened(text.split('\n', 1)[0])}${hint}`);
  return EXIT_CODES.bug;
}
