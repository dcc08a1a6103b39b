// Server-sent events to the open pages. Every batch has a number, and the newest ones are kept: a page that connects
// again gets what it missed, or a snapshot. A page that does not read gets nothing until it does, and then a snapshot:
// memory does not grow with slow readers.
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { cleanText } from '../render/markup.ts';
import { changesBetween, deltaFor, snapshotFor } from './changes.ts';
import type { Batch } from './changes.ts';
import type { Message } from './protocol.ts';
import type { Look } from './source.ts';

/** Batches that are kept for pages that connect again. */
const KEPT_BATCHES = 256;
/** Between two beats. The page waits for three. */
const BEAT_MS = 10_000;
/** A page that has read nothing for so long is gone. */
const PATIENCE_MS = 60_000;

export const EVENT_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8' } as const;

/** What pages are connected, and what they have. */
export class Broadcast {
  private readonly place: string;
  /** Numbers of another server mean nothing. */
  private readonly epoch = randomBytes(6).toString('hex');
  private readonly pages = new Set<Page>();
  private readonly beats: NodeJS.Timeout;
  private batches: Batch[] = [];
  private latest = 0;
  private look: Look;

  /**
   * @param place for people
   * @param look the first one
   */
  constructor(place: string, look: Look) {
    this.place = place;
    this.look = look;
    this.beats = setInterval(() => {
      for (const page of this.pages) page.beat();
    }, BEAT_MS);
    this.beats.unref();
  }

  /** Number of open pages. */
  get size(): number {
    return this.pages.size;
  }

  /** Sends what changed since the look before. */
  publish(look: Look): void {
    const batch = changesBetween(this.look, look);
    this.look = look;
    if (batch === undefined) return;
    this.latest += 1;
    this.batches = [...this.batches, batch].slice(-KEPT_BATCHES);
    for (const page of this.pages) this.advance(page);
  }

  /** Says what people must know; all else stays as it was. */
  alarm(words: string): void {
    this.publish({ ...this.look, alarms: [words] });
  }

  /**
   * Connects a page; it leaves when its connection closes.
   * @param asked key of the graph whose tasks it shows
   * @param lastEventId of the last event that it has, as the browser sends it
   */
  connect(response: ServerResponse, asked: number | null, lastEventId: string | undefined): void {
    response.write('retry: 1000\n\n');
    const [epoch, number] = (lastEventId ?? '').split('-');
    const known = epoch === this.epoch && asked !== null ? Number(number) : NaN;
    const page = new Page(response, asked, known, () => this.advance(page));
    this.pages.add(page);
    response.once('close', () => {
      this.pages.delete(page);
    });
    this.advance(page);
  }

  /** Ends all connections. */
  close(): void {
    clearInterval(this.beats);
    for (const page of this.pages) page.end();
  }

  /** Sends a page what it lacks, as long as it reads. */
  private advance(page: Page): void {
    while (page.isReading && page.has !== this.latest) {
      // NaN has no batch: the page has nothing yet.
      const batch = this.batches.at(page.has - this.latest);
      const isKept = page.has < this.latest && page.has >= this.latest - this.batches.length;
      const delta = batch === undefined || !isKept ? null : deltaFor(batch, page.graph);
      if (delta === null) {
        const snapshot = snapshotFor(this.look, this.place, page.graph);
        page.graph = snapshot.graph?.key ?? null;
        page.has = this.latest;
        page.send(snapshot, `${this.epoch}-${this.latest}`);
        return;
      }
      page.has += 1;
      if (delta !== undefined) page.send(delta, `${this.epoch}-${page.has}`);
    }
  }
}

/** One connection. */
class Page {
  graph: number | null;
  /** Number of the last batch that it has; NaN before the first snapshot. */
  has: number;
  private readonly response: ServerResponse;
  /** Runs while the reader does not take what was sent. */
  private patience: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, graph: number | null, has: number, onDrain: () => void) {
    this.response = response;
    this.graph = graph;
    this.has = has;
    response.on('drain', () => {
      clearTimeout(this.patience);
      this.patience = undefined;
      onDrain();
    });
    response.once('close', () => {
      clearTimeout(this.patience);
    });
  }

  get isReading(): boolean {
    return this.patience === undefined && !this.response.destroyed;
  }

  send(message: Message, id?: string): void {
    const text = `${id === undefined ? '' : `id: ${id}\n`}data: ${cleanJson(message)}\n\n`;
    if (this.response.write(text)) return;
    this.patience = setTimeout(() => {
      this.response.destroy();
    }, PATIENCE_MS);
  }

  beat(): void {
    if (this.isReading) this.send({ event: 'beat' });
  }

  end(): void {
    this.response.end();
  }
}

/** JSON whose texts hide nothing and move nothing: they come from files and machines of others. */
export function cleanJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? cleanText(part) : part));
}
