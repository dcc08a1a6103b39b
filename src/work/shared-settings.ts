// Settings of the tasks of large graphs: equal ones are one frozen object with one number, so that they are compared,
// stored and written out once.
import { canonicalJson, isShared, shareJson } from '../base/hash.ts';
import { plain } from './task.ts';
import type { Json } from './task.ts';

/** Settings that several graphs have in common. */
export class SharedSettings {
  private readonly known = new Map<string, Json>();
  private readonly numbers = new Map<Json, number>();
  private readonly forms = new Map<string, (readonly [string, string])[]>();
  /** Of other values that cannot change. */
  private readonly met = new Map<object, Json>();

  /** The settings as plain JSON; the same value for equal ones. */
  of(config: unknown): Json {
    if (typeof config !== 'object' || config === null) return config as Json;
    if (this.numbers.has(config as Json)) return config as Json;
    const met = this.met.get(config);
    if (met !== undefined) return met;
    const found = Array.isArray(config)
      ? this.shared(canonicalJson(config), () => plain(config))
      : this.ofRecord(config);
    // Only what cannot change is known by its identity.
    if (found !== config && isShared(config)) this.met.set(config, found);
    return found;
  }

  /** A number for each value: equal ones have the same. */
  numberOf(config: Json): number {
    return this.numbers.get(config) ?? this.numbers.get(this.of(config)) ?? -1;
  }

  private ofRecord(config: object): Json {
    let text = '';
    for (const [name, quoted] of this.sorted(Object.keys(config))) {
      const item = (config as Readonly<Record<string, unknown>>)[name];
      if (item === undefined) continue;
      const isValue = typeof item !== 'object' || item === null;
      text += `${quoted}${isValue ? JSON.stringify(item) : `#${this.numberOf(item as Json)}`},`;
    }
    return this.shared(text, () => (isShared(config) ? (config as Json) : this.copy(config)));
  }

  /** The names of a record in order, each as JSON; records of one form are many. */
  private sorted(names: readonly string[]): (readonly [string, string])[] {
    const form = names.join(' ');
    const sorted = this.forms.get(form) ?? names.toSorted().map((name) => [name, `${JSON.stringify(name)}:`] as const);
    this.forms.set(form, sorted);
    return sorted;
  }

  private copy(config: object): Json {
    const copy: Record<string, Json> = {};
    for (const [name, item] of Object.entries(config))
      if (item !== undefined) copy[name] = typeof item === 'object' ? this.of(item) : plain(item);
    return copy;
  }

  private shared(text: string, make: () => Json): Json {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const value = make();
    shareJson(value as object);
    this.known.set(text, value);
    this.numbers.set(value, this.numbers.size);
    return value;
  }
}
