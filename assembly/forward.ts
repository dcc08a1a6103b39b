// The forward pass of the model over one ragged micro-batch, phase by phase. Only the rows whose next token is counted
// (`rows`) pass through the last layer's output projection, MLP, norm and vocabulary. A task of a phase has some rows,
// or some blocks of queries.
import { attention_blocks } from './attention';
import { COUNTED, N, SEQUENCES, offsets, parameters, positions, rows, set_microbatch, tokens } from './microbatch';
import {
  D, EMBEDDING, EPS, F, H, HD, KV, L, NORM_ATTENTION, NORM_FINAL, QKV, SCALE, V, VLD, W_OUT, actAt, at_row, finalInv,
  finalX, gather, hAt, keptGateUp, keptInv1, keptInv2, keptMid, keptOut, keptQkv, keptStride, keptSums, keptX,
  logitsAt, mlp_forward, project_qkv, rowsOut, scoresAt, scratchAt, tensor_offset, times_weight,
} from './model';
import { rmsnorm_forward } from './norm';
import { ATTEND, EMBED, FINISH_LAYER } from './phases';
import { CUT, FIRST, OWN, open_microbatch, part, share } from './team';
import { MR } from './tiles';

/** A part of n rows. Products of fewer rows would wait for their weights. */
export function part_of_rows(task: i32, n: i32): i32 { return part(task, n, MR, 48, 4); }

/** Rows `first` to `first + own` of a layer's input become queries, keys and values. */
function attention_input(l: i32, first: i32, own: i32): void {
  const k = <usize>l * keptStride, h = hAt + at_row(first, D);
  rmsnorm_forward(
    h, keptInv1 + k + at_row(first, 1), keptX + k + at_row(first, D), parameters + tensor_offset(NORM_ATTENTION, l),
    own, D, EPS,
  );
  project_qkv(parameters, l, keptQkv + k + at_row(first, QKV), h, positions + at_row(first, 1), own, scratchAt);
}

/** Embeddings, and the first layer's queries, keys and values. */
export function embed(task: i32): i32 {
  task = part_of_rows(task, N);
  if (OWN > 0) {
    gather(keptX + at_row(FIRST, D), parameters, tokens + at_row(FIRST, 1), OWN, D);
    attention_input(0, FIRST, OWN);
  }
  return task;
}

/** Slices of attention for each thread, a number that tasks of falling sizes divide well. */
// @ts-ignore: decorator
@inline const SLICES: i32 = 60;

/** Attention of a layer. */
export function attend(l: i32, task: i32): i32 {
  const k = <usize>l * keptStride, slices = SLICES * max(1, CUT);
  task = part(task, slices, 1, 1, 4);
  if (OWN > 0)
    attention_blocks(
      keptOut + k, keptSums + k, keptQkv + k, offsets, SEQUENCES, H, KV, HD, SCALE, scoresAt, FIRST, FIRST + OWN,
      slices,
    );
  return task;
}

/** All of a layer behind attention, and what the next layer does before it, or the logits of the counted rows. */
export function finish_layer(l: i32, task: i32): i32 {
  const last = l == L - 1;
  task = part_of_rows(task, last ? COUNTED : N);
  if (OWN == 0) return task;
  const k = <usize>l * keptStride, first = FIRST, own = OWN;
  const mid = keptMid + k + at_row(first, D);
  let from = keptOut + k + at_row(first, D), residual = keptX + k + at_row(first, D);
  let next = keptX + <usize>(l + 1) * keptStride;
  if (last) {
    from = rowsOut + at_row(first, D);
    residual = mid;
    next = finalX;
    gather(mid, keptX + k, rows + at_row(first, 1), own, D);
    gather(from, keptOut + k, rows + at_row(first, 1), own, D);
  }
  const h = hAt + at_row(first, D);
  times_weight(parameters, W_OUT, l, own, D, D, from, mid, D, residual, D, scratchAt);
  mlp_forward(
    parameters, l, next + at_row(first, D), mid, keptInv2 + k + at_row(first, 1), keptGateUp + k + at_row(first, 2 * F),
    h, actAt + at_row(first, F), own, scratchAt,
  );
  if (!last) attention_input(l + 1, first, own);
  else {
    rmsnorm_forward(
      h, finalInv + at_row(first, 1), finalX + at_row(first, D), parameters + tensor_offset(NORM_FINAL, 0), own, D, EPS,
    );
    times_weight(parameters, EMBEDDING, 0, own, V, D, h, logitsAt + at_row(first, VLD), VLD, 0, 0, scratchAt);
  }
  return task;
}

/** Forward pass over the micro-batch that was set. */
export function forward_phases(): void {
  open_microbatch();
  share(EMBED, 0);
  for (let l = 0; l < L; l++) {
    share(ATTEND, l);
    share(FINISH_LAYER, l);
  }
}

/**
 * Forward pass over one micro-batch; leaves logits [count, VLD] of the chosen rows at logits_address().
 * @param p parameters
 * @param tokensAt i32 [n]
 * @param positionsAt i32 [n], from 0 in every sequence
 * @param offsetsAt i32 [sequences + 1]
 * @param rowsAt i32 [count], ascending: rows whose next token is wanted
 */
export function forward(
  p: usize, tokensAt: usize, positionsAt: usize, n: i32, offsetsAt: usize, sequences: i32, rowsAt: usize, count: i32,
): void {
  set_microbatch(p, 0, tokensAt, positionsAt, n, offsetsAt, sequences, rowsAt, count);
  forward_phases();
}
