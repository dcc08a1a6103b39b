// Event files: the CRC of RFC 3720, the bytes that other writers begin with, and every field read back by a reader that
// shares no code with the writer.
import { describe, expect, it } from 'vitest';
import { crc32c, eventFileHead, scalarsOf, scalarsRecord } from '../../src/render/tensorboard.ts';
import { readEvents } from './event-reader.ts';

describe('CRC-32C', () => {
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['digits', Buffer.from('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(), 0],
  ])('%s (RFC 3720, appendix B.4)', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});

it('begins as the files of TensorFlow do', () => {
  const head = Buffer.from(eventFileHead(1.5));
  // Length 24 and its masked CRC, a time, `brain.Event:2`.
  expect(head.subarray(0, 13).toString('hex')).toBe('1800000000000000a37f4b2209');
  expect(head.subarray(21, 36).toString('latin1')).toBe('\x1a\rbrain.Event:2');
  expect(readEvents(head)).toEqual([
    { wallTime: 1.5, step: 0, version: 'brain.Event:2', values: [] },
    { wallTime: 1.5, step: 0, status: 1, values: [] },
  ]);
});

it.each([0, 1, 127, 128, 300, 2 ** 31, 2 ** 40 + 5])('step %d with its values', (step) => {
  const values = [
    ['loss', 0.1],
    ['seconds/total', -3.5e-12],
    ['Verlust ü', 12_345_678],
  ] as const;
  const [event] = readEvents(scalarsRecord({ wallTime: 1_700_000_000.25, step, values }));
  expect(event).toEqual({
    wallTime: 1_700_000_000.25,
    step,
    values: values.map(([tag, value]) => [tag, Math.fround(value)]),
  });
});

it('a value of many bytes has its length in several', () => {
  const values = Array.from({ length: 100 }, (_, i) => [`name ${'x'.repeat(i)}`, i] as const);
  expect(readEvents(scalarsRecord({ wallTime: 0, step: 3, values }))[0].values).toEqual(
    values.map((each) => [...each]),
  );
});

it('numbers of a row by name, those of nested objects too', () => {
  const row = { step: 7, loss: 0.5, kl: null, seconds: { total: 2, update: 1 }, words: 'x', lr: Number.NaN };
  expect(scalarsOf(row)).toEqual([
    ['loss', 0.5],
    ['seconds/total', 2],
    ['seconds/update', 1],
  ]);
});
