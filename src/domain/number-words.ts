// The words of the numbers and costs of every grammar, made once: a text joins words that exist already.

/** 0..9999. */
export const NUMBERS = Array.from({ length: 10_000 }, (_, number) => String(number));
/** c0..c9999. */
export const COSTS = NUMBERS.map((number) => `c${number}`);
