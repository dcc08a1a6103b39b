// `tracelab bench`: how fast this machine computes, kernel by kernel and as a whole, compared with the peaks of its
// hardware; and documents of earlier runs, compared or as a row of a table.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_GROUPS, type Group, GROUPS, PRESET_NAMES, type PresetName } from '../../../bench/groups.ts';
import { nearest } from '../../base/nearest.ts';
import { columnsOf, print, printLines } from '../fit.ts';
import { checkOutputs } from '../keep-inputs.ts';
import { refuseOptions } from '../command-line.ts';
import { countsOption, threadsOption } from '../options.ts';
import { listenForStop } from '../signals.ts';
import { packageVersion } from '../version.ts';

interface BenchCommandOptions {
  readonly only: readonly Group[];
  readonly presets: readonly PresetName[];
  readonly scaling?: true;
  readonly threads: number;
  readonly counts?: readonly number[];
  readonly quick?: true;
  readonly json?: true;
  readonly schema?: true;
  readonly html?: string;
}

/** Adds the command `bench` to the program. */
export function addBench(program: Command, setExitCode: (code: number) => void): void {
  const bench = program
    .command('bench')
    .description('measure this machine: peaks, kernels, training step, decoding, lanes, validator, generator')
    .addOption(
      new Option('--only <groups>', `some of these, with commas: ${GROUPS.join(', ')}`)
        .argParser((text) => parseNames(text, GROUPS))
        .default(DEFAULT_GROUPS, 'all but scaling'),
    )
    .addOption(
      new Option('--presets <names>', `some of these models, with commas: ${PRESET_NAMES.join(', ')}`)
        .argParser((text) => parseNames(text, PRESET_NAMES))
        .default(PRESET_NAMES, 'all'),
    )
    .option('--scaling', 'also 1, 2, 4, ... all threads against as many single-thread runs side by side')
    .addOption(threadsOption())
    .addOption(countsOption())
    .option('--quick', 'a shorter run: the two smaller presets, few and short rounds')
    .option('--json', 'print one JSON document')
    .option('--schema', 'print the JSON Schema of that document and measure nothing')
    .option('--html <file>', 'write a page with a roofline plot and the efficiency of threads')
    .addHelpText(
      'after',
      `
Takes about five minutes; --scaling adds about a quarter of an hour. End other programs first; a warning reports other load. Every number
is the best of five rounds. Every result is compared with scalar arithmetic first; a wrong one is never timed and ends the command with
exit code 70. A stopped run (Ctrl-C, SIGTERM) prints what was measured and lists the rest as skipped.

Examples:
  tracelab bench
  tracelab bench --html bench.html
  tracelab bench --only gemm,attention --json
  tracelab bench --only scaling --presets quick,nano --counts 1,8
  tracelab bench --quick --only training-step
  tracelab bench --json > after.json
  tracelab bench compare before.json after.json
  tracelab bench row after.json`,
    )
    .action(async (options: BenchCommandOptions, command: Command) => {
      if (options.counts && !options.scaling && !options.only.includes('scaling'))
        throw refuseOptions(command, {
          what: '--counts needs --scaling',
          expected: '--scaling, or scaling in --only',
          got: '--counts alone',
          option: '--counts',
        });
      setExitCode(await measure(options));
    });
  bench
    .command('compare <a> <b>')
    .description('two documents of bench --json: ratios of all common rows, and which exceed the noise')
    .option('--json', 'print one JSON document')
    .action(async (a: string, b: string, _: unknown, command: Command) => {
      const { readBenchDocument } = await import('../../../bench/document.ts');
      const { compareResults } = await import('../../../bench/compare.ts');
      const comparison = compareResults(await readBenchDocument(a), await readBenchDocument(b));
      if (command.optsWithGlobals<{ json?: true }>().json) {
        process.stdout.write(`${JSON.stringify(comparison)}\n`);
        return;
      }
      const { comparisonText } = await import('../bench-text.ts');
      print(comparisonText(comparison, columnsOf(process.stdout)));
    });
  bench
    .command('row <file>')
    .description('a document of bench --json as a row of the table of machines in docs/speed.md')
    .action(async (file: string) => {
      const { readBenchDocument } = await import('../../../bench/document.ts');
      const { machineRow } = await import('../../../bench/compare-tables.ts');
      printLines(`${machineRow(await readBenchDocument(file))}\n`);
    });
}

async function measure({
  only,
  presets,
  scaling,
  threads,
  counts,
  quick,
  json,
  schema,
  html,
}: BenchCommandOptions): Promise<number> {
  if (schema) {
    const { benchJsonSchema } = await import('../../../bench/results.ts');
    process.stdout.write(`${JSON.stringify(benchJsonSchema(), null, 2)}\n`);
    return 0;
  }
  checkOutputs([['--html', html]]);
  const { runBench } = await import('../../../bench/run.ts');
  const { SYSTEM_CLOCK } = await import('../../base/clock.ts');
  const groups: readonly Group[] = scaling ? [...only, 'scaling'] : only;
  const stop = listenForStop(() => {
    print('stopping; what was measured is printed; Ctrl-C again stops at once\n', process.stderr);
  });
  const results = await runBench(
    {
      groups,
      presets,
      quick: quick === true,
      threads,
      ...(counts && { counts }),
      version: packageVersion(),
      now: SYSTEM_CLOCK.now,
    },
    (name) => {
      process.stderr.write(`measuring ${name}\n`);
    },
    stop.signal,
  ).finally(stop.dispose);
  for (const warning of results.warnings) print(`warning: ${warning}\n`, process.stderr);
  if (json) process.stdout.write(`${JSON.stringify(results)}\n`);
  else {
    const { benchText } = await import('../bench-text.ts');
    print(benchText(results, columnsOf(process.stdout)));
  }
  if (html === undefined) return stop.exitCode();
  const { renderBenchPage } = await import('../../../bench/page.ts');
  const { writeFileAtomic } = await import('../../base/files.ts');
  await writeFileAtomic(html, await renderBenchPage(results));
  print(`page ${html}\n`, process.stderr);
  return stop.exitCode();
}

/** `gemm,attention` in any order, measured in the order of `known`. */
function parseNames<Name extends string>(text: string, known: readonly Name[]): Name[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, known);
    throw new InvalidArgumentError(
      `expected some of ${known.join(',')}, got ` +
        `${JSON.stringify(unknown)}${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
  return known.filter((name) => names.includes(name));
}
