// Loaded before tracelab by `node --import`: measures how long this thread hashes, waits for the disk and reads, and
// writes it down when the thread ends. Nothing in src/ is changed for that.
import crypto from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { installPort, port } from '../../src/base/file-port.ts';
import { type Operation, watchedPort } from './watched-port.ts';

/** Names the folder that gets `price.jsonl`. */
export const PRICE_FOLDER = 'TRACELAB_TEST_PRICE';

/** Seconds and calls of one thread, or of all. */
export interface Price {
  hashSeconds: number;
  hashes: number;
  syncSeconds: number;
  syncs: number;
  /** Also of files that are read for their content: an upper bound of what checking adds. */
  readSeconds: number;
}

export const nothing = (): Price => ({ hashSeconds: 0, hashes: 0, syncSeconds: 0, syncs: 0, readSeconds: 0 });

/** Measures from now on. */
export function measurePrice(): Price {
  const price = nothing();
  const { createHash } = crypto;
  crypto.createHash = (...args) => {
    const hash = createHash(...args);
    price.hashes += 1;
    for (const name of ['update', 'digest'] as const) {
      const call = hash[name].bind(hash) as (...given: readonly unknown[]) => unknown;
      Object.defineProperty(hash, name, {
        value: (...given: readonly unknown[]) => {
          const begin = performance.now();
          const result = call(...given);
          price.hashSeconds += (performance.now() - begin) / 1000;
          return result;
        },
      });
    }
    return hash;
  };
  syncBuiltinESMExports();
  const begun = new WeakMap<Operation, number>();
  installPort(
    watchedPort(
      {
        before: (operation) => {
          begun.set(operation, performance.now());
          return undefined;
        },
        after: (operation) => {
          const seconds = (performance.now() - (begun.get(operation) ?? NaN)) / 1000;
          if (operation.name === 'sync') {
            price.syncs += 1;
            price.syncSeconds += seconds;
          } else if (operation.name === 'read') price.readSeconds += seconds;
        },
      },
      port(),
    ),
  );
  return price;
}

const folder = process.env[PRICE_FOLDER];
if (folder !== undefined) {
  const price = measurePrice();
  process.on('exit', () => {
    appendFileSync(join(folder, 'price.jsonl'), `${JSON.stringify(price)}\n`);
  });
}
