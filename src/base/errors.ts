// The one error class users ever see, and the exit codes it maps to. Anything else that escapes is our bug (exit 70).
import { LIMITS } from './limits.ts';

/** Exit code of the process for each kind of failure (design: 0 done, 130/143 stopped and resumable). */
export const EXIT_CODES = {
  refused_input: 2,
  damaged_artifact: 3,
  environment: 4,
  bug: 70,
} as const;

/** Exit code when some tasks of a study were set aside and all others are done. */
export const PARTLY_FAILED = 5;

export type ErrorKind = keyof typeof EXIT_CODES;

/** @public */
export interface ErrorDetails {
  /** Stable machine-readable code, for example `CONFIG_UNKNOWN_KEY`. */
  code: string;
  kind: ErrorKind;
  /** The place: `file:line:column`, a path, an option, a config key. */
  where: string;
  /** What is wrong, one clause. */
  what: string;
  /** What would be right. */
  expected: string;
  /** What is there instead. */
  got: string;
  /** The way out. */
  hint: string;
  cause?: unknown;
}

/** A part of a message: a long one has its beginning, its end and its length. */
export function shortened(text: string): string {
  if (text.length <= LIMITS.messagePart.most) return text;
  return `${text.slice(0, 200)}... (${text.length} characters) ...${text.slice(-100)}`;
}

/**
 * A failure that is explained to the user in one line: `error[CODE] where: what; expected ..., got ... (hint: ...)`.
 * @public
 */
export class TracelabError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly where: string;
  /** Plain data: what another thread needs to make the same error again. */
  readonly details: ErrorDetails;

  constructor(details: ErrorDetails) {
    const { code } = details;
    const [where, what, expected, got, hint] = [
      details.where === '' ? '""' : details.where,
      details.what,
      details.expected,
      details.got === '' ? 'nothing' : details.got,
      details.hint,
    ].map(shortened);
    super(`error[${code}] ${where}: ${what}; expected ${expected}, got ${got} (hint: ${hint})`, {
      cause: details.cause,
    });
    this.name = 'TracelabError';
    this.code = code;
    this.kind = details.kind;
    this.where = where;
    this.details = details;
  }

  /** The exit code that belongs to the kind of the error. */
  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }
}
