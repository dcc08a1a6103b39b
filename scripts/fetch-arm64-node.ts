// Puts Node for linux-arm64, of the version that runs this, into node_modules/.cache: npm run fetch-arm64-node. It is
// the package that npm's `node` installs on such a machine. tests/core/arm64.test.ts runs it under an emulator.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { ARM64_FOLDER, ARM64_PACKAGE, findArm64Node } from '../tests/core/arm64-node.ts';

const found = findArm64Node();
if ('missing' in found && found.missing.includes(ARM64_PACKAGE)) {
  mkdirSync(ARM64_FOLDER, { recursive: true });
  try {
    // --force: the package is for another CPU.
    const settings = ['--force', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', ['install', '--prefix', ARM64_FOLDER, ...settings, ARM64_PACKAGE], { stdio: 'inherit' });
  } catch (error) {
    rmSync(ARM64_FOLDER, { recursive: true, force: true });
    throw error;
  }
}
const now = findArm64Node();
console.log('missing' in now ? `missing: ${now.missing}` : [now.command, ...now.args].join(' '));
if ('missing' in now) process.exitCode = 1;
