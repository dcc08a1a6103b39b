// The findings and tables at the end of a study.
import { describe, expect, it } from 'vitest';
import { resultsText } from '../../src/cli/results-text.ts';
import { fixture } from '../report/fixture.ts';

describe('the end of a study in the terminal', () => {
  const trained = resultsText(fixture(), 'runs/quick/report.html');

  it('has every finding with its verdict, test, n, seeds, effect and interval', () => {
    for (const { id, verdict } of fixture().findings)
      expect(trained).toMatch(new RegExp(`^${id.padEnd(5)}${verdict.toUpperCase()} `, 'm'));
    expect(trained).toMatch(
      /F2 +SUPPORTED[^]*[+-][\d.]+ points \[[+-][\d.]+, [+-][\d.]+\]; p [<=] [\d.]+, after Holm [<=] [\d.]+; n = 1,000; seed\s+1;\s+one-sided/,
    );
    expect(trained).toMatch(/F1b {2}SUPPORTED[^]*? 10\.0 % \[8\.0, 12\.5\]/);
  });

  it('has plan validity of every condition and distribution with intervals, n and the share of walls seen', () => {
    expect(trained).toContain('of 1,000 mazes each');
    for (const name of ['Wilson', 'Kruskal', 'DFS', 'Drunkard', 'SF-style', 'Free space']) {
      expect(trained).toMatch(new RegExp(`^${name} +([\\d.]+ \\[[\\d.]+, [\\d.]+\\] +){3}[\\d.]+$`, 'm'));
    }
  });

  it('has trace validity of the traced conditions only, with the number of valid plans that it is given by', () => {
    expect(trained.match(/^Valid traces, .* traces: /gm)).toEqual([
      'Valid traces, correct traces: ',
      'Valid traces, swapped traces: ',
    ]);
    expect(trained).toMatch(/^Wilson +[\d.]+ \[.*\] +\d+ +[\d.]+ \[.*\] +[\d.]+ \[.*\]$/m);
  });

  it('has the phase diagram, undertrained squares marked', () => {
    expect(trained).toMatch(/^10×10 +\u221225\.0† \[\u221240\.2, \u221214\.0\] +\+60\.0 \[/m);
    expect(trained.replace(/\s+/g, ' ')).toContain('highest +60.0 points [+44.6, +73.7] at 10×10 at 16.0 M tokens.');
  });

  it('ends with the report and one line of the result, and fits 80 columns but for the report of the machine', () => {
    expect(trained).toMatch(/\nReport: runs\/quick\/report\.html\nresult \S+\n$/);
    expect(trained.match(/^result /gm)).toHaveLength(1);
    expect(trained.split('\n').filter((line) => line.length > 80 && !/^(Working time|result) /.test(line))).toEqual([]);
  });

  it('puts many conditions below each other, three abreast', () => {
    const text = resultsText(
      fixture({
        conditions: [
          'solution-only',
          'correct',
          'swapped',
          'thinned@0.25',
          'random-events@0.25',
          'dijkstra',
          'reswapped',
        ],
      }),
      'r',
    );
    expect(text.match(/^ +(Solution only|Thinned traces, 25 %|thinned@0.25|Swapped|reswapped) .*seen$/gm)).toHaveLength(
      3,
    );
    expect(text.match(/^Wilson +([\d.]+ \[[\d.]+, [\d.]+\] +)+100\.0$/gm)).toHaveLength(3);
    expect(text.split('\n').filter((line) => line.length > 80 && !/^(Working time|result) /.test(line))).toEqual([]);
  });

  it('names undertrained runs with the reason', () => {
    const text = resultsText(fixture({ quality: 'undertrained' }), 'r');
    expect(text).toContain('Undertrained runs, which prove nothing:');
    expect(text).toMatch(/^ {2}correct, seed 1: /m);
    expect(text).not.toContain('SUPPORTED');
  });

  it('tells that several seeds are averaged', () => {
    expect(resultsText(fixture({ seeds: [1, 2, 3] }), 'r')).toMatch(/mean over\s+seeds 1, 2 and 3/);
  });

  it('lets no control character of the results through', () => {
    const results = fixture();
    expect(resultsText({ ...results, study: 'a\u001b[2Jb' }, 'r')).not.toContain('\u001b');
  });
});
