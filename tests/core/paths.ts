// The kernel paths that tests run on: the one that this engine chose, and both modules with both register tiles.
import { readFileSync } from 'node:fs';
import { type CoreHandle, loadCore } from '../../src/core/module.ts';

export interface CorePath {
  readonly name: string;
  readonly core: () => CoreHandle;
}

const compiled = new Map<string, WebAssembly.Module>();

/** A module without the engine's chosen flags' effect on its cache: each name is compiled once. */
export function compileCore(name: 'fused' | 'portable'): WebAssembly.Module {
  loadCore();
  const module =
    compiled.get(name) ??
    new WebAssembly.Module(Uint8Array.from(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url))));
  compiled.set(name, module);
  return module;
}

export function corePaths(): CorePath[] {
  const chosen = loadCore();
  return [
    { name: `chosen path (${chosen.kernel_path}, tile ${chosen.tile})`, core: () => chosen },
    { name: 'fused 5x8', core: () => ({ module: compileCore('fused'), tile: '5x8' }) },
    { name: 'portable 6x16', core: () => ({ module: compileCore('portable'), tile: '6x16' }) },
    { name: 'portable 5x8', core: () => ({ module: compileCore('portable'), tile: '5x8' }) },
  ];
}
