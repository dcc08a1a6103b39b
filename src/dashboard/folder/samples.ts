// Completions of a task in its cell: for each file the first of each kind, as the report chooses them.
import { join } from 'node:path';
import { entriesBelow, existsSync, readPieces } from '../../base/disk.ts';
import { parseCompletionRow } from '../../evaluation/schemas.ts';
import { EVALUATION_FILE, readEvaluation } from '../../evaluation/evaluation-file.ts';
import type { DistributionSummary } from '../../evaluation/types.ts';
import type { Sample } from '../../study/results.ts';
import { SampleChooser } from '../../study/samples.ts';
import type { Arm } from '../../tasks/arm.ts';
import { wholeLines } from '../metrics.ts';

/** Bytes of the beginning of a file of completions that are looked at. */
const MOST_BYTES = 1 << 20;
const COMPLETIONS = /^completions-[\w.-]+\.jsonl$/;

/** What a cell has to look at. */
export interface CellSamples {
  /** Of an evaluation that has ended. */
  readonly summaries: readonly DistributionSummary[];
  readonly samples: readonly Sample[];
}

/** Whether a cell has completions. */
export async function hasCompletions(directory: string): Promise<boolean> {
  return (await completionFiles(directory)).length > 0;
}

/** @throws TracelabError of damaged files */
export async function readSamples(directory: string, arm: Arm): Promise<CellSamples> {
  const files = await completionFiles(directory);
  const folder = files.at(0)?.folder;
  if (folder === undefined) return { summaries: [], samples: [] };
  const samples: Sample[] = [];
  for (const { name } of files.filter((each) => each.folder === folder)) {
    const chooser = new SampleChooser(arm);
    const file = join(folder, name);
    for (const [i, line] of (await beginning(file)).split('\n').entries())
      if (line !== '') chooser.offer(parseCompletionRow(JSON.parse(line), `${file}:${i + 1}`));
    samples.push(...chooser.samples());
  }
  const evaluation = join(folder, EVALUATION_FILE);
  const { distributions = [], summaries = distributions } = existsSync(evaluation)
    ? await readEvaluation(evaluation)
    : {};
  return { summaries, samples };
}

/** Newest step first, by name within a step. */
async function completionFiles(directory: string): Promise<{ readonly folder: string; readonly name: string }[]> {
  const entries = await entriesBelow(directory).catch(() => []);
  const stepOf = (folder: string): number => Number(/step-(\d+)$/.exec(folder)?.[1] ?? 0);
  return entries
    .filter((entry) => entry.isFile() && COMPLETIONS.test(entry.name))
    .map(({ parentPath, name }) => ({ folder: parentPath, name }))
    .sort((a, b) => stepOf(b.folder) - stepOf(a.folder) || a.name.localeCompare(b.name, 'en'));
}

async function beginning(file: string): Promise<string> {
  for await (const piece of readPieces(file, MOST_BYTES)) return wholeLines(piece).text;
  return '';
}
