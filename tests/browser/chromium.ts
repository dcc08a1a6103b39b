// Pages in a real browser: a headless Chromium opens them from a file, as a reader does. A visit ends in an error if
// the page logged an error or asked for anything but itself. It knows no test runner; use-chromium.ts connects it to
// vitest.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';

/** How a reader looks at a page. */
export interface View {
  /** In CSS pixels; 1280 by 800 without. */
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
  /** A phone: fingers instead of a mouse, and the viewport that the page asks for. */
  readonly touch?: boolean;
  /** The reader prefers no motion. */
  readonly still?: boolean;
}

export interface Visit {
  /** Everything else that Playwright can do. The policy of the page does not bind scripts for `evaluate`. */
  readonly page: Page;
  /** Faults of accessibility that axe calls serious or critical: `rule: selector, selector`. */
  readonly seriousFaults: () => Promise<string[]>;
  /** Writes the whole page, not its first screen alone, as a PNG file. */
  readonly picture: (path: string) => Promise<void>;
  /** Height of the page in screens of this view. */
  readonly screens: () => Promise<number>;
  /** Elements that reach over the right edge of the view, as `name.class`; parts of a box that scrolls are none. */
  readonly cut: () => Promise<string[]>;
}

/** A page or a reader of pages on a busy machine. */
const MILLISECONDS = 45_000;

/** Elements that one fault of accessibility names. */
const PLACES = 3;

/** The executable of a Chromium in PATH. */
function chromiumPath(): string {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('no Chromium in PATH: install Debian\'s package "chromium"');
  return found;
}

/** One browser process; each visit has a profile of its own. */
export class Chromium implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tracelab-browser-'));
  #pages = 0;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** @throws Error in one line if there is no Chromium in PATH */
  static async start(): Promise<Chromium> {
    return new Chromium(await chromium.launch({ executablePath: chromiumPath(), timeout: MILLISECONDS }));
  }

  /** As visitFile, for the text of a page. */
  async visit<T>(markup: string, view: View, look: (visit: Visit) => Promise<T>): Promise<T> {
    const file = join(this.#folder, `page-${++this.#pages}.html`);
    writeFileSync(file, markup);
    return this.visitFile(file, view, look);
  }

  /**
   * Opens a file without a network and looks at it.
   * @param look what a reader does; its result is that of the visit
   * @throws Error that lists errors of the page and requests for anything but the file itself
   */
  async visitFile<T>(file: string, view: View, look: (visit: Visit) => Promise<T>): Promise<T> {
    const { href } = pathToFileURL(resolve(file));
    return this.#open(href, (url) => url === href, { ...view, offline: true }, look);
  }

  /**
   * Opens the page of a server and looks at it.
   * @throws Error that lists errors of the page and requests for anything but this server
   */
  async visitServer<T>(address: string, view: View, look: (visit: Visit) => Promise<T>): Promise<T> {
    const { origin } = new URL(address);
    return this.#open(address, (url) => new URL(url).origin === origin, { ...view, offline: false }, look);
  }

  async #open<T>(
    address: string,
    isOwn: (url: string) => boolean,
    view: View & { readonly offline: boolean },
    look: (visit: Visit) => Promise<T>,
  ): Promise<T> {
    const { width = 1280, height = 800, scheme = 'light', touch = false, still = false } = view;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      hasTouch: touch,
      isMobile: touch,
      reducedMotion: still ? 'reduce' : 'no-preference',
      offline: view.offline,
    });
    try {
      context.setDefaultTimeout(MILLISECONDS);
      const faults = pageFaults(context, isOwn);
      const page = await context.newPage();
      await page.goto(address);
      const result = await look(visitOf(page));
      if (faults.length > 0) throw new Error(`the page has faults\n${faults.join('\n')}`);
      return result;
    } finally {
      await context.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A list that grows while pages of the context run. Data and blobs of the page itself are no requests. */
function pageFaults(context: BrowserContext, isOwn: (url: string) => boolean): string[] {
  const faults: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => faults.push(`error: ${error.error().message}`));
  context.on('request', (request) => {
    if (!/^(?:data|blob):/.test(request.url()) && !isOwn(request.url())) faults.push(`request: ${request.url()}`);
  });
  return faults;
}

function visitOf(page: Page): Visit {
  return {
    page,
    seriousFaults: async () => {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<axe.AxeResults>("axe.run({ resultTypes: ['violations'] })");
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => {
          const places = nodes.slice(0, PLACES).map(({ target }) => target.join(' '));
          return `${id}: ${places.join(', ')}${nodes.length > PLACES ? ` and ${nodes.length - PLACES} more` : ''}`;
        });
    },
    picture: async (path) => {
      await page.screenshot({ path, fullPage: true });
    },
    screens: () => page.evaluate<number>('document.documentElement.scrollHeight / innerHeight'),
    cut: () => page.evaluate<string[]>(CUT),
  };
}

/** Elements whose right edge is hidden, without those in a box that scrolls sideways or hides what is over its edge. */
const CUT = `(() => {
  const width = document.documentElement.clientWidth;
  const inside = (element) => {
    for (let box = element.parentElement; box !== null && box !== document.body; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== 'visible') return true;
    return false;
  };
  return [...document.body.querySelectorAll('*')]
    .filter((element) => element.getBoundingClientRect().right > width + 0.5 && !inside(element))
    .map((element) => [element.localName, ...element.classList].join('.'));
})()`;
