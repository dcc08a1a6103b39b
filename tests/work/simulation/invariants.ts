// What must hold at every step, whatever goes wrong. It watches the shared files and the events of runs, and knows the
// expected result of every task; it asks nothing of the code that it watches.
import { sha256 } from '../../../src/base/hash.ts';
import { CELLS_FOLDER } from '../../../src/work/folders.ts';
import type { TaskEvent } from '../../../src/work/executor.ts';
import type { SimulatedProcess } from './processes.ts';
import type { FileWatch } from './simulated-port.ts';
import type { Expected } from './tasks.ts';
import type { World } from './world.ts';

/** Seconds in which a process that was paused, or cut off, learns that its lease is another's, and stops to write. */
const GRACE_SECONDS = 12;
/** The same for the record, before which the lease is read once more. */
const COMMIT_GRACE_SECONDS = 4;
/** A lease is taken from an owner on another machine only after this number of seconds without a sign of life. */
const LEAST_SILENCE_SECONDS = 29;
/** A task is set aside after this number of failed attempts in a row. */
const TRIES = 3;
/** Failures that are never the fault of a task. */
const INTERRUPTIONS = new Set(['CELL_LOST', 'CELL_IN_USE', 'TASK_STOPPED', 'TASK_PREEMPTED']);
/** Another try cannot help. */
const FINAL = new Set(['INPUT_REFUSED', 'CELL_DAMAGED']);

interface LeaseRecord {
  readonly generation: number;
  /** First line of its file: with the generation, unique to it. */
  readonly owner: string;
  readonly process: SimulatedProcess;
  readonly since: number;
  lastBeat: number;
  longestSilence: number;
  isFree: boolean;
  /** Its file was deleted because there is a newer one. */
  isSwept: boolean;
}

interface Commit {
  readonly result: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export class Invariants implements FileWatch {
  readonly #world: World;
  readonly #cells: string;
  readonly #expected: ReadonlyMap<string, Expected>;
  /** By cell, oldest first. */
  readonly #leases = new Map<string, LeaseRecord[]>();
  /** Inodes of the cells' folders. */
  readonly #folders = new Map<string, number | undefined>();
  /** Cells that a late writer has touched: damage is possible, and must be found. */
  readonly #touched = new Set<string>();
  readonly #committed = new Map<string, Commit>();
  /** Failed tries that the simulation itself has caused, by process of the run and task. */
  readonly #caused = new Map<string, number>();
  /** One in this number of operations fails; 0: none. */
  readonly #failsOneIn: number;
  /** Process and cell of every lease that there was. */
  readonly #held = new Set<string>();

  constructor(world: World, root: string, expected: ReadonlyMap<string, Expected>, failsOneIn: number) {
    this.#world = world;
    this.#cells = `${root}/${CELLS_FOLDER}/`;
    this.#expected = expected;
    this.#failsOneIn = failsOneIn;
  }

  /** A failed try that is the task's own. */
  cause(process: SimulatedProcess): void {
    const runner = process.parent ?? process.employer ?? process;
    // A run looks tasks up itself: whichever it was.
    const name = runner === process ? runner.name : `${runner.name} ${process.assigned}`;
    this.#caused.set(name, (this.#caused.get(name) ?? 0) + 1);
  }

  fails(process: SimulatedProcess, call: string, path: string): boolean {
    if (this.#failsOneIn === 0 || this.#world.isQuiet) return false;
    if (!this.#world.oneIn(this.#failsOneIn)) return false;
    this.#world.note(`${process.name}: ${call} ${path} fails`);
    this.cause(process);
    return true;
  }

  asked(process: SimulatedProcess, path: string): void {
    const at = this.#cellOf(path);
    if (!at || at.rest === '' || at.rest.startsWith('.lease')) return;
    const newest = this.#leases.get(at.cell)?.at(-1);
    if (newest?.process === process && !newest.isFree) return;
    this.#touched.add(at.cell);
    if (newest?.process === process) this.#world.violate(`${process.name} writes ${path} after it gave the lease back`);
    else if (!newest) {
      // Others took its lease while it was paused, and deleted the folder.
      const isLate = this.#held.has(`${process.name} ${at.cell}`);
      if (!isLate || this.#world.now - process.runsSince() > GRACE_SECONDS)
        this.#world.violate(`${process.name} writes ${path}, which nobody has leased`);
    } else if (
      this.#world.now - Math.max(newest.since, process.runsSince()) >
      (at.rest === 'done.json' ? COMMIT_GRACE_SECONDS : GRACE_SECONDS)
    )
      this.#world.violate(
        `${process.name} writes ${path}, whose lease ${newest.process.name} has had since ${newest.since.toFixed(1)} s`,
      );
  }

  changed(process: SimulatedProcess, path: string, call: string): void {
    const at = this.#cellOf(path);
    if (!at) return;
    if (/^\.lease-\d/.test(at.rest)) this.#leaseChanged(process, at.cell, at.rest, path);
    else if (at.rest !== '' && this.#leases.get(at.cell)?.at(-1)?.process !== process) this.#touched.add(at.cell);
    else if (
      /^\w+\.txt$/.test(at.rest) &&
      call === 'rename' &&
      this.#world.files.find(`${this.#cells}${at.cell}/done.json`)
    )
      this.#world.violate(`${process.name} writes ${path}, which was committed before`);
    if (at.rest === 'done.json' && call === 'rename') this.#commit(process, at.cell, path);
  }

  event(process: SimulatedProcess, event: TaskEvent): void {
    // A killed process may still come to the end of its turn; nobody hears it.
    if (process.isDead) return;
    const { id } = event;
    if (event.event === 'finished') {
      const { result } = event.finished;
      if (result !== this.#expected.get(id)?.result)
        this.#world.violate(`${process.name} reports ${id} with the result ${result}, which is another task's`);
      if (!this.#committed.has(id)) this.#world.violate(`${process.name} reports ${id}, which nobody has committed`);
    }
    if (event.event === 'retried' || event.event === 'set_aside')
      this.#world.note(`${process.name} reports ${id} ${event.event}: ${event.failure.message}`);
    if (event.event !== 'set_aside') return;
    const { code } = event.failure;
    const caused = this.#caused.get(`${process.name} ${id}`) ?? 0;
    if (INTERRUPTIONS.has(code)) this.#world.violate(`${id} was set aside for ${code}, which is no failed try`);
    else if (!FINAL.has(code) && !this.#caused.has(process.name) && caused < TRIES)
      this.#world.violate(`${id} was set aside for ${code} after ${caused} failed tries, not ${TRIES}`);
    if (code === 'INPUT_REFUSED' && this.#expected.get(id)?.result !== undefined)
      this.#world.violate(`${id} was refused, but its input is right`);
    if (code === 'CELL_DAMAGED' && this.#touched.size === 0)
      this.#world.violate(`${id} was called damaged, but no late writer has touched a cell`);
  }

  /** A result that a worker reports, perhaps late or a second time: it must be what is committed. */
  claim(process: SimulatedProcess, id: string, result: string): void {
    if (result !== this.#committed.get(id)?.result)
      this.#world.violate(`${process.name} is told another result of ${id} than what was committed: ${result}`);
  }

  /** At the end: everything is there. */
  finish(): void {
    for (const [id, { result }] of this.#expected) {
      if (result !== undefined && !this.#committed.has(id)) this.#world.violate(`${id} was never committed`);
      if (result === undefined && this.#committed.has(id)) this.#world.violate(`${id} must not be committed`);
    }
    const { files } = this.#world;
    for (const path of files.below(this.#cells.slice(0, -1)).filter((each) => each.endsWith('/done.json'))) {
      const cell = path.slice(0, -'done.json'.length);
      const { outputs } = JSON.parse(files.file(path, 'read').data.toString()) as Commit;
      for (const [name, hash] of Object.entries(outputs))
        if (this.#hashOf(cell + name) !== hash) this.#world.violate(`${cell}${name} is not what was committed`);
    }
  }

  #cellOf(path: string): { readonly cell: string; readonly rest: string } | undefined {
    if (!path.startsWith(this.#cells)) return undefined;
    const [cell, ...rest] = path.slice(this.#cells.length).split('/');
    return cell.startsWith('.') ? undefined : { cell, rest: rest.join('/') };
  }

  #leaseChanged(process: SimulatedProcess, cell: string, name: string, path: string): void {
    const { now } = this.#world;
    const generation = Number(/^\.lease-(\d+)/.exec(name)?.[1]);
    const node = this.#world.files.find(path);
    const text = node?.type === 'file' ? node.data.toString() : '';
    const [owner] = text.split('\n', 1);
    // The folder was deleted and made again.
    const folder = this.#world.files.find(this.#cells + cell)?.inode;
    if (this.#folders.get(cell) !== folder) this.#leases.delete(cell);
    this.#folders.set(cell, folder);
    const leases = this.#leases.get(cell) ?? [];
    this.#leases.set(cell, leases);
    const known = leases.find((each) => each.generation === generation);
    if (!node) {
      if (known && (known === leases.at(-1) || generation === 1))
        this.#world.violate(`${process.name} deletes the lease ${generation} of ${cell}, which keeps its number taken`);
      if (known) known.isSwept = true;
      return;
    }
    // A late taker may create a swept number again: it must see that there is a newer one.
    if (text !== '' && known && known.owner !== owner && !known.isSwept)
      this.#world.violate(`${process.name} replaces the lease ${generation} of ${known.process.name} in ${cell}`);
    // What is written through a file that is still open may be in a folder that is gone.
    if (known && known.process !== process) return;
    if (known) {
      known.longestSilence = Math.max(known.longestSilence, now - known.lastBeat);
      known.lastBeat = now;
      known.isFree ||= text.includes('\nfree');
      return;
    }
    if (text === '') return;
    // A late taker that read the first lease of a folder that is gone: its own belongs to no chain here. It withdraws.
    const chain = /^\.lease-\d+-(.+)$/.exec(name)?.[1];
    if (chain !== undefined && chain !== 'unreadable' && this.#firstToken(cell)?.startsWith(chain) !== true) return;
    const before = leases.at(-1);
    if (before && before.generation >= generation) {
      // A late taker whose number was swept withdraws at once.
      return;
    }
    if (before && !before.isFree && !before.process.isDead) {
      const silence = Math.max(before.longestSilence, now - before.lastBeat);
      if (before.process.machine === process.machine)
        this.#world.violate(`${process.name} takes ${cell} from ${before.process.name}, which lives on its machine`);
      else if (silence < LEAST_SILENCE_SECONDS)
        this.#world.violate(
          `${process.name} takes ${cell} from ${before.process.name}, silent for ${silence.toFixed(1)} s at most`,
        );
    }
    const times = { since: now, lastBeat: now, longestSilence: 0 };
    const record = { generation, owner, process, ...times, isFree: false, isSwept: false };
    leases.push(record);
    this.#held.add(`${process.name} ${cell}`);
  }

  /** Of the owner in the first lease of a cell; it begins with the chain of the others. */
  #firstToken(cell: string): string | undefined {
    const first = this.#world.files.find(`${this.#cells}${cell}/.lease-1`);
    const [line] = first?.type === 'file' ? first.data.toString().split('\n', 1) : [''];
    return line.startsWith('{') ? (JSON.parse(line) as { readonly token: string }).token : undefined;
  }

  #commit(process: SimulatedProcess, cell: string, path: string): void {
    const record = JSON.parse(this.#world.files.file(path, 'read').data.toString()) as Commit & {
      readonly key: { readonly config: { readonly name: string } };
    };
    const id = record.key.config.name;
    const expected = this.#expected.get(id);
    this.#world.note(`${process.name} commits ${id}`);
    for (const need of expected?.needs ?? [])
      if (!this.#committed.has(need)) this.#world.violate(`${process.name} commits ${id} before its need ${need}`);
    if (record.result !== expected?.result)
      this.#world.violate(`${process.name} commits ${id} with other bytes: ${record.result}`);
    for (const [name, hash] of Object.entries(record.outputs))
      if (this.#hashOf(path.replace(/done\.json$/, name)) !== hash && !this.#touched.has(cell))
        this.#world.violate(`${process.name} commits ${id}, whose ${name} is not what was hashed`);
    this.#committed.set(id, record);
  }

  #hashOf(path: string): string | undefined {
    const node = this.#world.files.find(path);
    return node?.type === 'file' ? sha256(node.data) : undefined;
  }
}
