// fast-check with a seed that is always the same: tests that passed pass again. FAST_CHECK_SEED=N, or `random`, draws
// other cases; a failure prints the seed that repeats it.
import fc from 'fast-check';

const given = process.env.FAST_CHECK_SEED ?? '20261130';
if (given !== 'random') {
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`FAST_CHECK_SEED: expected a whole number or random, got ${given}`);
  fc.configureGlobal({ seed });
}

export default fc;
