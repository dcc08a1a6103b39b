// Digests against published values, and one text for equal values.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalJson, hashFile, sha256 } from '../../src/base/hash.ts';

describe('sha256', () => {
  // FIPS 180-2, appendix B.1.
  it('matches the published digest of "abc"', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('of a file equals that of its bytes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracelab-hash-'));
    const bytes = Uint8Array.from({ length: 3_000_001 }, (_, i) => (i * 31) & 255);
    writeFileSync(join(folder, 'f'), bytes);
    expect(await hashFile(join(folder, 'f'))).toBe(sha256(bytes));
    // Read as a stream.
    const large = new Uint8Array(5 << 20).map((_, i) => (i * 31) % 251);
    writeFileSync(join(folder, 'large'), large);
    expect(await hashFile(join(folder, 'large'))).toBe(createHash('sha256').update(large).digest('hex'));
    await expect(hashFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE_MISSING' });
    rmSync(folder, { recursive: true });
  });
});

describe('canonicalJson', () => {
  it('does not depend on key order, at any depth, and leaves undefined out', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true, e: undefined })).toBe(
      '{"a":true,"b":[1,{"c":"x","d":null}]}',
    );
    expect(canonicalJson({ a: true, b: [1, { c: 'x', d: null }] })).toBe(
      canonicalJson({ b: [1, { d: null, c: 'x' }], a: true }),
    );
  });

  it('keeps the order of arrays', () => {
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
  });

  it.each([[Number.NaN], [Infinity], [new Float32Array(2)], [() => 1], [undefined], [new Map()]])(
    'refuses %s, which JSON would lose',
    (value) => {
      expect(() => canonicalJson({ value: [value] })).toThrow(TypeError);
    },
  );
});
