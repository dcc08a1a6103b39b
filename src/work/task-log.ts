// The log of a task: what its processes wrote to stderr and how its tries failed.
import { dirname } from 'node:path';
import { mkdirsSync, writeFileSync } from '../base/disk.ts';

/** Logs never end a run: what cannot be written is dropped. */
export function appendLog(path: string, text: string | Uint8Array): void {
  try {
    mkdirsSync(dirname(path));
    writeFileSync(path, text, 'a');
  } catch {
    // The failure itself is reported as an event.
  }
}
