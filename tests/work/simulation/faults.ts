// What goes wrong from outside: kills, signals, pauses, cut networks, clocks that jump. Drawn from the seed.
import { deliverSignal } from './channel.ts';
import type { Machine, SimulatedProcess } from './processes.ts';
import type { World } from './world.ts';

/** Calls to the system that a process still makes before it is killed, at most. */
const MOST_CALLS = 250;

/** Draws faults for a while; then the world is quiet. */
export function beginFaults(world: World, mayTerminate: (process: SimulatedProcess) => boolean): void {
  const count = world.random.below(30);
  const longest = world.pick([1, 5, 20]);
  // Half of the worlds have only some kinds of faults, and these often: some violations need the same kind twice.
  const drawn = (): number => world.random.below(KINDS.length);
  const few = world.oneIn(2) ? undefined : [drawn(), drawn(), drawn()];
  const next = (left: number): void => {
    world.after(world.between(0, longest), undefined, 'a fault is due', () => {
      if (left === 0) {
        calm(world);
        return;
      }
      fault(world, mayTerminate, few ? world.pick(few) : drawn());
      next(left - 1);
    });
  };
  next(count);
}

function calm(world: World): void {
  world.isQuiet = true;
  world.note('from here on nothing goes wrong');
  for (const { processes } of world.machines) for (const each of processes) each.callsLeft = undefined;
}

interface Target {
  readonly machine: Machine;
  /** One of its processes, if it has any. */
  readonly victim: SimulatedProcess | undefined;
  readonly mayTerminate: (process: SimulatedProcess) => boolean;
}

const KINDS: readonly ((target: Target, world: World) => void)[] = [
  ({ victim }) => victim?.kill(),
  ({ victim }) => killLater(victim),
  ({ victim }) => killLater(victim),
  ({ victim, mayTerminate }) => {
    if (victim && mayTerminate(victim)) deliverSignal(victim, victim.parent || victim.employer ? 'SIGTERM' : 'SIGINT');
  },
  ({ victim }, world) => victim?.pause(world.between(0, 10)),
  ({ victim }, world) => victim?.pause(world.between(50, 200)),
  ({ machine }, world) => machine.pause(world.between(0, 10)),
  ({ machine }, world) => machine.pause(world.between(50, 200)),
  ({ machine }, world) => machine.pause(world.between(50, 200)),
  ({ machine }, world) => machine.cutOff(world.between(0, 10)),
  ({ machine }, world) => machine.cutOff(world.between(50, 200)),
  ({ machine }, world) => machine.cutOff(world.between(50, 200)),
  ({ machine }) => jump(machine),
  ({ machine }) => {
    for (const each of [...machine.processes]) each.kill();
  },
];

function fault(world: World, mayTerminate: Target['mayTerminate'], kind: number): void {
  const machine = world.pick(world.machines);
  const victim = machine.processes.size > 0 ? world.pick([...machine.processes]) : undefined;
  world.note(`fault ${kind} on ${machine.name}, ${victim?.name ?? 'no process'}`);
  KINDS[kind]({ machine, victim, mayTerminate }, world);
}

/** In the middle of whatever it does then. */
function killLater(victim: SimulatedProcess | undefined): void {
  if (victim) victim.callsLeft ??= victim.world.random.below(MOST_CALLS);
}

function jump(machine: Machine): void {
  const { world } = machine;
  machine.wallOffset += world.between(-1e6, 1e6);
  // The steady clock never goes back.
  machine.steadyOffset += world.oneIn(2) ? world.between(0, 1000) : 0;
}
