// `tracelab intervene`: does a model use its trace? Forces the trace section at test time and lets the model write the
// rest.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { TracelabError } from '../../base/errors.ts';
import type { GeneratorName } from '../../domain/types.ts';
import { print, tableWidth } from '../fit.ts';
import { jsonOption, mazesOption, seedOption, threadsOption } from '../options.ts';
import { resultLine } from '../result-line.ts';
import { lastCheckpoint, testFiles } from '../test-files.ts';
import { packageVersion } from '../version.ts';
import type { DistributionInterventions } from '../../evaluation/intervention-summary.ts';
import type { InterventionsTask } from '../../tasks/interventions.ts';
import type { Graph, Json, Task } from '../../work/task.ts';

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
  readonly json?: boolean;
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
Interventions: gold, swapped, filler (the word close, as often as the right trace has words), empty, other,
truncated (at 0.25, 0.5, 0.75), corrupted (one event at 0.25, 0.5, 0.75; the rest kept or written anew), early (the own trace cut after 0, 1, 2, 4, ... records and at shares). One alone: truncated@0.5, corrupted-kept@0.5, early@8.
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
  { data, interventions, mazes, distribution, other, out, html, seed, threads, json = false }: InterveneCommandOptions,
): Promise<number> {
  const checkpoint = await lastCheckpoint(run);
  const kinds = await chosenInterventions(interventions, other !== undefined);
  const { canonicalJson, sha256 } = await import('../../base/hash.ts');
  const { readTests } = await import('../../data/test-sets.ts');
  const { summarizeForced } = await import('../../evaluation/forced-rows.ts');
  const { readOther } = await import('../../evaluation/other-completions.ts');
  const { describeCheckpoint } = await import('../../model/checkpoint.ts');
  const { withScratch } = await import('../scratch.ts');
  const { givenCompletions, givenData, givenModel } = await import('../given.ts');
  const { runHere } = await import('../here.ts');
  const { plain } = await import('../../work/task.ts');
  const { FolderStore } = await import('../../work/folder-store.ts');
  const outDir = out ?? `${run.replace(/\/+$/, '')}-interventions`;
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
      });
    }
    const distributions = tests.map((test) => test.distribution);
    const model = await givenModel(checkpoint);
    const { context } = (await describeCheckpoint(checkpoint)).model;
    const sets = (await readTests(tests, null)).sets.map((set) => ({ ...set, examples: set.examples.slice(0, mazes) }));
    const given = {
      data: await givenData(tests, null),
      model,
      ...(other !== undefined && { other: await givenCompletions(other, distributions) }),
    };
    if (kinds.includes('other'))
      for (const { distribution, examples } of sets) await readOther(other ?? null, distribution, examples);
    const shared = { mazes, seed, context, distributions };
    const tasks = [
      taskOf('own', plain({ ...shared, kinds: [] } satisfies InterventionsTask)),
      ...kinds.map((name) => taskOf(name, plain({ ...shared, kinds: [name] } satisfies InterventionsTask))),
    ];
    const graph: Graph = { format: 1, tasks, given };
    const ran = await runHere({ graph, store: new FolderStore(outDir), out: outDir, threads, json });
    if ('exitCode' in ran) return ran.exitCode;
    const { finished } = ran;
    const folderOf = (id: string): string => finished.get(id)?.directory ?? outDir;
    const found = await summarizeForced(sets, folderOf('own'), new Map(kinds.map((name) => [name, folderOf(name)])));
    await show(found, sha256(canonicalJson(tasks.map(({ id }) => finished.get(id)?.result ?? null))));
    return 0;
  });

  async function show(found: readonly DistributionInterventions[], result: string): Promise<void> {
    if (html !== undefined) {
      const { writeFileAtomic } = await import('../../base/files.ts');
      const { renderInterventionsPage } = await import('../../report/interventions-page.ts');
      await writeFileAtomic(
        html,
        await renderInterventionsPage({ title: run, distributions: found, version: packageVersion() }),
      );
    }
    if (json) {
      process.stdout.write(resultLine(result, { distributions: found }));
      return;
    }
    const { terminalTable } = await import('../../render/terminal.ts');
    const { checkpointInterventions } = await import('../../tables/interventions.ts');
    const table = terminalTable(checkpointInterventions(found), { width: tableWidth() });
    print(`${table}${html === undefined ? '' : `page ${html}\n`}result ${result}\n`);
  }
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
