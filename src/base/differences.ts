// Where two plain values differ, for messages and comparisons of settings.

export interface Difference {
  /** Dotted: `config.train.lr`; empty where the values are no objects. */
  readonly path: string;
  /** Undefined where the value has no such key. */
  readonly a: unknown;
  readonly b: unknown;
}

/** Values of JSON that differ, by path. An array is one value. */
export function differences(a: unknown, b: unknown, path = ''): Difference[] {
  if (!isObject(a) || !isObject(b)) return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ path, a, b }];
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].flatMap((name) => differences(a[name], b[name], path === '' ? name : `${path}.${name}`));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
