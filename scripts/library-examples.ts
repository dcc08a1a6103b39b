// The examples of docs/library.md, each with what it prints, and how they are run: as files of Node, and bundled into a
// page for Chromium.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild-wasm';

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

/** A file of the bundled examples is small: a page that is not done by then never will be. */
const CHROMIUM_MILLISECONDS = 60_000;

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

/** The executable of a Chromium in PATH. */
export function chromiumPath(): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
    .find((path) => existsSync(path));
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
 */
export async function runInChromium(chromium: string, file: string, alias: Record<string, string>): Promise<string> {
  const code = await bundleForBrowser(file, alias);
  const folder = mkdtempSync(join(tmpdir(), 'tracelab-browser-'));
  try {
    const page = join(folder, 'page.html');
    const script = code.replaceAll('</script', '<\\/script');
    const markup = `<!doctype html><meta charset="utf-8"><pre></pre><script>${LOGGING}</script>`;
    writeFileSync(page, `${markup}<script type="module">${script}</script>`);
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
    const profile = `--user-data-dir=${join(folder, 'profile')}`;
    const { stdout, status } = spawnSync(chromium, [...flags, profile, '--dump-dom', pathToFileURL(page).href], {
      encoding: 'utf8',
      timeout: CHROMIUM_MILLISECONDS,
    });
    if (status !== 0) throw new Error(`Chromium ended with ${status ?? 'a signal'}`);
    const logged = /<pre>(.*?)<\/pre>/s.exec(stdout)?.[1] ?? '';
    return logged.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** console.log as Node prints texts, numbers, booleans and flat objects; an error is printed, too. */
const LOGGING = `
const pre = document.querySelector('pre');
const shown = (value, inside) => typeof value === 'string' ? (inside ? "'" + value + "'" : value)
  : typeof value === 'object' && value !== null
    ? '{ ' + Object.entries(value).map(([key, each]) => key + ': ' + shown(each, true)).join(', ') + ' }' : String(value);
console.log = (...values) => pre.append(values.map((value) => shown(value, false)).join(' ') + '\\n');
addEventListener('error', ({ message }) => console.log(message));
`;
