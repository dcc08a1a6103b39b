// Every order in which two or three processes can take a lease, forced step by step: never two owners, never none.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { takeLease } from '../../src/work/lease.ts';
import type { Lease } from '../../src/work/lease.ts';
import { thisOwner } from '../../src/work/lease-owner.ts';

let root: string;
beforeEach(() => {
  // In memory where that is possible: thousands of files wait for a disk in vain.
  root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tracelab-orders-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Steps of one taker: it reads, is about to create, has created, is done. */
const STEPS = 4;

/**
 * Every interleaving of `takers` with `steps` steps each: lists of takers' numbers. Takers are alike, so they are
 * numbered in the order of their first steps.
 */
function orders(takers: number, steps: number): number[][] {
  const found: number[][] = [];
  const left = Array.from({ length: takers }, () => steps);
  const order: number[] = [];
  const extend = (started: number): void => {
    if (order.length === takers * steps) found.push([...order]);
    for (let taker = 0; taker < Math.min(started + 1, takers); taker++) {
      if (left[taker] === 0) continue;
      left[taker] -= 1;
      order.push(taker);
      extend(Math.max(started, taker + 1));
      order.pop();
      left[taker] += 1;
    }
  };
  extend(0);
  return found;
}

/** One process that moves one step when the test lets it. */
class Taker {
  /** Undefined while it is on its way. */
  outcome: Lease | TracelabError | undefined;
  private readonly folder: string;
  private go: (() => void) | undefined;
  private arrived: (() => void) | undefined;
  private started = false;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Runs to the next gate, or to its end. */
  async step(): Promise<void> {
    if (this.outcome) return;
    const arrival = new Promise<void>((resolve) => (this.arrived = resolve));
    if (this.started) this.go?.();
    else this.start();
    await arrival;
  }

  private start(): void {
    this.started = true;
    const gate = (): Promise<void> =>
      new Promise((resolve) => {
        this.go = resolve;
        this.arrived?.();
      });
    const hooks = { afterRead: gate, beforeCreate: gate, afterCreate: gate };
    void takeLease(this.folder, { hooks, patienceSeconds: 0 })
      .catch((error: unknown) => {
        if (error instanceof TracelabError) return error;
        throw error;
      })
      .then((outcome) => {
        this.outcome = outcome;
        this.arrived?.();
      });
  }
}

const isLease = (outcome: Taker['outcome']): outcome is Lease => outcome !== undefined && 'release' in outcome;

/** Lets the takers end, in turn. */
async function settle(takers: readonly Taker[]): Promise<void> {
  for (let round = 0; takers.some(({ outcome }) => !outcome); round++) {
    if (round > 100) throw new Error('the takers never come to an end');
    for (const taker of takers) await taker.step();
  }
}

function expectOneOwner(takers: readonly Taker[], order: readonly number[]): void {
  const leases = takers.map(({ outcome }) => outcome).filter(isLease);
  const refusals = takers.map(({ outcome }) => outcome).filter((outcome) => !isLease(outcome));
  expect({ order, owners: leases.length, held: leases.every((lease) => lease.held()) }).toEqual({
    order,
    owners: 1,
    held: true,
  });
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'CELL_IN_USE' });
  for (const lease of leases) lease.release();
}

const BEFORE: readonly (readonly [string, (folder: string) => Promise<void>])[] = [
  ['a new folder', () => Promise.resolve()],
  [
    'a dead owner',
    async (folder) => {
      (await takeLease(folder)).release();
      const dead = { ...thisOwner(new Date(0)), pid: -1 };
      writeFileSync(join(folder, '.lease-1'), `${JSON.stringify(dead)}\nbeat 000000000000\n`);
    },
  ],
  [
    'an owner that gave it back',
    async (folder) => {
      (await takeLease(folder)).release();
      (await takeLease(folder)).release();
    },
  ],
];

it.runIf(process.platform === 'linux').each(BEFORE)('two takers of %s', async (_, prepare) => {
  const all = orders(2, STEPS);
  expect(all).toHaveLength(70 / 2);
  for (const [number, order] of all.entries()) {
    const folder = join(root, String(number));
    await prepare(folder);
    const takers = [new Taker(folder), new Taker(folder)];
    for (const taker of order) await takers[taker].step();
    await settle(takers);
    expectOneOwner(takers, order);
  }
});

it.runIf(process.platform === 'linux').each(BEFORE)('three takers of %s', async (_, prepare) => {
  // The last of a taker's steps only ends what it does alone; three each are every order in which they can meet.
  const all = orders(3, STEPS - 1);
  expect(all).toHaveLength(1680 / 6);
  for (const [number, order] of all.entries()) {
    const folder = join(root, String(number));
    await prepare(folder);
    const takers = [new Taker(folder), new Taker(folder), new Taker(folder)];
    for (const taker of order) await takers[taker].step();
    await settle(takers);
    expectOneOwner(takers, order);
    rmSync(folder, { recursive: true });
  }
});

it.runIf(process.platform === 'linux')('an owner that gives it back in between: never two at once', async () => {
  for (const [number, order] of orders(2, STEPS).entries())
    for (let release = 0; release <= order.length; release++) {
      const folder = join(root, `${number}-${release}`);
      const first = await takeLease(folder);
      const takers = [new Taker(folder), new Taker(folder)];
      const owners = (): number =>
        takers.map(({ outcome }) => outcome).filter((outcome) => isLease(outcome) && outcome.held()).length +
        (first.held() ? 1 : 0);
      for (const [step, taker] of order.entries()) {
        if (step === release) first.release();
        await takers[taker].step();
        expect({ order, release, owners: owners() }).toEqual({ order, release, owners: owners() > 0 ? 1 : 0 });
      }
      await settle(takers);
      first.release();
      for (const { outcome } of takers) if (isLease(outcome)) outcome.release();
      rmSync(folder, { recursive: true });
    }
});

it.runIf(process.platform === 'linux')(
  'a taker that waits between its steps while another comes and goes',
  async () => {
    for (let steps = 1; steps < STEPS; steps++) {
      const folder = join(root, String(steps));
      const late = new Taker(folder);
      for (let step = 0; step < steps; step++) await late.step();
      const created = steps === STEPS - 1;
      for (let round = 0; round < 3 && !created; round++) (await takeLease(folder)).release();
      await settle([late]);
      // It found a lease that was given back, whatever it had read before.
      expectOneOwner([late], [steps]);
    }
  },
);
