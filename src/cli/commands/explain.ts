// `tracelab explain`: one completion step by step, in the terminal, as data or as a page with a player.
import type { Command } from 'commander';
import { keepInputs } from '../keep-inputs.ts';
import { sizeOption } from '../options.ts';
import {
  addShownOptions,
  checkShown,
  showExplained,
  shownSteps,
  type ShownOptions,
  verdictOf,
} from '../show-explained.ts';

interface ExplainCommandOptions extends ShownOptions {
  readonly id?: string;
  readonly size?: number;
}

/** Adds the command `explain` to the program. */
export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('one completion step by step: maze, open list, events, the first broken rule in words')
    .argument(
      '<file[:line]>',
      'what verify reads: JSONL with prompt and completion or one text, text lines, Parquet (then a row); - for ' +
        'standard input',
    )
    .option('--id <id>', 'the row with this id (of several completions 7#2); else the line given, else the first row')
    .addOption(sizeOption());
  addShownOptions(command)
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
    .action(async (target: string, options: ExplainCommandOptions) => {
      checkShown(command, options);
      keepInputs([target, target.replace(/:[1-9]\d*$/, '')], [['--html', options.html]]);
      const { readExplainedRow } = await import('../explain-source.ts');
      const row = await readExplainedRow(target, options);
      const verdict = await verdictOf(row);
      await showExplained(row, verdict, [shownSteps(options, verdict, row.place)], options);
    });
}
