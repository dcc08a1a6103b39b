// The document of `npm run bench:peers -- --json FILE` as a zod schema: training steps of PyTorch and ours, measured in
// turns, with ratios at equal threads and at the best thread setting of each.
import * as z from 'zod';
import { type Frozen, LOAD_SCHEMA, MACHINE_SCHEMA, RATES_SCHEMA } from '../results.ts';

/** Number of the document's format. */
export const PEERS_FORMAT = 1;

const peer = z.strictObject({
  name: z.string().describe('kernels and mode, for example `best, eager`'),
  torch: z.string(),
  python: z.string(),
  mode: z.enum(['eager', 'compiled']),
  isa: z.enum(['best', 'avx2', 'own']),
  setting: z.string(),
  kernels: z.string().describe('libraries and instruction sets that ran'),
  config: z.string().describe('torch.__config__.show()'),
  environment: z.record(z.string(), z.string()),
});
const measured = z.strictObject({
  name: z.string(),
  tokens_per_second: RATES_SCHEMA,
  ratio: z.number().describe('our best speed over its best speed, equal threads'),
});
const row = z.strictObject({
  preset: z.string(),
  threads: z.int(),
  used_threads: z.int().describe('threads that our step can use'),
  tokens: z.int().describe('of a step'),
  rounds: z.int(),
  ours: RATES_SCHEMA.describe('tokens a second'),
  peers: z.array(measured),
});
const best = z.strictObject({
  preset: z.string(),
  ours: z.strictObject({ threads: z.int(), tokens_per_second: z.number() }),
  peer: z.string(),
  theirs: z.strictObject({ threads: z.int(), tokens_per_second: z.number() }),
  ratio: z.number().describe('ours over theirs, each with its best number of threads'),
});

export const PEERS_SCHEMA = z.strictObject({
  format: z.literal(PEERS_FORMAT),
  version: z.string(),
  started: z.iso.datetime(),
  machine: MACHINE_SCHEMA,
  noise: z.strictObject({ before: LOAD_SCHEMA, after: LOAD_SCHEMA, peak_drift: z.number() }),
  peak_gflops: z.number().describe('multiply-adds of one thread'),
  peers: z.array(peer),
  rows: z.array(row),
  best: z.array(best),
  skipped: z.array(z.strictObject({ what: z.string(), reason: z.string() })),
});

export type PeersDocument = Frozen<z.infer<typeof PEERS_SCHEMA>>;
export type PeerRow = PeersDocument['rows'][number];
export type PeerFacts = PeersDocument['peers'][number];

/** Ratios at the best number of threads of each, one for every preset and peer. */
export function bestRatios(rows: readonly PeerRow[]): PeersDocument['best'] {
  return [...Map.groupBy(rows, ({ preset }) => preset)].flatMap(([preset, own]) => {
    const ours = fastest(own.map((each) => ({ threads: each.used_threads, tokens_per_second: each.ours.best })));
    const theirs = Map.groupBy(
      own.flatMap(({ threads, peers }) => peers.map((each) => ({ threads, ...each }))),
      ({ name }) => name,
    );
    return Array.from(theirs, ([name, measurements]) => {
      const best = fastest(
        measurements.map((each) => ({ threads: each.threads, tokens_per_second: each.tokens_per_second.best })),
      );
      return { preset, ours, peer: name, theirs: best, ratio: ours.tokens_per_second / best.tokens_per_second };
    });
  });
}

interface Speed {
  readonly threads: number;
  readonly tokens_per_second: number;
}

function fastest(speeds: readonly Speed[]): Speed {
  return speeds.reduce((a, b) => (b.tokens_per_second > a.tokens_per_second ? b : a));
}
