// The end of a study in the terminal: what is wrong, the tables in brief, the result.
import { describe, expect, it } from 'vitest';
import { resultsText } from '../../src/cli/results-text.ts';
import { fixture } from '../report/fixture.ts';

describe('the end of a study in the terminal', () => {
  const trained = resultsText(fixture(), 'runs/quick/report.html', { width: 80 });
  const wide = (text: string): string[] =>
    text.split('\n').filter((line) => Array.from(line).length > 80 && !/^(Working time|result) /.test(line));

  it('has every finding with its verdict, effect, interval, n, seeds and p, then its test', () => {
    const seeded = resultsText(fixture({ seeds: [1, 2, 3] }), 'r', { width: 80 });
    for (const { id, verdict } of fixture({ seeds: [1, 2, 3] }).findings)
      expect(seeded).toMatch(new RegExp(`^${id.padEnd(5)}${verdict} `, 'm'));
    expect(trained).toMatch(/^F2 +observed in 1 of 1 run +\+9\.3 points \[7\.7, 11\.3\] +1,000 +1 +< 0\.001$/m);
    expect(trained).toMatch(/^F1b +observed in 1 of 1 run +10\.0 % \[8\.0, 12\.5\] /m);
    expect(trained).toMatch(/^Tests of the findings\. [^]*^F2 .*score test at -10/m);
  });

  it('has plan validity, trace validity and the phase diagram', () => {
    for (const title of ['Plan validity', 'Trace validity', 'Phase diagram: correct traces minus solution only'])
      expect(trained).toMatch(new RegExp(`^${title}\\. `, 'm'));
    expect(trained).toMatch(/^Correct traces +70\.8 \[67\.9, 73\.5\] /m);
    expect(trained).toMatch(/^10×10 +-25\.0† \[-40\.2, -14\.0\] +\+60\.0 \[/m);
  });

  it('ends with the report and one line of the result, and fits 80 columns but for the report of the machine', () => {
    expect(trained).toMatch(/\nReport: runs\/quick\/report\.html\nresult \S+\n$/);
    expect(trained.match(/^result /gm)).toHaveLength(1);
    expect(wide(trained)).toEqual([]);
  });

  it('fits 80 columns with several seeds and the whole ladder of conditions', () => {
    const conditions = [
      'solution-only',
      'correct',
      'swapped',
      'thinned@0.25',
      'random-events@0.25',
      'dijkstra',
    ] as const;
    expect(wide(resultsText(fixture({ conditions: [...conditions], seeds: [1, 2, 3] }), 'r', { width: 80 }))).toEqual(
      [],
    );
  });

  it('names undertrained runs with the reason, before all tables', () => {
    const text = resultsText(fixture({ quality: 'undertrained' }), 'r', { width: 80 });
    expect(text).toMatch(/Undertrained runs, which prove nothing:[^]*^ {2}correct, seed 1: [^]*^Findings\. /m);
    expect(text).not.toMatch(/^F\w+ +supported/m);
  });

  it('colours verdicts, and lets no control character of the results through', () => {
    const paint = (verdict: string, word: string): string =>
      `\u001b[1m${verdict === 'observed' ? word : '?'}\u001b[22m`;
    const hostile = { ...fixture(), study: 'a\u001b[2Jb\nresult 0' };
    const text = resultsText(hostile, 'r', { width: 80, paint });
    expect(text).toContain('F1b  \u001b[1mobserved in 1 of 1 run\u001b[22m');
    expect(text.replaceAll(/\u001b\[(?:1|22)m/g, '')).not.toContain('\u001b');
    expect(text.match(/^result /gm)).toHaveLength(1);
  });
});
