// How a run stops: after the step in hand, without it when it takes too long, and without threads that do not come
// back. Threads are played here, so that every order of events is forced.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMemory } from '../../src/core/memory.ts';
import { CLAIM_WORDS, StepClaim } from '../../src/core/step-claim.ts';
import { elementCount } from '../../src/model/layout.ts';
import { MemoryPlan } from '../../src/model/memory-plan.ts';
import { planUpdateMemory } from '../../src/model/parallel-update.ts';
import { type RunMessage, runResumable, type RunTiming } from '../../src/model/resumable-run.ts';
import { resumedState } from '../../src/model/resumed-state.ts';
import { MetricsFile, readMarkedRows } from '../../src/model/metrics-file.ts';
import { parameterBlock } from './small-checkpoint.ts';

interface Row {
  readonly step: number;
}
/** What the played threads may do. */
interface Stage {
  readonly claim: StepClaim;
  readonly post: (message: RunMessage<Row>) => void;
  readonly stop: () => void;
  readonly isStopped: () => boolean;
  readonly abandon: AbortSignal;
  /** Writes a number everywhere into the parameters, as an update does. */
  readonly setParameters: (value: number) => void;
}

const NEVER = 1000;
const RUN = { key: 'k', kept: [], steps: 9, say: () => undefined };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-stop-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const readRows = (mark: Parameters<typeof readMarkedRows>[1]) =>
  readMarkedRows(join(folder, 'metrics.jsonl'), mark, (value) => value as Row);

/**
 * Runs played threads; gives what the run returned, what it said, and the step and a parameter of the state that it
 * left.
 */
async function play(timing: Partial<RunTiming>, threads: (stage: Stage) => Promise<void>) {
  const { layout, core } = parameterBlock(1);
  const plan = new MemoryPlan();
  const update = planUpdateMemory(core, plan, layout, layout.bytes, 1);
  const memory = createMemory(plan.arena.end);
  const claim = new StepClaim(new Int32Array(new SharedArrayBuffer(4 * CLAIM_WORDS)));
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const signal = new AbortController();
  const said: string[] = [];
  const result = await runResumable<Row>({
    runDir: folder,
    key: 'k',
    resumed: await resumedState({ ...RUN, runDir: folder, readRows }),
    memory,
    update,
    metrics: await MetricsFile.open<Row>(join(folder, 'metrics.jsonl'), null),
    stopFlag,
    claim,
    signal: signal.signal,
    timing: { stateSeconds: NEVER, dropSeconds: NEVER, abandonSeconds: NEVER, ...timing },
    say: (text) => said.push(text),
    exampleId: String,
    run: (post, abandon) =>
      threads({
        claim,
        post,
        abandon,
        stop: () => {
          signal.abort();
        },
        isStopped: () => stopFlag[0] !== 0,
        setParameters: (value) => new Float32Array(memory.buffer, update.parameters, layout.bytes / 4).fill(value),
      }),
    onStep: () => undefined,
    writeCheckpoint: () => Promise.resolve([]),
  });
  const { state } = await resumedState({ ...RUN, runDir: folder, readRows });
  const [place] = layout.tensors;
  expect(elementCount(place)).toBeGreaterThan(0);
  return {
    step: result.step,
    said,
    saved: state && { step: state.step, parameter: state.file.tensors.get(place.name)?.values[0] },
  };
}

const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
};
const row = (step: number): RunMessage<Row> => ({ kind: 'step', row: { step } });
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('ended by force'));
    });
  });

it('ends after the step in hand when that is quick', async () => {
  const { step, said, saved } = await play({}, async ({ claim, post, stop, isStopped, setParameters }) => {
    claim.open(0);
    stop();
    claim.take();
    setParameters(1);
    post(row(1));
    expect(isStopped()).toBe(true);
    expect(claim.isDropped).toBe(false);
  });
  expect({ step, said, saved }).toEqual({ step: 1, said: [], saved: null });
});

it('drops the step in hand when it takes too long, and saves what the last finished one left', async () => {
  const outcome = await play({ dropSeconds: 0 }, async ({ claim, post, stop, setParameters }) => {
    setParameters(2);
    post(row(1));
    post(row(2));
    claim.open(2);
    stop();
    await until(() => claim.isDropped);
    // The leader comes too late: it must leave the parameters alone.
    claim.take();
    expect(claim.isDropped).toBe(true);
  });
  expect(outcome).toEqual({
    step: 2,
    said: ['step 3 takes too long: it is dropped, and repeated when the run resumes'],
    saved: { step: 2, parameter: 2 },
  });
});

it('waits for the row of the last finished step before it saves', async () => {
  const outcome = await play({ dropSeconds: 0 }, async ({ claim, post, stop, setParameters }) => {
    setParameters(2);
    post(row(1));
    claim.open(2);
    stop();
    await until(() => claim.isDropped);
    expect(await readdir(folder)).not.toContain('resume-2.safetensors');
    post(row(2));
  });
  expect(outcome).toMatchObject({ step: 2, saved: { step: 2, parameter: 2 } });
});

it('does not drop a step whose update has begun', async () => {
  let passed = false;
  const outcome = await play({ dropSeconds: 0 }, async ({ claim, post, stop, isStopped }) => {
    post(row(1));
    claim.open(1);
    claim.take();
    stop();
    await until(isStopped);
    // After the timer that would have dropped it.
    await new Promise((resolve) => setTimeout(resolve, 20));
    passed = !claim.isDropped;
    post(row(2));
  });
  expect(passed).toBe(true);
  expect(outcome).toMatchObject({ step: 2, said: [] });
});

it('returns with the state saved when threads do not come back', async () => {
  const outcome = await play(
    { dropSeconds: 0, abandonSeconds: 0.02 },
    async ({ claim, post, stop, abandon, setParameters }) => {
      setParameters(1);
      post(row(1));
      claim.open(1);
      stop();
      await aborted(abandon);
    },
  );
  expect(outcome).toMatchObject({ step: 1, saved: { step: 1, parameter: 1 } });
});

it('goes back to the last saved state when threads do not come back from an update', async () => {
  const outcome = await play(
    { dropSeconds: 0, abandonSeconds: 0.02 },
    async ({ claim, post, stop, abandon, setParameters }) => {
      setParameters(1);
      const block = new ArrayBuffer(parameterBlock(1).block.byteLength);
      post(row(1));
      post({
        kind: 'state',
        step: 1,
        blocks: { parameters: block, firstMoments: block, secondMoments: block },
      });
      post(row(2));
      claim.open(2);
      claim.take();
      stop();
      await aborted(abandon);
    },
  );
  expect(outcome).toMatchObject({ step: 1, said: [], saved: { step: 1, parameter: 0 } });
});

it('has nothing to save before the first step', async () => {
  const outcome = await play({ dropSeconds: 0 }, async ({ claim, stop }) => {
    claim.open(0);
    stop();
    await until(() => claim.isDropped);
  });
  expect(outcome).toMatchObject({ step: 0, saved: null });
});

it('throws what threads throw, stopped or not, while they are not ended by force', async () => {
  const failing = play({}, async ({ stop }) => {
    stop();
    throw new Error('diverged');
  });
  await expect(failing).rejects.toThrow('diverged');
});
