// Python with pandas, where the machine has it. .ci/run installs Debian's python3-pandas, which is not seen by another
// python3 that comes first in PATH.
import { spawnSync } from 'node:child_process';

/** Of a Python that has pandas; undefined without one. */
export function findPandas(): string | undefined {
  return ['python3', '/usr/bin/python3'].find(
    (command) => spawnSync(command, ['-c', 'import pandas'], { stdio: 'ignore' }).status === 0,
  );
}

/**
 * Runs a Python program.
 * @returns what it printed
 * @throws Error with the traceback
 */
export function runPython(command: string, program: string, cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, ['-'], { cwd, input: program, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}\n${stderr}`);
  return stdout;
}
