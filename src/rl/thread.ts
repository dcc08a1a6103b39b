// One thread of reinforcement learning, from the first step to the last. All threads run this loop side by side and
// meet at barriers: prompts drawn | completed and judged | rewarded and packed (or prompts drawn again) | reference |
// gradients | summed | updated. Thread 0 leads: it draws, rewards, packs, reports and sends copies. Work is drawn from
// queues; what is computed never depends on who draws it.
import { Barrier, BARRIER_WORDS } from '../core/barrier.ts';
import { instantiateCore } from '../core/module.ts';
import { StepClaim } from '../core/step-claim.ts';
import { threadWork } from '../core/thread-work.ts';
import type { ThreadTask } from '../core/threads.ts';
import { type MicroBatch, microBatchAt } from '../data/batches.ts';
import { loadThreadDomain } from '../data/domain-module.ts';
import { type NotFinite, numberNotFinite, SkipBudget } from '../model/not-finite.ts';
import { type AppliedUpdate, ParallelUpdate } from '../model/parallel-update.ts';
import type { RunMessage } from '../model/resumable-run.ts';
import { copyBlock, copyState } from '../model/run-state.ts';
import { Team } from '../model/teams.ts';
import { packPolicyBatch, policyBatch } from './batch.ts';
import { needsReference, rlLearningRate } from './config.ts';
import { abortRl, configureRl, CONTROL, furthestRatio, SUMS, sumOver } from './memory.ts';
import { PromptDraw } from './prompts.ts';
import { unappliedUpdate, unusableCompletions } from './refusal.ts';
import { Roller } from './roller.ts';
import type { RlShared } from './shared.ts';
import { StepBook } from './step.ts';
import { countRollouts, type RolloutCounts, type StepRow } from './step-row.ts';

export type { RlShared } from './shared.ts';

/** From the leader to the main thread. */
type RlMessage = RunMessage<StepRow>;

const ROLL = 0;
const LEARN = 1;
const FINISH = 2;

/** Entry of a thread of reinforcement learning; works until the leader ends the run. */
export default async function rlThread(task: ThreadTask<RlShared>): ReturnType<typeof threadWork> {
  const control = new Int32Array(task.shared.memory.buffer, task.shared.map.control, CONTROL.words);
  const barrier = new Barrier(control.subarray(CONTROL.barrier, CONTROL.barrier + BARRIER_WORDS), task.threads);
  return threadWork(
    task.port,
    async () => {
      await loadThreadDomain(task.shared.domainModule);
      new RlThread(task, control, barrier).run();
    },
    () => {
      abortRl(task.shared.memory, task.shared.map, task.threads);
    },
  );
}

class RlThread {
  private readonly task: ThreadTask<RlShared>;
  private readonly control: Int32Array;
  private readonly barrier: Barrier;
  private readonly claim: StepClaim;
  private readonly progress: Int32Array;
  private readonly core;
  private readonly update: ParallelUpdate;
  /** Null for a thread that is left over. */
  private readonly team: Team;
  private readonly roller: Roller;
  private readonly batch;
  private readonly sums: Float64Array;
  /** Leader's book of the step, and when its parts began. */
  private book!: StepBook;
  private counts!: RolloutCounts;
  private unusable: NotFinite | null = null;
  private readonly budget: SkipBudget;
  private counted = 0;
  private learnt = 0;
  private furthestFirst = 0;
  private stateAt = performance.now();
  private clock = { step: performance.now(), rollouts: 0, bookkeeping: 0, reference: 0, update: 0 };

  constructor(task: ThreadTask<RlShared>, control: Int32Array, barrier: Barrier) {
    const { core, memory, map } = task.shared;
    this.task = task;
    this.budget = new SkipBudget(task.shared.config.max_skipped_steps, task.shared.skipped);
    this.control = control;
    this.barrier = barrier;
    this.claim = new StepClaim(control.subarray(CONTROL.claim));
    this.progress = new Int32Array(memory.buffer, map.progress, task.threads);
    this.core = instantiateCore(core, memory);
    configureRl(this.core, map, task.thread);
    this.team = new Team(this.core, memory, map.teams, task.thread);
    this.update = new ParallelUpdate(this.core, memory, map.update);
    this.roller = new Roller(this.core, task.shared, task.thread, control);
    this.batch = policyBatch(memory, map);
    this.sums = new Float64Array(memory.buffer, map.sums, SUMS.words * map.update.accumulators);
  }

  run(): void {
    const { control, task } = this;
    const { config, firstStep } = task.shared;
    const leads = task.thread === 0;
    const action = (): number => Atomics.load(control, CONTROL.action);
    for (let step = firstStep; ; step++) {
      if (leads) this.begin(step);
      this.meet();
      if (leads) this.send(step);
      if (action() === FINISH) return;
      this.timed('bookkeeping', () => {
        this.update.pack();
        this.meet();
      });
      do {
        this.timed('rollouts', () => {
          this.roller.roll(step, () => {
            this.bump();
            return this.isStopped();
          });
          this.meet();
        });
        if (leads)
          this.timed('bookkeeping', () => {
            this.reward(step);
          });
        this.meet();
      } while (action() === ROLL);
      if (action() === FINISH) {
        if (leads) this.sendState(step);
        return;
      }
      if (needsReference(config, step))
        this.timed('reference', () => {
          this.runReference();
        });
      let update: AppliedUpdate | null = { norm: 0, applied: true };
      let applied = 0;
      while (applied < config.inner_epochs) {
        update = this.timed('update', () => this.learn(step, applied));
        if (update === null) return;
        // The same update again would not be finite either: the step ends.
        if (!update.applied) break;
        applied += 1;
      }
      if (leads) this.report(step, update, applied);
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

  /** Leader, while nobody works: the prompts of the next step, or the end. */
  private begin(step: number): void {
    const { config, seed, prompts, rollouts, verdictSeconds } = this.task.shared;
    this.update.openPacking();
    if (step >= config.steps || this.isStopped()) {
      Atomics.store(this.control, CONTROL.action, FINISH);
      return;
    }
    this.book = new StepBook(config, new PromptDraw(seed, step, prompts.count), rollouts);
    this.book.begin();
    verdictSeconds.fill(0);
    this.sums.fill(0);
    this.claim.open(step);
    this.openQueue(0);
  }

  private openQueue(first: number): void {
    Atomics.store(this.control, CONTROL.rolloutQueue, first);
    Atomics.store(this.control, CONTROL.rolloutEnd, this.book.completions);
    Atomics.store(this.control, CONTROL.action, ROLL);
  }

  private isStopped(): boolean {
    return Atomics.load(this.control, CONTROL.stop) !== 0;
  }

  /** Leader, while the others wait: rewards; then more prompts, or the batch that the step learns from. */
  private reward(step: number): void {
    const { control, task, book } = this;
    const { map, prompts, rollouts } = task.shared;
    if (this.isStopped()) {
      // Nothing of this step has changed the weights: it will be done again.
      Atomics.store(control, CONTROL.action, FINISH);
      return;
    }
    const before = book.completions;
    if (book.judge() > 0) {
      this.openQueue(before);
      return;
    }
    this.counts = countRollouts(rollouts, book.completions);
    this.unusable = unusableCompletions(rollouts, this.counts, book.summary().reward);
    Atomics.store(control, CONTROL.unusable, Number(this.unusable !== null));
    const learnt = book.learnt(step);
    this.learnt = learnt.length;
    this.counted = packPolicyBatch(
      learnt,
      prompts,
      rollouts,
      map.update.accumulators,
      map.teams.microTokens,
      this.batch,
    );
    Atomics.store(control, CONTROL.referenceQueue, 0);
    this.openUpdate(step, 0);
    Atomics.store(control, CONTROL.action, LEARN);
  }

  private openUpdate(step: number, inner: number): void {
    const { config } = this.task.shared;
    this.update.open({ ...config, lr: rlLearningRate(config, step), step: step * config.inner_epochs + inner + 1 });
  }

  /** Draws accumulators: log-probabilities of their completions under the starting checkpoint, and the KL. */
  private runReference(): void {
    const { core } = this;
    const { map, config } = this.task.shared;
    core.use_packed_weights(0, 0);
    this.team.work(
      map.update.accumulators,
      () => Atomics.add(this.control, CONTROL.referenceQueue, 1),
      (a) => {
        this.eachMicroBatch(a, ({ sequences, targets, firstRow }) => {
          core.reference_microbatch(
            map.reference as number,
            ...sequences,
            targets,
            map.terms + 32 * firstRow,
            config.temperature,
            map.sums + 8 * (SUMS.words * a + SUMS.kl),
          );
        });
      },
      this.bump,
    );
    core.use_packed_weights(map.update.packedForward, map.update.packedBackward);
    this.meet();
  }

  /**
   * One update over all completions that count, unless a number of it is not finite.
   * @returns null when the step was dropped before its first update
   */
  private learn(step: number, inner: number): AppliedUpdate | null {
    const { core, update, claim, task } = this;
    const { map, config } = task.shared;
    const { temperature, clip_low, clip_high, kl, inner_epochs } = config;
    update.accumulate(
      this.team,
      (a, gradients) => {
        this.sums[SUMS.words * a + SUMS.loss] = 0;
        this.eachMicroBatch(a, ({ sequences, targets, firstRow }) => {
          core.policy_microbatch(
            map.update.parameters,
            gradients,
            ...sequences,
            targets,
            map.terms + 32 * firstRow,
            temperature,
            clip_low,
            clip_high,
            kl,
            map.sums + 8 * SUMS.words * a,
          );
        });
      },
      this.bump,
    );
    this.meet();
    if (task.thread === 0 && inner === 0) this.furthestFirst = furthestRatio(this.sums);
    update.sum();
    if (task.thread === 0) claim.take();
    this.meet();
    // Settled now and the same for all: once a thread has passed the next barrier, the claim may be that of another
    // step.
    if (claim.isDropped) return null;
    const isUnusable = Atomics.load(this.control, CONTROL.unusable) !== 0;
    const done = update.apply(config, [isUnusable ? NaN : 0, ...this.sums], task.thread === 0, this.meet);
    // Queues and numbers of the update may only change once nobody reads them.
    this.meet();
    if (done.applied && inner + 1 < inner_epochs) {
      if (task.thread === 0) {
        this.openUpdate(step, inner + 1);
        update.openPacking();
      }
      this.meet();
      update.pack();
      this.meet();
    }
    return done;
  }

  /**
   * The micro-batches of an accumulator, in order, as arguments of the core. None any more once the step is dropped.
   */
  private eachMicroBatch(a: number, call: (micro: MicroBatch) => void): void {
    const { batch, task, claim } = this;
    for (let m = batch.firstMicroBatch[a]; m < batch.firstMicroBatch[a + 1] && !claim.isDropped; m++) {
      call(microBatchAt(batch.microBatches, task.shared.map.batch, m));
      this.bump();
    }
  }

  /** Leader, while parameters only get read: copies for the disk. */
  private send(step: number): void {
    const { port, shared } = this.task;
    const { memory, map, firstStep, keptSteps, stateSeconds } = shared;
    if (step > firstStep && keptSteps.includes(step)) {
      const parameters = copyBlock(memory, map.update.parameters, map.update.layout);
      port.postMessage({ kind: 'weights', step, parameters } satisfies RlMessage, [parameters]);
    }
    if (Atomics.load(this.control, CONTROL.action) === FINISH || performance.now() - this.stateAt > stateSeconds * 1000)
      this.sendState(step);
  }

  private sendState(step: number): void {
    const { port, shared } = this.task;
    const blocks = copyState(shared.memory, shared.map.update);
    port.postMessage({ kind: 'state', step, blocks } satisfies RlMessage, Object.values(blocks) as ArrayBuffer[]);
    this.stateAt = performance.now();
  }

  /** @param applied updates of the step */
  private report(step: number, update: AppliedUpdate, applied: number): void {
    const { port, threads, shared } = this.task;
    const { config, verdictSeconds } = shared;
    const loss = sumOver(this.sums, SUMS.loss);
    const found = this.unusable ?? numberNotFinite('KL', sumOver(this.sums, SUMS.kl));
    if (found !== null || !update.applied) {
      this.refuse(step, found ?? unappliedUpdate(this.update, loss, furthestRatio(this.sums)), update, applied);
      return;
    }
    const { kept_tokens, ...groups } = this.book.summary();
    const now = performance.now();
    const verdicts = verdictSeconds.reduce((sum, seconds) => sum + seconds, 0) / threads;
    const { rollouts: rolling, bookkeeping, reference, update: updating } = this.clock;
    const row: StepRow = {
      step: step + 1,
      ...groups,
      ...this.counts,
      learnt: this.learnt,
      kl: needsReference(config, step) ? sumOver(this.sums, SUMS.kl) / kept_tokens : null,
      clipped: sumOver(this.sums, SUMS.clipped),
      counted: this.counted * config.inner_epochs,
      furthest_ratio_first: this.furthestFirst,
      furthest_ratio: furthestRatio(this.sums),
      loss,
      grad_norm: update.norm,
      lr: rlLearningRate(config, step),
      seconds: {
        total: (now - this.clock.step) / 1000,
        rollouts: rolling - verdicts,
        verdicts,
        bookkeeping: bookkeeping + (performance.now() - now) / 1000,
        reference,
        update: updating,
      },
    };
    this.clock = { step: now, rollouts: 0, bookkeeping: 0, reference: 0, update: 0 };
    port.postMessage({ kind: 'step', row } satisfies RlMessage);
  }

  /**
   * An update of the step was not applied: the run continues without it and those after it, or ends.
   * @throws TracelabError TRAINING_DIVERGED (refused input)
   */
  private refuse(step: number, found: NotFinite, { norm }: AppliedUpdate, applied: number): void {
    const { port, shared } = this.task;
    const { tokens, entropy } = this.counts;
    this.clock = { step: performance.now(), rollouts: 0, bookkeeping: 0, reference: 0, update: 0 };
    this.budget.spend(
      port,
      {
        row: { step: step + 1, tokens, lr: rlLearningRate(shared.config, step), applied, not_finite: found },
        examples: shared.rollouts.prompts.subarray(0, this.book.groups),
      },
      () => {
        // Between two inner epochs there is no state to resume from.
        if (applied === 0) this.sendState(step);
      },
      {
        what: 'reinforcement learning',
        expected: 'finite rewards, log-probabilities, KL, loss, gradients, parameters and moments',
        got: `entropy ${entropy}, loss ${sumOver(this.sums, SUMS.loss)}, gradient norm ${norm}`,
        setting: 'max_skipped_steps',
      },
    );
  }

  /** Adds the seconds of `work` to a part of the step. */
  private timed<T>(part: 'rollouts' | 'bookkeeping' | 'reference' | 'update', work: () => T): T {
    const started = performance.now();
    const result = work();
    this.clock[part] += (performance.now() - started) / 1000;
    return result;
  }
}
