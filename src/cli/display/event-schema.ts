// The events of `--json` as a zod schema, for tests and for programs that read them; docs/events.md has an example of
// each.
import { z } from 'zod';

const seconds = z.number().nonnegative().describe('since the command began to run tasks');
const id = z.string().min(1).describe('of the task');
const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const failure = z.strictObject({
  code: z.string().describe('of the error, for example MEMORY_MACHINE'),
  message: z.string().describe('the line that people read'),
  exit_code: z.int(),
});

/** One line of `--json`. */
export const displayEvent = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('planned'),
    seconds,
    tasks: count.describe('of the graph'),
    estimates: z.record(z.string(), z.number()).describe('seconds on one thread that are left to do, by task'),
    whole: z
      .strictObject({ low: z.number(), high: z.number() })
      .nullable()
      .describe('seconds that all tasks together take'),
  }),
  z.strictObject({ event: z.literal('started'), seconds, id, threads: count.min(1), attempt: count.min(1) }),
  z.strictObject({
    event: z.literal('progress'),
    seconds,
    id,
    progress: z.strictObject({
      share: z.number().min(0).max(1).describe('of the whole task that is done'),
      tokens_per_second: z.number().nullable(),
      seconds_left: z.number().nullable(),
      words: z.string().describe('loss, distribution or what else the kind reports'),
      detail: z.json().describe('numbers of the kind itself'),
    }),
  }),
  z.strictObject({ event: z.literal('said'), seconds, id, level: z.enum(['note', 'warning']), text: z.string() }),
  z.strictObject({ event: z.literal('waiting'), seconds, id, owner: z.string() }),
  z.strictObject({
    event: z.literal('finished'),
    seconds,
    id,
    reused: z.boolean(),
    finished: z.strictObject({
      hash: sha256.describe('of the key'),
      result: sha256.describe('of the exact outputs and the exact part of the summary'),
      seconds: z.number().describe('of work, over all starts'),
      outputs: z.record(z.string(), sha256).describe('SHA-256 by path in the folder'),
      summary: z.json(),
      directory: z.string(),
    }),
  }),
  z.strictObject({ event: z.literal('stopped'), seconds, id }),
  z.strictObject({ event: z.literal('retried'), seconds, id, failure, attempt: count.min(1) }),
  z.strictObject({
    event: z.literal('set_aside'),
    seconds,
    id,
    failure,
    log: z.string().nullable(),
    blocked: z.array(z.string()),
  }),
  z.strictObject({ event: z.literal('message'), seconds, text: z.string() }),
  z.strictObject({
    event: z.literal('ended'),
    seconds,
    done: count.describe('reused ones among them'),
    reused: count,
    stopped: count,
    set_aside: count,
    blocked: count,
    of: count,
  }),
]);

export type DisplayEvent = z.infer<typeof displayEvent>;
