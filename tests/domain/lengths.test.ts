// The lengths of any completion: those of a correct one are those of its trace and plan; broken records are no events.
import { expect, it } from 'vitest';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { DOMAINS } from '../../src/domain/domains.ts';
import { splitCompletion } from '../../src/domain/completion.ts';

it.each(DOMAINS.map((domain) => [domain.name, domain] as const))('%s', (_, domain) => {
  const [{ name: generator }] = domain.distributions;
  for (let i = 0; i < 20; i++) {
    const size = 7;
    const problem = domain.draw(generator, size, new RandomSequence(5, STREAMS.sampling, i), domain.settings);
    const example = { id: String(i), generator, size, ...domain.solve(problem) };
    const events = domain.events(example);
    const { trace, solution } = splitCompletion(example.completion);
    const planCells = solution.split('plan ').length - 1;
    expect(domain.lengths(example.completion)).toEqual({ events: events.length, planCells });
    expect(domain.lengths(solution)).toEqual({ events: 0, planCells });
    expect(domain.lengths(trace)).toEqual({ events: events.length, planCells: 0 });
    // A stray word is no event, and an event that lacks its last word is none either.
    const [first, ...rest] = events;
    const broken = first.slice(0, first.lastIndexOf(' '));
    expect(domain.lengths(['oops', broken, ...rest, solution].join(' '))).toEqual({
      events: rest.length,
      planCells,
    });
    // Only the last run of plan records is the plan.
    expect(domain.lengths(`${solution} ${trace} solution plan 1 1 end`).planCells).toBe(1);
  }
  expect(domain.lengths('')).toEqual({ events: 0, planCells: 0 });
  expect(domain.lengths('plan 1 create close \u0000 plan')).toEqual({ events: 0, planCells: 0 });
});
