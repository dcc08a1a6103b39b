// One training thread, from its first batch to its last. All threads run this loop side by side and meet at barriers:
// step open | weights packed | gradients in the accumulators | gradients summed | parameters updated. Thread 0 leads:
// it lays batches out, reports, and sends copies of the parameters. Work is drawn from queues; what is computed never
// depends on who draws it. A thread that has none helps others (teams.ts).
import { Barrier, BARRIER_WORDS } from '../core/barrier.ts';
import { type CoreHandle, instantiateCore } from '../core/module.ts';
import { StepClaim } from '../core/step-claim.ts';
import { threadWork } from '../core/thread-work.ts';
import type { ThreadTask } from '../core/threads.ts';
import { type BatchSchedule, type BatchTargets, drawGaps, microBatchAt, packBatch } from '../data/batches.ts';
import type { TokenizedExamples } from '../data/tokens.ts';
import { numberNotFinite, SkipBudget } from '../model/not-finite.ts';
import { type AppliedUpdate, ParallelUpdate } from '../model/parallel-update.ts';
import { configureModel } from '../model/place.ts';
import type { RunMessage } from '../model/resumable-run.ts';
import { copyBlock, copyState } from '../model/run-state.ts';
import { Team } from '../model/teams.ts';
import type { TrainConfig } from './config.ts';
import { abortTraining, batchViews, CONTROL, NUMBERS, type TrainingMemory } from './memory.ts';
import { learningRate } from './schedule.ts';
import type { StepRow } from './step-row.ts';

/** What all threads share. */
export interface TrainingShared {
  readonly core: CoreHandle;
  readonly memory: WebAssembly.Memory;
  readonly map: TrainingMemory;
  readonly train: TrainConfig;
  readonly examples: TokenizedExamples;
  readonly schedule: BatchSchedule;
  /** The run's. */
  readonly seed: number;
  /** Updates already done. */
  readonly firstStep: number;
  /** Updates done when the run ends; those of the schedule, unless a part of it was asked for. */
  readonly lastStep: number;
  /** Steps so far whose update was skipped. */
  readonly skipped: number;
  /** Ascending steps after which the leader sends its weights. */
  readonly checkpointSteps: readonly number[];
  /** Seconds between states that a stopped run resumes from. */
  readonly stateSeconds: number;
}

/** From the leader to the main thread. */
export type TrainingMessage = RunMessage<StepRow>;

const RUN = 0;
const FINISH = 1;

/** Entry of a training thread; works until the leader ends the run. */
export default async function trainingThread(task: ThreadTask<TrainingShared>): ReturnType<typeof threadWork> {
  const control = new Int32Array(task.shared.memory.buffer, task.shared.map.control, CONTROL.words);
  const barrier = new Barrier(control.subarray(CONTROL.barrier, CONTROL.barrier + BARRIER_WORDS), task.threads);
  return threadWork(
    task.port,
    () => {
      new TrainingThread(task, control, barrier).run();
    },
    () => {
      abortTraining(task.shared.memory, task.shared.map, task.threads);
    },
  );
}

class TrainingThread {
  private readonly task: ThreadTask<TrainingShared>;
  private readonly control: Int32Array;
  private readonly barrier: Barrier;
  private readonly claim: StepClaim;
  private readonly progress: Int32Array;
  private readonly core;
  private readonly update: ParallelUpdate;
  private readonly team: Team;
  private readonly batches;
  private readonly numbers: Float64Array;
  private readonly losses: Float64Array;
  /** Leader's book: tokens consumed, targets of this batch and the next, steps it may skip, time of the last state. */
  private tokens = 0;
  private targets: BatchTargets = { tokens: 0, traceTargets: 0, planTargets: 0 };
  private nextTargets = this.targets;
  private readonly budget: SkipBudget;
  private stateAt = performance.now();
  private stepAt = performance.now();

  constructor(task: ThreadTask<TrainingShared>, control: Int32Array, barrier: Barrier) {
    const { memory, map, core } = task.shared;
    this.task = task;
    this.budget = new SkipBudget(task.shared.train.max_skipped_steps, task.shared.skipped);
    this.control = control;
    this.barrier = barrier;
    this.claim = new StepClaim(control.subarray(CONTROL.claim));
    this.progress = new Int32Array(memory.buffer, map.progress, task.threads);
    this.core = instantiateCore(core, memory);
    configureModel(this.core, map.placed);
    this.team = new Team(this.core, memory, map.teams, task.thread);
    this.update = new ParallelUpdate(this.core, memory, map.update);
    this.batches = map.batches.map((batch) => batchViews(memory, map, batch));
    this.numbers = new Float64Array(memory.buffer, map.numbers, NUMBERS.words);
    this.losses = new Float64Array(memory.buffer, map.losses, 2 * map.update.accumulators);
  }

  run(): void {
    const { control, claim, task } = this;
    const { firstStep, schedule, examples } = task.shared;
    const leads = task.thread === 0;
    for (const example of schedule.order.subarray(0, schedule.starts[firstStep]))
      this.tokens += examples.starts[example + 1] - examples.starts[example];
    if (leads) this.layOut(firstStep);
    for (let step = firstStep; ; step++) {
      if (leads) this.prepare(step);
      this.meet();
      if (leads) this.send(step);
      if (Atomics.load(control, CONTROL.action) === FINISH) return;
      this.update.pack();
      this.meet();
      if (leads) this.layOut(step + 1);
      this.computeGradients(step);
      this.meet();
      this.update.sum();
      if (leads) claim.take();
      this.meet();
      // Settled now and the same for all: once a thread has passed the next barrier, the claim may be that of another
      // step.
      if (claim.isDropped) return;
      const { trace, plan } = this.lossSums();
      const update = this.update.apply(task.shared.train, [trace, plan], leads, this.meet);
      // Queues and numbers of the step may only change once nobody reads them.
      this.meet();
      if (leads) this.report(step, update);
    }
  }

  private readonly meet = (): void => {
    this.barrier.wait();
    this.bump();
  };

  /** Shows the main thread that this thread is alive. */
  private readonly bump = (): void => {
    Atomics.add(this.progress, this.task.thread, 1);
  };

  /** Leader: the batch of a step, while others may still read the one before. */
  private layOut(step: number): void {
    const { schedule, seed, examples, map, train, lastStep } = this.task.shared;
    if (step >= lastStep) return;
    const first = schedule.starts[step];
    const members = schedule.order.subarray(first, schedule.starts[step + 1]);
    const gaps = drawGaps(seed, first, members.length, train.position_offset);
    this.nextTargets = packBatch(
      examples,
      members,
      gaps,
      map.update.accumulators,
      map.teams.microTokens,
      this.batches[step % 2],
    );
  }

  /** Leader, while nobody works: the numbers of the batch that is laid out, or the end. */
  private prepare(step: number): void {
    const { control, numbers, task } = this;
    const { schedule, train, lastStep } = task.shared;
    if (step >= lastStep || Atomics.load(control, CONTROL.stop) !== 0) {
      Atomics.store(control, CONTROL.action, FINISH);
      return;
    }
    this.targets = this.nextTargets;
    this.update.openPacking();
    this.update.open({ ...train, lr: learningRate(train, step, schedule.steps), step: step + 1 });
    numbers[NUMBERS.lossScale] = 1 / (this.targets.traceTargets + this.targets.planTargets);
    this.losses.fill(0);
    this.claim.open(step);
    Atomics.store(control, CONTROL.action, RUN);
  }

  /** Leader, while parameters only get read: copies for the disk. */
  private send(step: number): void {
    const { port, shared } = this.task;
    const { memory, map, firstStep, checkpointSteps, stateSeconds } = shared;
    if (step > firstStep && checkpointSteps.includes(step)) {
      const parameters = copyBlock(memory, map.update.parameters, map.update.layout);
      port.postMessage({ kind: 'weights', step, parameters } satisfies TrainingMessage, [parameters]);
    }
    const isLast = Atomics.load(this.control, CONTROL.action) === FINISH;
    if (isLast || performance.now() - this.stateAt > stateSeconds * 1000) this.sendState(step);
  }

  private sendState(step: number): void {
    const { port, shared } = this.task;
    const blocks = copyState(shared.memory, shared.map.update);
    port.postMessage({ kind: 'state', step, blocks } satisfies TrainingMessage, Object.values(blocks) as ArrayBuffer[]);
    this.stateAt = performance.now();
  }

  /** The micro-batches of an accumulator run in order. Does nothing more once the step is dropped. */
  private computeGradients(step: number): void {
    const { core, claim, task } = this;
    const { map } = task.shared;
    const batch = this.batches[step % 2],
      at = map.batches[step % 2];
    this.update.accumulate(
      this.team,
      (a, gradients) => {
        for (let m = batch.firstMicroBatch[a]; m < batch.firstMicroBatch[a + 1] && !claim.isDropped; m++) {
          const { sequences, targets, firstRow } = microBatchAt(batch.microBatches, at, m);
          core.train_microbatch(
            map.update.parameters,
            gradients,
            ...sequences,
            targets,
            at.classes + firstRow,
            this.numbers[NUMBERS.lossScale],
            map.losses + 16 * a,
          );
          this.bump();
        }
      },
      this.bump,
    );
  }

  /** Sums over the accumulators, in their order. */
  private lossSums(): { readonly trace: number; readonly plan: number } {
    let trace = 0,
      plan = 0;
    for (let a = 0; a < this.task.shared.map.update.accumulators; a++) {
      trace += this.losses[2 * a];
      plan += this.losses[2 * a + 1];
    }
    return { trace, plan };
  }

  private report(step: number, { norm, applied }: AppliedUpdate): void {
    const { shared, port } = this.task;
    const { tokens, traceTargets, planTargets } = this.targets;
    const { trace, plan } = this.lossSums();
    const loss = (trace + plan) / (traceTargets + planTargets);
    this.tokens += tokens;
    const now = performance.now();
    const seconds = (now - this.stepAt) / 1000;
    this.stepAt = now;
    const lr = learningRate(shared.train, step, shared.schedule.steps);
    if (!applied) {
      this.refuse(step, lr, loss, norm);
      return;
    }
    const row: StepRow = {
      step: step + 1,
      tokens: this.tokens,
      loss,
      trace_loss: traceTargets === 0 ? null : trace / traceTargets,
      plan_loss: plan / planTargets,
      lr,
      grad_norm: norm,
      seconds,
    };
    port.postMessage({ kind: 'step', row } satisfies TrainingMessage);
  }

  /**
   * The step's update was not applied: the run continues without it, or ends.
   * @throws TracelabError TRAINING_DIVERGED (refused input)
   */
  private refuse(step: number, lr: number, loss: number, norm: number): void {
    const { port, shared } = this.task;
    const { schedule } = shared;
    const found = this.update.notFinite() ?? numberNotFinite('loss', loss);
    if (found === null) throw new Error(`an update of finite numbers was refused: loss ${loss}, norm ${norm}`);
    this.budget.spend(
      port,
      {
        row: { step: step + 1, tokens: this.tokens, lr, applied: 0, not_finite: found },
        examples: schedule.order.subarray(schedule.starts[step], schedule.starts[step + 1]),
      },
      () => {
        this.sendState(step);
      },
      {
        what: 'training',
        expected: 'finite loss, gradients, parameters and moments',
        got: `loss ${loss}, gradient norm ${norm}`,
        setting: 'train.max_skipped_steps',
      },
    );
  }
}
