// Markup that cannot be injected into: a tagged template that escapes every value, and the cleaning of untrusted text.

/** Text that is already markup. Only `html` and `trusted` make one. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type HtmlValue = string | number | Html | readonly Html[];

// Control and format characters (direction marks, zero-width ones, tags, byte order mark), line and paragraph
// separators and noncharacters; tab and newline may stay. Lone surrogates are handled by `cleanText`.
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

/**
 * Replaces every character that is not seen, or that moves others, by U+FFFD, so that nothing hides and a trace of it
 * stays.
 */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(UNSEEN, '\ufffd');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Cleans and escapes untrusted text for element content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return cleanText(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

function render(value: HtmlValue): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value.map((part) => part.text).join('');
}

/**
 * Template tag: literal parts stay, every interpolated string is cleaned and escaped. Attributes must be quoted in the
 * template.
 */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(literals.reduce((text, literal, i) => text + render(values[i - 1]) + literal));
}

/** Markup from our own code or from Vega (which escapes its texts). Never pass it anything that came out of a file. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

export const EMPTY = new Html('');

/** Joins pieces with a separator. */
export function join(pieces: readonly Html[], separator = ''): Html {
  return new Html(pieces.map((piece) => piece.text).join(separator));
}
