// Where this process runs: machine, boot and space of process numbers. Process numbers of another place mean nothing
// here.
import { readFileSync, readlinkSync } from 'node:fs';

export interface Place {
  /** Of the machine; null where the system has no such mark. Host names alone repeat, boots do not. */
  readonly boot: string | null;
  /** Processes of another container have numbers that mean nothing here. */
  readonly pid_namespace: string | null;
}

let known: Place | undefined;

/** Boot and process namespace of this process, read once; null for each that the system does not report. */
export function thisPlace(): Place {
  known ??= {
    boot: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pid_namespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
  };
  return known;
}

function orNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
