// The micro-batch that this thread works on: addresses of its parameters, gradients and inputs, as train_microbatch
// takes them. Its leader publishes them for the threads that help.
import { activationsAt, packedBackward, packedForward, place_activations, use_packed_weights } from './model';

/** Parameters, and the accumulator that gradients are added to. */
export let parameters: usize = 0;
export let gradients: usize = 0;
/** i32 [N] each. */
export let tokens: usize = 0;
export let positions: usize = 0;
export let N: i32 = 0;
/** i32 [SEQUENCES + 1]. */
export let offsets: usize = 0;
export let SEQUENCES: i32 = 0;
/** i32 [COUNTED], ascending: rows whose next token is counted. */
export let rows: usize = 0;
export let COUNTED: i32 = 0;

export function set_microbatch(
  p: usize, g: usize, tokensAt: usize, positionsAt: usize, n: i32, offsetsAt: usize, sequences: i32, rowsAt: usize,
  counted: i32,
): void {
  parameters = p; gradients = g;
  tokens = tokensAt; positions = positionsAt; N = n;
  offsets = offsetsAt; SEQUENCES = sequences;
  rows = rowsAt; COUNTED = counted;
}

/** @param at 48 bytes */
export function publish_microbatch(at: usize): void {
  store<usize>(at, parameters); store<usize>(at, gradients, 4);
  store<usize>(at, tokens, 8); store<usize>(at, positions, 12); store<i32>(at, N, 16);
  store<usize>(at, offsets, 20); store<i32>(at, SEQUENCES, 24);
  store<usize>(at, rows, 28); store<i32>(at, COUNTED, 32);
  store<usize>(at, activationsAt, 36);
  store<usize>(at, packedForward, 40); store<usize>(at, packedBackward, 44);
}

/** Takes over what another thread has published, the place of its activations and packed weights too. */
export function adopt_microbatch(at: usize): void {
  set_microbatch(
    load<usize>(at), load<usize>(at, 4), load<usize>(at, 8), load<usize>(at, 12), load<i32>(at, 16),
    load<usize>(at, 20), load<i32>(at, 24), load<usize>(at, 28), load<i32>(at, 32),
  );
  if (load<usize>(at, 36) != activationsAt) place_activations(load<usize>(at, 36));
  use_packed_weights(load<usize>(at, 40), load<usize>(at, 44));
}
