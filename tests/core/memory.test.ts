// Memories that grow: what they hold and where they end.
import { expect, it } from 'vitest';
import { createGrowingMemory, createMemory, growMemory, MEMORY_LIMIT_BYTES } from '../../src/core/memory.ts';

it('keeps what it holds when it grows, and never shrinks', () => {
  const memory = createGrowingMemory(1000);
  new Uint8Array(memory.buffer)[999] = 7;
  growMemory(memory, 1_000_000);
  expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(1_000_000);
  expect(new Uint8Array(memory.buffer)[999]).toBe(7);
  const { byteLength } = memory.buffer;
  growMemory(memory, 10);
  expect(memory.buffer.byteLength).toBe(byteLength);
});

it('refuses more than one memory can be, as the input that asked for it', () => {
  const refused = expect.objectContaining({ code: 'MEMORY_LIMIT', exitCode: 2 }) as Error;
  expect(() => createMemory(MEMORY_LIMIT_BYTES)).toThrow(refused);
  expect(() => {
    growMemory(createGrowingMemory(1000), MEMORY_LIMIT_BYTES);
  }).toThrow(refused);
});

it('is an error of the machine when the system grants no more', () => {
  expect(() => {
    growMemory(createMemory(1000), 1_000_000);
  }).toThrow(expect.objectContaining({ code: 'MEMORY', exitCode: 4 }) as Error);
});
