// What `explain` and `solve` do with one completion: its steps in the terminal, as data, or as a page with a player;
// and the options for it.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { TracelabError } from '../base/errors.ts';
import type { Verdict } from '../domain/types.ts';
import { refuseOptions } from './command-line.ts';
import type { ExplainedRow, OtherExplainedRow } from './explain-source.ts';
import type { StepRange } from './explain-text.ts';
import { printLines } from './fit.ts';
import { checkOutputs } from './keep-inputs.ts';
import { packageVersion } from './version.ts';

export interface ShownOptions {
  readonly steps?: StepRange;
  readonly fromError?: true;
  readonly json?: true;
  readonly html?: string;
}

/** Adds the options of ShownOptions to a command. */
export function addShownOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--steps <from..to>',
        'only these steps; one more than there are events is the end of the trace',
      ).argParser(stepRange),
    )
    .option('--from-error', 'only the steps from the first broken rule')
    .option('--json', 'print the steps as JSON lines: example, steps, verdict')
    .option('--html <file>', 'write a page with a player instead of printing; needs no network');
}

/**
 * Refuses options that exclude each other, and a page that cannot be written.
 * @throws TracelabError COMMAND_LINE, FILE_WRITE
 */
export function checkShown(command: Command, { steps, fromError, json, html }: ShownOptions): void {
  if (steps !== undefined && fromError)
    throw refuseOptions(command, {
      what: '--steps and --from-error exclude each other',
      expected: 'one of the two',
      got: 'both',
      hint: 'leave one out',
    });
  const other = json ? '--json' : fromError ? '--from-error' : steps !== undefined ? '--steps' : undefined;
  if (html !== undefined && other !== undefined)
    throw refuseOptions(command, {
      what: 'a page holds all steps, and nothing else is printed',
      expected: '--html without --json, --from-error and --steps',
      got: `--html with ${other}`,
      hint: `leave ${other} out`,
    });
  checkOutputs([['--html', html]]);
}

/** The verdict on the completion of a row, by the readable validator of its domain. */
export async function verdictOf(row: ExplainedRow | OtherExplainedRow): Promise<Verdict> {
  if ('example' in row) {
    const { domainOf } = await import('../domain/domains.ts');
    return domainOf(row.example.domain).judge(row.example);
  }
  const { judge } = await import('../domain/maze/verdict/judge.ts');
  return judge(row.problem, row.completion);
}

/** Prints the steps of these ranges, as text or as JSON lines; or writes the page, which has all steps. */
export async function showExplained(
  row: ExplainedRow | OtherExplainedRow,
  verdict: Verdict,
  ranges: readonly StepRange[],
  { json, html }: ShownOptions,
): Promise<void> {
  if (html !== undefined) {
    const { writeFileAtomic } = await import('../base/files.ts');
    await writeFileAtomic(html, await pageOf(row, verdict));
    printLines(`page ${html}\n`);
    return;
  }
  for await (const piece of piecesOf(row, verdict, ranges, json === true)) {
    if (json) process.stdout.write(piece);
    else printLines(piece);
  }
}

async function pageOf(row: ExplainedRow | OtherExplainedRow, verdict: Verdict): Promise<string> {
  const version = packageVersion();
  if ('example' in row) {
    const { renderExplainedPage } = await import('../report/explained-page.ts');
    return renderExplainedPage({ ...row, verdict, version });
  }
  const { renderExplainPage } = await import('../report/player/page.ts');
  return renderExplainPage({ ...row, verdict, version });
}

async function* piecesOf(
  row: ExplainedRow | OtherExplainedRow,
  verdict: Verdict,
  ranges: readonly StepRange[],
  json: boolean,
): AsyncGenerator<string> {
  const { columns = 80, isTTY } = process.stdout as { readonly columns?: number; readonly isTTY?: boolean };
  const width = Math.max(40, columns);
  const color = isTTY === true && (process.env.NO_COLOR ?? '') === '';
  if ('example' in row) {
    const { otherJson, otherText } = await import('./explain-other.ts');
    yield* json ? otherJson(row, verdict, ranges) : otherText(row, verdict, ranges, width);
  } else if (json) {
    const { explainJson } = await import('./explain-json.ts');
    yield* explainJson(row, verdict, ranges);
  } else {
    const { explainText } = await import('./explain-text.ts');
    yield* explainText(row, verdict, { ranges, width, color });
  }
}

/**
 * The steps that the options ask for; without them all.
 * @throws TracelabError STEP_RANGE when the range begins behind the end of the trace, or when nothing is broken to
 * begin from
 */
export function shownSteps(
  { steps, fromError }: ShownOptions,
  { records, strict, paper }: Verdict,
  where: string,
): StepRange {
  const all = { from: 1, to: records + 1 };
  if (fromError) {
    if (strict.valid && paper.valid)
      throw refused(
        where,
        'nothing is broken',
        'a trace that breaks a rule',
        'one that is valid at both levels',
        'leave --from-error out',
      );
    return { ...all, from: Math.min(strict.record ?? records, paper.record ?? records) + 1 };
  }
  if (steps === undefined) return all;
  if (steps.from > all.to)
    throw refused(where, 'no such step', `--steps within 1..${all.to}`, String(steps.from), 'leave --steps out');
  return { from: steps.from, to: Math.min(steps.to, all.to) };
}

function refused(where: string, what: string, expected: string, got: string, hint: string): TracelabError {
  return new TracelabError({ code: 'STEP_RANGE', kind: 'refused_input', where, what, expected, got, hint });
}

/** `3..20`, `3..`, `..20`, `3`. */
function stepRange(text: string): StepRange {
  const [first, last = first, ...more] = text.split('..');
  const from = first === '' ? 1 : Number(first);
  const to = last === '' ? Infinity : Number(last);
  const areNumbers = more.length === 0 && /^\d*$/.test(first + last) && first + last !== '';
  if (!areNumbers || from < 1 || to < from)
    throw new InvalidArgumentError(`expected steps from 1 on, as 3..20, 3.., ..20 or 3, got ${JSON.stringify(text)}`);
  return { from, to };
}
