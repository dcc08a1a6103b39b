// The information of traces as figures: a curve over the share of events for each source of traces, a panel for each
// condition and distribution, all with the same axes.
import type { InformationSource } from '../evaluation/information.ts';
import type { DistributionInformation } from '../evaluation/information-summary.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { distributionLabel, list, nats } from './format.ts';
import { meanOverSeeds, sourceLabel } from './information.ts';
import { MARKS, SIGNS } from './palette.ts';
import type { Appearance } from './palette.ts';
import { tableId } from './table.ts';
import type { Figure } from './table.ts';

/** How a source looks: colour is never the only difference. */
export const SOURCE_LOOKS: Readonly<Record<InformationSource, Appearance>> = {
  own: { tone: MARKS.trace, dash: [1, 0], shape: 'circle' },
  gold: { tone: MARKS.plan, dash: [4, 2], shape: 'square' },
  swapped: { tone: SIGNS.below, dash: [6, 2], shape: 'triangle-up' },
};

/** For all figures of information. */
export const INFORMATION_WORDS =
  'Points: the loss on the reference plan without a trace minus the loss after the first events of a trace, nats per ' +
  'word of the plan, means over mazes with 95 % intervals. Above 0 the events help the model to predict the plan.';

/** The runs of one model, or of all seeds of a condition. */
export interface InformationPanel {
  /** Part of the id. */
  readonly id: string;
  readonly title: string;
  /** Distributions of each seed. */
  readonly seeds: readonly (readonly DistributionInformation[])[];
}

interface Point {
  readonly source: InformationSource;
  /** Percent of the events. */
  readonly share: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A figure a panel and distribution; none for a distribution without numbers. */
export function informationFigures(panels: readonly InformationPanel[]): Figure[] {
  const drawn = panels.flatMap(({ id, title, seeds }) =>
    seeds[0].map(({ distribution }) => {
      const some = seeds.flatMap((each) => each.filter((one) => one.distribution === distribution));
      const heading = [title, distributionLabel(distribution)].filter((words) => words !== '').join(', ');
      return { id: tableId('information', id, distribution), title: heading, points: pointsOf(some) };
    }),
  );
  const all = drawn.flatMap(({ points }) => points);
  const domain = [Math.min(0, ...all.map(({ low }) => low)), Math.max(0, ...all.map(({ high }) => high))];
  return drawn
    .filter(({ points }) => points.length > 0)
    .map(({ id, title, points }) => ({
      id,
      title,
      caption: '',
      span: 'third',
      spoken:
        `Information of the trace about the plan by the share of its events, ${title}, nats per word of the plan ` +
        `with 95 % interval; after all events ${list(endsOf(points))}.`,
      specification: specificationOf(points, domain),
    }));
}

function pointsOf(seeds: readonly DistributionInformation[]): Point[] {
  return seeds[0].sources.flatMap(({ source, points }) =>
    points.flatMap(({ share }, i): Point[] => {
      const of = seeds.flatMap(({ sources }) => sources.filter((one) => one.source === source));
      const found = meanOverSeeds(of.map((one) => one.points[i].per_word));
      return found === null
        ? []
        : [{ source, share: 100 * share, value: found.mean, low: found.low, high: found.high }];
    }),
  );
}

function endsOf(points: readonly Point[]): string[] {
  return points
    .filter(({ share }) => share === 100)
    .map(({ source, value, low, high }) => `${sourceLabel(source)} ${nats(value)} [${nats(low)}, ${nats(high)}]`);
}

function specificationOf(values: readonly Point[], domain: readonly number[]): object {
  const sources = Object.keys(SOURCE_LOOKS);
  const looks = Object.values(SOURCE_LOOKS);
  const by = (range: readonly unknown[]) => ({
    field: 'source',
    type: 'nominal',
    scale: { domain: sources, range },
    legend: null,
  });
  const x = {
    field: 'share',
    type: 'quantitative',
    title: 'percent of the events of the trace',
    scale: { domain: [0, 100], nice: false },
    axis: { grid: false, values: [0, 25, 50, 75, 100] },
  };
  const y = {
    field: 'value',
    type: 'quantitative',
    title: 'nats per plan word',
    scale: { domain, nice: true },
    axis: { tickCount: 5 },
  };
  return {
    width: CHART_WIDTH,
    height: 210,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    encoding: { x, color: by(looks.map(({ tone }) => tone.light)) },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.7 },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      {
        mark: { type: 'line', strokeWidth: 1.5 },
        encoding: { y, strokeDash: by(looks.map(({ dash }) => [...dash])) },
      },
      {
        mark: { type: 'point', filled: true, size: 36, opacity: 1 },
        encoding: { y, shape: by(looks.map(({ shape }) => shape)) },
      },
    ],
  };
}
