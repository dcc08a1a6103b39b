// The folder of a study: a small one that names its cells, which are in the store that all studies of a runs directory
// share.
//   <runs>/<study>/config.yaml   the resolved configuration
//   <runs>/<study>/graph.json    its tasks; `tracelab task` runs one of them
//   <runs>/<study>/cells.json    the cell of each task; with many tasks cells.jsonl has the newest ones,
//                                during jobs of Slurm the files in cells.jsonl.d
//   <runs>/<study>/logs/         logs of tasks that were set aside
//   <runs>/<study>/results.json, report.html; of a sweep sweep.json, report.html, trials.csv, trials.parquet
import { join } from 'node:path';
import { stringify } from 'yaml';
import { existsSync, mkdirs, remove } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { sealed } from '../base/sealed.ts';
import { appendCell, removeJournals } from '../work/cells-journal.ts';
import { otherStudy, readStudyCells, STUDY_CELLS_FILE, writeStudyCells } from '../work/study-cells.ts';
import { sweepLeftFolders } from '../work/cells.ts';
import { CELLS_FOLDER } from '../work/folders.ts';
import type { Graph } from '../work/task.ts';
import { configHash } from './config.ts';
import type { StudyConfig } from './config.ts';
import type { StudyResults } from './results.ts';
import { readResults, RESULTS_FILE, resultsText } from './results-file.ts';

/** The page of a study or a sweep. */
export const REPORT_FILE = 'report.html';
/** What a sweep writes in place of results.json. */
export const SWEEP_FILE = 'sweep.json';
/** Rows of a sweep for other programs. */
export const SWEEP_ROWS = { csv: 'trials.csv', parquet: 'trials.parquet' } as const;
/** What a study or a sweep writes at its end. */
const MADE_FILES = [RESULTS_FILE, SWEEP_FILE, REPORT_FILE, ...Object.values(SWEEP_ROWS)];

/** What a folder that names cells is of: a study or a sweep. */
export interface NamedConfig {
  readonly name: string;
  readonly hash: string;
  /** Resolved. */
  readonly value: unknown;
}

/** A folder of a runs directory that names the cells of a graph: configuration, graph, cells. */
export class GraphFolder {
  readonly path: string;
  protected readonly root: string;
  private readonly named: NamedConfig;

  constructor(root: string, named: NamedConfig) {
    this.root = root;
    this.named = named;
    this.path = join(root, named.name);
  }

  /** Path of the report. */
  get report(): string {
    return join(this.path, REPORT_FILE);
  }

  /**
   * Makes the folder, or checks that it is that of the same configuration.
   * @param replace whether another configuration of this name gives way; its cells stay in the store
   * @throws TracelabError STUDY_OTHER, STUDY_NAME (refused input), RUN_OLD_FORMAT, FILE_WRITE
   */
  async open(graph: Graph, replace: boolean): Promise<void> {
    const { name: study, hash, value } = this.named;
    if (study === CELLS_FOLDER) {
      throw new TracelabError({
        code: 'STUDY_NAME',
        kind: 'refused_input',
        where: 'study',
        what: 'this name is taken by the store of cells',
        expected: 'another name',
        got: study,
        hint: '--set study=NAME',
      });
    }
    const before = await readStudyCells(this.root, study);
    if (before && before.config_hash !== hash) {
      if (!replace)
        throw otherStudy(this.root, before, hash, 'give the study another name (--set study=NAME), or --replace');
      for (const name of [...MADE_FILES, STUDY_CELLS_FILE]) await remove(join(this.path, name));
      await removeJournals(this.path);
    }
    await sweepLeftFolders(this.root);
    await mkdirs(this.path);
    await writeFileAtomic(join(this.path, 'config.yaml'), `# Resolved: every default filled in.\n${stringify(value)}`);
    await writeFileAtomic(
      join(this.path, 'graph.json'),
      `${JSON.stringify(sealed({ ...graph, config_hash: hash }), null, 1)}\n`,
    );
    if (before?.config_hash !== hash) await this.nameCells(new Map());
  }

  /** Names one cell more than a list has that was written before. */
  async addCell(id: string, hash: string): Promise<void> {
    await appendCell(this.path, this.named.hash, id, hash);
  }

  /**
   * @param cells hash of each task's cell, as far as it is known
   * @param anew writes the list even if nothing was added to it
   */
  async nameCells(cells: ReadonlyMap<string, string>, anew = false): Promise<void> {
    const { name: study, hash: config_hash } = this.named;
    const before = (await readStudyCells(this.root, study))?.cells;
    if (!anew && before && [...cells].every(([id, hash]) => before[id] === hash)) return;
    await writeStudyCells(this.root, {
      format: 1,
      study,
      config_hash,
      cells: { ...before, ...Object.fromEntries(cells) },
    });
  }
}

/** The folder of a study, with its results and its report. */
export class StudyFolder extends GraphFolder {
  private readonly config: StudyConfig;

  constructor(root: string, config: StudyConfig) {
    super(root, { name: config.study, hash: configHash(config), value: config });
    this.config = config;
  }

  /**
   * The results of the same study, if they are those of these cells. Damaged ones and those of an older tracelab are
   * made again.
   */
  async results(result: string | undefined, version: string): Promise<StudyResults | undefined> {
    const file = join(this.path, RESULTS_FILE);
    if (result === undefined || !existsSync(file) || !existsSync(this.report)) return undefined;
    const found = await readResults(file).catch((error: unknown) => {
      if (error instanceof TracelabError && error.code !== 'FILE_READ') return undefined;
      throw error;
    });
    const same = found?.version === version && found.config_hash === configHash(this.config) && found.result === result;
    return same ? found : undefined;
  }

  /** Writes the report and then results.json, each complete or absent. */
  async write(results: StudyResults, report: string): Promise<void> {
    // A stop between the two must not leave the results of one configuration with the report of another.
    await remove(join(this.path, RESULTS_FILE));
    await writeFileAtomic(this.report, report);
    await writeFileAtomic(join(this.path, RESULTS_FILE), resultsText(results));
  }
}
