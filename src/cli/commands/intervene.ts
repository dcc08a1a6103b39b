// `tracelab intervene`: does a model use its trace? Forces the trace section at test time and lets the model write the
// rest.
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { TracelabError } from '../../base/errors.ts';
import type { GeneratorName } from '../../domain/types.ts';
import { existsSync, isFolderSync } from '../../base/disk.ts';
import { print, tableWidth } from '../fit.ts';
import { checkOutputs } from '../keep-inputs.ts';
import { eventsOption, jsonOption, mazesOption, seedOption, threadsOption } from '../options.ts';
import { resultLine } from '../result-line.ts';
import { lastCheckpoint, testFiles } from '../test-files.ts';
import { packageVersion } from '../version.ts';
import type { DistributionInterventions } from '../../evaluation/intervention-summary.ts';
import type { DistributionInformation } from '../../evaluation/information-summary.ts';
import type { InformationSummary, InformationTask } from '../../tasks/information.ts';
import type { InterventionsTask } from '../../tasks/interventions.ts';
import type { Graph, Json, Task } from '../../work/task.ts';
import type { Table } from '../../tables/table.ts';

interface InterveneCommandOptions {
  readonly data: readonly string[];
  readonly interventions?: readonly string[];
  readonly mazes: number;
  readonly distribution?: readonly GeneratorName[];
  readonly other?: string;
  readonly information?: true;
  readonly events?: number;
  readonly out?: string;
  readonly html?: string;
  readonly seed: number;
  readonly threads: number;
  readonly json?: boolean;
}

/** Adds the command `intervene` to the program. */
export function addIntervene(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('intervene')
    .description('force another trace at test time and see whether the plan follows it: does the model use its trace?')
    .argument('<run>', 'checkpoint, or the run directory of a training run (its last one)')
    .requiredOption('--data <path...>', 'dataset folder (its test files), or any files that verify reads')
    .addOption(
      new Option('--interventions <list>', 'which ones, with commas; default all (other only with --other)').argParser(
        names,
      ),
    )
    .addOption(mazesOption().default(300))
    .option('--distribution <name...>', 'only these test files')
    .option('--other <folder>', 'evaluation of another model on the same mazes, for the intervention other')
    .addOption(
      new Option(
        '--information',
        'instead: how much the first events of a trace lower the loss on the reference plan',
      ).conflicts(['interventions', 'other']),
    )
    .addOption(eventsOption())
    .option('--out <folder>', 'run directory; default the name of the run with -interventions')
    .option('--html <file>', 'also a page with charts')
    .addOption(seedOption('seed of the swap, of the corruptions and of the sample of events'))
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Interventions: gold, swapped, filler (the word close, repeated to the number of words of the correct trace), empty, other,
truncated (at 0.25, 0.5, 0.75), corrupted (one event at 0.25, 0.5, 0.75; the rest kept or written again by the model), early (the model's own trace cut after 0, 1, 2, 4, ... records and at shares). A single one: truncated@0.5, corrupted-kept@0.5, early@8.
Results for the same model, mazes and intervention are reused.
With --information no plan is written: A*'s plan is scored after shares of the model's own trace, of A*'s trace and of
A*'s trace of another maze, and before and after single events.

Examples:
  tracelab intervene runs/swapped --data data/6x6
  tracelab intervene runs/swapped --data data/6x6 --distribution wilson drunkard --interventions gold,swapped,early --mazes 1000
  tracelab intervene runs/swapped --data data/6x6 --other runs/correct-test --html interventions.html
  tracelab intervene runs/swapped --data data/6x6 --information --mazes 100 --html information.html`,
    )
    .action(async (run: string, options: InterveneCommandOptions) => {
      setExitCode(await interveneOnce(run, options));
    });
}

async function interveneOnce(run: string, options: InterveneCommandOptions): Promise<number> {
  const { data, mazes, distribution, other, out, seed, threads, information = false, events, json = false } = options;
  const checkpoint = await lastCheckpoint(run);
  if (!information && events !== undefined)
    throw new TracelabError({
      code: 'OPTION_IDLE',
      kind: 'refused_input',
      where: '--events',
      what: 'no effect without --information',
      expected: '--information --events N',
      got: `--events ${events}`,
      hint: 'add --information, or leave --events out',
    });
  const kinds = information ? [] : await chosenInterventions(options.interventions, other !== undefined);
  const { canonicalJson, sha256 } = await import('../../base/hash.ts');
  const { DEFAULT_EVENTS } = await import('../../evaluation/information.ts');
  const { readTests } = await import('../../data/test-sets.ts');
  const { readOther } = await import('../../evaluation/other-completions.ts');
  const { describedCheckpoint } = await import('../described-checkpoint.ts');
  const { withScratch } = await import('../scratch.ts');
  const { givenCompletions, givenData, givenModel } = await import('../given.ts');
  const { runHere } = await import('../here.ts');
  const { plain } = await import('../../work/task.ts');
  const { FolderStore } = await import('../../work/folder-store.ts');
  const outDir = out ?? `${run.replace(/\/+$/, '')}-interventions`;
  checkOutputs([['--html', options.html]]);
  const { CELL_FILE } = await import('../../work/cell-record.ts');
  const isFile = existsSync(outDir) && !isFolderSync(outDir);
  if (isFile || existsSync(join(outDir, CELL_FILE)))
    throw new TracelabError({
      code: 'RUN_DIRECTORY',
      kind: 'refused_input',
      where: `--out ${outDir}`,
      what: isFile ? 'is a file' : 'is the folder of another command',
      expected: 'a new folder, or one of tracelab intervene',
      got: isFile ? 'a file' : CELL_FILE,
      hint: 'give another folder',
    });
  return withScratch(async (scratch) => {
    const tests = (await testFiles(data, {}, scratch)).filter(
      (test) => distribution?.includes(test.distribution) ?? true,
    );
    if (tests.length === 0) {
      throw new TracelabError({
        code: 'TEST_FILES',
        kind: 'refused_input',
        where: '--distribution',
        what: 'no test mazes of this distribution',
        expected: 'one that --data holds',
        got: (distribution ?? []).join(', '),
        hint: 'name a distribution that has a test file, or leave --distribution out',
      });
    }
    const distributions = tests.map((test) => test.distribution);
    const model = await givenModel(checkpoint);
    const { context } = (await describedCheckpoint(checkpoint)).model;
    const sets = (await readTests(tests, null)).sets.map((set) => ({ ...set, examples: set.examples.slice(0, mazes) }));
    const given = {
      data: await givenData(tests, null),
      model,
      ...(other !== undefined && { other: await givenCompletions(other, distributions) }),
    };
    checkPartners(kinds, information, sets);
    if (kinds.includes('other'))
      for (const { distribution, examples } of sets) await readOther(other ?? null, distribution, examples);
    const shared = { mazes, seed, context, distributions };
    const tasks = information
      ? [
          {
            id: 'information',
            kind: 'information',
            config: plain({ ...shared, events: events ?? DEFAULT_EVENTS } satisfies InformationTask),
            needs: { data: 'data', model: 'model' },
          },
        ]
      : [
          taskOf('own', plain({ ...shared, kinds: [] } satisfies InterventionsTask)),
          ...kinds.map((name) => taskOf(name, plain({ ...shared, kinds: [name] } satisfies InterventionsTask))),
        ];
    const graph: Graph = { format: 1, tasks, given };
    const ran = await runHere({ graph, store: new FolderStore(outDir), out: outDir, threads, json });
    if ('exitCode' in ran) return ran.exitCode;
    const { finished } = ran;
    const result = sha256(canonicalJson(tasks.map(({ id }) => finished.get(id)?.result ?? null)));
    if (information) {
      const summary = finished.get(tasks[0].id)?.summary as InformationSummary;
      await showInformation(run, options, summary.distributions, result);
    } else {
      const { summarizeForced } = await import('../../evaluation/forced-rows.ts');
      const folderOf = (id: string): string => finished.get(id)?.directory ?? outDir;
      const folders = new Map(kinds.map((name) => [name, folderOf(name)]));
      await showForced(run, options, await summarizeForced(sets, folderOf('own'), folders), result);
    }
    return 0;
  });
}

/**
 * Refuses before the first completion what needs the trace of another maze and has none.
 * @throws TracelabError TOO_FEW_EXAMPLES
 */
function checkPartners(
  kinds: readonly string[],
  information: boolean,
  sets: readonly { readonly distribution: string; readonly examples: readonly unknown[] }[],
): void {
  const single = sets.find(({ examples }) => examples.length < 2);
  if (single === undefined || !(information || kinds.includes('swapped'))) return;
  throw new TracelabError({
    code: 'TOO_FEW_EXAMPLES',
    kind: 'refused_input',
    where: `test mazes of ${single.distribution}`,
    what: 'traces are swapped between mazes',
    expected: 'at least 2 mazes',
    got: String(single.examples.length),
    hint: information ? 'give more mazes' : 'give more mazes, or --interventions without swapped',
  });
}

async function showForced(
  title: string,
  { html, json }: InterveneCommandOptions,
  distributions: readonly DistributionInterventions[],
  result: string,
): Promise<void> {
  const { checkpointInterventions } = await import('../../tables/interventions.ts');
  const { renderInterventionsPage } = await import('../../report/interventions-page.ts');
  const page = (): Promise<string> => renderInterventionsPage({ title, distributions, version: packageVersion() });
  await show({ html, json, page, tables: [checkpointInterventions(distributions)], distributions, result });
}

async function showInformation(
  title: string,
  { html, json }: InterveneCommandOptions,
  distributions: readonly DistributionInformation[],
  result: string,
): Promise<void> {
  const { checkpointInformation } = await import('../../tables/information.ts');
  const { renderInformationPage } = await import('../../report/information-page.ts');
  const page = (): Promise<string> => renderInformationPage({ title, distributions, version: packageVersion() });
  await show({ html, json, page, tables: checkpointInformation(distributions), distributions, result });
}

interface Shown {
  readonly html?: string;
  readonly json?: boolean;
  readonly page: () => Promise<string>;
  readonly tables: readonly Table[];
  readonly distributions: unknown;
  readonly result: string;
}

async function show({ html, json, page, tables, distributions, result }: Shown): Promise<void> {
  if (html !== undefined) {
    const { writeFileAtomic } = await import('../../base/files.ts');
    await writeFileAtomic(html, await page());
  }
  if (json) {
    process.stdout.write(resultLine(result, { distributions }));
    return;
  }
  const { terminalTable } = await import('../../render/terminal.ts');
  const text = tables.map((table) => terminalTable(table, { width: tableWidth() })).join('\n');
  print(`${text}${html === undefined ? '' : `page ${html}\n`}result ${result}\n`);
}

/**
 * One task for each intervention, so that a call with another list finds it; `own` writes without intervention, and all
 * others read that.
 */
function taskOf(id: string, config: Json): Task {
  const roles = ['data', 'model', ...(id === 'own' ? [] : ['own']), ...(id === 'other' ? ['other'] : [])];
  return { id, kind: 'interventions', config, needs: Object.fromEntries(roles.map((role) => [role, role] as const)) };
}

/** Names of interventions, each once. */
async function chosenInterventions(given: readonly string[] | undefined, hasOther: boolean): Promise<string[]> {
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
        hint: 'tracelab intervene --help lists them',
      });
    return read.map(interventionName);
  });
  return [...new Set(chosen)];
}

function names(text: string): string[] {
  const found = text.split(',').map((name) => name.trim());
  if (found.includes(''))
    throw new InvalidArgumentError(`expected names with commas between them, got ${JSON.stringify(text)}`);
  return found;
}
