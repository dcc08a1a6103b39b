// Plan validity as data: shares with their counts by condition, seed and distribution, published numbers apart, and the
// note about the length of prompts.
import { describe, expect, it } from 'vitest';
import { comparedFar, comparedNear, planValidity } from '../../src/tables/plan-validity.ts';
import { tidyRows } from '../../src/tables/tidy.ts';
import { fixture } from '../report/fixture.ts';

describe('plan validity', () => {
  const [table] = planValidity(fixture({ seeds: [1, 2, 3] }));

  it('has a row for each seed and one for their mean, and none of the published numbers', () => {
    const rows = tidyRows('quick', table).filter(
      ({ metric, condition, distribution }) =>
        metric === 'plan_valid' && condition === 'swapped' && distribution === 'drunkard',
    );
    expect(rows.map(({ seed, k, n }) => [seed, k, n])).toEqual([
      [1, 321, 1000],
      [2, 333, 1000],
      [3, 345, 1000],
      [null, null, null],
    ]);
    expect(rows[3].value).toBeCloseTo(0.333, 12);
    expect(tidyRows('quick', table).some(({ value }) => value === 0.516)).toBe(false);
    expect(table.groups.filter(({ published }) => published).map(({ heading }) => heading)).toEqual([
      'Valid plans, published (30×30)',
    ]);
  });

  it('compares correct with swapped, near and far', () => {
    const near = comparedNear(fixture())[0];
    const far = comparedFar(fixture())[0];
    expect(near.columns.slice(1).map(({ label }) => label)).toEqual(['Wilson', 'Kruskal', 'DFS']);
    expect(far.columns.slice(1).map(({ label }) => label)).toEqual(['Drunkard', 'SF-style', 'Free space']);
    expect(far.groups[0].rows.map(([first]) => (first?.kind === 'text' ? first.text : ''))).toEqual([
      'Correct traces',
      'Swapped traces',
    ]);
  });
});

describe('the length of prompts', () => {
  const captionOf = (wall_jitter: number, position_offset = 0): string => {
    const results = fixture();
    const { data, train } = results.config;
    const config = { ...results.config, data: { ...data, wall_jitter }, train: { ...train, position_offset } };
    return comparedFar({ ...results, config })[0].caption;
  };

  it('is named where distributions differ in it, and says what the controls do', () => {
    expect(captionOf(0)).toContain('so a difference here is partly about positions');
    expect(captionOf(3)).toContain('Training prompts have several lengths (`data.wall_jitter` 3)');
    expect(captionOf(3)).not.toContain('partly about positions');
    expect(captionOf(0, 16)).toContain(
      'In training, completions began up to 16 positions further from their prompts (`train.position_offset` 16)',
    );
    expect(captionOf(0, 16)).not.toContain('partly about positions');
    expect(captionOf(3, 16)).toContain('3). In training');
    expect(captionOf(3)).not.toContain('In training,');
    expect(comparedNear(fixture())[0].caption).not.toContain('other lengths');
  });
});
