// The document of `tracelab bench --json` as a zod schema: the one source of its types, its check and its JSON Schema.
// The terminal tables and the HTML page are made from it alone.
import * as z from 'zod';
import { PRESET_NAMES } from './groups.ts';

/** Number of the document's format: raised when a program that reads it would have to change. */
export const BENCH_FORMAT = 2;

/** The same value, read only in every depth. */
export type Frozen<T> = { readonly [Key in keyof T]: Frozen<T[Key]> };

const text = z.string();
const amount = z.number().nonnegative();
const count = z.int().nonnegative();
const share = z.number().describe('0..1');
const sha256 = text.regex(/^[0-9a-f]{64}$/);
const presetName = z.enum(PRESET_NAMES).describe('model and batch: bench/presets.ts');

const timing = z
  .strictObject({
    median: amount,
    fastest: amount,
    slowest: amount,
    calls: count.describe('calls of a round'),
    samples: z.array(amount).min(1).describe('one mean of each round, in the order of measuring'),
  })
  .describe('seconds of one call');

/** Speeds of the rounds of one measurement. */
export const RATES_SCHEMA = z
  .strictObject({ best: amount, median: amount, slowest: amount, samples: z.array(amount).min(1) })
  .describe('units a second, one sample of each round');

/** Load of the machine in one watch. */
export const LOAD_SCHEMA = z.strictObject({
  average: amount.describe('processes that ran or waited, mean of the last minute'),
  cores: count.describe('cores that were watched'),
  others: share.nullable().describe("share of the cores' time that other programs used; null: not reported"),
  steal: share.nullable().describe('share that the host of a virtual machine took; null: not reported'),
});

/** Processor and engine. */
export const MACHINE_SCHEMA = z.strictObject({
  cpu: text,
  cores: count.describe('cores that the process may use'),
  threads_per_core: count.nullable().describe('hardware threads of a core; null: not reported'),
  caches: z
    .strictObject({ l1_data: count.nullable(), l2: count.nullable(), l3: count.nullable() })
    .describe('bytes of the caches of core 0; null: not reported'),
  platform: text,
  node: text,
  v8: text,
  kernel_path: text,
  revectorized: z.boolean().describe('pairs of 128-bit operations run as one of 256 bits'),
  tile: text.describe('register tile of the matrix products, rows x columns'),
  why: text.describe('why this kernel path and tile'),
  module_sha256: text,
});

const noise = z.strictObject({
  before: LOAD_SCHEMA.describe('before the first measurement, this process idle'),
  during: LOAD_SCHEMA.describe('while measuring, without the time of this process and its children'),
  peak_drift: amount.describe('highest multiply-add peak of the run over the lowest, minus 1'),
});

const peaks = z
  .strictObject({
    fma_gflops: amount.describe('multiply-adds in registers, 10^9 operations a second; the best of the run'),
    fma_gflops_lowest: amount.describe('the same at the worst time of the run'),
    gigabytes_per_second: amount.describe('a = b + s c through memory'),
    fma: timing,
    triad: timing,
  })
  .describe('what one thread can do at most on this kernel path');

const kernel = z.strictObject({
  kernel: text,
  preset: z.enum([...presetName.options, 'large']),
  what: text.describe('the call in the model'),
  shape: text,
  flops: amount.describe('of one call'),
  bytes: amount.describe('of one call: every input read once, every output written once'),
  timing,
  gflops: amount.describe('of the fastest round, and so are all speeds below'),
  gigabytes_per_second: amount,
  share_of_peak: share,
});

const training = z.strictObject({
  preset: presetName,
  threads: count,
  parameters: count,
  tokens: count.describe('of one step: the full batch'),
  flops_per_token: amount,
  timing: timing.describe('seconds of a step: forward, backward, clipping and update'),
  tokens_per_second: amount,
  gflops: amount,
  share_of_peak: share.describe('of threads times the peak of one thread, 0..1'),
  times_one_thread: amount.nullable().describe('speed over that of one thread; null for one thread'),
  parameters_sha256: sha256.describe('of the parameters after one step: equal for every number of threads'),
});

const decode = z.strictObject({
  threads: count,
  prompts: count,
  prompt_tokens: count,
  new_tokens: count,
  timing: timing.describe('seconds of a whole call, start of threads and prompts included'),
  tokens_per_second: amount,
  decode_tokens_per_second: amount.describe('without start and prompts'),
});

const scaling = z.strictObject({
  workload: z
    .enum(['step', 'decode', 'tasks'])
    .describe('a training step; greedy decoding; single-thread trainings side by side'),
  preset: presetName,
  threads: count,
  used_threads: count.describe('threads that the workload could use'),
  speed: RATES_SCHEMA.describe('tokens a second with these threads'),
  reference: RATES_SCHEMA.describe(
    'step, decode: as many single-thread runs side by side, summed over their common time; tasks: one run alone, ' +
      'times the threads',
  ),
  efficiency: amount.describe('best speed over best reference'),
  lowest: amount.describe('lowest ratio of a round to the reference of the same turn'),
  highest: amount,
  sha256: sha256.describe('of the parameters after one step, or of the completions: equal with one thread'),
});

/** Reason of what a signal kept from being measured. */
export const STOPPED = 'stopped';

const skipped = z.strictObject({ what: text, reason: text });

const lane = z.strictObject({
  kernel: text,
  preset: text,
  what: text,
  shape: text,
  unit: z.enum(['GFLOP/s', 'tokens/s']),
  narrow: RATES_SCHEMA.describe('128-bit lanes'),
  wide: RATES_SCHEMA.describe('256-bit lanes'),
  ratio: amount.describe('best of 256 bits over best of 128 bits'),
});

const rate = z.strictObject({
  name: z.enum(['validator', 'generator']),
  what: text,
  unit: text,
  count: count.describe('units of one call'),
  timing,
  per_second: amount,
});

const memory = z.strictObject({
  peak_resident_bytes: count.describe('most memory of this process'),
  plans: z.array(
    z.strictObject({
      preset: presetName,
      threads: count,
      bytes: count.describe('plan of a training run'),
      parts: z.array(z.strictObject({ name: text, bytes: count })),
    }),
  ),
});

/** The whole document. */
export const BENCH_SCHEMA = z
  .strictObject({
    format: z.literal(BENCH_FORMAT),
    version: text.describe('of tracelab'),
    started: z.iso.datetime().describe('UTC'),
    seconds: amount,
    quick: z.boolean().describe('fewer and shorter rounds'),
    machine: MACHINE_SCHEMA,
    noise,
    warnings: z.array(text),
    peaks,
    kernels: z.array(kernel),
    training: z.array(training),
    decode: z.array(decode),
    scaling: z.array(scaling).describe('--scaling'),
    lanes: z.array(lane).describe('128-bit against 256-bit lanes, measured in turns in two processes'),
    rates: z.array(rate),
    memory: memory.nullable(),
    skipped: z.array(skipped).describe('what was not measured, and why'),
  })
  .describe('tracelab bench --json');

export type Timing = Frozen<z.infer<typeof timing>>;
export type Rates = Frozen<z.infer<typeof RATES_SCHEMA>>;
export type Machine = Frozen<z.infer<typeof MACHINE_SCHEMA>>;
export type Peaks = Frozen<z.infer<typeof peaks>>;
export type KernelRow = Frozen<z.infer<typeof kernel>>;
export type TrainingRow = Frozen<z.infer<typeof training>>;
export type DecodeRow = Frozen<z.infer<typeof decode>>;
export type ScalingRow = Frozen<z.infer<typeof scaling>>;
export type LaneRow = Frozen<z.infer<typeof lane>>;
export type RateRow = Frozen<z.infer<typeof rate>>;
export type Skipped = Frozen<z.infer<typeof skipped>>;
export type BenchResults = Frozen<z.infer<typeof BENCH_SCHEMA>>;

/** The document as JSON Schema (draft 2020-12). */
export function benchJsonSchema(): unknown {
  return z.toJSONSchema(BENCH_SCHEMA);
}
