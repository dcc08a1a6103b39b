// Results by the values that they were computed from, each compared by its identity.

/** What was computed from lists of values: for a list of the same values it is computed once. */
export class Remembered {
  private next: Map<unknown, Remembered> | undefined;
  private result: { readonly value: unknown } | undefined;

  /**
   * @param from all that the result depends on
   * @returns the result of the first call with these values
   */
  of<T>(from: readonly unknown[], compute: () => T): T {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the first of a chain
    let place: Remembered = this;
    for (const each of from) {
      place.next ??= new Map();
      let next = place.next.get(each);
      if (next === undefined) place.next.set(each, (next = new Remembered()));
      place = next;
    }
    place.result ??= { value: compute() };
    return place.result.value as T;
  }
}
