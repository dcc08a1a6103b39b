// The log of a task: what its processes wrote to stderr and how its tries failed.
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Logs never end a run: what cannot be written is dropped. */
export function appendLog(path: string, text: string | Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, text);
  } catch {
    // The failure itself is reported as an event.
  }
}
