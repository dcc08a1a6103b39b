// The other side of a barrier of two: reports how its wait ended.
import { parentPort, workerData } from 'node:worker_threads';
import { TracelabError } from '../../src/base/errors.ts';
import { Barrier } from '../../src/core/barrier.ts';

parentPort?.postMessage('waiting');
try {
  new Barrier(workerData as Int32Array, 2).wait();
  parentPort?.postMessage('passed');
} catch (error) {
  parentPort?.postMessage(error instanceof TracelabError ? error.code : String(error));
}
