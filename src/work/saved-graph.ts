// The graph that a study or a sweep left in its folder, for those who perform its tasks.
import { dirname, join } from 'node:path';
import { readJson } from '../base/files.ts';
import { readIfThere } from './cell-record.ts';
import { parseGraph } from './graph.ts';
import { parseStudyCells, STUDY_CELLS_FILE } from './study-cells.ts';
import type { Graph } from './task.ts';

/**
 * Reads a graph, which must be that of the study whose list of cells is next to it, if there is one.
 * @param kinds names of all kinds of tasks
 * @throws TracelabError GRAPH_* and STUDY_CELLS (damaged artefact), FILE_MISSING, JSON_SYNTAX (refused input)
 */
export async function readSavedGraph(file: string, kinds: Iterable<string>): Promise<Graph> {
  const list = join(dirname(file), STUDY_CELLS_FILE);
  const named = await readIfThere(list);
  const hash = named === undefined ? undefined : parseStudyCells(named, null, list).config_hash;
  return parseGraph(await readJson(file), file, kinds, hash);
}
