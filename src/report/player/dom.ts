// The little of the browser that the player's script uses. The browser's own types would claim every global name in the
// whole program.

export interface PageEvent {
  readonly key: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly target: PageElement;
  preventDefault(): void;
}

export interface PageElement {
  textContent: string | null;
  value: string;
  hidden: boolean;
  readonly id: string;
  readonly tagName: string;
  readonly dataset: Record<string, string | undefined>;
  readonly classList: { add(name: string): void };
  append(...children: readonly PageElement[]): void;
  replaceChildren(...children: readonly PageElement[]): void;
  setAttribute(name: string, value: string): void;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  focus(): void;
}

export interface Page {
  createElement(name: string): PageElement;
  createElementNS(space: string, name: string): PageElement;
  /** Pages with a player have a picture. */
  querySelector(selector: 'svg'): { readonly namespaceURI: string };
  querySelectorAll(selector: string): Iterable<PageElement>;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
}

/** The page's window: sends an event before and after printing. */
export interface PageWindow {
  addEventListener(type: string, listener: () => void): void;
}
