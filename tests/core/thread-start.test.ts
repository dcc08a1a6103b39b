// A system that refuses threads is an environment failure in words, not an unhandled error: few open files are allowed
// for a command of its own.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Calls runThreads with 64 threads; each does nothing. */
const SCRIPT = `
import { runThreads } from '${join(import.meta.dirname, '../../src/core/threads.ts')}';
const entry = new URL('file://${join(import.meta.dirname, 'posting-thread.ts')}');
await runThreads(entry, 64, {}, () => undefined).then(
  () => console.log('ran'),
  (error) => console.log(error.code, error.exitCode, error.message),
);
`;

it.skipIf(process.platform === 'win32')(
  'threads beyond the limit of open files are refused with exit code 4',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracelab-threads-'));
    const command = `ulimit -n 60; exec '${process.execPath}' --input-type=module -`;
    const out = await new Promise<string>((resolve) => {
      const child = execFile('bash', ['-c', command], { cwd: folder }, (_, text, error) => resolve(text + error));
      child.stdin?.end(SCRIPT);
    });
    expect(out).toMatch(/^THREAD_START 4 error\[THREAD_START\] threads: the system refuses a thread; expected files, /);
    expect(out).toMatch(/for 64 threads, got EMFILE \(hint: raise the limits of open files \(ulimit -n\)/);
    rmSync(folder, { recursive: true });
  },
  60_000,
);
