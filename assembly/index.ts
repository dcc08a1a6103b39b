// Everything the host can call. assembly/ is reached only through src/core.
export { set_tile } from './tiles';
export { gemm, gemm_packed, gemm_scratch_bytes } from './gemm';
export { announced, begin_round, configure_team, end_lead, help, team_bytes } from './team';
export { pack_panels } from './pack';
export { rmsnorm_forward, rmsnorm_again, rmsnorm_input_gradient, rmsnorm_weight_gradient } from './norm';
export { rope } from './rope';
export { swiglu_forward, swiglu_backward } from './swiglu';
export { exp_row, scale_row } from './softmax';
export { attention_forward, attention_backward, attention_scratch_bytes } from './attention';
export { attention_decode, attention_rows, attention_rows_bytes, cache_row } from './attention-decode';
export { cross_entropy, row_losses } from './loss';
export { policy_loss, reference_terms } from './policy-loss';
export { reduce_gradients, adamw } from './optimizer';
export { threefry, inverse_normal, fill_normal } from './random';
export {
  configure_activations, configure_model, configure_scratch, configure_workspace, tensor_offset, use_packed_weights,
  logits_address, logits_stride,
} from './model';
export { forward } from './forward';
export { backward, clear_gradients, train_microbatch, policy_microbatch, reference_microbatch } from './backward';
export { pack_weight, pack_weights, packed_weights_bytes, packed_weights_count } from './packed-weights';
export {
  configure_decode, decode_tokens, own_cache, share_prefix, take_prefix, move_prefix, decode_logits_address, sample,
} from './decode';
export {
  validator_scratch_bytes, validator_words_of_text, validator_words_of_event, validator_words_of_plan,
  validator_read_events, validator_judge,
} from './validator';
export { peak_fma_wide, peak_fma_narrow, peak_triad } from './peak';
