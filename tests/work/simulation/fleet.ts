// A run whose tasks are performed by workers on other machines: the smallest executor over a network that loses,
// delays, doubles and reorders messages. It represents every later executor: each must do under the same runner what
// this does.
import type { TaskFailure } from '../../../src/work/executor.ts';
import { outcomeOf } from '../../../src/work/outcome.ts';
import type { TaskHooks } from '../../../src/work/perform.ts';
import type { Assignment, Attempt, Outcome, Performer } from '../../../src/work/performer.ts';
import { runGraph } from '../../../src/work/runner.ts';
import { SYSTEM_CLOCK } from '../../../src/base/clock.ts';
import { beginFaults } from './faults.ts';
import { Network } from './network.ts';
import { SimulatedProcess } from './processes.ts';
import { CORE, Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** Between two repetitions of whatever has not been answered. */
const REPEAT_SECONDS = 5;
/** A worker that says nothing for so long has lost its task to others. */
const SILENT_SECONDS = 60;

type Message =
  | { readonly type: 'assign'; readonly attempt: string; readonly assignment: Assignment }
  | { readonly type: 'stop' | 'kill' | 'acknowledge' | 'beat' | 'leased' | 'busy'; readonly attempt: string }
  | { readonly type: 'ended'; readonly attempt: string; readonly id: string; readonly outcome: Outcome };

interface Open {
  readonly attempt: string;
  readonly assignment: Assignment;
  readonly hooks: TaskHooks;
  readonly worker: string;
  readonly resolve: (outcome: Outcome) => void;
  wish: 'stop' | 'kill' | undefined;
  /** By the clock of the machine. */
  heard: number;
}

export function fleetScenario(world: World): Scenario {
  const scenario = new Scenario(world);
  const network = new Network<Message>(world);
  const workers = Array.from({ length: 1 + world.random.below(3) }, (_, i) => `worker-${i}`);
  for (const role of workers) startWorker(scenario, network, role);
  scenario.drive(scenario.machine('coordinator'), (process) => ({
    run: (graph, store, estimates, slots, signal) =>
      runGraph(
        {
          kinds: scenario.kinds,
          core: CORE,
          performer: () => fleetPerformer(scenario, network, process, workers),
          clock: SYSTEM_CLOCK,
          stopSeconds: 5,
          waitSeconds: 1,
        },
        graph,
        store,
        estimates,
        { ...slots, jobs: workers.length, threads: workers.length },
        signal,
      ),
  }));
  beginFaults(world, () => true);
  return scenario;
}

function preempted(id: string): TaskFailure {
  const message = `error[TASK_PREEMPTED] ${id}: its machine is silent; expected a sign of life`;
  return { code: 'TASK_PREEMPTED', message, exit_code: 4 };
}

function fleetPerformer(
  scenario: Scenario,
  network: Network<Message>,
  process: SimulatedProcess,
  workers: readonly string[],
): Performer {
  const open = new Map<string, Open>();
  const waiting: (() => void)[] = [];
  let count = 0;
  const say = (to: string, message: Message): void => network.send(process, 'coordinator', to, message);
  const settle = ({ attempt, resolve }: Open, outcome: Outcome): void => {
    open.delete(attempt);
    resolve(outcome);
    waiting.shift()?.();
  };
  network.join('coordinator', process, (message, from) => {
    const found = open.get(message.attempt);
    if (message.type === 'ended') {
      say(from, { type: 'acknowledge', attempt: message.attempt });
      if (message.outcome.outcome === 'finished')
        scenario.invariants.claim(process, message.id, message.outcome.finished.result);
    }
    if (!found) {
      // Of an earlier run, or given up: whoever still works on it may save and stop.
      if (message.type === 'beat') say(from, { type: 'stop', attempt: message.attempt });
      return;
    }
    found.heard = SYSTEM_CLOCK.seconds();
    if (message.type === 'leased') found.hooks.leased();
    if (message.type === 'busy') settle(found, { outcome: 'in_use', owner: `another run on ${from}` });
    if (message.type === 'ended') settle(found, message.outcome);
  });
  const repeats = setInterval(() => {
    for (const each of [...open.values()]) {
      const { attempt, assignment, worker, wish } = each;
      const silent = SYSTEM_CLOCK.seconds() - each.heard;
      if (silent > SILENT_SECONDS)
        settle(each, { outcome: 'interrupted', failure: preempted(assignment.task.id), details: '' });
      else if (wish) say(worker, { type: wish, attempt });
      else if (silent > REPEAT_SECONDS) say(worker, { type: 'assign', attempt, assignment });
    }
  }, REPEAT_SECONDS * 1000);
  return {
    perform: (assignment, hooks): Attempt => {
      const { promise: outcome, resolve } = Promise.withResolvers<Outcome>();
      let own: Open | undefined;
      let isStopped = false;
      const begin = (): void => {
        if (isStopped) {
          resolve({ outcome: 'stopped' });
          return;
        }
        const busy = new Set([...open.values()].map(({ worker }) => worker));
        const worker = workers.find((each) => !busy.has(each));
        if (worker === undefined) {
          waiting.push(begin);
          return;
        }
        const attempt = `${process.pid}-${(count += 1)}`;
        own = { attempt, assignment, hooks, worker, resolve, wish: undefined, heard: SYSTEM_CLOCK.seconds() };
        open.set(attempt, own);
        say(worker, { type: 'assign', attempt, assignment });
      };
      const end = (wish: 'stop' | 'kill'): void => {
        isStopped = true;
        if (!own) {
          resolve({ outcome: 'stopped' });
          return;
        }
        own.wish = wish;
        if (open.has(own.attempt)) say(own.worker, { type: wish, attempt: own.attempt });
      };
      begin();
      return { outcome, stop: () => end('stop'), kill: () => end('kill') };
    },
    endIdle: () => undefined,
    close: async () => clearInterval(repeats),
  };
}

/** A worker that is started again whenever it has ended. */
function startWorker(scenario: Scenario, network: Network<Message>, role: string): void {
  const { world } = scenario;
  const machine = scenario.machine(role);
  const start = (): void => {
    const process = new SimulatedProcess(machine, 'worker');
    process.onEnd(() => {
      if (!scenario.isDone()) world.after(world.between(0.1, 60), undefined, `${role} starts again`, start);
    });
    process.start(async () => work(scenario, network, process, role));
  };
  start();
}

async function work(
  scenario: Scenario,
  network: Network<Message>,
  process: SimulatedProcess,
  role: string,
): Promise<void> {
  const say = (message: Message): void => network.send(process, role, 'coordinator', message);
  const ended = new Map<string, Message & { readonly type: 'ended' }>();
  const acknowledged = new Set<string>();
  let running: { readonly attempt: string; readonly stop: AbortController } | undefined;
  const leave = Promise.withResolvers<undefined>();
  let isLeaving = false;
  const perform = async (attempt: string, assignment: Assignment): Promise<void> => {
    const stop = new AbortController();
    running = { attempt, stop };
    process.assigned = assignment.task.id;
    process.employer = scenario.runner('coordinator');
    const workplace = { kinds: scenario.kinds, store: scenario.store(), clock: SYSTEM_CLOCK };
    const hooks: TaskHooks = {
      watches: () => undefined,
      leased: () => say({ type: 'leased', attempt }),
      progress: () => undefined,
      said: () => undefined,
    };
    const outcome = await outcomeOf(assignment, workplace, hooks, stop.signal);
    running = undefined;
    const message = { type: 'ended', attempt, id: assignment.task.id, outcome } as const;
    ended.set(attempt, message);
    say(message);
    if (isLeaving) leave.resolve(undefined);
  };
  network.join(role, process, (message) => {
    const { type, attempt } = message;
    const before = ended.get(attempt);
    if (type === 'acknowledge') acknowledged.add(attempt);
    else if (before) say(before);
    else if (type === 'kill' && running?.attempt === attempt) process.kill();
    else if (type === 'stop' && running?.attempt === attempt) running.stop.abort();
    else if (type === 'assign' && running?.attempt !== attempt) {
      if (running || isLeaving) say({ type: 'busy', attempt });
      else void perform(attempt, message.assignment);
    }
  });
  const repeats = setInterval(() => {
    if (running) say({ type: 'beat', attempt: running.attempt });
    for (const [attempt, message] of ended) if (!acknowledged.has(attempt)) say(message);
  }, REPEAT_SECONDS * 1000);
  process.facade.on('SIGTERM', () => {
    isLeaving = true;
    running?.stop.abort();
    if (!running) leave.resolve(undefined);
  });
  await leave.promise;
  clearInterval(repeats);
}
