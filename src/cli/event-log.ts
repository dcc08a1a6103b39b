// `--log tensorboard`: follows metrics.jsonl of each running task and writes its numbers as event files of TensorBoard.
// An event file is made of the rows alone. A start of a task makes a new one of all rows, in place of an older one: a
// resumed run, which drops rows after its saved state, neither doubles nor loses numbers.
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { type OpenFile, mkdirs, openFile, readdir, remove, stat } from '../base/disk.ts';
import { explained } from '../base/files.ts';
import { METRICS_FILE } from '../model/metrics-file.ts';
import { eventFileHead, type Scalars, scalarsOf, scalarsRecord } from '../render/tensorboard.ts';
import { isEventFile } from '../work/event-files.ts';
import type { TaskEvent } from '../work/executor.ts';

export interface EventLogOptions {
  /** The folder of a task's metrics.jsonl; undefined as long as it is not known. */
  readonly directoryOf: (id: string) => Promise<string | undefined>;
  /** Where the event files of a task go. */
  readonly logOf: (id: string, directory: string) => string;
  /** Seconds of some clock. */
  readonly seconds: () => number;
  /** Called once with the reason why numbers are missing; the run itself continues. */
  readonly failed: (message: string) => void;
}

/** Seconds between two looks at the same file. */
const PACE = 2;

/**
 * Copies rows of metrics.jsonl of running tasks into event files. A failure is reported once and never stops a task.
 */
export class EventLog {
  private readonly options: EventLogOptions;
  private readonly followed = new Map<string, Follower>();
  private readonly looked = new Map<string, number>();
  private work = Promise.resolve();
  private hasFailed = false;

  constructor(options: EventLogOptions) {
    this.options = options;
  }

  /** Takes what an executor reports. */
  event(event: Pick<TaskEvent, 'event' | 'id'> & { readonly finished?: { readonly directory: string } }): void {
    const { id } = event;
    switch (event.event) {
      case 'started':
        // Rows after the saved state are dropped.
        this.enqueue(() => this.forget(id));
        break;
      case 'progress':
        if (this.options.seconds() - (this.looked.get(id) ?? -Infinity) < PACE) break;
        this.looked.set(id, this.options.seconds());
        this.enqueue(() => this.look(id));
        break;
      case 'finished':
      case 'stopped':
      case 'retried':
      case 'set_aside':
        this.enqueue(async () => {
          await this.look(id, event.finished?.directory);
          await this.forget(id);
        });
        break;
      default:
    }
  }

  /** All that was reported is written. */
  async close(): Promise<void> {
    await this.work;
    for (const id of this.followed.keys()) await this.forget(id);
  }

  private enqueue(next: () => Promise<void>): void {
    this.work = this.work.then(next).catch((error: unknown) => {
      if (!this.hasFailed) this.options.failed((explained(error) as Error).message);
      this.hasFailed = true;
    });
  }

  private async look(id: string, known?: string): Promise<void> {
    if (this.hasFailed) return;
    const directory = known ?? (await this.options.directoryOf(id));
    if (directory === undefined) return;
    const path = join(directory, METRICS_FILE);
    const found = await stat(path);
    if (found === undefined) return;
    const follower = this.followed.get(id) ?? (await Follower.start(path, this.options.logOf(id, directory)));
    this.followed.set(id, follower);
    await follower.read(Number(found.size), Number(found.mtimeMs) / 1000);
  }

  private async forget(id: string): Promise<void> {
    const follower = this.followed.get(id);
    this.followed.delete(id);
    await follower?.close();
  }
}

/** One metrics.jsonl and the event file that is made of it. */
class Follower {
  private readonly metrics: string;
  private readonly folder: string;
  private file: OpenFile | undefined;
  /** Bytes of rows that were read. */
  private offset = 0;
  /** Of the last event. */
  private latest = 0;

  private constructor(metrics: string, folder: string) {
    this.metrics = metrics;
    this.folder = folder;
  }

  static async start(metrics: string, folder: string): Promise<Follower> {
    await mkdirs(folder);
    for (const name of await readdir(folder)) if (isEventFile(name)) await remove(join(folder, name));
    return new Follower(metrics, folder);
  }

  /**
   * Reads the whole rows that are new.
   * @param size of the metrics now
   * @param time of their last change, seconds since 1970
   */
  async read(size: number, time: number): Promise<void> {
    if (size <= this.offset) return;
    const bytes = Buffer.alloc(size - this.offset);
    const metrics = await openFile(this.metrics, 'r');
    let got = 0;
    try {
      for (let more = 1; more > 0 && got < bytes.length; got += more)
        more = await metrics.read(bytes.subarray(got), this.offset + got);
    } finally {
      await metrics.close();
    }
    const end = bytes.subarray(0, got).lastIndexOf(0x0a) + 1;
    const rows = rowsOf(bytes.toString('utf8', 0, end));
    const scalars = withTimes(rows, this.latest, time);
    this.file ??= await this.create(scalars.at(0)?.wallTime ?? time);
    await this.file.write(Buffer.concat(scalars.map(scalarsRecord)));
    this.latest = scalars.at(-1)?.wallTime ?? this.latest;
    this.offset += end;
  }

  async close(): Promise<void> {
    await this.file?.close();
  }

  private async create(time: number): Promise<OpenFile> {
    const name = `events.out.tfevents.${Math.floor(SYSTEM_CLOCK.now().getTime() / 1000)}.${process.pid}.tracelab`;
    const file = await openFile(join(this.folder, name), 'a');
    await file.write(eventFileHead(time));
    return file;
  }
}

type Row = Readonly<Record<string, unknown>> & { readonly step: number };

function rowsOf(text: string): Row[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

/**
 * Rows have the seconds that their step took; the last one was written at `time`.
 * @param earliest no event is before it
 */
function withTimes(rows: readonly Row[], earliest: number, time: number): Scalars[] {
  let wallTime = time;
  return rows
    .toReversed()
    .map((row) => {
      const values = scalarsOf(row);
      const scalars = { wallTime: Math.max(earliest, wallTime), step: row.step, values };
      wallTime -= values.find(([tag]) => tag === 'seconds' || tag === 'seconds/total')?.[1] ?? 0;
      return scalars;
    })
    .reverse();
}
