// The models of a page of `tracelab play`: of the package, of a finished study, or of checkpoint folders.
import { join } from 'node:path';
import * as z from 'zod';
import { existsSync, statSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { readJson } from '../base/files.ts';
import { LIMITS } from '../base/limits.ts';
import { issueText } from '../base/schema-issue.ts';
import { brokenSeal } from '../base/sealed.ts';
import { MAZE } from '../domain/maze/domain.ts';
import { checkpointDirectory } from '../model/kept-checkpoints.ts';
import type { LiveProblem, LiveValidity } from '../report/live/data.ts';
import { exampleProblems } from '../report/live/problems.ts';
import { type LiveModel, readLiveModel } from '../report/live/read-model.ts';
import { refused } from '../study/config-issues.ts';
import { readResults, RESULTS_FILE } from '../study/results-file.ts';
import { distributionLabel } from '../tables/format.ts';
import { CELLS_FOLDER } from '../work/folders.ts';
import { checkRecorded } from '../work/recorded-files.ts';
import { measuredModels, shippedModel, shippedModels } from './shipped-models.ts';
import { lastCheckpoint } from './test-files.ts';

/** A checkpoint folder, and what was measured with it. */
export interface PlayedModel {
  readonly folder: string;
  readonly validity: readonly LiveValidity[];
}

export interface FoundModels {
  readonly models: readonly PlayedModel[];
  /** Models of studies that the page has no room for. */
  readonly left: number;
}

/** Mazes of each distribution and size. */
const MAZES = 5;

/**
 * Finds the checkpoints of the given paths.
 * @param targets studies, training runs, checkpoints or names of models of the package; none = all of the package
 * @param most models of each study, in the order of its results
 * @throws TracelabError as lastCheckpoint and readResults
 */
export async function findModels(targets: readonly string[], most: number): Promise<FoundModels> {
  const models: PlayedModel[] = [];
  let left = 0;
  for (const target of targets.length === 0 ? shippedModels() : targets) {
    if (existsSync(join(target, RESULTS_FILE))) {
      const all = await modelsOfStudy(target);
      models.push(...all.slice(0, most));
      left += Math.max(0, all.length - most);
    } else {
      const folder = await lastCheckpoint(target);
      const isShipped = folder !== target && folder === shippedModel(target);
      models.push({ folder, validity: isShipped ? await validityOfShipped(target) : [] });
    }
  }
  return { models, left };
}

/** The last checkpoint of every training of a finished study. */
async function modelsOfStudy(study: string): Promise<PlayedModel[]> {
  const { conditions } = await readResults(join(study, RESULTS_FILE));
  return conditions.map(({ cell, steps, evaluation }) => ({
    folder: checkpointDirectory(join(study, '..', CELLS_FOLDER, cell), steps),
    validity: evaluation.map(({ distribution, plan_valid: { count, n } }) => ({
      label: distributionLabel(distribution),
      valid: count,
      of: n,
    })),
  }));
}

async function validityOfShipped(name: string): Promise<LiveValidity[]> {
  return ((await readMeasured(measuredModels())).get(name) ?? []).map(({ distribution, plan_valid: { count, n } }) => ({
    label: distributionLabel(distribution),
    valid: count,
    of: n,
  }));
}

const COUNT = z.int().nonnegative();
const MEASURED = z.looseObject({ distribution: z.string(), plan_valid: z.looseObject({ count: COUNT, n: COUNT }) });
const MEASURED_FILE = z.object({ sha256: z.string() }).catchall(z.array(MEASURED));

/**
 * What was measured with the models of the package, by their names.
 * @param file models/measured.json, which scripts/ship-models.ts writes
 * @throws TracelabError FILE_MISSING; JSON_SYNTAX, MEASURED_FILE (damaged artefacts)
 */
export async function readMeasured(file: string): Promise<ReadonlyMap<string, readonly z.infer<typeof MEASURED>[]>> {
  const value = await readJson(file);
  const { success, data, error } = MEASURED_FILE.safeParse(value);
  const broken = success ? brokenSeal(value as object) : null;
  if (success && broken === null)
    return new Map(Object.entries(data).flatMap(([name, rows]) => (typeof rows === 'string' ? [] : [[name, rows]])));
  throw new TracelabError({
    code: 'MEASURED_FILE',
    kind: 'damaged_artifact',
    where: file,
    what: 'damaged numbers of the models of the package',
    expected: broken?.expected ?? 'the file of the package',
    got: broken?.got ?? (error === undefined ? 'another content' : issueText(error)),
    hint: 'install the package again',
  });
}

/**
 * Reads all models, each checked against the record of its run and its own hashes.
 * @throws TracelabError PLAY_SIZE for weights that are too large for a page, before they are read; PLAY_TWICE for one
 * model given twice; GRID_SIZE for a size that no maze is drawn of; DOMAIN_MIXED, CELL_DAMAGED, CHECKPOINT_DAMAGED
 */
export async function readModels(found: readonly PlayedModel[]): Promise<LiveModel[]> {
  const sizes = found.map(({ folder }) => Number(statSync(join(folder, 'model.safetensors'))?.size ?? 0));
  checkPlayBytes(
    sizes.reduce((sum, bytes) => sum + bytes, 0),
    found.length,
  );
  const models: LiveModel[] = [];
  const folders = new Map<string, string>();
  for (const { folder, validity } of found) {
    await checkRecorded(folder, /^[a-z_]+\.(json|safetensors)$/);
    const model = await readLiveModel(folder, { validity });
    const twin = folders.get(model.hash);
    if (twin !== undefined)
      throw refused(
        'PLAY_TWICE',
        folder,
        'the same weights are given twice',
        'models that differ',
        twin,
        'leave one out',
      );
    const { least, most } = MAZE.sizes;
    if (model.size < least || model.size > most)
      throw refused(
        'GRID_SIZE',
        folder,
        'no maze of the size of the model can be drawn',
        `${least} to ${most}`,
        String(model.size),
        'tracelab solve takes a maze of any size from a file',
      );
    folders.set(model.hash, folder);
    models.push(model);
  }
  return models;
}

/**
 * @param bytes of the weights of all models
 * @throws TracelabError PLAY_SIZE
 */
export function checkPlayBytes(bytes: number, models: number): void {
  const { most } = LIMITS.playBytes;
  if (bytes > most)
    throw refused(
      'PLAY_SIZE',
      'the models',
      'their weights are too large for a page',
      `at most ${most} bytes`,
      `${bytes} bytes in ${models} models`,
      'give fewer models, or --models with a smaller number',
    );
}

/** Mazes to begin with, of each size of the models. */
export function problemsFor(models: readonly LiveModel[]): LiveProblem[] {
  const sizes = [...new Set(models.map(({ size }) => size))].sort((a, b) => a - b);
  return sizes.flatMap((size) => exampleProblems(size, MAZES, 1));
}
