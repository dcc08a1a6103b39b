// `tracelab report`: the report of a finished study again, from its results.json, or its numbers for other programs.
import { dirname, join } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { isFolderSync } from '../../base/disk.ts';
import { refuseOptions } from '../command-line.ts';
import { print } from '../fit.ts';
import { checkOutputs, keepInputs } from '../keep-inputs.ts';
import { runPathOf } from '../typed-path.ts';

interface ReportCommandOptions {
  readonly out?: string;
  readonly text?: true;
  readonly markdown?: true;
  readonly csv?: string;
  readonly parquet?: string;
  readonly json?: true;
  readonly rows?: true;
}

/** A call has one output. */
const OUTPUTS = ['out', 'text', 'markdown', 'csv', 'parquet', 'json'] as const;

/** Adds the command `report` to the program. */
export function addReport(program: Command): void {
  program
    .command('report')
    .description('write the HTML report of a finished study again, print its tables or export its numbers')
    .argument('<run>', 'run directory of a study, or a results.json')
    .option('--out <file>', 'HTML file; default report.html next to results.json')
    .addOption(exclusive('--text', 'print the findings and tables and write nothing'))
    .addOption(exclusive('--markdown', 'print the tables as markdown and write nothing'))
    .addOption(exclusive('--csv <folder>', 'write the numbers of all tables to metrics.csv in this folder'))
    .addOption(exclusive('--parquet <file>', 'write the numbers of all tables to a Parquet file'))
    .addOption(exclusive('--json', 'print the numbers of all tables as JSON lines'))
    .option(
      '--rows',
      'with --csv (rows.csv), --parquet or --json: instead one row for each condition, seed, distribution and ' +
        'problem, from the cells of the study',
    )
    .addHelpText(
      'after',
      `
Every row of the numbers has its coordinates (table, metric, condition, seed, distribution, ...), n, interval and unit.
docs/tables.md describes all columns.

Examples:
  tracelab report runs/quick
  tracelab report runs/quick --text
  tracelab report results.json --out report.html
  tracelab report runs/quick --csv numbers
  tracelab report runs/quick --rows --parquet rows.parquet`,
    )
    .action(async (run: string, options: ReportCommandOptions, command: Command) => {
      const { out, text, markdown, csv, parquet, json, rows } = options;
      const isExport = csv !== undefined || parquet !== undefined || json === true;
      if (rows && !isExport)
        throw refuseOptions(command, {
          what: 'rows are no part of a report',
          expected: '--rows with --csv, --parquet or --json',
          got: '--rows alone',
        });
      const file = isFolderSync(run) ? join(run, 'results.json') : run;
      keepInputs(
        [file],
        [
          ['--out', out],
          ['--csv', csv],
          ['--parquet', parquet],
        ],
      );
      checkOutputs([
        ['--out', out],
        ['--csv', csv === undefined ? undefined : join(csv, 'metrics.csv')],
        ['--parquet', parquet],
      ]);
      const { readResults } = await import('../../study/results-file.ts');
      const results = await readResults(file);
      const path = out ?? join(dirname(file), 'report.html');
      if (isExport) {
        const { exportNumbers } = await import('../report-numbers.ts');
        const written = await exportNumbers(results, dirname(file), { csv, parquet }, rows === true);
        if (written !== undefined) print(`numbers ${written}\nresult ${results.result}\n`);
      } else if (text) {
        const { resultsText } = await import('../results-text.ts');
        const { verdictPaint } = await import('../display/style.ts');
        print(resultsText(results, path, { paint: verdictPaint() }));
      } else if (markdown) {
        const { renderMarkdown } = await import('../../report/markdown.ts');
        process.stdout.write(renderMarkdown(results));
      } else {
        const { reportOfStudy } = await import('../../report/live/study-report.ts');
        const { writeFileAtomic } = await import('../../base/files.ts');
        await writeFileAtomic(path, await reportOfStudy(results, dirname(file), runPathOf(file)));
        print(`report ${path}\nresult ${results.result}\n`);
      }
    });
}

function exclusive(flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.conflicts(OUTPUTS.filter((name) => name !== option.attributeName()));
}
