// The core that a browser's page runs: decoding alone, without threads, over a memory that is not shared. The kernels
// are those of index.ts. Built as page-portable.wasm and page-fused.wasm.
export { set_tile } from './tiles';
export { gemm, gemm_scratch_bytes } from './gemm';
export { exp_row } from './softmax';
export { configure_model, tensor_offset, logits_stride } from './model';
export { pack_weights, packed_weights_bytes } from './packed-weights';
export { configure_decode, decode_tokens, own_cache, decode_logits_address, sample } from './decode';
