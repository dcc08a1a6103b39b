// The connection to the server: one stream of events. A lost one is made again; the browser says which event came last.
import type { Delta, Message, Snapshot } from '../../dashboard/protocol.ts';

/** Three beats of the server. */
const PATIENCE_MS = 30_000;
/** Before a connection that the server refused is tried again. */
const AGAIN_MS = 3_000;

export interface LinkHooks {
  readonly snapshot: (snapshot: Snapshot) => void;
  readonly delta: (delta: Delta) => void;
  /** Whether events come. */
  readonly state: (isOpen: boolean) => void;
}

/** The stream of events for one graph at a time. */
export class Link {
  private readonly hooks: LinkHooks;
  private source: EventSource | undefined;
  private graph: number | null = null;
  private timer = 0;

  constructor(hooks: LinkHooks) {
    this.hooks = hooks;
  }

  /** @param graph whose tasks are asked for; null: the server chooses */
  open(graph: number | null): void {
    this.graph = graph;
    this.source?.close();
    const source = new EventSource(graph === null ? '/events' : `/events?graph=${graph}`);
    this.source = source;
    this.wait(PATIENCE_MS);
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      if (source !== this.source) return;
      this.wait(PATIENCE_MS);
      this.hooks.state(true);
      const message = JSON.parse(data) as Message;
      if (message.event === 'snapshot') this.hooks.snapshot(message);
      else if (message.event === 'delta') this.hooks.delta(message);
    });
    source.addEventListener('error', () => {
      if (source !== this.source) return;
      this.hooks.state(false);
      // Closed: the answer was no stream, for example because the cookie is one of an earlier server.
      if (source.readyState === EventSource.CLOSED) this.wait(AGAIN_MS);
    });
  }

  /** Connects again, unless an event comes before. */
  private wait(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.hooks.state(false);
      void this.again();
    }, milliseconds);
  }

  private async again(): Promise<void> {
    const { status } = await fetch('/', { method: 'HEAD' }).catch(() => ({ status: 0 }));
    // The server asks for its token.
    if (status === 401) location.reload();
    this.open(this.graph);
  }
}
