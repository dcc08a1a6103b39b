// The information of traces as tables and figures: means over mazes with intervals, means over seeds, what was left
// out, and what a figure draws.
import { describe, expect, it } from 'vitest';
import { tInterval } from '../../src/base/statistics.ts';
import { summarizeInformation } from '../../src/evaluation/information-summary.ts';
import { htmlTable } from '../../src/render/html.ts';
import { terminalTable } from '../../src/render/terminal.ts';
import { figureHtml } from '../../src/report/charts.ts';
import { renderInformationPage } from '../../src/report/information-page.ts';
import {
  addedEventsByRun,
  addedEventsOverSeeds,
  checkpointInformation,
  informationByRun,
  informationOverSeeds,
  meanOverSeeds,
} from '../../src/tables/information.ts';
import { informationFigures } from '../../src/tables/information-figures.ts';
import { tidyRows } from '../../src/tables/tidy.ts';
import { informationResult, informationRows } from '../report/fixture-later.ts';
import { fixture, fixtureOfTwoSeeds } from '../report/fixture.ts';
import { findCell } from './find-cell.ts';

/** Nats per word of each maze, recomputed from the rows. */
function perWord(source: 'own' | 'gold' | 'swapped', share: number, n = 40): number[] {
  return informationRows(source, n).flatMap((row) =>
    'left_out' in row ? [] : [(row.losses[0] - row.losses[share]) / row.plan_words],
  );
}

describe('information of one checkpoint', () => {
  const [curve, events] = checkpointInformation(informationResult().distributions);

  it('has the mean over mazes with its t interval, per word and per plan, in named units', () => {
    const { mean, interval } = tInterval(perWord('gold', 3));
    expect(findCell(curve, 'Reference, 50 %', 'Information, nats per plan word')).toMatchObject({
      kind: 'estimate',
      unit: 'nats',
      value: mean,
      low: interval[0],
      high: interval[1],
      n: 38,
    });
    expect(mean).toBeGreaterThan(0.3);
    expect(findCell(curve, 'Swapped, 100 %', 'Information, nats per plan')).toMatchObject({ unit: 'nats-per-plan' });
    expect(findCell(curve, 'Own, 12.5 %', 'Loss, nats per plan word')).toMatchObject({ kind: 'estimate', n: 38 });
  });

  it('counts the mazes and what was left out, by its reason', () => {
    expect(findCell(curve, 'Reference, 0 %', 'n')).toMatchObject({ value: 38 });
    expect(findCell(curve, 'Reference, 0 %', 'No room')).toMatchObject({ value: 2 });
    expect(findCell(curve, 'Own, 0 %', 'Not applicable')).toMatchObject({ value: 2 });
    expect(curve.caption).toContain('No room: mazes left out because the context has no room');
    expect(curve.caption).toContain('seen no cut trace in training');
  });

  it('without events there is a loss and no information', () => {
    expect(findCell(curve, 'Own, 0 %', 'Loss, nats per plan word')).not.toBeNull();
    expect(findCell(curve, 'Own, 0 %', 'Information, nats per plan')).toBeNull();
  });

  it('one more event has a row for each kind; of one maze there is no interval and so no number', () => {
    const cell = (row: string, column: string) => findCell(events, row, column);
    expect(cell('Reference, close on plan', 'Events')).toMatchObject({ value: 20 });
    expect(cell('Reference, close off plan', 'n')).toMatchObject({ value: 18 });
    expect(cell('Reference, create on plan', 'Information of the event, nats per plan word')).toMatchObject({
      kind: 'estimate',
      n: 38,
    });
    expect(cell('Reference, create off plan', 'Events')).toMatchObject({ value: 1 });
    expect(cell('Reference, create off plan', 'Information of the event, nats per plan')).toBeNull();
  });

  it('has no table of events where none was sampled', () => {
    const none = informationRows('gold').map((row) => ('left_out' in row ? row : { ...row, added: [] }));
    const sources = [summarizeInformation('gold', none)];
    expect(checkpointInformation([{ distribution: 'wilson', sources }]).map(({ id }) => id)).toEqual(['information']);
  });

  it('fits a terminal of 80 columns, and names of distributions are text', () => {
    for (const table of [curve, events]) {
      const text = terminalTable(table, { width: 80 });
      expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
    }
    expect(terminalTable(curve, { width: 80 })).toMatch(/^Swapped, 100 % +38 /m);
    const { sources } = informationResult().distributions[0];
    const markup = htmlTable(checkpointInformation([{ distribution: '<script>', sources }])[0]).text;
    expect(markup).not.toContain('<script');
  });

  it('the page has charts with words, both tables and the caveat', async () => {
    const { distributions } = informationResult();
    const page = await renderInformationPage({ title: 'runs/<b>', distributions, version: '1' });
    expect(page).not.toContain('<b>');
    expect(page.match(/role="img"/g)).toHaveLength(1);
    expect(page).toContain('id="table-information-events"');
    expect(page).toContain('seen no cut trace in training');
  });
});

describe('information of a study', () => {
  const study = fixtureOfTwoSeeds();

  it('numbers have their coordinates', () => {
    const [curve] = informationByRun(study);
    expect(tidyRows('quick', curve)).toContainEqual(
      expect.objectContaining({
        table: 'information',
        condition: 'correct',
        seed: 2,
        distribution: 'wilson',
        intervention: 'gold@0.25',
        metric: 'information_per_plan',
        unit: 'nats-per-plan',
        n: 36,
      }),
    );
    const [events] = addedEventsByRun(study);
    expect(tidyRows('quick', events)).toContainEqual(
      expect.objectContaining({ intervention: 'own', part: 'close off plan', metric: 'information_per_word', seed: 1 }),
    );
  });

  it('several seeds have the mean of their means, with an interval over seeds and mazes', () => {
    const seeds = [perWord('gold', 6), perWord('gold', 6, 37)].map((values) => tInterval(values));
    const means = tInterval(seeds.map(({ mean }) => mean));
    const over = (i: 0 | 1): number => (seeds[0].interval[i] + seeds[1].interval[i]) / 2;
    const [table] = informationOverSeeds(study);
    expect(findCell(table, 'Reference, 100 %', 'Information, nats per plan word')).toMatchObject({
      value: means.mean,
      low: Math.min(over(0), means.interval[0]),
      high: Math.max(over(1), means.interval[1]),
      n: 38 + 36,
    });
    expect(table.groups.map(({ heading }) => heading)).toEqual(['Correct traces, Wilson']);
    expect(table.caption).toContain('the interval covers the 95 % t interval over seeds');
    expect(addedEventsOverSeeds(study).map(({ id }) => id)).toEqual(['information-events-seeds']);
  });

  it('a seed with fewer than two mazes leaves no mean', () => {
    const one = { n: 1, mean: 1, interval: null };
    expect(meanOverSeeds([{ n: 2, mean: 1, interval: [0, 2] }, one])).toBeNull();
    expect(meanOverSeeds([])).toBeNull();
  });

  it('no table without information, and none over seeds where there is one seed', () => {
    const single = fixture();
    const without = { ...single, information: undefined };
    expect([...informationOverSeeds(single), ...addedEventsOverSeeds(single)]).toEqual([]);
    expect([...informationByRun(without), ...addedEventsByRun(without)]).toEqual([]);
  });
});

describe('figures', () => {
  const of = (condition: 'correct' | 'swapped', ...seeds: number[]) => ({
    id: condition,
    title: condition,
    seeds: seeds.map((seed) => informationResult(condition, seed).distributions),
  });

  it('a panel a condition, a line a source, the same axes in all', async () => {
    const figures = informationFigures([of('correct', 1, 2), of('swapped', 1)]);
    expect(figures.map(({ id, title }) => [id, title])).toEqual([
      ['information-correct-wilson', 'correct, Wilson'],
      ['information-swapped-wilson', 'swapped, Wilson'],
    ]);
    const domains = figures.map(
      ({ specification }) => /"domain":\[(-[^\]]*)\]/.exec(JSON.stringify(specification))?.[1],
    );
    expect(domains[0]).toBeDefined();
    expect(domains[1]).toBe(domains[0]);
    const { mean } = tInterval(perWord('own', 6));
    expect(figures[1].spoken).toContain(`after all events Own ${mean.toFixed(3)} [`);
    const { text } = await figureHtml(figures[1]);
    for (const dash of ['stroke-dasharray="4,2"', 'stroke-dasharray="6,2"']) expect(text).toContain(dash);
    expect(text).not.toMatch(/NaN|undefined/);
  });

  it('a distribution without numbers has none', () => {
    const sources = [summarizeInformation('own', [{ id: 'a', left_out: 'no_room' }])];
    expect(informationFigures([{ id: '', title: '', seeds: [[{ distribution: 'wilson', sources }]] }])).toEqual([]);
  });
});
