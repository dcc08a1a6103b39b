// Numerical derivatives in f64, the judge of every gradient that is written as a formula.

/** (f(x + h) - f(x - h)) / 2h in entry i; x is put back. With h = 1e-5 the error is about 1e-10 |f'''| + 1e-11 |f|. */
export function centralDifference(f: () => number, x: number[], i: number, h = 1e-5): number {
  const kept = x[i];
  x[i] = kept + h;
  const above = f();
  x[i] = kept - h;
  const below = f();
  x[i] = kept;
  return (above - below) / (2 * h);
}
