// Loaded before tracelab by `node --import` in campaigns: puts a failing port into this process, if it is the one that
// the campaign means. Without a fault it counts operations.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { installPort } from '../../src/base/file-port.ts';
import { countingPort, type Fault, failingPort } from './failing-port.ts';

/** The setting of a campaign, as JSON in the environment. */
export interface InstalledPort {
  readonly role: 'parent' | 'child';
  /** Null: operations are counted. */
  readonly fault: Fault | null;
  /** Folder for counts, and for the token of a fault that hit. */
  readonly folder: string;
}

export const SETTING = 'TRACELAB_TEST_PORT';

const setting = process.env[SETTING];
if (setting !== undefined && isMainThread) {
  const { role, fault, folder } = JSON.parse(setting) as InstalledPort;
  const here = /task-child\.ts$/.test(process.argv[1] ?? '') ? 'child' : 'parent';
  if (fault === null) {
    const { port, counts } = countingPort();
    installPort(port);
    process.on('exit', () => {
      writeFileSync(join(folder, `count-${here}-${process.pid}`), JSON.stringify(counts));
    });
  } else {
    // The processes that are not meant fail from its fault on, when it is permanent.
    const { port } = failingPort(here === role ? fault : { ...fault, at: Infinity }, join(folder, 'hit'));
    installPort(port);
  }
}
