// The graph that a study or a sweep left in its folder, for those who perform its tasks.
import { dirname, join } from 'node:path';
import { readJson } from '../base/files.ts';
import { readIfThere } from './cell-record.ts';
import { parseGraph } from './graph.ts';
import { parseStudyCells, STUDY_CELLS_FILE } from './study-cells.ts';
import type { Graph } from './task.ts';

/**
 * Reads a graph, which must be that of its study.
 * @param kinds names of all kinds of tasks
 * @param configHash of the study; default that of the list of cells next to the graph, if there is one
 * @throws TracelabError GRAPH_* and STUDY_CELLS (damaged artefact), FILE_MISSING, JSON_SYNTAX (refused input)
 */
export async function readSavedGraph(file: string, kinds: Iterable<string>, configHash?: string): Promise<Graph> {
  return parseGraph(await readJson(file), file, kinds, configHash ?? (await listedHash(file)));
}

async function listedHash(file: string): Promise<string | undefined> {
  const list = join(dirname(file), STUDY_CELLS_FILE);
  const named = await readIfThere(list);
  return named === undefined ? undefined : parseStudyCells(named, null, list).config_hash;
}
