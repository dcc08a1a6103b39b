// `tracelab explain`: one completion step by step, in the terminal, as data or as a page with a player.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { TracelabError } from '../../base/errors.ts';
import type { Verdict } from '../../domain/types.ts';
import type { ExplainedRow, OtherExplainedRow } from '../explain-source.ts';
import type { StepRange } from '../explain-text.ts';
import { refuseOptions } from '../command-line.ts';
import { checkOutputs, keepInputs } from '../keep-inputs.ts';
import { sizeOption } from '../options.ts';
import { printLines } from '../fit.ts';
import { packageVersion } from '../version.ts';

interface ExplainCommandOptions {
  readonly id?: string;
  readonly size?: number;
  readonly steps?: StepRange;
  readonly fromError?: true;
  readonly json?: true;
  readonly html?: string;
}

/** Adds the command `explain` to the program. */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('one completion step by step: maze, open list, events, the first broken rule in words')
    .argument(
      '<file[:line]>',
      'what verify reads: JSONL with prompt and completion or one text, text lines, Parquet (then a row); - for ' +
        'standard input',
    )
    .option('--id <id>', 'the row with this id (of several completions 7#2); else the line given, else the first row')
    .addOption(sizeOption())
    .addOption(
      new Option(
        '--steps <from..to>',
        'only these steps; one more than there are events is the end of the trace',
      ).argParser(stepRange),
    )
    .option('--from-error', 'only the steps from the first broken rule')
    .option('--json', 'print the steps as JSON lines: example, steps, verdict')
    .option('--html <file>', 'write a page with a player instead of printing; needs no network')
    .addHelpText(
      'after',
      `
Levels: strict is a faithful run of A*, lenient is what the published validator accepts. The exit code is 0 for a broken trace as well.

Examples:
  tracelab explain data/6x6/dev.jsonl
  tracelab explain runs/swapped-test/completions-wilson.jsonl:17 --from-error
  tracelab explain theirs.jsonl --id maze-3 --size 30 --steps 1..20
  tracelab explain verified.parquet:17 --size 30
  tracelab explain runs/swapped-test/completions-wilson.jsonl --html trace.html
  tail -n 1 theirs.jsonl | tracelab explain - --json`,
    )
    .action(async (target: string, options: ExplainCommandOptions, command: Command) => {
      const { steps, fromError, json, html } = options;
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
      keepInputs([target, target.replace(/:[1-9]\d*$/, '')], [['--html', options.html]]);
      checkOutputs([['--html', html]]);
      const { readExplainedRow } = await import('../explain-source.ts');
      const { judge } = await import('../../domain/maze/verdict/judge.ts');
      const row = await readExplainedRow(target, options);
      if ('example' in row) return explainOther(row, options);
      const verdict = judge(row.problem, row.completion);
      if (options.html !== undefined) await writePage(row, verdict, options.html);
      else await printSteps(row, verdict, rangeOf(options, verdict, row.place), options.json === true);
    });
}

async function explainOther(row: OtherExplainedRow, options: ExplainCommandOptions): Promise<void> {
  const { domainOf } = await import('../../domain/domains.ts');
  const { example, place } = row;
  const verdict = domainOf(example.domain).judge(example);
  if (options.html !== undefined) {
    const { renderExplainedPage } = await import('../../report/explained-page.ts');
    const { writeFileAtomic } = await import('../../base/files.ts');
    await writeFileAtomic(options.html, renderExplainedPage({ example, place, verdict, version: packageVersion() }));
    printLines(`page ${options.html}\n`);
    return;
  }
  const { otherJson, otherText } = await import('../explain-other.ts');
  const range = rangeOf(options, verdict, place);
  const { columns = 80 } = process.stdout as { readonly columns?: number };
  if (options.json) for (const piece of otherJson(row, verdict, range)) process.stdout.write(piece);
  else for (const piece of otherText(row, verdict, range, Math.max(40, columns))) printLines(piece);
}

async function writePage(row: ExplainedRow, verdict: Verdict, file: string): Promise<void> {
  const { renderExplainPage } = await import('../../report/player/page.ts');
  const { writeFileAtomic } = await import('../../base/files.ts');
  await writeFileAtomic(file, renderExplainPage({ ...row, verdict, version: packageVersion() }));
  printLines(`page ${file}\n`);
}

async function printSteps(row: ExplainedRow, verdict: Verdict, range: StepRange, json: boolean): Promise<void> {
  const { columns = 80, isTTY } = process.stdout as { readonly columns?: number; readonly isTTY?: boolean };
  const color = isTTY === true && (process.env.NO_COLOR ?? '') === '';
  const { explainText } = await import('../explain-text.ts');
  const { explainJson } = await import('../explain-json.ts');
  const pieces = json
    ? explainJson(row, verdict, range)
    : explainText(row, verdict, { range, width: Math.max(40, columns), color });
  for (const piece of pieces) {
    if (json) process.stdout.write(piece);
    else printLines(piece);
  }
}

/**
 * @throws TracelabError STEP_RANGE when the range begins behind the end of the trace, or when nothing is broken to
 * begin from
 */
function rangeOf(
  { steps, fromError }: ExplainCommandOptions,
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
