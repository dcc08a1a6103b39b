// A phase diagram is a grid of small studies: the same recipe at other sizes with other token budgets. Their cells lie
// beside those of the study itself and have the same names, so that a run that both need is trained once.
import type { StudyConfig } from './config.ts';

/** One square of the diagram. */
export interface PhasePoint {
  /** Cells along one side. */
  readonly size: number;
  /** Training tokens of each run. */
  readonly tokens: number;
  /** What it is as a study: trained and tested, and nothing else done with its models. */
  readonly config: StudyConfig;
}

/**
 * Every point, those with few tokens first, so that a stopped study has whole rows. Other sizes are tested in
 * distribution only. The study's own size keeps its data as they are, so that one dataset serves both.
 */
export function phasePointsOf({ study, seeds, data, model, train, evaluate, phase }: StudyConfig): PhasePoint[] {
  if (!phase) return [];
  const { sizes, tokens, conditions } = phase;
  return tokens.flatMap((budget) =>
    sizes.map((size) => ({
      size,
      tokens: budget,
      config: {
        study,
        seeds,
        conditions,
        data: size === data.size ? data : { ...data, size, distributions: [data.generator] },
        model,
        train: { ...train, epochs: undefined, tokens: budget },
        evaluate,
      },
    })),
  );
}

/** First part of the labels of a point's cells. */
export function pointLabel({ size, tokens }: Pick<PhasePoint, 'size' | 'tokens'>): string {
  return `phase-${size}x${size}-${tokens}`;
}
