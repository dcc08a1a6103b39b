// `tracelab bench`: how fast this machine computes, kernel by kernel and as a whole, compared with the peaks of its
// hardware.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Group, GROUPS } from '../../../bench/groups.ts';
import { nearest } from '../../base/nearest.ts';
import { columnsOf, print } from '../fit.ts';
import { checkOutputs } from '../keep-inputs.ts';
import { threadsOption } from '../options.ts';
import { packageVersion } from '../version.ts';

interface BenchCommandOptions {
  readonly only: readonly Group[];
  readonly threads: number;
  readonly quick?: true;
  readonly json?: true;
  readonly html?: string;
}

/** Adds the command `bench` to the program. */
export function addBench(program: Command): void {
  program
    .command('bench')
    .description('measure this machine: peaks, kernels, training step, decoding, validator, generator')
    .addOption(
      new Option('--only <groups>', `some of these, with commas: ${GROUPS.join(', ')}`)
        .argParser(parseGroups)
        .default(GROUPS, 'all'),
    )
    .addOption(threadsOption())
    .option('--quick', 'a shorter run: the two smaller presets, few and short rounds')
    .option('--json', 'print one JSON document')
    .option('--html <file>', 'write a page with a roofline plot')
    .addHelpText(
      'after',
      `
Takes about two minutes. End other programs first; a warning reports other load. Every result is compared with scalar arithmetic first;
a wrong one is never timed and ends the command with exit code 70.

Examples:
  tracelab bench
  tracelab bench --html bench.html
  tracelab bench --only gemm,attention --json
  tracelab bench --quick --only training-step`,
    )
    .action(async ({ only, threads, quick, json, html }: BenchCommandOptions) => {
      checkOutputs([['--html', html]]);
      const { runBench } = await import('../../../bench/run.ts');
      const { SYSTEM_CLOCK } = await import('../../base/clock.ts');
      const results = await runBench(
        { groups: only, quick: quick === true, threads, version: packageVersion(), now: SYSTEM_CLOCK.now },
        (name) => {
          process.stderr.write(`measuring ${name}\n`);
        },
      );
      for (const warning of results.warnings) print(`warning: ${warning}\n`, process.stderr);
      if (json) process.stdout.write(`${JSON.stringify(results)}\n`);
      else {
        const { benchText } = await import('../bench-text.ts');
        print(benchText(results, columnsOf(process.stdout)));
      }
      if (html === undefined) return;
      const { renderBenchPage } = await import('../../../bench/page.ts');
      const { writeFileAtomic } = await import('../../base/files.ts');
      await writeFileAtomic(html, await renderBenchPage(results));
      print(`page ${html}\n`, process.stderr);
    });
}

/** `gemm,attention` in any order, measured in the order of GROUPS. */
function parseGroups(text: string): Group[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(GROUPS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, GROUPS);
    throw new InvalidArgumentError(
      `expected some of ${GROUPS.join(',')}, got ` +
        `${JSON.stringify(unknown)}${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
  return GROUPS.filter((group) => names.includes(group));
}
