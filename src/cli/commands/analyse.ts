// `tracelab analyse`: questions to completions that exist already. `lengths`: is the length of a trace the complexity
// of the problem?
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { TracelabError } from '../../base/errors.ts';
import type { LengthInput } from '../../analysis/read-lengths.ts';
import type { GeneratorName } from '../../domain/types.ts';
import type { RunKey, RunNames } from '../../tables/run-names.ts';
import { existsSync } from '../../base/disk.ts';
import { print, tableWidth } from '../fit.ts';
import { checkOutputs } from '../keep-inputs.ts';
import { jsonOption, threadsOption } from '../options.ts';
import { STOPPED, STOPPING, listenForStop } from '../signals.ts';
import { lastCheckpoint } from '../test-files.ts';
import { packageVersion } from '../version.ts';

interface AnalyseOptions {
  readonly checkpoint?: string;
  readonly distance: boolean;
  readonly out?: string;
  readonly html?: string;
  readonly threads: number;
  readonly json?: true;
}

/** The training distribution to assume if a folder does not name it. */
const TRAINED_ON: GeneratorName = 'wilson';

/** Key of completions of an unknown model. */
const UNKNOWN: RunKey = { condition: 'correct', seed: 0 };

/** Adds the command `analyse` to the program. */
export function addAnalyse(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('analyse')
    .description('trace length against problem complexity, from the completions of a study or an evaluation')
    .addArgument(new Argument('<what>', 'what to analyse').choices(['lengths']))
    .argument('<run>', 'run directory of a study or an evaluation')
    .option(
      '--checkpoint <folder>',
      'the model that wrote the completions of an evaluation, to measure distances; a study knows its own',
    )
    .option('--no-distance', 'do not measure how far a maze is from the training distribution')
    .option('--out <file>', 'all numbers as JSON; default lengths.json in the run directory')
    .option('--html <file>', 'also a page with scatter plots')
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Distance is the mean loss of the model itself on A*'s completion, in nats per token. For a model trained on other traces it
also measures how unlike its own A*'s trace is. Measuring it takes some seconds for each thousand mazes.

Examples:
  tracelab analyse lengths runs/quick
  tracelab analyse lengths runs/quick --html lengths.html
  tracelab analyse lengths runs/swapped-test --checkpoint runs/swapped`,
    )
    .action(async (_what: string, run: string, options: AnalyseOptions) => {
      setExitCode(await analyse(run, options));
    });
}

async function analyse(
  run: string,
  { checkpoint, distance, out = join(run, 'lengths.json'), html, threads, json }: AnalyseOptions,
): Promise<number> {
  const { inputs, title, names, inDistribution, isStudy } = await inputsOf(run, checkpoint);
  checkOutputs([
    ['--out', out],
    ['--html', html],
  ]);
  const { readLengths } = await import('../../analysis/read-lengths.ts');
  const { lengthDomain } = await import('../../tables/lengths-columns.ts');
  const { analyseLengths } = await import('../../analysis/lengths.ts');
  const { decideFindings } = await import('../../analysis/findings.ts');
  const { writeFileAtomic } = await import('../../base/files.ts');
  const say = (text: string): void => {
    print(`${text}\n`, process.stderr);
  };
  const stop = listenForStop(() => {
    say(STOPPING);
  });
  try {
    const runs = [];
    for (const input of inputs) {
      if (distance && input.checkpoint !== null) say(`measuring distances: ${names.run(input)}`);
      const lengths = await readLengths(distance ? input : { ...input, checkpoint: null }, threads, {
        progress: () => undefined,
        signal: stop.signal,
      });
      if (lengths === null) {
        say(STOPPED);
        return stop.exitCode();
      }
      runs.push(lengths);
    }
    const analysis = analyseLengths(runs);
    const { problems, search } = lengthDomain(analysis).words;
    const finding =
      isStudy && runs.some(({ condition }) => condition === 'correct')
        ? decideFindings([], { lengths: runs, in_distribution: inDistribution, problems, search }).find(
            ({ id }) => id === 'F5',
          )
        : undefined;
    await writeFileAtomic(
      out,
      `${JSON.stringify(
        { format: 1, condition_known: names.known, ...analysis, f5_alone: finding ?? null },
        null,
        2,
      )}\n`,
    );
    if (html !== undefined) {
      const { renderLengthsPage } = await import('../../report/lengths-page.ts');
      await writeFileAtomic(html, await renderLengthsPage({ title, analysis, runs, names, version: packageVersion() }));
    }
    const { lengthsText } = await import('../lengths-text.ts');
    if (json) {
      const event = { event: 'analysed', condition_known: names.known, ...analysis, f5_alone: finding ?? null };
      process.stdout.write(`${JSON.stringify(event)}\n`);
    } else {
      const page = html === undefined ? '' : `page ${html}\n`;
      print(`${lengthsText(analysis, finding, names, tableWidth())}lengths ${out}\n${page}`);
    }
    return 0;
  } finally {
    stop.dispose();
  }
}

interface Inputs {
  readonly inputs: readonly LengthInput[];
  readonly title: string;
  readonly names: RunNames;
  readonly inDistribution: GeneratorName;
  /** It knows what its models were trained on, and whether they have learnt: only then is a finding decided. */
  readonly isStudy: boolean;
}

/** The runs of a study whose models write traces, or the one run of an evaluation. */
async function inputsOf(run: string, checkpoint: string | undefined): Promise<Inputs> {
  const { hasTraces } = await import('../../domain/conditions/condition.ts');
  const { foreignNames, markedNames, RUN_NAMES } = await import('../../tables/run-names.ts');
  if (existsSync(join(run, 'results.json'))) {
    const { findTestCells } = await import('../../study/test-cells.ts');
    const { study, in_distribution, cells } = await findTestCells(run);
    const inputs = cells.filter(({ condition }) => hasTraces(condition));
    if (inputs.length > 0)
      return {
        inputs,
        title: `study ${study}`,
        names: markedNames(inputs.filter(({ undertrained }) => undertrained)),
        inDistribution: in_distribution,
        isStudy: true,
      };
    throw new TracelabError({
      code: 'NO_TRACES',
      kind: 'refused_input',
      where: run,
      what: 'no model of this study writes traces',
      expected: 'a condition other than solution-only',
      got: 'solution-only alone',
      hint: 'give a study with another condition',
    });
  }
  if (existsSync(join(run, 'cells'))) {
    throw new TracelabError({
      code: 'STUDY_UNFINISHED',
      kind: 'refused_input',
      where: run,
      what: 'this study has no results yet',
      expected: 'results.json',
      got: 'cells alone',
      hint: 'give the same `tracelab study` command again',
    });
  }
  const { checkEvaluation } = await import('../evaluation-folder.ts');
  await checkEvaluation(run);
  const origin = await originOf(run);
  return {
    inputs: [
      {
        ...(origin ?? UNKNOWN),
        undertrained: false,
        directory: run,
        checkpoint: checkpoint === undefined ? null : await lastCheckpoint(checkpoint),
      },
    ],
    title: run,
    names: origin === null ? foreignNames(run) : RUN_NAMES,
    inDistribution: TRAINED_ON,
    isStudy: false,
  };
}

/** What an evaluation says of its model; null for completions that came from elsewhere. */
async function originOf(run: string): Promise<RunKey | null> {
  const { EVALUATION_FILE, readEvaluation } = await import('../../evaluation/evaluation-file.ts');
  const { readCondition } = await import('../../domain/conditions/condition.ts');
  const { checkpoint } = await readEvaluation(join(run, EVALUATION_FILE));
  const condition = checkpoint === undefined ? null : readCondition(checkpoint.condition);
  return condition === null ? null : { condition, seed: checkpoint?.seed ?? 0 };
}
