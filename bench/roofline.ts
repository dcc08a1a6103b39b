// The roofline (Williams, Waterman & Patterson, 2009): speed over arithmetic intensity, both logarithmic, under the
// slope of memory and the flat roof of multiply-adds; one point a kernel.
import type { TopLevelSpec } from 'vega-lite';
import { chart } from '../src/report/charts.ts';
import type { Html } from '../src/render/markup.ts';
import { conditionScales, FURNITURE } from '../src/tables/palette.ts';
import { placeLabels } from './labels.ts';
import type { BenchResults, KernelRow, Peaks } from './results.ts';

export interface RoofPoint {
  readonly kernel: string;
  readonly preset: KernelRow['preset'];
  /** Operations a byte. */
  readonly intensity: number;
  readonly gflops: number;
  /** Which part of the roof is above it. */
  readonly bound: 'memory' | 'arithmetic';
}

/** One point for every kernel: at the preset `small` where it was measured there, the call with the most work. */
export function roofPoints({ kernels, peaks }: Pick<BenchResults, 'kernels' | 'peaks'>): RoofPoint[] {
  return [...Map.groupBy(kernels, ({ kernel }) => kernel)].map(([kernel, rows]) => {
    const some = rows.filter(({ preset }) => preset === 'small');
    const { preset, flops, bytes, gflops } = (some.length > 0 ? some : rows).reduce((a, b) =>
      b.flops > a.flops ? b : a,
    );
    const intensity = flops / bytes;
    return {
      kernel,
      preset,
      intensity,
      gflops,
      bound: intensity * peaks.gigabytes_per_second < peaks.fma_gflops ? 'memory' : 'arithmetic',
    };
  });
}

export interface RooflineSize {
  /** Plot without axes, CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Text of a point: its kernel's name, or its number in the list below where names find no room. */
  readonly label: (point: RoofPoint, index: number) => string;
}

/** Draws the points; an empty list draws the roof alone. */
export async function roofline(
  points: readonly RoofPoint[],
  peaks: Peaks,
  { width, height, label }: RooflineSize,
): Promise<Html> {
  const ridge = peaks.fma_gflops / peaks.gigabytes_per_second;
  const across = domain([ridge, ...points.map(({ intensity }) => intensity)], 1.6);
  const up = domain([peaks.fma_gflops, ...points.map(({ gflops }) => gflops)], 1.6);
  const at = (value: number, [low, high]: Domain, length: number): number =>
    (Math.log(value / low) / Math.log(high / low)) * length;
  const back = (pixels: number, [low, high]: Domain, length: number): number => low * (high / low) ** (pixels / length);
  const labels = points.map((point, i) => ({
    x: at(point.intensity, across, width),
    y: height - at(point.gflops, up, height),
    text: label(point, i),
  }));
  const line = Array.from({ length: width }, (_, pixel) => back(pixel, across, width)).map((intensity) => ({
    x: at(intensity, across, width),
    y: height - at(Math.min(peaks.fma_gflops, intensity * peaks.gigabytes_per_second), up, height),
  }));
  const places = placeLabels(labels, width, height, line).map(({ x, y, led }, i) => ({
    text: labels[i].text,
    intensity: back(x, across, width),
    gflops: back(height - y, up, height),
    led,
    point: points[i],
  }));
  const roof = [Math.max(across[0], up[0] / peaks.gigabytes_per_second), ridge, across[1]].map((intensity) => ({
    intensity,
    gflops: Math.min(peaks.fma_gflops, intensity * peaks.gigabytes_per_second),
  }));
  const x = {
    field: 'intensity',
    type: 'quantitative' as const,
    title: 'operations a byte',
    scale: { type: 'log' as const, domain: [...across], nice: false },
    axis: { values: ticks(across), format: '~g', grid: false },
  };
  const y = {
    field: 'gflops',
    type: 'quantitative' as const,
    title: 'GFLOP/s',
    scale: { type: 'log' as const, domain: [...up], nice: false },
    axis: { values: ticks(up), format: '~g' },
  };
  const bounds = ['arithmetic', 'memory'];
  const specification: TopLevelSpec = {
    width,
    height,
    layer: [
      {
        data: { values: roof },
        mark: { type: 'line', strokeWidth: 1.6, color: FURNITURE.text.light },
        encoding: { x, y },
      },
      {
        data: {
          values: places
            .filter(({ led }) => led)
            .map(({ intensity, gflops, point }) => ({ intensity, gflops, x2: point.intensity, y2: point.gflops })),
        },
        mark: { type: 'rule', strokeWidth: 0.8, color: FURNITURE.rule.light },
        encoding: { x, y, x2: { field: 'x2' }, y2: { field: 'y2' } },
      },
      {
        data: { values: points.map((point) => ({ ...point })) },
        mark: { type: 'point', filled: true, size: 70, opacity: 1 },
        encoding: {
          x,
          y,
          color: {
            field: 'bound',
            type: 'nominal',
            scale: { domain: bounds, range: conditionScales(['correct', 'swapped']).color.scale.range },
            legend: null,
          },
          shape: {
            field: 'bound',
            type: 'nominal',
            scale: { domain: bounds, range: ['circle', 'triangle-up'] },
            legend: null,
          },
        },
      },
      {
        data: { values: places.map(({ text, intensity, gflops }) => ({ text, intensity, gflops })) },
        mark: { type: 'text', fontSize: 11, color: FURNITURE.text.light },
        encoding: { x, y, text: { field: 'text' } },
      },
    ],
  };
  const spoken = points.map(
    ({ kernel, intensity, gflops }) =>
      `${kernel} ${gflops.toFixed(1)} GFLOP/s at ${intensity.toPrecision(2)} operations a byte`,
  );
  return chart(
    specification,
    `Roofline: ${peaks.fma_gflops.toFixed(1)} GFLOP/s, ${peaks.gigabytes_per_second.toFixed(1)} GB/s; ` +
      `${spoken.join('; ')}.`,
  );
}

type Domain = readonly [low: number, high: number];

/** All values with some room around them. */
function domain(values: readonly number[], room: number): Domain {
  return [Math.min(...values) / room, Math.max(...values) * room];
}

/** 1, 2 and 5 times the powers of ten within a range; powers alone when there are many. */
function ticks([low, high]: Domain): number[] {
  const decades = Math.log10(high / low);
  const steps = decades > 2.5 ? [1] : [1, 2, 5];
  const first = Math.floor(Math.log10(low));
  return Array.from({ length: Math.ceil(decades) + 2 }, (_, i) => steps.map((step) => step * 10 ** (first + i)))
    .flat()
    .filter((tick) => tick >= low && tick <= high);
}
