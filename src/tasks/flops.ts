// Floating-point operations of training and of a forward pass, counted from sizes.
import type { ModelConfig } from '../model/config.ts';
import type { SequenceTotals } from './sequence-lengths.ts';

/**
 * Training cost of sequences: 6 operations a parameter and token, and causal attention (each position looks at half of
 * its sequence: two products of 2 * d_model operations a layer, three times over with the backward pass).
 */
export function trainingFlops(model: ModelConfig, parameters: number, totals: SequenceTotals): number {
  return 6 * parameters * totals.tokens + 6 * model.n_layer * model.d_model * totals.squares;
}

/** Cost of a forward pass over the same sequences: a third. */
export function forwardFlops(model: ModelConfig, parameters: number, totals: SequenceTotals): number {
  return trainingFlops(model, parameters, totals) / 3;
}
