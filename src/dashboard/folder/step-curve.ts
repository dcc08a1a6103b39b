// The learning curve of a cell whose checkpoints were evaluated: valid plans and traces at each step that is done.
import { join } from 'node:path';
import { existsSync, readdir } from '../../base/disk.ts';
import { EVALUATION_FILE, readEvaluation } from '../../evaluation/evaluation-file.ts';
import { Points } from '../metrics.ts';
import type { Curve } from '../protocol.ts';

/**
 * Shares over all distributions; null without an evaluated step.
 * @param directory of a cell with folders step-N
 */
export async function stepCurve(directory: string): Promise<Curve | null> {
  const names = await readdir(directory).catch(() => []);
  const steps = names.flatMap((name) => /^step-(\d{1,12})$/.exec(name)?.[1] ?? []).map(Number);
  const points = new Points();
  for (const step of steps.sort((a, b) => a - b)) {
    const file = join(directory, `step-${step}`, EVALUATION_FILE);
    if (!existsSync(file)) continue;
    const { distributions = [] } = await readEvaluation(file).catch(() => ({ distributions: [] }));
    const sum = (of: (each: (typeof distributions)[number]) => number): number =>
      distributions.reduce((total, each) => total + of(each), 0);
    const n = sum(({ plan_valid }) => plan_valid.n);
    if (n > 0)
      points.add({
        step,
        plans: sum(({ plan_valid }) => plan_valid.count) / n,
        traces: sum(({ trace_valid }) => trace_valid.strict.count) / n,
      });
  }
  return points.curve();
}
