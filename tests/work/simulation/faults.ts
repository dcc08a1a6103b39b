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
  const next = (left: number): void => {
    world.after(world.between(0, longest), undefined, 'a fault is due', () => {
      if (left === 0) {
        calm(world);
        return;
      }
      fault(world, mayTerminate);
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

function fault(world: World, mayTerminate: (process: SimulatedProcess) => boolean): void {
  const machine = world.pick(world.machines);
  const victim = machine.processes.size > 0 ? world.pick([...machine.processes]) : undefined;
  const kinds: readonly (() => void)[] = [
    () => victim?.kill(),
    () => killLater(victim),
    () => killLater(victim),
    () => {
      if (victim && mayTerminate(victim))
        deliverSignal(victim, victim.parent || victim.employer ? 'SIGTERM' : 'SIGINT');
    },
    () => victim?.pause(world.between(0, 10)),
    () => victim?.pause(world.between(50, 200)),
    () => machine.pause(world.between(0, 10)),
    () => machine.pause(world.between(50, 200)),
    () => machine.pause(world.between(50, 200)),
    () => machine.cutOff(world.between(0, 10)),
    () => machine.cutOff(world.between(50, 200)),
    () => machine.cutOff(world.between(50, 200)),
    () => jump(machine),
    () => {
      for (const each of [...machine.processes]) each.kill();
    },
  ];
  const kind = world.random.below(kinds.length);
  world.note(`fault ${kind} on ${machine.name}, ${victim?.name ?? 'no process'}`);
  kinds[kind]();
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
