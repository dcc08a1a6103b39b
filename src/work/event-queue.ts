// Events in the order in which they were pushed, for one reader that awaits them.

export interface EventQueue<Event> {
  readonly push: (event: Event) => void;
  /** No event comes after it. */
  readonly end: () => void;
  /** The reader gets the error after the events before it. */
  readonly fail: (error: unknown) => void;
  readonly events: AsyncIterable<Event>;
}

/** A queue between event sources and one reader. */
export function eventQueue<Event>(): EventQueue<Event> {
  const waiting: Event[] = [];
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  async function* read(): AsyncGenerator<Event> {
    for (;;) {
      const batch = waiting.splice(0);
      yield* batch;
      if (waiting.length > 0) continue;
      if (failure) throw failure.error;
      if (ended) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    push: (event) => {
      waiting.push(event);
      wake();
    },
    end: () => {
      ended = true;
      wake();
    },
    fail: (error) => {
      failure = { error };
      wake();
    },
    events: read(),
  };
}
