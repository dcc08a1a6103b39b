// `tracelab task`: one task of a saved graph, in this process. Every executor starts nothing else.
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { TracelabError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { jsonOption, threadsOption } from '../options.ts';
import { resultLine } from '../result-line.ts';

interface TaskCommandOptions {
  readonly threads: number;
  readonly runsDir?: string;
  readonly fleet?: true;
  readonly json?: true;
}

/** Adds the command `task` to the program. */
export function addTask(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('task')
    .description('run one task of a saved graph; its needs must be finished')
    .argument('<graph>', 'graph.json of a study')
    .argument('[id]', 'id of the task')
    .option('--runs-dir <folder>', 'where the store of cells is; default the folder above that of the graph')
    .option('--fleet', 'as a worker of the sweep: its failure is kept for the sweep, and other code is refused')
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Does what \`tracelab study\` does for each task in a child process. Use it for a task that was set aside, or with your own scheduler.

Examples:
  tracelab task runs/quick/graph.json train-correct-seed1
  tracelab task runs/quick/graph.json data --json`,
    )
    .action(async (graph: string, id: string | undefined, options: TaskCommandOptions) => {
      setExitCode(await runTask(graph, id, options));
    });
}

async function runTask(
  file: string,
  id: string | undefined,
  { threads, runsDir, fleet, json }: TaskCommandOptions,
): Promise<number> {
  const { FolderStore } = await import('../../work/folder-store.ts');
  const store = new FolderStore(resolve(runsDir ?? join(dirname(file), '..')));
  const { KINDS } = await import('../../tasks/kinds.ts');
  const { readSavedGraph } = await import('../../work/saved-graph.ts');
  const graph = await readSavedGraph(file, KINDS.keys());
  if (graph.domain) {
    const { loadDomainModule } = await import('../../data/domain-module.ts');
    await loadDomainModule(graph.domain.module, file, graph.domain);
  }
  const task = graph.tasks.find((each) => each.id === id);
  if (!task) {
    const example = graph.tasks.at(0)?.id;
    const near = nearest(
      id ?? '',
      graph.tasks.map((each) => each.id),
    );
    throw new TracelabError({
      code: 'TASK_UNKNOWN',
      kind: 'refused_input',
      where: file,
      what: id === undefined ? 'no task is named' : `no task ${id}`,
      expected: 'the id of a task of this graph',
      got: id ?? 'none',
      hint:
        near !== undefined ? `did you mean ${near}?` : example === undefined ? 'it has none' : `for example ${example}`,
    });
  }
  const member = fleet && (await (await import('../fleet-task.ts')).fleetTask(dirname(file)));
  const { runHere } = await import('../here.ts');
  const { withNeeds } = await import('../../work/nodes.ts');
  const { lookAt } = await import('../../study/progress.ts');
  const { describeCore } = await import('../../tasks/core.ts');
  const needed = withNeeds(graph, task);
  const { finished } = await lookAt(needed, KINDS, store, describeCore());
  const missing = needed.tasks.find((each) => each.id !== task.id && !finished.has(each.id));
  if (missing !== undefined) {
    throw new TracelabError({
      code: 'TASK_NEEDS',
      kind: 'refused_input',
      where: file,
      what: `${task.id} needs ${missing.id}, which is not finished`,
      expected: 'all of its needs in the store',
      got: `${missing.id} unfinished`,
      hint: `tracelab task ${file} ${missing.id}`,
    });
  }
  await member?.name(task, graph, finished);
  const ran = await runHere({ graph: needed, store, out: store.root, threads, json: json === true });
  if ('exitCode' in ran) {
    if (ran.failure) await member?.fail(task.id, ran.failure);
    return ran.exitCode;
  }
  const { result } = ran.finished.get(task.id) ?? { result: '' };
  process.stdout.write(json ? resultLine(result) : `result ${result}\n`);
  return 0;
}
