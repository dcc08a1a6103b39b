// `tracelab intervene`: does a model use its trace? Forces the trace section at test time and lets the model write the rest.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { SYSTEM_CLOCK } from '../../base/clock.ts';
import { TracelabError } from '../../base/errors.ts';
import type { GeneratorName } from '../../domain/types.ts';
import type { Intervention } from '../../evaluation/interventions.ts';
import { jsonOption, mazesOption, seedOption, threadsOption } from '../options.ts';
import { STOPPED, STOPPING, listenForStop } from '../signals.ts';
import { lastCheckpoint, testFiles } from '../test-files.ts';
import { packageVersion } from '../version.ts';

interface InterveneCommandOptions {
  readonly data: readonly string[];
  readonly interventions?: readonly string[];
  readonly mazes: number;
  readonly distribution?: readonly GeneratorName[];
  readonly other?: string;
  readonly out?: string;
  readonly html?: string;
  readonly seed: number;
  readonly threads: number;
  readonly json?: true;
}

export function addIntervene(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('intervene')
    .description('force another trace at test time and see whether the plan follows it: does the model use its trace?')
    .argument('<run>', 'checkpoint, or the run directory of a training run (its last one)')
    .requiredOption('--data <path...>', 'dataset folder (its test files), or JSONL files of examples')
    .addOption(
      new Option('--interventions <list>', 'which ones, with commas; default all (other only with --other)').argParser(
        names,
      ),
    )
    .addOption(mazesOption().default(300))
    .option('--distribution <name...>', 'only these test files')
    .option('--other <folder>', 'evaluation of another model on the same mazes, for the intervention other')
    .option('--out <folder>', 'run directory; default the run with -interventions behind its name')
    .option('--html <file>', 'also a page with charts')
    .addOption(seedOption('seed of the swap and of the corruptions'))
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Interventions: gold, swapped, filler, empty, other, truncated (at 0.25, 0.5, 0.75), corrupted (one event at 0.25, 0.5, 0.75; the rest kept or
written anew), early (the own trace cut after 0, 1, 2, 4, ... records and at shares). One alone: truncated@0.5, corrupted-kept@0.5, early@8.
What was computed for the same model, mazes and intervention is reused.

Examples:
  tracelab intervene runs/swapped --data data/6x6
  tracelab intervene runs/swapped --data data/6x6 --distribution wilson drunkard --interventions gold,swapped,early --mazes 1000
  tracelab intervene runs/swapped --data data/6x6 --other runs/correct-test --html interventions.html`,
    )
    .action(async (run: string, options: InterveneCommandOptions) => {
      setExitCode(await interveneOnce(run, options));
    });
}

async function interveneOnce(
  run: string,
  { data, interventions, mazes, distribution, other, out, html, seed, threads, json }: InterveneCommandOptions,
): Promise<number> {
  const checkpoint = lastCheckpoint(run);
  const chosen = await chosenInterventions(interventions, other !== undefined);
  const { intervene } = await import('../../evaluation/intervene.ts');
  const { withRunDirectory } = await import('../../run/directory.ts');
  const { createProgress } = await import('../progress.ts');
  const outDir = out ?? `${run.replace(/\/+$/, '')}-interventions`;
  const cell = { label: 'intervene', index: 1, of: 1 };
  const progress = createProgress(json === true);
  const stop = listenForStop(() => {
    progress.say(STOPPING);
  });
  try {
    const summary = await withRunDirectory(
      { path: outDir, kind: 'interventions', version: packageVersion(), now: SYSTEM_CLOCK.now },
      async () => {
        const tests = (await testFiles(data, {}, outDir)).filter(
          (test) => distribution?.includes(test.distribution) ?? true,
        );
        if (tests.length === 0)
          throw new TracelabError({
            code: 'TEST_FILES',
            kind: 'refused_input',
            where: '--distribution',
            what: 'no test mazes of this distribution',
            expected: 'one that --data holds',
            got: (distribution ?? []).join(', '),
          });
        progress.emit({ event: 'cell_started', cell });
        return intervene(
          { checkpoint, tests, interventions: chosen, other: other ?? null, outDir, threads, seed, limit: mazes },
          {
            progress: (p) => {
              progress.emit({ event: 'evaluating', cell, progress: p });
            },
            signal: stop.signal,
          },
        );
      },
    );
    progress.end();
    if (!summary.finished) {
      progress.say(STOPPED);
      return stop.exitCode();
    }
    if (html !== undefined) {
      const { writeFileAtomic } = await import('../../base/files.ts');
      const { renderInterventionsPage } = await import('../../report/interventions-page.ts');
      await writeFileAtomic(
        html,
        await renderInterventionsPage({ title: run, distributions: summary.distributions, version: packageVersion() }),
      );
    }
    const { interventionsText } = await import('../interventions-text.ts');
    process.stdout.write(
      json
        ? `${JSON.stringify({ event: 'finished', result: summary.result, distributions: summary.distributions })}\n`
        : `${interventionsText(summary.distributions)}${html === undefined ? '' : `page ${html}\n`}result ${summary.result}\n`,
    );
    return 0;
  } finally {
    progress.end();
    stop.dispose();
  }
}

async function chosenInterventions(given: readonly string[] | undefined, hasOther: boolean): Promise<Intervention[]> {
  const { INTERVENTION_EXPECTED, INTERVENTION_FAMILIES, interventionName, readInterventions } =
    await import('../../evaluation/interventions.ts');
  const wanted = given ?? Object.keys(INTERVENTION_FAMILIES).filter((name) => name !== 'other' || hasOther);
  const chosen = wanted.flatMap((name) => {
    const read = readInterventions(name);
    if (read === null)
      throw new TracelabError({
        code: 'INTERVENTION',
        kind: 'refused_input',
        where: '--interventions',
        what: 'unknown intervention',
        expected: INTERVENTION_EXPECTED,
        got: name,
      });
    return read;
  });
  // Named twice, run once.
  return [...new Map(chosen.map((each) => [interventionName(each), each])).values()];
}

function names(text: string): string[] {
  const found = text.split(',').map((name) => name.trim());
  if (found.includes(''))
    throw new InvalidArgumentError(`expected names with commas between them, got ${JSON.stringify(text)}`);
  return found;
}
