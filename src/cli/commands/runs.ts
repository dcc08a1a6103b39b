// `tracelab runs`: what is in a runs directory, and how its finished cells travel between machines.
import type { Command } from 'commander';
import type { CellEntry } from '../../work/cells.ts';
import { columnsOf, print, printLines } from '../fit.ts';
import { checkOutputs } from '../keep-inputs.ts';
import { jsonOption } from '../options.ts';
import { noStudy } from '../no-study.ts';
import { alignColumns, bytesText, counted, printable } from '../../render/terminal-text.ts';

interface RunsOptions {
  readonly runsDir: string;
  readonly json?: true;
}

interface CleanOptions extends RunsOptions {
  readonly dryRun?: true;
  readonly unfinished?: true;
}

interface VerifyOptions extends RunsOptions {
  readonly repair?: true;
}

interface ExportOptions extends RunsOptions {
  readonly study: readonly string[];
}

/** Adds the command `runs` to the program. */
export function addRuns(program: Command, setExitCode: (code: number) => void): void {
  const runs = program
    .command('runs')
    .description('list, show, compare, verify, clean, export and merge studies and their cells');
  const verb = (usage: string, description: string): Command =>
    runs
      .command(usage)
      .description(description)
      .option('--runs-dir <folder>', 'folder of studies and of the store of cells that they share', 'runs')
      .addOption(jsonOption());
  verb('list', 'studies and cells, with what is finished, in use or damaged').action(async (options: RunsOptions) => {
    await list(options);
  });
  verb('show <study>', 'the tasks of a study and their cells').action(async (study: string, options: RunsOptions) => {
    await show(study, options);
  });
  verb('compare <a> <b>', 'two studies: settings that differ, and findings next to each other').action(
    async (a: string, b: string, options: RunsOptions) => {
      const { compareStudies } = await import('../compare-studies.ts');
      const text = await compareStudies(options.runsDir, a, b, {
        json: options.json === true,
        width: columnsOf(process.stdout),
      });
      if (options.json === true) process.stdout.write(text);
      else printLines(text);
    },
  );
  verb('verify [folder]', 'compare every file with its record: cells, lists of cells and results of studies')
    .option('--repair', 'move damaged cells and results away, so that they are made again')
    .addHelpText(
      'after',
      `
The folder is a runs directory, or that of train, rl, evaluate, intervene or generate; default --runs-dir. Exit code 3 when something is damaged and was not set aside.`,
    )
    .action(async (folder: string | undefined, options: VerifyOptions) => {
      const { verifyRuns } = await import('../verify-runs.ts');
      const { exitCode, event, lines } = await verifyRuns(folder ?? options.runsDir, options.repair === true);
      printEvent(options, event, lines);
      setExitCode(exitCode);
    });
  verb('clean', 'delete cells that no study names, damaged cells, and the leftovers of killed processes')
    .option('--dry-run', 'only print what would be deleted')
    .option('--unfinished', 'also delete unfinished cells; their work is lost')
    .action(async (options: CleanOptions) => {
      await clean(options);
    });
  verb('export <file>', 'write finished cells and the studies that name them into one archive')
    .option('--study <name...>', 'only the cells of these studies', [])
    .action(async (file: string, options: ExportOptions) => {
      await exportTo(file, options);
    });
  verb('merge <file>', 'add the cells and studies of an archive, each file checked').action(
    async (file: string, options: RunsOptions) => {
      const { mergeCells } = await import('../../work/cell-archive.ts');
      const merged = await mergeCells(options.runsDir, file);
      const { cells, known, studies } = merged;
      printEvent(options, { event: 'merged', ...merged }, [
        `${counted(cells.length, 'cell')} added, ${known.length} known before; studies: ` +
          `${studies.join(', ') || 'none'}`,
      ]);
      setExitCode(0);
    },
  );
  runs.addHelpText(
    'after',
    `
Examples:
  tracelab runs list
  tracelab runs show quick
  tracelab runs compare quick three-seeds
  tracelab runs verify
  tracelab runs clean --dry-run
  tracelab runs export part-1.tar --study quick      # on one machine
  tracelab runs merge part-1.tar                     # on another; then the same study without --shard`,
  );
}

async function list(options: RunsOptions): Promise<void> {
  const { listCells } = await import('../../work/cells.ts');
  const { listStudies, readStudyCells } = await import('../../work/study-cells.ts');
  const root = options.runsDir;
  const cells = await listCells(root);
  const studies = [];
  for (const name of await listStudies(root))
    studies.push((await readStudyCells(root, name)) ?? { study: name, config_hash: '', cells: {} });
  const finished = new Set(cells.filter(({ state }) => state === 'finished').map(({ hash }) => hash));
  const studyRows = studies.map(({ study, config_hash, cells: named }) => {
    const hashes = Object.values(named);
    return [study, config_hash.slice(0, 12), `${hashes.filter((hash) => finished.has(hash)).length}/${hashes.length}`];
  });
  const width = columnsOf(process.stdout);
  printEvent(options, { event: 'runs', studies, cells }, [
    ...alignColumns([['study', 'configuration', 'finished cells'], ...studyRows], 'left', width),
    '',
    ...alignColumns([['cell', 'state', 'time', 'size', 'studies'], ...cells.map(cellRow)], 'left', width),
  ]);
}

function cellRow({ folder, state, owner, damage, seconds, bytes, studies }: CellEntry): string[] {
  const detail = owner ?? damage;
  return [
    folder,
    detail === null ? state : `${state} (${detail})`,
    `${Math.round(seconds)} s`,
    bytesText(bytes),
    studies.join(', ') || '-',
  ];
}

async function show(study: string, options: RunsOptions): Promise<void> {
  const { listCells } = await import('../../work/cells.ts');
  const { readStudyCells } = await import('../../work/study-cells.ts');
  const found = await readStudyCells(options.runsDir, study);
  if (!found) throw await noStudy(options.runsDir, study);
  const entries = new Map((await listCells(options.runsDir)).map((entry) => [entry.hash, entry]));
  const tasks = Object.entries(found.cells).map(([id, hash]) => ({ id, hash, cell: entries.get(hash) ?? null }));
  printEvent(options, { event: 'study', study, config_hash: found.config_hash, tasks }, [
    `study ${study}, configuration ${found.config_hash.slice(0, 12)}`,
    '',
    ...alignColumns(
      [
        ['task', 'cell', 'state', 'time', 'size'],
        ...tasks.map(({ id, hash, cell }) =>
          cell ? [id, ...cellRow(cell).slice(0, 4)] : [id, hash.slice(0, 16), 'missing', '-', '-'],
        ),
      ],
      'left',
      columnsOf(process.stdout),
    ),
  ]);
}

async function clean(options: CleanOptions): Promise<void> {
  const { sweep, sweepable } = await import('../../work/cells.ts');
  const { sweeps, working } = await sweepable(options.runsDir, { unfinished: options.unfinished === true });
  const swept = options.dryRun ? sweeps : await sweep(options.runsDir, sweeps);
  const bytes = swept.reduce((sum, each) => sum + each.bytes, 0);
  const verb = options.dryRun ? 'would delete' : 'deleted';
  printEvent(options, { event: 'cleaned', dry_run: options.dryRun === true, swept, working }, [
    ...swept.map(({ path, why }) => `${verb} ${path} (${why})`),
    `${verb} ${counted(swept.length, 'folder or file', 'folders and files')}, ${bytesText(bytes)}`,
    ...(working.length === 0
      ? []
      : [
          `kept finished cells that no study names: ${working.length} folders are at work, and may be about to ` +
            'name them',
        ]),
  ]);
}

async function exportTo(file: string, options: ExportOptions): Promise<void> {
  checkOutputs([['the archive', file]]);
  const { listCells } = await import('../../work/cells.ts');
  const { exportCells } = await import('../../work/cell-archive.ts');
  const { readStudyCells } = await import('../../work/study-cells.ts');
  const wanted = new Set<string>();
  for (const study of options.study) {
    const found = await readStudyCells(options.runsDir, study);
    if (!found) throw await noStudy(options.runsDir, study);
    for (const hash of Object.values(found.cells)) wanted.add(hash);
  }
  const finished = (await listCells(options.runsDir)).flatMap(({ hash, state }) =>
    hash !== null && state === 'finished' ? [hash] : [],
  );
  const hashes = options.study.length === 0 ? finished : finished.filter((hash) => wanted.has(hash));
  const { cells, studies } = await exportCells(options.runsDir, hashes, file);
  printEvent(options, { event: 'exported', file, cells, studies }, [
    `${counted(cells, 'cell')} and ${counted(studies.length, 'study', 'studies')} in ${file}`,
  ]);
}

function printEvent({ json }: RunsOptions, event: unknown, lines: readonly string[]): void {
  if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
  else print(printable(`${lines.join('\n')}\n`));
}
