// Colours of verdicts.
import { describe, expect, it } from 'vitest';
import { verdictPaint } from '../../../src/cli/display/style.ts';

describe('the colour of a verdict', () => {
  const colourful = { hasColors: () => true };
  const paint = verdictPaint(colourful, {});

  it.each([
    ['supported', 32],
    ['contradicted', 31],
    ['undecided', 33],
    ['undertrained', 33],
  ])('%s', (verdict, code) => {
    expect(paint(verdict, 'word')).toBe(`\u001b[${code}mword\u001b[39m`);
  });

  it('no other has one', () => {
    expect(paint('not-tested', 'word')).toBe('word');
  });

  it('is left out with NO_COLOR, and where there are no colours', () => {
    expect(verdictPaint(colourful, { NO_COLOR: '1' })('supported', 'word')).toBe('word');
    expect(verdictPaint({}, {})('supported', 'word')).toBe('word');
  });
});
