// `tracelab runs verify`: what is damaged in a runs directory, what would be made again, and what was set aside.
import { dirname, join } from 'node:path';
import { existsSync } from '../base/disk.ts';
import { EXIT_CODES, TracelabError } from '../base/errors.ts';
import { readJson } from '../base/files.ts';
import { brokenSeal } from '../base/sealed.ts';
import { counted } from '../render/terminal-text.ts';
import { SWEEP_FILE } from '../study/folder.ts';
import { readResults, RESULTS_FILE } from '../study/results-file.ts';
import { readSweepResults } from '../study/sweep/results-file.ts';
import { readRecord } from '../work/cell-record.ts';
import { setAside, verifyStore, type Verified } from '../work/verify-store.ts';

export interface VerifiedRuns {
  readonly exitCode: number;
  readonly event: unknown;
  readonly lines: readonly string[];
}

/**
 * @param root a runs directory, or the folder of a command
 * @throws TracelabError as verifyStore and setAside
 */
export async function verifyRuns(root: string, repair: boolean): Promise<VerifiedRuns> {
  const verified = await verifyStore(root, checkResults);
  const { damaged } = verified;
  const moved = repair ? await setAside(damaged) : [];
  const left = damaged.filter(({ path }) => !moved.some(({ from }) => from === path));
  const again = damaged.flatMap((each) => each.again);
  const lines = [
    ...damaged.map(({ message }) => message),
    ...moved.map(({ from, to }) => `set aside ${from} as ${to}`),
    ...wordsOf(verified),
    ...(again.length === 0
      ? []
      : [`made again by the same \`tracelab study\` or \`tracelab sweep\` command: ${again.join(', ')}`]),
    ...(left.length > 0 && !repair ? ['`tracelab runs verify --repair` sets damaged cells and results aside'] : []),
  ];
  return {
    exitCode: left.length === 0 ? 0 : EXIT_CODES.damaged_artifact,
    event: { event: 'verified', ...verified, set_aside: moved },
    lines,
  };
}

function wordsOf({ whole, files, unfinished, in_use, studies, missing, strange, damaged }: Verified): string[] {
  const parts = [
    `${counted(whole, 'whole cell')} (${counted(files, 'file')})`,
    `${counted(damaged.length, 'damaged cell or file', 'damaged cells and files')}`,
    ...(unfinished.length > 0 ? [counted(unfinished.length, 'unfinished cell')] : []),
    ...(in_use.length > 0 ? [`${counted(in_use.length, 'cell')} in use, not checked`] : []),
    ...(studies.length > 0 ? [counted(studies.length, 'study', 'studies')] : []),
  ];
  return [
    ...strange.map((path) => `${path} is in no record; nothing reads it`),
    ...(missing.length === 0 ? [] : [`not finished: ${missing.join(', ')}`]),
    parts.join(', '),
  ];
}

/** Results of a study, of a sweep, or of reinforcement learning alone. */
async function checkResults(folder: string): Promise<void> {
  const results = join(folder, RESULTS_FILE);
  // Those of an older version are made again by their study.
  if (existsSync(results))
    await readResults(results).catch((error: unknown) => {
      if (!(error instanceof TracelabError) || error.code !== 'RESULTS_FORMAT') throw error;
    });
  const sweep = join(folder, SWEEP_FILE);
  if (existsSync(sweep)) await readSweepResults(sweep);
  await checkSealed(join(folder, 'rl.json'));
}

/** A file that an older version wrote has no hash. */
async function checkSealed(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const value = await readJson(file);
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && !('sha256' in value) && 'start_sha256' in value) return;
  const broken = isObject ? brokenSeal(value) : { expected: 'a JSON object', got: JSON.stringify(value).slice(0, 60) };
  if (broken) throw damagedRows(file, 'was changed after it was written', broken.expected, broken.got);
  const start = (summary: unknown): string =>
    String((summary as { readonly start_sha256?: unknown } | null | undefined)?.start_sha256).slice(0, 16);
  const [expected, got] = [start((await readRecord(dirname(file)))?.summary), start(value)];
  if (expected !== got) throw damagedRows(file, 'is about another run', `start ${expected}`, got);
}

function damagedRows(where: string, what: string, expected: string, got: string): TracelabError {
  const hint = `the same \`tracelab rl\` command with --out ${dirname(where)} writes it again`;
  return new TracelabError({ code: 'RESULTS', kind: 'damaged_artifact', where, what, expected, got, hint });
}
