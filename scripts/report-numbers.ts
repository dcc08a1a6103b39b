// Prints the numbers in the tables of HTML reports. tests/golden/report-numbers.json was made by it from the reports of
// an older version (tests/README.md); it is not made anew when a report changes.
//   node scripts/report-numbers.ts NAME=report.html ... > tests/golden/report-numbers.json
import { readFileSync } from 'node:fs';
import { tablesOfReport } from '../tests/report/report-numbers.ts';

const reports = process.argv.slice(2).map((argument) => {
  const [name, path] = argument.split('=', 2);
  const tables = tablesOfReport(readFileSync(path, 'utf8')).map((table) => JSON.stringify(table));
  return `${JSON.stringify(name)}: [\n${tables.join(',\n')}\n]`;
});
process.stdout.write(`{\n${reports.join(',\n')}\n}\n`);
