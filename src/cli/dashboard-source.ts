// What a dashboard looks at: the runs folder or the engine that its command names.
import { resolve } from 'node:path';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { existsSync, isFolderSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { FolderSource } from '../dashboard/folder/source.ts';
import type { Source } from '../dashboard/source.ts';
import { taskSamplesPage } from '../report/dashboard-page.ts';
import { KINDS } from '../tasks/kinds.ts';
import { addressOf, openEngine } from './engine.ts';
import type { EngineOptions } from './engine.ts';

/**
 * @param folder of studies and sweeps
 * @throws TracelabError RUNS_MISSING (refused input); those of engines
 */
export async function openSource(
  folder: string | undefined,
  options: EngineOptions,
): Promise<{ readonly source: Source; readonly kind: 'folder' | 'postgres' }> {
  // The variable of the environment names an engine, too, but a folder that is given comes first.
  const address = folder === undefined ? await addressOf(options) : undefined;
  if (address?.kind === 'postgres') {
    const { EngineSource } = await import('../dashboard/engine-source.ts');
    const { engine, shown } = await openEngine(address, options.artefacts, false);
    return { source: new EngineSource({ engine, place: shown, clock: SYSTEM_CLOCK }), kind: 'postgres' };
  }
  return { source: folderSource(address?.shown ?? folder ?? 'runs'), kind: 'folder' };
}

function folderSource(path: string): Source {
  const root = resolve(path);
  if (!isFolderSync(root))
    throw new TracelabError({
      code: 'RUNS_MISSING',
      kind: 'refused_input',
      where: path,
      what: 'is no folder',
      expected: 'a folder of studies and sweeps',
      got: existsSync(root) ? 'a file' : 'nothing',
      hint: 'give the folder that --runs-dir of the study names',
    });
  return new FolderSource({ root, place: path, kinds: KINDS, clock: SYSTEM_CLOCK, renderSamples: taskSamplesPage });
}
