// A worker whose code or core is not that of the sweep that waits for one.
import { TracelabError } from '../base/errors.ts';
import { describeIdentity } from '../fleet/engine.ts';
import type { FleetIdentity } from '../fleet/engine.ts';

/** @param where the engine */
export function otherWorker(where: string, sweep: string, other: FleetIdentity, own: FleetIdentity): TracelabError {
  return new TracelabError({
    code: 'WORKER_OTHER',
    kind: 'refused_input',
    where,
    what: `the sweep ${sweep} was submitted by another version of tracelab or of its core`,
    expected: describeIdentity(other),
    got: describeIdentity(own),
    hint: 'install that version here, or submit the sweep again with this one',
  });
}
