// A phase diagram is a grid of small studies: the same recipe at other sizes, with other numbers of layers and other
// token budgets. Their cells are in the same store as the cells of the study and have the same names, so that a
// run that both need is trained once.
import type { StudyConfig } from './config.ts';

/** One square of the diagram. */
export interface PhasePoint {
  /** Cells along one side. */
  readonly size: number;
  /** Transformer blocks of each model. */
  readonly layers: number;
  /** Training tokens of each run. */
  readonly tokens: number;
  /** What it is as a study: trained and tested, and nothing else done with its models. */
  readonly config: StudyConfig;
  /** First part of the labels of its cells; names the layers where they are not those of the study's own models. */
  readonly label: string;
}

/**
 * Every point, those with few tokens first, so that a stopped study has whole rows. Other sizes are tested in
 * distribution only. The study's own size keeps its data as they are, so that one dataset serves both.
 */
export function phasePointsOf({ study, seeds, data, model, train, evaluate, phase }: StudyConfig): PhasePoint[] {
  if (!phase) return [];
  return phase.tokens.flatMap((tokens) =>
    phase.layers.flatMap((layers) =>
      phase.sizes.map((size) => ({
        size,
        layers,
        tokens,
        config: {
          study,
          seeds,
          conditions: phase.conditions,
          data: size === data.size ? data : { ...data, size, distributions: [data.generator] },
          model: { ...model, n_layer: layers },
          train: { ...train, epochs: undefined, tokens },
          evaluate,
        },
        label: `phase-${size}x${size}-${tokens}${layers === model.n_layer ? '' : `-${layers}layers`}`,
      })),
    ),
  );
}
