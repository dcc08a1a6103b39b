// Where a JSON text is wrong. JSON.parse names a position for some faults only.

/**
 * Index of the first letter that no JSON text can go on with; the length of the text when it only ends too early.
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
