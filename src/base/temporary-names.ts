// Names of temporary files. A name contains the process that writes the file, to distinguish the leftovers of a killed
// process from the files that a living process is writing:
//
//     .results.json.0001e240-7c3f-91aa-0b5d-e2f1c8d4a97b.tmp
//      name         process  place (16 digits)  drawn (8 digits)
import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readdir, remove } from './disk.ts';
import { thisPlace } from './place.ts';

const PLACE_DIGITS = 16;
const MOST_PID = 2 ** 31 - 1;

/** @param name of the file that it will become */
export function temporaryName(name: string): string {
  const digits = place() + randomUUID().slice(0, 8);
  const parts = [digits.slice(0, 4), digits.slice(4, 8), digits.slice(8, 12), digits.slice(12)];
  return `.${name}.${process.pid.toString(16).padStart(8, '0')}-${parts.join('-')}.tmp`;
}

/**
 * Deletes temporary files of that name whose process has ended; what cannot be deleted stays.
 * @param removal deletes one; for folders
 */
export async function sweepTemporaries(folder: string, name: string, removal = remove): Promise<void> {
  const begin = `.${name}.`;
  const here = place();
  for (const found of await readdir(folder)) {
    const match = found.startsWith(begin) && /^([0-9a-f]{8})-([0-9a-f-]{27})\.tmp/.exec(found.slice(begin.length));
    if (!match) continue;
    const [, pid, rest] = match;
    // Process numbers of another machine or container say nothing here.
    if (!rest.replaceAll('-', '').startsWith(here) || isAlive(parseInt(pid, 16))) continue;
    await removal(join(folder, found)).catch(() => undefined);
  }
}

/** Not kept: the simulated machines of tests share this module. */
function place(): string {
  const { boot, pid_namespace } = thisPlace();
  return createHash('sha256')
    .update(JSON.stringify([hostname(), boot, pid_namespace]))
    .digest('hex')
    .slice(0, PLACE_DIGITS);
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  // No process has such a number, and to kill() it would name a group.
  if (pid <= 0 || pid > MOST_PID) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // EPERM: there is such a process, of another user.
    return (cause as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
