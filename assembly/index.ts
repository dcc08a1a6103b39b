// Everything the host can call. assembly/ is reached only through src/core.
export { gemm, gemm_scratch_bytes, set_tile } from './gemm';
