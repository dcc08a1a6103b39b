// The only door to the wasm files: engine flags, compilation, the check against scalar results, and which of the paths
// is used and why. Order of preference: fused + revectorised (256-bit), fused (128-bit lanes, one rounding), portable
// (128-bit lanes, two roundings).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { instantiateSync } from '@assemblyscript/loader';
import { TracelabError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import { packageRoot } from '../base/package-root.ts';
import type { CoreExports, KernelPath } from './exports.ts';
import { createMemory } from './memory.ts';
import { checkKernels } from './self-check.ts';
import { chooseTile, type TileName, TILES } from './tile.ts';

export interface Core {
  readonly module: WebAssembly.Module;
  readonly kernel_path: KernelPath;
  /** The engine pairs 128-bit operations into 256-bit ones. Changes no bit. */
  readonly revectorized: boolean;
  /** Register tile of the matrix products. Changes no bit. */
  readonly tile: TileName;
  /** Why this path, in words, fallbacks included. */
  readonly why: string;
  readonly module_sha256: string;
}

/**
 * Whether the path uses vectors as wide as the CPU's: 256 bits on x64; arm64's own are the 128 bits of WebAssembly.
 * The portable path needs two instructions for a multiply-add on every CPU.
 */
export function usesFullWidth(core: Pick<Core, 'kernel_path' | 'revectorized'>, arch: string): boolean {
  return core.kernel_path === 'fused' && (core.revectorized || arch === 'arm64');
}

/** A compiled module as another thread needs it. */
export type CoreHandle = Pick<Core, 'module' | 'tile'>;

/** First Node major version whose V8 has an effective revectoriser (Node 22 lists the flag without effect). */
const REVECTORIZER_SINCE = 24;

let loaded: Core | undefined;

/**
 * Compiles and checks the core once a process. Must run before any other wasm is compiled: the engine reads the flags
 * then.
 * @throws TracelabError CORE_MISSING when the wasm files are not built, CORE_BROKEN when no path gives right results
 */
export function loadCore(): Core {
  loaded ??= chooseCore();
  return loaded;
}

/** Instance of the core over a shared memory. Each thread makes its own. */
export function instantiateCore({ module, tile }: CoreHandle, memory: WebAssembly.Memory): CoreExports {
  const { exports } = instantiateSync<CoreExports & Record<string, unknown>>(module, { env: { memory } });
  exports.set_tile(TILES.indexOf(tile));
  return exports;
}

/**
 * Environment variable in which a parent hands its choice to a child: the timing of tiles and the check are done once,
 * on a quiet machine.
 */
export const CORE_CHOICE = 'TRACELAB_CORE_CHOICE';

/** The loaded core's choice as a value of CORE_CHOICE. */
export function coreChoice(): string {
  const { kernel_path, revectorized, tile, why, module_sha256 } = loadCore();
  return JSON.stringify({ kernel_path, revectorized, tile, why, module_sha256 });
}

/** The core that a parent has chosen and checked, or null where there is no choice of this very module. */
function chosenCore(): Core | null {
  const text = process.env[CORE_CHOICE];
  if (text === undefined) return null;
  const { kernel_path, revectorized, tile, why, module_sha256 } = JSON.parse(text) as Omit<Core, 'module'>;
  const bytes = readModule(kernel_path);
  if (sha256(bytes) !== module_sha256) return null;
  if (revectorized) setFlagsFromString('--experimental-wasm-revectorize');
  const module = new WebAssembly.Module(revectorized ? bytes : withMark(bytes));
  return { module, kernel_path, revectorized, tile, why, module_sha256 };
}

function chooseCore(): Core {
  const chosen = chosenCore();
  if (chosen !== null) return chosen;
  const notes: string[] = [];
  const forced = process.env.TRACELAB_KERNEL_PATH;
  if (forced !== undefined && !['revectorized', 'fused', 'portable'].includes(forced)) {
    throw new TracelabError({
      code: 'KERNEL_PATH',
      kind: 'refused_input',
      where: 'TRACELAB_KERNEL_PATH',
      what: 'unknown kernel path',
      expected: 'revectorized, fused or portable',
      got: forced,
      hint: 'unset TRACELAB_KERNEL_PATH to let tracelab choose',
    });
  }
  if (forced !== undefined) notes.push(`TRACELAB_KERNEL_PATH asks for ${forced}`);
  const major = Number(process.versions.node.split('.')[0]);
  if (forced === undefined || forced === 'revectorized') {
    if (process.arch === 'arm64') notes.push('128-bit vectors, the width of arm64');
    else if (process.arch !== 'x64') notes.push(`revectorisation needs an x64 CPU, this is ${process.arch}`);
    else if (major < REVECTORIZER_SINCE)
      notes.push(`revectorisation needs Node ${REVECTORIZER_SINCE} or newer, this is ${process.versions.node}`);
    else {
      setFlagsFromString('--experimental-wasm-revectorize');
      const core = tryPath('fused', true, notes);
      if (core !== null) return core;
      setFlagsFromString('--no-experimental-wasm-revectorize');
    }
  }
  if (forced !== 'portable') {
    const core = tryPath('fused', false, notes);
    if (core !== null) return core;
  }
  const core = tryPath('portable', false, notes);
  if (core !== null) return core;
  throw new TracelabError({
    code: 'CORE_BROKEN',
    kind: 'environment',
    where: 'core',
    what: `no kernel path gives right results on this engine (${notes.join('; ')})`,
    expected: 'results of the self-check',
    got: 'others',
    hint: 'try another Node version',
  });
}

function tryPath(kernel_path: KernelPath, revectorized: boolean, notes: string[]): Core | null {
  const name = revectorized ? 'fused + revectorised' : kernel_path;
  const bytes = readModule(kernel_path);
  let module: WebAssembly.Module;
  try {
    // A custom section makes the bytes differ: V8 would otherwise hand back the code that it compiled under other
    // flags.
    module = new WebAssembly.Module(revectorized ? bytes : withMark(bytes));
  } catch (error) {
    notes.push(`${name} does not compile: ${(error as Error).message}`);
    return null;
  }
  const module_sha256 = sha256(bytes);
  const { tile, why } = chooseTile(
    (own, first) => instantiateCore({ module, tile: first }, own),
    revectorized,
    module_sha256,
  );
  // The tile that will run is the one that must be right: the check comes after the choice.
  const memory = createMemory(4 << 20);
  const failure = checkKernels(instantiateCore({ module, tile }, memory), memory);
  if (failure !== null) {
    notes.push(`${name} failed its check with tile ${tile}: ${failure}`);
    return null;
  }
  return {
    module,
    kernel_path,
    revectorized,
    tile,
    why: [`${name}: checked against scalar results`, why, ...notes].join('; '),
    module_sha256,
  };
}

function readModule(kernel_path: KernelPath): Uint8Array<ArrayBuffer> {
  const path = join(packageRoot(), 'build', `${kernel_path}.wasm`);
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new TracelabError({
      code: 'CORE_MISSING',
      kind: 'environment',
      where: path,
      what: 'the compiled core is missing',
      expected: 'the file',
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'npm run build:wasm',
      cause,
    });
  }
}

/** The module with one empty custom section named "plain" at its end. */
function withMark(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const section = [0, 6, 5, ...new TextEncoder().encode('plain')];
  const marked = new Uint8Array(bytes.length + section.length);
  marked.set(bytes);
  marked.set(section, bytes.length);
  return marked;
}
