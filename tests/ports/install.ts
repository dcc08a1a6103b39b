// Loaded before tracelab by `node --import` in campaigns: puts a failing port into this process, if it is the one that
// the campaign means. Counts the operations of each process otherwise.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { installPort } from '../../src/base/file-port.ts';
import { type Fault, type FaultName, failingPort } from './failing-port.ts';

/** The setting of a campaign, as JSON in the environment. */
export interface InstalledPort {
  readonly role: 'parent' | 'child';
  readonly name: FaultName;
  /** Null: operations are counted. */
  readonly fault: Fault | null;
  /** Folder for counts, and for the token of a fault that hit. */
  readonly folder: string;
}

export const SETTING = 'TRACELAB_TEST_PORT';

const setting = process.env[SETTING];
if (setting !== undefined && isMainThread) {
  const { role, name, fault, folder } = JSON.parse(setting) as InstalledPort;
  const isChild = /task-child\.ts$/.test(process.argv[1] ?? '');
  const isMeant = isChild === (role === 'child');
  // Only the process that is meant counts; the others fail from its fault on, when it is for ever.
  const own = fault && !isMeant ? { ...fault, at: Infinity } : fault;
  const { port, counted } = failingPort(own, name, join(folder, 'hit'));
  installPort(port);
  process.on('exit', () => {
    if (isMeant) writeFileSync(join(folder, `count-${process.pid}`), String(counted()));
  });
}
