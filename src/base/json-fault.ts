// Where a JSON text is wrong: JSON.parse names a position for some faults only. And where it is nested too deeply.

/**
 * Index of the first character that cannot continue any JSON text; the length of the text if it only ends too early.
 * @param text that JSON.parse refuses
 */
export function jsonFault(text: string): number {
  // A text that ends too early is refused at its end, or without a place; a wrong letter is refused earlier.
  let early = 0;
  let wrong = text.length + 1;
  while (wrong - early > 1) {
    const middle = Math.floor((early + wrong) / 2);
    if (endsEarly(text.slice(0, middle))) early = middle;
    else wrong = middle;
  }
  return wrong - 1;
}

function endsEarly(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith('Unexpected end')) return true;
    const position = /at position (\d+)/.exec(message)?.[1];
    return position !== undefined && Number(position) >= text.length;
  }
}

/**
 * Index of the first bracket that is nested more deeply than `most` levels; undefined in a text without one. Brackets
 * inside texts do not count.
 */
export function depthFault(text: string, most: number): number | undefined {
  if (!hasBrackets(text, most + 1)) return undefined;
  let depth = 0;
  // Texts are skipped; one without its end reaches to the end of all.
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\[^])*(?:"|$)|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth > most) return index;
  }
  return undefined;
}

/** Whether a text has as many opening brackets. Few rows have: only they are looked at letter by letter. */
function hasBrackets(text: string, count: number): boolean {
  let found = 0;
  for (const bracket of '[{')
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
      if (++found === count) return true;
  return false;
}
