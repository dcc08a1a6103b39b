// Shared settings: equal ones are one value with one number, whatever the order of their keys; others are not.
import { describe, expect, test } from 'vitest';
import { canonicalJson, shareJson } from '../../src/base/hash.ts';
import { SharedSettings } from '../../src/work/shared-settings.ts';
import { plain } from '../../src/work/task.ts';

test('equal settings are one frozen value, others are not', () => {
  const settings = new SharedSettings();
  const first = settings.of({ a: 1, b: { c: ['x'], d: null }, e: undefined });
  expect(first).toEqual({ a: 1, b: { c: ['x'], d: null } });
  expect(settings.of({ b: { d: null, c: ['x'] }, a: 1 })).toBe(first);
  expect(Object.isFrozen(first)).toBe(true);
  for (const other of [{ a: 1 }, { a: '1', b: { c: ['x'], d: null } }, { a: 1, b: { c: ['x', 'x'], d: null } }]) {
    expect(settings.of(other)).not.toBe(first);
    expect(settings.numberOf(settings.of(other))).not.toBe(settings.numberOf(first));
  }
});

test('what is shared stays the same value in others, and is known again', () => {
  const settings = new SharedSettings();
  const model = shareJson({ n_layer: 2, d_model: 8 });
  const one = settings.of({ model, seed: 1 }) as { readonly model: unknown };
  expect(one.model).toBe(model);
  expect(settings.of({ seed: 1, model: { d_model: 8, n_layer: 2 } })).toBe(one);
});

describe('shareJson', () => {
  test('leaves the text as it was, and refuses changes', () => {
    const value = { b: [1, { z: 0, y: 'q' }], a: true };
    const text = canonicalJson(value);
    expect(canonicalJson(shareJson(value))).toBe(text);
    expect(canonicalJson({ of: value })).toBe(`{"of":${text}}`);
    expect(() => {
      (value.b as unknown[]).push(2);
    }).toThrow(TypeError);
  });

  test('plain() gives other values as a file would, shared ones as they are', () => {
    const shared = shareJson({ a: 1 });
    const given = { shared, gone: undefined, list: [1, undefined], nan: Number.NaN };
    expect(plain(given)).toEqual({ shared: { a: 1 }, list: [1, null], nan: null });
    expect((plain(given) as { readonly shared: unknown }).shared).toBe(shared);
  });
});
