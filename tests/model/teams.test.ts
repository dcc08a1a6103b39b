// Threads that help with a micro-batch compute the bits of one thread, however many they are; and how many lead.
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/model/config.ts';
import { instantiateCore } from '../../src/core/module.ts';
import { MemoryPlan } from '../../src/model/memory-plan.ts';
import { configureModel } from '../../src/model/place.ts';
import { leadingThreads, planTeams } from '../../src/model/teams.ts';
import { corePaths } from '../core/paths.ts';
import type { ReferenceSequence } from '../reference/model.ts';
import { ModelRun, randomTokens } from './model-run.ts';
import type { ThreadWork } from './team-thread.ts';

const THREAD = fileURLToPath(new URL('./team-thread.ts', import.meta.url));
const VOCAB = 23;
const SHARED = { rope_base: 10_000, rms_norm_eps: 1e-6, context: 1536 };
const TOKENS = 1536;
const ROOM = { tokens: TOKENS, bytes: 160 << 20 };

const MODELS: readonly { readonly name: string; readonly model: ModelConfig }[] = [
  { name: '4 heads of 6 on 2', model: { ...SHARED, d_model: 24, n_layer: 2, n_head: 4, n_kv_head: 2, d_ff: 40 } },
  { name: '3 heads of 16 on 1', model: { ...SHARED, d_model: 48, n_layer: 3, n_head: 3, n_kv_head: 1, d_ff: 56 } },
  { name: '8 heads of 16 on 8', model: { ...SHARED, d_model: 128, n_layer: 1, n_head: 8, n_kv_head: 8, d_ff: 136 } },
];

/**
 * Many short sequences; one long one, whose keys threads share out; both; fewer counted rows than threads; one so long
 * that a thread alone cuts its keys, too.
 */
const LENGTHS: readonly (readonly number[])[] = [
  [7, 1, 31, 2, 53, 40, 17, 60, 3, 29],
  [400],
  [300, 5, 100, 49],
  [2],
  [1400],
];

/**
 * Threads that there are room for, that lead and that start, with packed weights or without. Where only the leader
 * starts, phases are cut for all the others: it computes every task. The first on every kernel path, the others on one.
 */
const TEAMS: readonly {
  readonly threads: number;
  readonly leaders: number;
  readonly started: number;
  readonly packs: boolean;
}[] = [
  { threads: 3, leaders: 1, started: 3, packs: true },
  { threads: 2, leaders: 1, started: 2, packs: false },
  { threads: 1, leaders: 1, started: 1, packs: true },
  { threads: 7, leaders: 1, started: 7, packs: true },
  { threads: 4, leaders: 2, started: 4, packs: true },
  { threads: 5, leaders: 1, started: 1, packs: true },
  { threads: 16, leaders: 1, started: 1, packs: false },
];

/** Offset of a team's number of helpers from the words of a run: the done accumulators, the run's words, the team's. */
const HELPERS = 64 + 192 + 128;

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

/**
 * Runs the call, for as many accumulators as there are leaders, on threads of its own.
 * @returns how often each thread told that it had helped
 */
async function runTeam(
  run: ModelRun,
  work: Pick<ThreadWork, 'handle' | 'packed'> & { readonly call: ThreadWork['calls'][number] },
  { threads, leaders, started }: (typeof TEAMS)[number],
  start: number,
): Promise<number[]> {
  const { memory, placed, layout } = run;
  const core = instantiateCore(work.handle, memory);
  configureModel(core, placed);
  const plan = new MemoryPlan();
  plan.arena.skipTo(start);
  const sizes = { threads, accumulators: leaders, sequences: leaders, microTokens: TOKENS, longest: TOKENS };
  const map = planTeams(core, plan, sizes);
  expect(map.activations).toHaveLength(leaders);
  const ready = plan.arena.take(4);
  // The gradients and sums of accumulators behind the first are not looked at: they only keep their leaders busy.
  const [others, numbers] = [plan.arena.take(layout.bytes), plan.arena.take(64)];
  new Uint8Array(memory.buffer, map.words, ready + 4 - map.words).fill(0);
  if (started < threads) new Int32Array(memory.buffer, map.words + HELPERS, 1)[0] = threads - 1;
  const calls = Array.from({ length: leaders }, (_, a) => {
    if (a === 0 || work.call.name === 'wait') return work.call;
    const { name, values } = work.call;
    return { name, values: values.with(1, others).with(-1, numbers) } as ThreadWork['calls'][number];
  });
  return Promise.all(
    Array.from({ length: started }, async (_, thread) => {
      const { handle, packed } = work;
      const workerData: ThreadWork = { handle, packed, memory, placed, map, thread, started, ready, calls };
      const worker = new Worker(THREAD, { workerData });
      try {
        return await new Promise<number>((resolve, reject) => {
          worker.once('error', reject);
          worker.once('message', resolve);
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
        const run = new ModelRun(handle, model, VOCAB, ROOM);
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
          const call: Exclude<ThreadWork['calls'][number], { readonly name: 'wait' }> =
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
          for (const team of teams) {
            fresh();
            const packed = [team.packs ? forward : 0, team.packs ? backward : 0] as const;
            await runTeam(run, { handle, packed, call }, team, free);
            expect(left(run), `${name}, ${JSON.stringify(team)}`).toEqual(alone);
          }
        }
      });
    },
  );
});

it('a helper that only waits makes no headway, so that a leader that is stuck is noticed', async () => {
  const [{ core }] = corePaths();
  const handle = core();
  const run = new ModelRun(handle, MODELS[0].model, VOCAB, ROOM);
  const team = { threads: 3, leaders: 1, started: 3, packs: false };
  expect(await runTeam(run, { handle, packed: [0, 0], call: { name: 'wait' } }, team, run.end)).toEqual([0, 0, 0]);
});

describe('leadingThreads', () => {
  const leaders = (threads: number, accumulators: number, sequences: number, mebibytes: number): number =>
    leadingThreads({ threads, accumulators, sequences }, mebibytes * 1024 ** 2);

  it.each([
    [1, 8, 1],
    [2, 8, 2],
    [7, 8, 7],
    [16, 8, 8],
    [16, 4, 4],
    [5, 1, 1],
  ])('%i threads and %i accumulators: %i', (threads, accumulators, expected) => {
    expect(leaders(threads, accumulators, 100, 1)).toBe(expected);
  });

  it('has no leader for accumulators that no sequence is left for', () => {
    expect(leaders(8, 8, 2, 1)).toBe(2);
  });

  it('has few leaders when their activations would be too large', () => {
    expect(leaders(8, 8, 100, 1331)).toBe(1);
    expect(leaders(8, 8, 100, 300)).toBe(3);
  });
});
