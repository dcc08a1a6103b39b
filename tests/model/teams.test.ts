// Threads that share a micro-batch compute the bits of one thread, however many they are; and how a run forms teams.
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/model/config.ts';
import { splitThreads } from '../../src/model/teams.ts';
import { corePaths } from '../core/paths.ts';
import type { ReferenceSequence } from '../reference/model.ts';
import { ModelRun, randomTokens } from './model-run.ts';
import type { MemberWork } from './team-thread.ts';

const THREAD = fileURLToPath(new URL('./team-thread.ts', import.meta.url));
const VOCAB = 23;
const SHARED = { rope_base: 10_000, rms_norm_eps: 1e-6, context: 512 };
const TOKENS = 512;

const MODELS: readonly { readonly name: string; readonly model: ModelConfig }[] = [
  { name: '4 heads of 6 on 2', model: { ...SHARED, d_model: 24, n_layer: 2, n_head: 4, n_kv_head: 2, d_ff: 40 } },
  { name: '3 heads of 16 on 1', model: { ...SHARED, d_model: 48, n_layer: 3, n_head: 3, n_kv_head: 1, d_ff: 56 } },
  { name: '8 heads of 16 on 8', model: { ...SHARED, d_model: 128, n_layer: 1, n_head: 8, n_kv_head: 8, d_ff: 136 } },
];

/** Many short sequences; one long one, whose keys threads share out; both; fewer counted rows than threads. */
const LENGTHS: readonly (readonly number[])[] = [[7, 1, 31, 2, 53, 40, 17, 60, 3, 29], [400], [300, 5, 100, 49], [2]];

/** With packed weights or without; the first on every kernel path, the others on one. */
const TEAMS: readonly { readonly size: number; readonly packs: boolean }[] = [
  { size: 3, packs: true },
  { size: 2, packs: false },
  { size: 1, packs: true },
  { size: 7, packs: true },
];

/** The first third of a sequence is not counted. */
function sequencesOf(lengths: readonly number[]): ReferenceSequence[] {
  return lengths.map((length, s) => {
    const words = randomTokens(length + 1, VOCAB, s);
    const first = Math.floor(length / 3);
    return {
      tokens: words.slice(0, -1),
      targets: Array.from({ length: length - first }, (_, i) => ({
        position: first + i,
        next: words[first + i + 1],
        kind: i % 2 === 0 ? ('trace' as const) : ('plan' as const),
      })),
    };
  });
}

/** Runs the call on a team of threads of its own. */
async function runTeam(
  run: ModelRun,
  work: Pick<MemberWork, 'handle' | 'packed' | 'call'>,
  size: number,
  start: number,
): Promise<void> {
  const team = 64 * Math.ceil(start / 64);
  const bytes = 64 + (run.core.team_bytes(size) >>> 0);
  new Uint8Array(run.memory.buffer, team, bytes).fill(0);
  const workspace = 64 * Math.ceil((team + bytes) / 64);
  await Promise.all(
    Array.from({ length: size }, async (_, rank) => {
      const { memory, placed } = run;
      const workerData: MemberWork = { ...work, memory, placed, team, rank, size, workspace, tokens: TOKENS };
      const worker = new Worker(THREAD, { workerData });
      try {
        await new Promise<void>((resolve, reject) => {
          worker.once('error', reject);
          worker.once('message', () => {
            resolve();
          });
        });
      } finally {
        await worker.terminate();
      }
    }),
  );
}

/** What a micro-batch leaves behind. */
function left(run: ModelRun): { readonly gradients: string; readonly numbers: readonly number[] } {
  return { gradients: run.gradientBytes().toString('base64'), numbers: [...run.lossSums(), ...run.policySums()] };
}

describe.each(MODELS)('$name', ({ model }) => {
  describe.each(corePaths().map((path, i) => ({ ...path, teams: i === 0 ? TEAMS : TEAMS.slice(0, 1) })))(
    '$name',
    ({ core, teams }) => {
      it.each(LENGTHS.map((lengths) => [lengths] as const))('sequences of %j', async (lengths) => {
        const handle = core();
        const run = new ModelRun(handle, model, VOCAB);
        const sequences = sequencesOf(lengths);
        const counted = sequences.flatMap(({ targets }) => targets).length;
        const terms = Array.from({ length: counted }, (_, i) => ({
          advantage: Math.cos(i),
          weight: 1 / counted,
          old: -3 - Math.sin(i),
          reference: -3,
        }));
        const [forward, backward] = [run.end, run.end + (run.core.packed_weights_bytes(1) >>> 0) + 64];
        const free = backward + (run.core.packed_weights_bytes(0) >>> 0) + 64;
        for (let i = 0; i < run.core.packed_weights_count(); i++) {
          run.core.pack_weight(run.parameters, forward, 1, i);
          run.core.pack_weight(run.parameters, backward, 0, i);
        }
        for (const name of ['train_microbatch', 'policy_microbatch'] as const) {
          const settings = { temperature: 0.8, low: 0.2, high: 0.3, beta: 0.1 };
          const call: MemberWork['call'] =
            name === 'train_microbatch'
              ? { name, values: run.trainArguments(sequences, 1 / counted) }
              : { name, values: run.policyArguments(sequences, terms, settings) };
          const fresh = (): void => {
            run.clearGradients();
            run.policySums().fill(0);
          };
          fresh();
          for (let i = 0; i < 2; i++) {
            if (call.name === 'train_microbatch') run.core.train_microbatch(...call.values);
            else run.core.policy_microbatch(...call.values);
          }
          const alone = left(run);
          for (const { size, packs } of teams) {
            fresh();
            const packed = [packs ? forward : 0, packs ? backward : 0] as const;
            await runTeam(run, { handle, packed, call }, size, free);
            expect(left(run), `${name}, team of ${size}`).toEqual(alone);
          }
        }
      });
    },
  );
});

describe('splitThreads', () => {
  const small = (): number => 1 << 20;

  it.each([
    [1, 8, { teams: 1, size: 1 }],
    [2, 8, { teams: 2, size: 1 }],
    [8, 8, { teams: 8, size: 1 }],
    [16, 8, { teams: 8, size: 2 }],
    [8, 4, { teams: 4, size: 2 }],
    [16, 4, { teams: 4, size: 4 }],
    [5, 1, { teams: 1, size: 5 }],
  ])('%i threads and %i accumulators', (threads, accumulators, expected) => {
    expect(splitThreads(threads, accumulators, 100, small)).toEqual(expected);
  });

  it('does not leave most threads idle when accumulators do not divide evenly', () => {
    // Seven teams of one would need two rounds for eight accumulators, and a team of seven waits for seven threads.
    expect(splitThreads(7, 8, 100, small)).toEqual({ teams: 2, size: 3 });
    // A ninth thread is no reason for a team of nine.
    expect(splitThreads(9, 8, 100, small)).toEqual({ teams: 8, size: 1 });
  });

  it('gives no team to accumulators that no sequence is left for', () => {
    expect(splitThreads(8, 8, 2, small)).toEqual({ teams: 2, size: 4 });
  });

  it('shares one copy of activations when copies would be too large', () => {
    expect(splitThreads(8, 8, 100, () => 1.3 * 1024 ** 3)).toEqual({ teams: 1, size: 8 });
    expect(splitThreads(8, 8, 100, () => 300 * 1024 ** 2)).toEqual({ teams: 2, size: 4 });
  });
});
