// Starts jax-js, a JavaScript library that can train: in a process of its own, where its WebAssembly backend has one
// thread.
import { join } from 'node:path';
import { PeerProcess } from './peer-process.ts';

/** @returns null where it is not installed, after a line that says so */
export async function startJax(print: (line: string) => void): Promise<PeerProcess | null> {
  const peer = await PeerProcess.start(
    process.execPath,
    ['--no-warnings', join(import.meta.dirname, 'train_jax.ts')],
    {},
  );
  if (typeof peer === 'string') {
    print(`jax-js: skipped, ${peer}`);
    return null;
  }
  print(
    `jax-js ${String(peer.about.jax)} (${String(peer.about.device)} backend, jit), Node ` +
      `${String(peer.about.node)}, one thread`,
  );
  return peer;
}
