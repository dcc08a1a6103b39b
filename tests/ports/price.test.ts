// The meter of hashing and of waiting for the disk (`npm run measure-price`): it counts what files.ts and hash.ts do.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { installPort, NODE_PORT } from '../../src/base/file-port.ts';
import { writeFileAtomic } from '../../src/base/files.ts';
import { hashFile } from '../../src/base/hash.ts';
import { measurePrice } from './price.ts';

it('counts hashes, syncs of a file and of its folder, and the seconds that they take', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracelab-price-'));
  const price = measurePrice();
  try {
    const file = join(folder, 'file');
    await writeFileAtomic(file, new Uint8Array(1 << 22));
    expect(price.syncs).toBe(2);
    // Names of temporary files have a hash of the host.
    const { hashes } = price;
    await hashFile(file);
    expect(price).toMatchObject({ syncs: 2, hashes: hashes + 1 });
    for (const seconds of [price.hashSeconds, price.syncSeconds, price.readSeconds]) expect(seconds).toBeGreaterThan(0);
  } finally {
    installPort(NODE_PORT);
    rmSync(folder, { recursive: true });
  }
});
