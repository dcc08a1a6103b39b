// A Chromium for the tests of one file.
import { afterAll, beforeAll } from 'vitest';
import { Chromium } from './chromium.ts';

/**
 * Starts a browser before the tests of a file and ends it after them. Without Chromium the file fails.
 * @returns the browser, once tests run
 */
export function useChromium(): () => Chromium {
  let chromium: Chromium | undefined;
  beforeAll(async () => {
    chromium = await Chromium.start();
  });
  afterAll(async () => {
    await chromium?.[Symbol.asyncDispose]();
  });
  return () => {
    if (chromium === undefined) throw new Error('the browser starts with the tests');
    return chromium;
  };
}
