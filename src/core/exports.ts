// The functions of the wasm module as TypeScript sees them. Every pointer is a byte address in the one shared memory;
// booleans are 0 or 1.

/** Which arithmetic is used; it decides bits, so it is part of a result's key. */
export type KernelPath = 'fused' | 'portable';

/** Modes of configure_activations: layers share their room; every layer kept, and gradients. */
export const WORKSPACE = { forward: 0, gradients: 1 } as const;

export interface CoreExports {
  set_tile(tile: number): void;
  gemm(
    transA: number,
    transB: number,
    M: number,
    N: number,
    K: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    c: number,
    ldc: number,
    init: number,
    ldInit: number,
    scratch: number,
  ): void;
  gemm_packed(
    M: number,
    N: number,
    K: number,
    a: number,
    lda: number,
    packed: number,
    c: number,
    ldc: number,
    init: number,
    ldInit: number,
    scratch: number,
  ): void;
  configure_team(at: number, size: number, count: number, team: number): void;
  team_bytes(size: number, count: number): number;
  begin_round(leads: number): void;
  end_lead(): void;
  announced(): number;
  help(seen: number): number;
  pack_panels(transB: number, K: number, N: number, b: number, ldb: number, packed: number): void;
  gemm_scratch_bytes(M: number, N: number, K: number): number;
  rmsnorm_forward(y: number, inv: number, x: number, w: number, n: number, d: number, eps: number): void;
  rmsnorm_again(y: number, inv: number, x: number, w: number, n: number, d: number): void;
  rmsnorm_input_gradient(dx: number, dy: number, x: number, inv: number, w: number, n: number, d: number): void;
  rmsnorm_weight_gradient(dw: number, dy: number, x: number, inv: number, n: number, width: number, d: number): void;
  rope(
    x: number,
    stride: number,
    n: number,
    heads: number,
    headSize: number,
    positions: number,
    cosines: number,
    sines: number,
    inverse: number,
  ): void;
  swiglu_forward(act: number, gateUp: number, n: number, f: number): void;
  swiglu_backward(
    dGateUp: number,
    act: number,
    dAct: number,
    ldAct: number,
    gateUp: number,
    n: number,
    f: number,
  ): void;
  exp_row(row: number, length: number, width: number, scale: number, largest: number): number;
  scale_row(x: number, n: number, scale: number): void;
  attention_forward(
    out: number,
    rowSums: number,
    qkv: number,
    offsets: number,
    sequences: number,
    heads: number,
    kvHeads: number,
    headSize: number,
    scale: number,
    scratch: number,
  ): void;
  attention_backward(
    dqkv: number,
    dOut: number,
    out: number,
    rowSums: number,
    qkv: number,
    offsets: number,
    sequences: number,
    heads: number,
    kvHeads: number,
    headSize: number,
    scale: number,
    scratch: number,
    ranges: number,
  ): void;
  attention_decode(
    out: number,
    q: number,
    keys: number,
    values: number,
    shared: number,
    prefix: number,
    length: number,
    capacity: number,
    heads: number,
    kvHeads: number,
    headSize: number,
    scale: number,
    scores: number,
  ): void;
  attention_scratch_bytes(longest: number, headSize: number): number;
  attention_rows(
    out: number,
    q: number,
    ldQ: number,
    m: number,
    position: number,
    keys: number,
    values: number,
    shared: number,
    prefix: number,
    capacity: number,
    heads: number,
    kvHeads: number,
    headSize: number,
    scale: number,
    scratch: number,
  ): void;
  attention_rows_bytes(capacity: number, headSize: number): number;
  cache_row(
    keys: number,
    values: number,
    position: number,
    capacity: number,
    kvHeads: number,
    headSize: number,
    k: number,
    v: number,
  ): void;
  cross_entropy(
    logits: number,
    ld: number,
    vocab: number,
    rows: number,
    targets: number,
    classes: number,
    scale: number,
    losses: number,
  ): void;
  row_losses(logits: number, ld: number, vocab: number, rows: number, targets: number, losses: number): void;
  policy_loss(
    logits: number,
    ld: number,
    vocab: number,
    rows: number,
    targets: number,
    terms: number,
    temperature: number,
    low: number,
    high: number,
    beta: number,
    sums: number,
  ): void;
  reference_terms(
    logits: number,
    ld: number,
    vocab: number,
    rows: number,
    targets: number,
    terms: number,
    temperature: number,
    kl: number,
  ): void;
  reduce_gradients(sum: number, first: number, stride: number, accumulators: number, n: number): number;
  adamw(
    p: number,
    gradient: number,
    m: number,
    v: number,
    n: number,
    gradScale: number,
    beta1: number,
    beta2: number,
    eps: number,
    step: number,
    root: number,
    keep: number,
  ): void;
  threefry(k0: number, k1: number, c0: number, c1: number): bigint;
  inverse_normal(p: number): number;
  fill_normal(x: number, n: number, seed: number, stream: number, index: number, std: number): void;
  configure_model(
    d: number,
    layers: number,
    heads: number,
    kvHeads: number,
    f: number,
    vocab: number,
    eps: number,
    cosines: number,
    sines: number,
  ): void;
  configure_activations(base: number, tokens: number, rows: number, mode: number): number;
  configure_scratch(base: number, tokens: number, longest: number): number;
  configure_workspace(base: number, tokens: number, rows: number, longest: number, mode: number): number;
  tensor_offset(tensor: number, layer: number): number;
  forward(
    p: number,
    tokens: number,
    positions: number,
    n: number,
    offsets: number,
    sequences: number,
    rows: number,
    count: number,
  ): void;
  backward(
    p: number,
    g: number,
    tokens: number,
    positions: number,
    n: number,
    offsets: number,
    sequences: number,
    rows: number,
    count: number,
  ): void;
  clear_gradients(g: number): void;
  train_microbatch(
    p: number,
    g: number,
    tokens: number,
    positions: number,
    n: number,
    offsets: number,
    sequences: number,
    rows: number,
    count: number,
    targets: number,
    classes: number,
    scale: number,
    losses: number,
  ): void;
  policy_microbatch(
    p: number,
    g: number,
    tokens: number,
    positions: number,
    n: number,
    offsets: number,
    sequences: number,
    rows: number,
    count: number,
    targets: number,
    terms: number,
    temperature: number,
    low: number,
    high: number,
    beta: number,
    sums: number,
  ): void;
  reference_microbatch(
    p: number,
    tokens: number,
    positions: number,
    n: number,
    offsets: number,
    sequences: number,
    rows: number,
    count: number,
    targets: number,
    terms: number,
    temperature: number,
    kl: number,
  ): void;
  logits_address(): number;
  logits_stride(): number;
  use_packed_weights(forward: number, backward: number): void;
  packed_weights_bytes(forward: number): number;
  packed_weights_count(): number;
  pack_weight(p: number, packed: number, forward: number, index: number): void;
  pack_weights(p: number, packed: number): void;
  configure_decode(base: number, slots: number, longest: number, tokens: number): number;
  decode_tokens(
    p: number,
    packed: number,
    tokens: number,
    positions: number,
    slots: number,
    m: number,
    rows: number,
    count: number,
  ): void;
  own_cache(slot: number): void;
  share_prefix(source: number, slot: number, length: number): void;
  take_prefix(slot: number): void;
  move_prefix(slot: number, source: number): void;
  decode_logits_address(): number;
  validator_scratch_bytes(size: number, maxWords: number): number;
  validator_words_of_text(from: number, to: number, words: number): number;
  validator_words_of_event(at: number, keyword: bigint, word: number): number;
  validator_words_of_plan(at: number, keyword: bigint, word: number): number;
  validator_read_events(from: number, to: number): number;
  validator_judge(
    count: number,
    form: number,
    source: number,
    offsets: number,
    table: number,
    tableLength: number,
    problems: number,
    verdicts: number,
    scratch: number,
    all: number,
  ): void;
  peak_fma_wide(at: number, rounds: number): void;
  peak_fma_narrow(at: number, rounds: number): void;
  peak_triad(a: number, b: number, c: number, s: number, n: number): void;
  sample(
    out: number,
    logits: number,
    m: number,
    temperature: number,
    seed: number,
    stream: number,
    indices: number,
    positions: number,
    chances: number,
  ): void;
}

/** What assembly/page.ts exports: the core of a browser's page, which only decodes. */
export type DecodingExports = Pick<
  CoreExports,
  | 'set_tile'
  | 'gemm'
  | 'gemm_scratch_bytes'
  | 'exp_row'
  | 'configure_model'
  | 'tensor_offset'
  | 'logits_stride'
  | 'pack_weights'
  | 'packed_weights_bytes'
  | 'configure_decode'
  | 'decode_tokens'
  | 'own_cache'
  | 'decode_logits_address'
  | 'sample'
>;
