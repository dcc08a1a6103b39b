// A costly value that a display asks for at every frame, computed so rarely that it costs next to nothing.

/** The computation may take this share of the time. */
const SHARE = 0.02;

/**
 * @param now seconds
 * @returns the same function, which gives its last value again until the time that it took is a small share
 */
export function paced<Input, Output>(compute: (input: Input) => Output, now: () => number): (input: Input) => Output {
  let last: { readonly value: Output; readonly until: number } | undefined;
  return (input) => {
    const begun = now();
    if (last && begun < last.until) return last.value;
    const value = compute(input);
    const ended = now();
    last = { value, until: ended + (ended - begun) / SHARE };
    return value;
  };
}
