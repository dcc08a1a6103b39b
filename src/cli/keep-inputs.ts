// A command never writes over what it reads: by the same path, another path to the same file, or a link to it.
import { basename, dirname, join } from 'node:path';
import { isFolderSync, realPathSync, statSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';

/**
 * Refuses outputs that are inputs, before anything is read or written.
 * @param inputs paths that the command reads; those that are no files, as `-`, count for nothing
 * @param outputs option, and the path that it names; undefined where it was not given
 * @throws TracelabError OUTPUT_IS_INPUT
 */
export function keepInputs(
  inputs: readonly string[],
  outputs: readonly (readonly [option: string, path: string | undefined])[],
): void {
  for (const [option, output] of outputs) {
    const input = output === undefined ? undefined : inputs.find((each) => isSameFile(each, output));
    if (output !== undefined && input !== undefined)
      throw new TracelabError({
        code: 'OUTPUT_IS_INPUT',
        kind: 'refused_input',
        where: `${option} ${output}`,
        what: 'the command would write over what it reads',
        expected: 'the path of another file',
        got: input === output ? 'the input itself' : `the same file as ${input}`,
        hint: 'give another name',
      });
  }
}

/**
 * Refuses paths that no file can have, before hours of work for it.
 * @param outputs option, and the file that it names; undefined where it was not given
 * @throws TracelabError FILE_WRITE (refused input)
 */
export function checkOutputs(outputs: readonly (readonly [option: string, path: string | undefined])[]): void {
  for (const [option, path] of outputs) {
    if (path === undefined) continue;
    const refuse = (what: string, got: string): never => {
      throw new TracelabError({
        code: 'FILE_WRITE',
        kind: 'refused_input',
        where: `${option} ${path}`,
        what,
        expected: 'the path of a file',
        got,
        hint: 'give another name',
      });
    };
    if (isFolderSync(path)) refuse('cannot write (it is a folder)', 'a folder');
    let above = dirname(path);
    while (statSync(above) === undefined && dirname(above) !== above) above = dirname(above);
    if (!isFolderSync(above)) refuse('cannot write (a part of the path is not a folder)', `the file ${above}`);
  }
}

function isSameFile(a: string, b: string): boolean {
  const [first, second] = [placeOf(a), placeOf(b)];
  if (first === undefined || second === undefined) return false;
  if (first === second) return true;
  // Hard links have a number in common.
  const [one, other] = [a, b].map(statSync);
  return one !== undefined && one.isFile() && one.ino !== 0n && one.ino === other?.ino && one.dev === other.dev;
}

/** Of a file that need not exist yet; undefined where its folder does not, either. */
function placeOf(path: string): string | undefined {
  const place = realPathSync(path);
  if (place !== undefined) return place;
  const folder = realPathSync(dirname(path));
  return folder && join(folder, basename(path));
}
