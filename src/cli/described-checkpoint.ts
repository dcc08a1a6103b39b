// The checkpoint of a command, and a line on stderr where another program has saved it again.
import { describeCheckpoint, type DescribedCheckpoint } from '../model/checkpoint.ts';
import { oneLine } from '../render/terminal-text.ts';
import { print } from './fit.ts';

/**
 * Prints the note of the checkpoint, if it has one.
 * @throws TracelabError as describeCheckpoint
 */
export async function describedCheckpoint(folder: string): Promise<DescribedCheckpoint> {
  const described = await describeCheckpoint(folder);
  if (described.note !== null) print(`${oneLine(`note: ${folder}: ${described.note}`)}\n`, process.stderr);
  return described;
}
