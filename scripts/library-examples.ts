// The examples of docs/library.md, each with what it prints, and how they are run: as files of Node, and bundled into a
// page for Chromium.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild-wasm';
import type { Chromium } from '../tests/browser/chromium.ts';

export interface LibraryExample {
  /** The heading above it, lower case, without blanks. */
  readonly name: string;
  readonly code: string;
  /** Standard output. */
  readonly prints: string;
  /** It imports tracelab/core: for Node alone. */
  readonly needsNode: boolean;
}

const DOCUMENT = join(import.meta.dirname, '../docs/library.md');

/** In the order of the page. Each `js` block has a `text` block behind it. */
export function libraryExamples(markdown = readFileSync(DOCUMENT, 'utf8')): LibraryExample[] {
  const pattern = /^#+ ([^\n]+)$|^```js\n(.*?)^```\n\n```text\n(.*?)^```$/gms;
  const examples: LibraryExample[] = [];
  let heading = '';
  for (const match of markdown.matchAll(pattern)) {
    const [, title, code, prints] = match as readonly (string | undefined)[];
    if (code === undefined || prints === undefined) heading = title ?? '';
    else {
      const name = heading.toLowerCase().replaceAll(/[^a-z]+/g, '-');
      examples.push({ name, code, prints, needsNode: code.includes("'tracelab/core'") });
    }
  }
  return examples;
}

/**
 * Bundles a module for a browser.
 * @param alias where `tracelab` is, if it cannot be resolved from the file
 * @throws Error for a bundle that still imports something, as it would from Node
 */
export async function bundleForBrowser(file: string, alias: Record<string, string>): Promise<string> {
  const { outputFiles, metafile } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    external: ['node:*'],
    logLevel: 'silent',
    alias,
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  if (imports.length > 0) throw new Error(`the bundle of ${file} imports ${imports.join(', ')}`);
  return outputFiles[0].text;
}

/**
 * Bundles an example for a browser and runs it in Chromium.
 * @param file the example's module
 * @param alias as bundleForBrowser
 * @returns what it logged, in Node's form
 * @throws Error also for a page that asks for anything but itself
 */
export async function runInChromium(chromium: Chromium, file: string, alias: Record<string, string>): Promise<string> {
  const script = (await bundleForBrowser(file, alias)).replaceAll('</script', '<\\/script');
  const page = `<!doctype html><meta charset="utf-8"><pre></pre><script>${LOGGING}</script>`;
  return chromium.visit(`${page}<script type="module">${script}</script>`, {}, ({ page }) =>
    page.evaluate<string>("document.querySelector('pre').textContent"),
  );
}

/** console.log as Node prints texts, numbers, booleans and flat objects. */
const LOGGING = `
const pre = document.querySelector('pre');
const shown = (value, inside) => typeof value === 'string' ? (inside ? "'" + value + "'" : value)
  : typeof value === 'object' && value !== null
    ? '{ ' + Object.entries(value).map(([key, each]) => key + ': ' + shown(each, true)).join(', ') + ' }' : String(value);
console.log = (...values) => pre.append(values.map((value) => shown(value, false)).join(' ') + '\\n');
`;
