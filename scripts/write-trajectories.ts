// Writes tests/golden/trajectories.json: npm run write-trajectories. Refuses to replace numbers by others of the same
// numeric version, which would hide a change of bits.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '../src/base/files.ts';
import { NUMERIC_VERSION } from '../src/base/numeric-version.ts';
import { GOLDEN_FILE, goldenText, refusal, runTrajectory, type Trajectories } from '../tests/training/trajectories.ts';

const golden = await readFile(GOLDEN_FILE, 'utf8').then(
  (text) => JSON.parse(text) as Trajectories,
  (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  },
);
const [fused, portable] = [await runTrajectory('fused'), await runTrajectory('portable')];
if (fused.kernel_path !== 'fused' || portable.kernel_path !== 'portable')
  throw new Error(`expected fused and portable, got ${fused.kernel_path} and ${portable.kernel_path}`);
const current = {
  numeric_version: NUMERIC_VERSION,
  paths: { fused: fused.trajectory, portable: portable.trajectory },
};
const reason = refusal(golden, current);
if (reason === null) {
  await writeFileAtomic(fileURLToPath(GOLDEN_FILE), goldenText(current));
  console.log(`wrote ${fileURLToPath(GOLDEN_FILE)} (numeric version ${NUMERIC_VERSION})`);
} else {
  console.error(`not written: ${reason}`);
  process.exitCode = 1;
}
