// How the tests run: no file waits for a disk, TypeScript is compiled once, and two files run side by side.
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Tests held 45 MiB at most. A container often has 64 MiB in all, which two files side by side could fill. */
const LEAST_BYTES = 2 ** 28;

// Every file that tests write is flushed to its disk. A file system in memory has nothing to wait for.
if (process.env.TMPDIR === undefined) {
  const folder = folderInMemory();
  if (folder !== null) {
    process.env.TMPDIR = folder;
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
}

// Tests start hundreds of processes and threads from TypeScript; Node keeps their JavaScript and its compiled code here.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/tracelab-tests');

export default defineConfig({
  // Examples import the package by its name; tests see its sources.
  resolve: { alias: { tracelab: join(import.meta.dirname, 'src/index.ts') } },
  test: {
    // Processes and disks of a busy machine are slow.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Many tests wait for processes. Vitest's own default leaves one core free, which is half of two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});

/** @returns {string | null} null where there is none, or not enough of it */
function folderInMemory() {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize < LEAST_BYTES ? null : mkdtempSync('/dev/shm/tracelab-tests-');
  } catch {
    return null;
  }
}
