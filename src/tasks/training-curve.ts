// Reads a training run's metrics.jsonl and thins it to a curve that a report can draw.
import { LIMITS } from '../base/limits.ts';
import { readJsonl } from '../base/files.ts';
import { TracelabError } from '../base/errors.ts';
import { isNotFinite, parseNotFiniteRow } from '../model/not-finite.ts';

/** A point of the training curves; losses in nats per counted token, null where a condition has no such token. */
export interface CurvePoint {
  readonly step: number;
  readonly tokens: number;
  readonly loss: number;
  readonly trace_loss: number | null;
  readonly plan_loss: number;
  readonly lr: number;
}

/**
 * One point per step; none for a step whose update was skipped, which has no loss. Steps that a stopped run repeated
 * after its last checkpoint count once, as last written. Throws TracelabError METRICS_ROW.
 */
export async function readCurve(path: string): Promise<CurvePoint[]> {
  const points: CurvePoint[] = [];
  for await (const row of readJsonl(path, (value, where) => parseNotFiniteRow(value) ?? parsePoint(value, where))) {
    while (points.length > 0 && points[points.length - 1].step >= row.step) points.pop();
    if (!isNotFinite(row)) points.push(row);
  }
  return points;
}

function parsePoint(value: unknown, where: string): CurvePoint {
  const row = value as Partial<Record<keyof CurvePoint, unknown>> | null;
  const { step, tokens, loss, trace_loss = null, plan_loss, lr } = row ?? {};
  if (
    typeof step !== 'number' ||
    typeof tokens !== 'number' ||
    typeof loss !== 'number' ||
    typeof plan_loss !== 'number' ||
    typeof lr !== 'number' ||
    (trace_loss !== null && typeof trace_loss !== 'number')
  ) {
    throw new TracelabError({
      code: 'METRICS_ROW',
      kind: 'damaged_artifact',
      where,
      what: 'not a row of metrics',
      expected: 'numbers step, tokens, loss, plan_loss, lr',
      got: JSON.stringify(value).slice(0, 60),
      hint: 'delete the folder of this run and give the command again, to compute it again',
    });
  }
  return { step, tokens, loss, trace_loss, plan_loss, lr };
}

/** At most `limit` points, each the mean of its window with the window's last step and tokens. */
export function thinCurve(points: readonly CurvePoint[], limit: number = LIMITS.curvePoints.most): CurvePoint[] {
  const width = Math.max(1, Math.ceil(points.length / limit));
  const thinned: CurvePoint[] = [];
  for (let first = 0; first < points.length; first += width) {
    const window = points.slice(first, first + width);
    const last = window[window.length - 1];
    const traces = window.flatMap(({ trace_loss }) => (trace_loss === null ? [] : [trace_loss]));
    thinned.push({
      step: last.step,
      tokens: last.tokens,
      lr: last.lr,
      loss: mean(window.map(({ loss }) => loss)),
      plan_loss: mean(window.map(({ plan_loss }) => plan_loss)),
      trace_loss: traces.length === 0 ? null : mean(traces),
    });
  }
  return thinned;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
