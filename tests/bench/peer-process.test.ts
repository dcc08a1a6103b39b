// Another program that is measured in turns: asked by lines of JSON, asleep between them, and missing in words.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { numberOf, PeerProcess } from '../../bench/peers/peer-process.ts';

/** A peer that doubles a number, reports its process id, and fails on demand. */
const DOUBLER = `
console.log(JSON.stringify({ pid: process.pid }));
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { n } = JSON.parse(line);
  if (n < 0) process.exit(1);
  console.log(JSON.stringify(n === 0 ? { error: 'nothing to double' } : { twice: 2 * n }));
});`;

async function start(script: string): Promise<PeerProcess> {
  const peer = await PeerProcess.start(process.execPath, ['-e', script], {});
  if (typeof peer === 'string') throw new Error(peer);
  return peer;
}

describe('PeerProcess', () => {
  it('answers in turn, and sleeps in between', async () => {
    const peer = await start(DOUBLER);
    try {
      expect(numberOf(await peer.ask({ n: 2 }), 'twice')).toBe(4);
      expect(numberOf(await peer.ask({ n: 5 }), 'twice')).toBe(10);
      // T: stopped by a signal (proc(5)).
      if (process.platform === 'linux')
        await expect
          .poll(() => readFileSync(`/proc/${numberOf(peer.about, 'pid')}/stat`, 'utf8').split(') ')[1][0])
          .toBe('T');
      await expect(peer.ask({ n: 0 })).rejects.toThrow('nothing to double');
    } finally {
      peer.stop();
    }
  });

  it('a peer that ends while it is asked is an error', async () => {
    const peer = await start(DOUBLER);
    await expect(peer.ask({ n: -1 })).rejects.toThrow('ended while it was asked for {"n":-1}');
  });

  it('says in words what is missing', async () => {
    expect(
      await PeerProcess.start(process.execPath, ['-e', `console.log(JSON.stringify({ missing: 'no torch' }))`], {}),
    ).toBe('no torch');
    expect(await PeerProcess.start(process.execPath, ['-e', `throw new Error('broken at once')`], {})).toMatch(
      /^Error: broken at once|ended without a word$/,
    );
    expect(await PeerProcess.start('/nowhere/python3', [], {})).toContain('ENOENT');
  });
});

it('numberOf refuses what is no number', () => {
  expect(() => numberOf({ seconds: '1' }, 'seconds')).toThrow('expected a number seconds, got {"seconds":"1"}');
  expect(() => numberOf({}, 'seconds')).toThrow('expected a number seconds');
});
