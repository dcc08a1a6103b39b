// What a terminal can show: colours and characters, by NO_COLOR, TERM and the locale.
import { styleText } from 'node:util';
import type { DisplayStream } from './display.ts';

export type Tone = 'good' | 'quiet' | 'warning' | 'bad' | 'plain';

export interface Style {
  readonly ellipsis: string;
  readonly full: string;
  readonly empty: string;
  readonly paint: (tone: Tone, text: string) => string;
}

/** The tone of a verdict on a finding; one that is not here is plain. */
const VERDICTS: Readonly<Partial<Record<string, Tone>>> = {
  supported: 'good',
  contradicted: 'bad',
  undecided: 'warning',
  observed: 'plain',
  undertrained: 'warning',
};

const COLOURS = { good: 'green', quiet: 'dim', warning: 'yellow', bad: 'red' } as const;

/** Colours and signs that an output can show. Respects NO_COLOR and TERM. */
export function styleOf(
  out: Pick<DisplayStream, 'hasColors'>,
  env: Readonly<Record<string, string | undefined>>,
): Style {
  const hasColour = !env.NO_COLOR && env.TERM !== 'dumb' && (out.hasColors?.() ?? false);
  return {
    ...(isUnicode(env)
      ? { ellipsis: '\u2026', full: '\u2588', empty: '\u2591' }
      : { ellipsis: '...', full: '#', empty: '.' }),
    paint: (tone, text) =>
      hasColour && tone !== 'plain' ? styleText(COLOURS[tone], text, { validateStream: false }) : text,
  };
}

/** For tables: colours the word of a verdict where `out` can. */
export function verdictPaint(
  out: Pick<DisplayStream, 'hasColors'> = process.stdout,
  env: Readonly<Record<string, string | undefined>> = process.env,
): (verdict: string, text: string) => string {
  const { paint } = styleOf(out, env);
  return (verdict, text) => paint(VERDICTS[verdict] ?? 'plain', text);
}

/** The console of Linux has no block characters; a locale that is set and is not UTF-8 has none either. */
function isUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.TERM === 'linux') return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return !locale || /utf-?8/i.test(locale);
}
