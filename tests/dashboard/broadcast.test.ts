// What a page gets that does not read, by hand: no socket whose buffers the system sizes.
import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Broadcast } from '../../src/dashboard/broadcast.ts';
import type { Message } from '../../src/dashboard/protocol.ts';
import { FakeSource } from './fake-source.ts';

/** A connection that takes one write, and the next when it is told to read. */
class SlowReader extends Writable {
  readonly written: string[] = [];
  private taken: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 1024 });
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.written.push(chunk.toString());
    this.taken = done;
  }

  /** Reads all that waits. */
  async read(): Promise<void> {
    while (this.taken) {
      const { taken } = this;
      this.taken = undefined;
      taken();
      await turn();
    }
  }

  messages(): Message[] {
    return [...this.written.join('').matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data) as Message);
  }
}

test('a page that does not read is sent one answer, and a snapshot when it reads again', async () => {
  const source = new FakeSource({ tasks: 400 });
  const broadcast = new Broadcast('here', await source.look());
  const page = new SlowReader();
  broadcast.connect(page as unknown as ServerResponse, null, undefined);
  // More than are kept for pages that connect again.
  for (let i = 0; i < 300; i++) {
    source.now = source.now.map((_, place) => source.running(i + place));
    broadcast.publish(await source.look());
  }
  expect(page.writableLength).toBeLessThan(400_000);
  await page.read();
  const messages = page.messages();
  expect(messages.map(({ event }) => event)).toEqual(['snapshot', 'snapshot']);
  const now = (message: Message): unknown => (message.event === 'snapshot' ? message.graph?.now : undefined);
  expect(now(messages[1])).not.toEqual(now(messages[0]));
  broadcast.close();
});
