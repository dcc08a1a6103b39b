// Loads src/ with simulated modules of Node in place of its own: waiting, random names, host, child processes, threads.
// Files are simulated-port.ts. Nothing in src/ is changed for that. `simulate.ts?mutant=NAME` loads it with a
// deliberate fault in its text.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { MUTANTS } from './mutants.ts';

/** By the name of a module: what it exports in the simulation. */
type Fakes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const PLACE = Symbol.for('tracelab.simulation');
const SOURCES = new URL('../../../src/', import.meta.url).href;
const HERE = new URL('.', import.meta.url).href;
const FLEET = new URL('../../fleet/', import.meta.url).href;
/** The world is the same for every mutant: globals know one only. */
const SHARED = /\/simulation\/(?:world|processes|channel|files|simulated-port|globals|network|modules|mutants)\.ts$/;
/** Whatever of these modules is not simulated may not be called. */
const CLOSED = new Set(['node:fs', 'node:child_process', 'node:worker_threads']);

/** To be called before the first import of src/work. */
export function simulateModules(fakes: Fakes): void {
  (globalThis as Record<symbol, unknown>)[PLACE] = fakes;
  registerHooks({
    resolve: (specifier, context, next) => {
      const [parent, search] = (context.parentURL ?? '').split('?');
      if (Object.hasOwn(fakes, specifier) && parent.startsWith(SOURCES))
        return { url: `simulated:${specifier}`, shortCircuit: true };
      const found = next(specifier, context);
      const isOurs = [SOURCES, HERE, FLEET].some((each) => found.url.startsWith(each)) && !SHARED.test(found.url);
      return search && isOurs && !found.url.includes('?') ? { ...found, url: `${found.url}?${search}` } : found;
    },
    load: (url, context, next) => {
      if (url.startsWith('simulated:')) {
        const source = sourceOf(url.slice('simulated:'.length), fakes);
        return { format: 'module', source, shortCircuit: true };
      }
      const [file, search] = url.split('?');
      const mutant = search ? MUTANTS.find(({ name }) => search === `mutant=${name}`) : undefined;
      const changes = mutant?.changes.filter((change) => file === SOURCES + change.file) ?? [];
      if (changes.length === 0) return next(url, context);
      let source = readFileSync(fileURLToPath(file), 'utf8');
      for (const { from, to } of changes) {
        if (source.split(from).length !== 2) throw new Error(`${mutant?.name}: expected once in ${file}: ${from}`);
        source = source.replace(from, () => to);
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
  const keys: string[] = [];
  for (const key of new Set([...Object.keys(real), ...Object.keys(fakes[name])])) {
    if (key === 'default' || !/^\w+$/.test(key)) continue;
    const closed = `class { constructor() { throw new Error('${name}: ${key} is not simulated'); } }`;
    const isClosed = CLOSED.has(name) && typeof real[key] === 'function';
    const value = Object.hasOwn(fakes[name], key) ? `fakes.${key}` : isClosed ? closed : `real.${key}`;
    lines.push(`const $${key} = ${value};`, `export { $${key} as ${key} };`);
    keys.push(key);
  }
  lines.push(`export default { ${keys.map((key) => `${key}: $${key}`).join()} };`);
  return lines.join('\n');
}
