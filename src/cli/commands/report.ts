// `tracelab report`: the report of a finished study again, from its results.json.
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { TracelabError } from '../../base/errors.ts';
import type { StudyResults } from '../../study/results.ts';
import { print } from '../fit.ts';
import { runPathOf } from '../typed-path.ts';

interface ReportCommandOptions {
  readonly out?: string;
  readonly text?: true;
  readonly markdown?: true;
}

export function addReport(program: Command): void {
  program
    .command('report')
    .description('write the HTML report of a finished study again, or print its tables')
    .argument('<run>', 'run directory of a study, or a results.json')
    .option('--out <file>', 'HTML file; default report.html beside results.json')
    .option('--text', 'print the findings and tables and write nothing')
    .option('--markdown', 'print the tables as markdown and write nothing')
    .addHelpText(
      'after',
      `
Examples:
  tracelab report runs/quick
  tracelab report runs/quick --text
  tracelab report results.json --out report.html`,
    )
    .action(async (run: string, { out, text, markdown }: ReportCommandOptions) => {
      const file = statSync(run, { throwIfNoEntry: false })?.isDirectory() ? join(run, 'results.json') : run;
      const results = await readResults(file);
      const path = out ?? join(dirname(file), 'report.html');
      if (text) {
        const { resultsText } = await import('../results-text.ts');
        const { verdictPaint } = await import('../display/style.ts');
        print(resultsText(results, path, { paint: verdictPaint() }));
      } else if (markdown) {
        const { renderMarkdown } = await import('../../report/markdown.ts');
        process.stdout.write(renderMarkdown(results));
      } else {
        const { renderReport } = await import('../../report/report.ts');
        const { writeFileAtomic } = await import('../../base/files.ts');
        await writeFileAtomic(path, await renderReport(results, runPathOf(file)));
        print(`report ${path}\nresult ${results.result}\n`);
      }
    });
}

async function readResults(file: string): Promise<StudyResults> {
  const { readJson } = await import('../../base/files.ts');
  const value = (await readJson(file)) as Partial<StudyResults> | null;
  const isStudy =
    typeof value === 'object' &&
    value !== null &&
    typeof value.study === 'string' &&
    typeof value.result === 'string' &&
    [value.conditions, value.findings, value.samples].every(Array.isArray);
  if (!isStudy) {
    throw new TracelabError({
      code: 'RESULTS',
      kind: 'damaged_artifact',
      where: file,
      what: 'not the results of a study',
      expected: 'a results.json that tracelab study wrote',
      got: JSON.stringify(value).slice(0, 60),
    });
  }
  const { RESULTS_FORMAT } = await import('../../study/results.ts');
  const { format = 1 } = value as { readonly format?: unknown };
  if (format !== RESULTS_FORMAT) {
    throw new TracelabError({
      code: 'RESULTS_FORMAT',
      kind: 'refused_input',
      where: file,
      what: 'was written by another version of tracelab',
      expected: `format ${RESULTS_FORMAT}`,
      got: JSON.stringify(format),
      hint: 'the same `tracelab study` command makes it again from its finished cells',
    });
  }
  return value as StudyResults;
}
