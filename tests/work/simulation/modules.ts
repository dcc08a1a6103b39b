// Loads src/ with simulated modules of Node in place of its own: files, waiting, random names, host, child processes,
// threads. Nothing in src/ is changed for that. On request a deliberate fault is put into the text of one file.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants.ts';

/** By the name of a module: what it exports in the simulation. */
type Fakes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const PLACE = Symbol.for('tracelab.simulation');
const SOURCES = new URL('../../../src/', import.meta.url).href;
/** Whatever of these modules is not simulated may not be called. */
const CLOSED = new Set(['node:fs', 'node:fs/promises', 'node:child_process', 'node:worker_threads']);

/** To be called before the first import of src/work. */
export function simulateModules(fakes: Fakes, mutant: Mutant | undefined): void {
  (globalThis as Record<symbol, unknown>)[PLACE] = fakes;
  const left = new Set(mutant?.changes);
  registerHooks({
    resolve: (specifier, context, next) => {
      const isSimulated = Object.hasOwn(fakes, specifier) && (context.parentURL ?? '').startsWith(SOURCES);
      return isSimulated ? { url: `simulated:${specifier}`, shortCircuit: true } : next(specifier, context);
    },
    load: (url, context, next) => {
      if (url.startsWith('simulated:')) {
        const source = sourceOf(url.slice('simulated:'.length), fakes);
        return { format: 'module', source, shortCircuit: true };
      }
      const changes = [...left].filter(({ file }) => url === SOURCES + file);
      if (changes.length === 0) return next(url, context);
      let source = readFileSync(fileURLToPath(url), 'utf8');
      for (const change of changes) {
        if (source.split(change.from).length !== 2)
          throw new Error(`mutant ${mutant?.name}: expected once in src/${change.file}: ${change.from}`);
        source = source.replace(change.from, () => change.to);
        left.delete(change);
      }
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}

function sourceOf(name: string, fakes: Fakes): string {
  const real = process.getBuiltinModule(name) as unknown as Record<string, unknown>;
  const lines = [
    `const fakes = globalThis[Symbol.for('tracelab.simulation')]['${name}'];`,
    `const real = globalThis[Symbol.for('tracelab.simulation.process')].getBuiltinModule('${name}');`,
  ];
  for (const key of new Set([...Object.keys(real), ...Object.keys(fakes[name])])) {
    if (key === 'default' || !/^\w+$/.test(key)) continue;
    const value = Object.hasOwn(fakes[name], key)
      ? `fakes.${key}`
      : CLOSED.has(name) && typeof real[key] === 'function'
        ? `class { constructor() { throw new Error('${name}: ${key} is not simulated'); } }`
        : `real.${key}`;
    lines.push(`const $${key} = ${value};`, `export { $${key} as ${key} };`);
  }
  return lines.join('\n');
}
