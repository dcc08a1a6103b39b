// `tracelab doctor`: whether this machine can run a study, and how fast a path it will take.
import { cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT_CODES, TracelabError } from '../../base/errors.ts';
import { isSystemError, readText, systemReason, writeFileAtomic } from '../../base/files.ts';
import { usableCores, usableMemory } from '../../host/machine.ts';
import { existsSync, mkdir, removeTree } from '../../base/disk.ts';
import { columnsOf } from '../fit.ts';
import { bytesText, printable, wrapLastColumn } from '../../render/terminal-text.ts';
import { packageVersion } from '../version.ts';

interface Check {
  readonly name: string;
  readonly verdict: 'ok' | 'slow' | 'FAIL';
  readonly words: string;
}

/** Adds the command `doctor` to the program. */
export function addDoctor(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('doctor')
    .description('check Node, memory, disk and the compiled core on this machine')
    .option('--runs-dir <folder>', 'where run directories would be', 'runs')
    .option('--json', 'print the checks as one JSON document')
    .addHelpText(
      'after',
      `
Exit code 0 when a study can run here, 4 when something has to be put right first.

Examples:
  tracelab doctor
  tracelab doctor --runs-dir /data/runs`,
    )
    .action(async ({ runsDir, json }: { readonly runsDir: string; readonly json?: true }) => {
      const checks = [checkNode(), checkCores(), checkMemory(), await checkCore(), await checkDisk(runsDir)];
      const isHealthy = checks.every(({ verdict }) => verdict !== 'FAIL');
      if (json) process.stdout.write(`${JSON.stringify({ version: packageVersion(), healthy: isHealthy, checks })}\n`);
      else {
        const end = isHealthy ? 'A study can run here.' : 'A study cannot run here yet.';
        const rows = checks.map(({ name, verdict, words }) => [name, verdict, words]);
        const lines = [`tracelab ${packageVersion()}`, ...wrapLastColumn(rows, columnsOf(process.stdout)), end];
        process.stdout.write(printable(`${lines.join('\n')}\n`));
      }
      setExitCode(isHealthy ? 0 : EXIT_CODES.environment);
    });
}

function checkNode(): Check {
  const [major] = process.versions.node.split('.').map(Number);
  const words = `${process.versions.node} on ${process.platform} ${process.arch}`;
  return major >= 24 || process.arch === 'arm64'
    ? { name: 'node', verdict: 'ok', words }
    : {
        name: 'node',
        verdict: 'slow',
        words: `${words}; from 24 on the core uses 256-bit vectors, about twice as fast`,
      };
}

function checkCores(): Check {
  return {
    name: 'cores',
    verdict: 'ok',
    words: `${usableCores().why} (${cpus().at(0)?.model.trim() ?? 'unknown'})`,
  };
}

/** The quick study peaks below 1 GiB. */
function checkMemory(): Check {
  const { bytes, others, why } = usableMemory();
  const words = `${why}; other programs use ${bytesText(others)}`;
  return bytes >= 2 ** 30
    ? { name: 'memory', verdict: 'ok', words }
    : { name: 'memory', verdict: 'FAIL', words: `${words}; the quick study needs about 1 GiB` };
}

/** Compiles the core and compares a matrix product and a softmax with scalar results, path by path. */
async function checkCore(): Promise<Check> {
  const { loadCore, usesFullWidth } = await import('../../core/module.ts');
  try {
    const core = loadCore();
    return {
      name: 'core',
      verdict: usesFullWidth(core, process.arch) ? 'ok' : 'slow',
      words: `${core.kernel_path} module ${core.module_sha256.slice(0, 12)}; ${core.why}`,
    };
  } catch (error) {
    if (!(error instanceof TracelabError)) throw error;
    return { name: 'core', verdict: 'FAIL', words: error.message };
  }
}

/** Writes and reads a small file where run directories would be, or in the nearest folder above that exists. */
async function checkDisk(runsDir: string): Promise<Check> {
  let folder = resolve(runsDir);
  let probe: string | undefined;
  try {
    while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
    probe = join(folder, `.tracelab-doctor-${process.pid}`);
    await mkdir(probe);
    await writeFileAtomic(join(probe, 'probe'), 'tracelab');
    const isSame = (await readText(join(probe, 'probe'))) === 'tracelab';
    return {
      name: 'disk',
      verdict: isSame ? 'ok' : 'FAIL',
      words: `${folder} is ${isSame ? 'writable' : 'not what was written to it'}`,
    };
  } catch (error) {
    return {
      name: 'disk',
      verdict: 'FAIL',
      words: isSystemError(error) ? `${folder}: ${systemReason(error)}` : String(error),
    };
  } finally {
    if (probe !== undefined) await removeTree(probe).catch(() => undefined);
  }
}
