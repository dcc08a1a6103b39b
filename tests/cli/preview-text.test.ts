// An example before and after a condition: alignment, marks, verdicts, width and colours.
import { describe, expect, it } from 'vitest';
import { previewText } from '../../src/cli/preview-text.ts';
import { applyCondition } from '../../src/domain/conditions/apply.ts';
import type { Condition } from '../../src/domain/conditions/condition.ts';
import { promptText } from '../../src/domain/maze/grammar.ts';
import type { Example } from '../../src/domain/types.ts';
import { OPEN, OPEN_SOLUTION, OPEN_TRACE } from '../domain/pictures.ts';

const original: Example = {
  id: 'open',
  generator: 'free',
  size: 3,
  prompt: promptText(OPEN),
  completion: [...OPEN_TRACE, OPEN_SOLUTION].join(' '),
};

function preview(condition: Condition, completion: readonly string[], width = 80, color = false): string {
  return previewText(
    { condition, seed: 1, original, changed: { ...original, completion: completion.join(' ') } },
    width,
    color,
  );
}

describe('a preview', () => {
  it('puts gaps where events were left out', () => {
    const text = preview('thinned@0.25', [...OPEN_TRACE.toSpliced(7, 1).toSpliced(2, 1), OPEN_SOLUTION]);
    expect(text).toBe(`open
Thinned traces, 25 %: A*’s trace with events left out (25 % of the events); seed
1

prompt, unchanged
  query start 0 0 goal 1 1 reasoning

  correct            thinned@0.25
  close 0 0 c0 c2    close 0 0 c0 c2
  create 1 0 c1 c1   create 1 0 c1 c1
  create 0 1 c1 c1 -
  close 1 0 c1 c1    close 1 0 c1 c1
  create 2 0 c2 c2   create 2 0 c2 c2
  create 1 1 c2 c0   create 1 1 c2 c0
  close 0 1 c1 c1    close 0 1 c1 c1
  create 0 2 c2 c2 -
  close 1 1 c2 c0    close 1 1 c2 c0

plan, unchanged
  solution plan 0 0 plan 1 0 plan 1 1 end

9 events, 7 afterwards: 7 the same, 0 other (~), 2 gone (-), 0 more (+)
correct: plan optimal; as a trace of A*: strict valid, paper valid, exact
thinned@0.25: plan optimal; as a trace of A*: strict expansion_incomplete at
event 3, paper close_not_in_open_list at event 6
`);
  });

  it('puts event beside event where they are others', () => {
    const [changed] = applyCondition([original], 'wrong-costs', 1);
    const text = previewText({ condition: 'wrong-costs', seed: 1, original, changed }, 80, false);
    expect(text.match(/^ {2}(close|create) .* ~ (close|create) .*$/gm)).toHaveLength(9);
    expect(text).toContain('0 the same, 9 other (~), 0 gone (-),');
  });

  it('says what the validator of its own search makes of another algorithm', () => {
    const [changed] = applyCondition([original], 'bfs', 1);
    const text = previewText({ condition: 'bfs', seed: 1, original, changed }, 200, false);
    expect(text).toContain('9 events, 11 afterwards: 8 the same, 1 other (~), 0 gone (-), 2 more (+)');
    expect(text).toMatch(
      /^bfs: plan optimal; as a trace of A\*: strict \S+ at event \d+, paper .*; as a trace of bfs: strict valid, exact$/m,
    );
  });

  it('of solution-only has no events and no trace to judge', () => {
    const text = preview('solution-only', [OPEN_SOLUTION]);
    expect(text.match(/^ {2}(close|create) .* -$/gm)).toHaveLength(9);
    expect(text).toContain('solution-only: plan optimal, no trace');
  });

  it.each([40, 60, 100])('fits %d columns', (width) => {
    for (const condition of ['filler', 'dijkstra'] as const) {
      const [changed] = applyCondition([original], condition, 1);
      const lines = previewText({ condition, seed: 1, original, changed }, width, false).split('\n');
      expect(lines.filter((line) => line.length > width)).toEqual([]);
    }
  });

  it('has colours only where they are asked for, and no control character of a text', () => {
    expect(preview('thinned', [OPEN_SOLUTION])).not.toContain('\u001b');
    const painted = preview('thinned', [OPEN_SOLUTION], 80, true);
    expect(painted).toContain('\u001b[31m  close 0 0 c0 c2');
    const hostile = { ...original, completion: `close\u001b[2J ${original.completion}` };
    expect(
      previewText({ condition: 'thinned', seed: 1, original: hostile, changed: hostile }, 80, false),
    ).not.toContain('\u001b');
  });
});
