// `tracelab solve`: a model solves one problem, and its completion is drawn and explained in the terminal.
import type { Command } from 'commander';
import type { Verdict } from '../../domain/types.ts';
import type { CheckpointOrigin } from '../../model/origin.ts';
import { refuseOptions } from '../command-line.ts';
import type { ExplainedRow, OtherExplainedRow } from '../explain-source.ts';
import type { StepRange } from '../explain-text.ts';
import { print, printLines } from '../fit.ts';
import { keepInputs } from '../keep-inputs.ts';
import { seedOption, temperatureOption } from '../options.ts';
import {
  addShownOptions,
  checkShown,
  showExplained,
  shownSteps,
  type ShownOptions,
  verdictOf,
} from '../show-explained.ts';
import type { GivenProblem } from '../solve-problem.ts';
import { lastCheckpoint } from '../test-files.ts';

interface SolveCommandOptions extends ShownOptions {
  readonly distribution?: string;
  readonly seed: number;
  readonly temperature: number;
  readonly forceTrace?: string;
}

/** What the model has written, and where it began. */
interface Written {
  readonly row: ExplainedRow | OtherExplainedRow;
  /** The given trace; null when the model wrote its own. */
  readonly forced: string | null;
  readonly tokens: number;
  readonly truncated: boolean;
}

/** Adds the command `solve` to the program. */
export function addSolve(program: Command): void {
  const command = program
    .command('solve')
    .description('a model solves one maze: its plan, its trace and the first broken rule')
    .argument('<checkpoint>', 'checkpoint, run directory of a training run (its last one), or correct or swapped')
    .argument(
      '[maze]',
      'file with a maze: a picture, or what verify reads (its first row, or file:line); - for standard input',
    )
    .option(
      '--distribution <name>',
      'without a maze: the distribution to draw one from (default: the first one, wilson)',
    )
    .addOption(seedOption('of the maze that is drawn, and of a sampled completion'))
    .addOption(temperatureOption())
    .option(
      '--force-trace <trace>',
      "the model only writes the plan, after this trace: gold (A*'s), swapped (A*'s of another maze), filler, empty, " +
        "or a file: the trace of its row, or A*'s of its maze",
    );
  addShownOptions(command)
    .addHelpText(
      'after',
      `
Prints the step with the first broken rule and the end of the trace; --steps 1.. prints every step. correct and swapped are models of 6x6 mazes that are part of the package (models/README.md); a folder of this name comes first.
A picture has a border of walls: # wall, blank floor, S start, E goal. The exit code is 0 for a broken trace as well.

Examples:
  tracelab solve correct
  tracelab solve swapped --seed 2 --distribution drunkard
  tracelab solve runs/correct maze.txt --steps 1..
  tracelab solve correct --force-trace swapped
  tracelab solve runs/correct data/6x6/test-wilson.jsonl:17 --html solved.html`,
    )
    .action(async (checkpoint: string, maze: string | undefined, options: SolveCommandOptions) => {
      checkShown(command, options);
      const { distribution, forceTrace, html } = options;
      if (maze !== undefined && distribution !== undefined)
        throw refuseOptions(command, {
          what: 'a maze is given, and none is drawn',
          expected: 'a maze or --distribution',
          got: 'both',
          hint: 'leave one out',
        });
      const inputs = [maze, forceTrace].flatMap((path) =>
        path === undefined ? [] : [path, path.replace(/:\d+$/, '')],
      );
      keepInputs(inputs, [['--html', html]]);
      await solveOnce(await lastCheckpoint(checkpoint), checkpoint, maze, options);
    });
}

async function solveOnce(
  folder: string,
  name: string,
  target: string | undefined,
  options: SolveCommandOptions,
): Promise<void> {
  const { checkRecorded } = await import('../../work/recorded-files.ts');
  const { describedCheckpoint } = await import('../described-checkpoint.ts');
  const { drawnProblems, readProblem, solutionOf } = await import('../solve-problem.ts');
  await checkRecorded(folder, /^[a-z_]+\.(json|safetensors)$/);
  const { origin } = await describedCheckpoint(folder);
  const drawn = drawnProblems(origin, options);
  const problem = target === undefined ? drawn.next().value : await readProblem(target, origin);
  const other = (): GivenProblem['example'] => {
    for (const { example } of drawn) if (example.prompt !== problem.example.prompt) return example;
    throw new RangeError('drawnProblems ended');
  };
  const written = await write(folder, problem, other, options);
  const verdict = await verdictOf(written.row);
  const ranges = rangesOf(options, verdict, written.row.place);
  if (options.json) process.stdout.write(`${JSON.stringify(modelLine(origin, written, options))}\n`);
  else if (options.html === undefined)
    await printHead(name, origin, written, options, 'example' in written.row || solutionOf(problem.example) !== null);
  await showExplained(written.row, verdict, ranges, options);
  if (options.json || options.html !== undefined) return;
  await printFollowing(written);
  if (options.steps === undefined && !options.fromError) print('Every step: --steps 1..; as a page: --html FILE\n');
}

/** Opens the model and lets it write. */
async function write(
  folder: string,
  { example, place }: GivenProblem,
  other: () => GivenProblem['example'],
  { temperature, seed, forceTrace }: SolveCommandOptions,
): Promise<Written> {
  const { Model } = await import('../../model/model.ts');
  const { forcedTrace, mazeOf } = await import('../solve-problem.ts');
  const { forcedWords } = await import('../../evaluation/interventions.ts');
  const { DEFAULT_DOMAIN } = await import('../../domain/domains.ts');
  const model = await Model.open(folder, 1);
  try {
    const { vocabulary, model: sizes } = model.checkpoint;
    const forced = forceTrace === undefined ? null : await forcedTrace(forceTrace, example, other, vocabulary);
    const given = forced === null ? '' : forcedWords({ trace: forced, continues: false });
    const prompt = [example.prompt, given].filter((part) => part !== '').join(' ');
    // <bos> is a token, too.
    const room = Math.max(1, sizes.context - vocabulary.encode(prompt).length - 1);
    const completions = await model.generate({ prompts: [prompt], maxNewTokens: room, temperature, seed });
    const { text = '', tokens = 0, truncated = false } = completions?.[0] ?? {};
    const completion = [given, text].filter((part) => part !== '').join(' ');
    const row =
      (example.domain ?? DEFAULT_DOMAIN) === DEFAULT_DOMAIN
        ? { id: example.id, place, problem: mazeOf(example), prompt: example.prompt, completion }
        : { place, example: { ...example, completion } };
    return { row, forced, tokens, truncated };
  } finally {
    await model.close();
  }
}

/** What was asked for; without that, in the terminal, the first broken step and the end; all steps as data. */
function rangesOf(options: SolveCommandOptions, verdict: Verdict, place: string): StepRange[] {
  const { steps, fromError, json } = options;
  if (steps !== undefined || fromError || json) return [shownSteps(options, verdict, place)];
  const { records, strict, paper } = verdict;
  const broken = [strict, paper].filter(({ valid }) => !valid).map(({ record }) => (record ?? records) + 1);
  return [...broken.slice(0, 1), records + 1].map((step) => ({ from: step, to: step }));
}

/** The first line of `--json`. */
function modelLine(
  { domain, size, condition, seed, step }: CheckpointOrigin,
  { forced, tokens, truncated }: Written,
  { temperature, seed: drawSeed }: SolveCommandOptions,
): unknown {
  return {
    type: 'model',
    domain,
    size,
    condition,
    seed,
    step,
    temperature,
    draw_seed: drawSeed,
    forced_trace: forced,
    tokens,
    truncated,
  };
}

async function printHead(
  name: string,
  { condition, seed, step, rl }: CheckpointOrigin,
  { forced, tokens, truncated }: Written,
  { temperature, forceTrace }: SolveCommandOptions,
  hasPath: boolean,
): Promise<void> {
  const { integer } = await import('../../tables/format.ts');
  const { counted } = await import('../../render/terminal-text.ts');
  const trained = `condition ${condition}, seed ${seed}, step ${integer(step)}${rl ? `, RL step ${rl.step}` : ''}`;
  const how = temperature === 0 ? 'greedy' : `temperature ${temperature}`;
  const end = truncated ? ', cut at the end of the context' : '';
  print(`${name}: ${trained}; ${counted(tokens, 'token')}, ${how}${end}\n`);
  if (!hasPath) print('No path leads from start to goal: no plan can be valid.\n');
  if (forced === null) return;
  const words = forced === '' ? 0 : forced.split(' ').length;
  print(`The trace is not the model's: ${forceTrace}, ${counted(words, 'word')}. The model wrote the plan.\n`);
}

/** Whether the plan follows the trace that was given, where that describes a path. */
async function printFollowing({ row, forced }: Written): Promise<void> {
  if (forced === null || 'example' in row) return;
  const { impliedPath, samePath } = await import('../../evaluation/implied-path.ts');
  const { parseCompletionLeniently } = await import('../../domain/maze/verdict/parse.ts');
  const { body, plan } = parseCompletionLeniently(row.completion);
  const path = impliedPath(body);
  if (path === null) return;
  printLines(`The plan ${samePath(path, plan) ? 'follows' : 'does not follow'} the path of the given trace.\n`);
}
