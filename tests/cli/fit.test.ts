// Text on a terminal: nothing is cut inside a word, and a pipe gets every line whole.
import { describe, expect, it } from 'vitest';
import { columnsOf, fit, fitHelp, print } from '../../src/cli/fit.ts';
import { createRenewedLine } from '../../src/cli/renewed-line.ts';
import { fakePipe, fakeTerminal } from './display/terminal.ts';

const ERROR = 'error[CONFIG_PRESET] smoek: no such preset; expected one of phase, quick (hint: did you mean smoke?)\n';

describe('fit', () => {
  it('breaks long lines at blanks, two columns behind their beginning, and leaves the others as they are', () => {
    expect(fit('  a table   12  345\nshort  line\n\n', 14)).toBe('  a table   12\n    345\nshort  line\n\n');
    expect(fit('/a/path/that/is/longer word', 10)).toBe('/a/path/that/is/longer\n  word');
    expect(fit('   \n', 2)).toBe('   \n');
  });

  it('counts characters, not UTF-16 units', () => {
    expect(fit('𝒙𝒙 𝒚𝒚', 5)).toBe('𝒙𝒙 𝒚𝒚');
  });

  it('counts no colours', () => {
    expect(fit('a \u001b[32mb\u001b[39m c', 5)).toBe('a \u001b[32mb\u001b[39m c');
  });
});

describe('print', () => {
  it('fits a terminal', async () => {
    const terminal = fakeTerminal(40, 24);
    print(ERROR, terminal.stream);
    expect(await terminal.lines()).toEqual([
      'error[CONFIG_PRESET] smoek: no such',
      '  preset; expected one of phase, quick',
      '  (hint: did you mean smoke?)',
    ]);
  });

  it('changes nothing in a pipe or in a terminal without a size', () => {
    const pipe = fakePipe();
    print(ERROR, pipe.stream);
    expect(pipe.text()).toBe(ERROR);
    expect([columnsOf({ isTTY: true, columns: 0 }), columnsOf({ columns: 80 })]).toEqual([Infinity, Infinity]);
  });
});

describe('fitHelp', () => {
  it('joins the lines of a paragraph and breaks them anew', () => {
    expect(fitHelp('\nOne two three\nfour five.\n\nSix.\n', 20)).toBe('\nOne two three four\nfive.\n\nSix.\n');
  });

  it('breaks examples before options, so that they can be copied', () => {
    expect(fitHelp('  tracelab rl run --data d --steps 30\n  tracelab rl run', 30)).toBe(
      '  tracelab rl run --data d \\\n    --steps 30\n  tracelab rl run',
    );
  });

  it('moves comments above their examples when one does not fit', () => {
    const text = '  tracelab a   # one\n  tracelab b   # two and three';
    expect(fitHelp(text, 40)).toBe(text);
    expect(fitHelp(text, 25)).toBe('  # one\n  tracelab a\n  # two and three\n  tracelab b');
  });

  it('leaves the columns of options and commands alone', () => {
    const text = '  --plan          print tasks\n                  and run nothing';
    expect(fitHelp(text, 40)).toBe(text);
  });
});

it('a line that renews itself leaves nothing behind, however narrow the terminal', async () => {
  const terminal = fakeTerminal(20, 10);
  let now = 0;
  const line = createRenewedLine(terminal.stream, () => now);
  for (const percent of [10, 20, 30]) {
    now += 1;
    line.show(() => `verify 120 of 2,000 MB, ${percent} %`);
  }
  expect(await terminal.lines()).toEqual(['verify 120 of 2,000']);
  line.end();
  expect(await terminal.lines()).toEqual([]);
});
