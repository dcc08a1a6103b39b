// Requests to the server, every other one good, the rest broken or cut off: what is sent, and what may come back. The
// suite sends some, the script scripts/break-requests.ts thousands.
import { type Socket, connect } from 'node:net';
import { RandomSequence } from '../../src/base/random.ts';
import { LIMITS } from '../../src/base/limits.ts';
import type { Model } from '../../src/model/model.ts';
import { MODEL, SIZE } from '../model/small-checkpoint.ts';
import { type Answer, ask, type Completions } from './client.ts';

/** Requests by what they were and how they were answered; `closed` is no answer. */
export type Outcomes = Map<string, number>;

const CAP = 30;
/** A stream of its own: campaigns draw no data. */
const STREAM = 900;

const promptOf = (random: RandomSequence): string => {
  const cell = (): string => `${random.below(SIZE)} ${random.below(SIZE)}`;
  const walls = Array.from({ length: random.below(5) }, () => ` wall ${cell()}`).join('');
  return `query start ${cell()} goal ${cell()}${walls} reasoning`;
};

/** What is expected of good requests, from a model of the same weights. */
export class Expected {
  private readonly twin: Model;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(twin: Model) {
    this.twin = twin;
  }

  async texts(prompts: readonly string[], settings: { temperature: number; seed: number }): Promise<string[]> {
    const drawn = this.queue.then(() => this.twin.generate({ prompts, maxNewTokens: CAP, ...settings }));
    this.queue = drawn;
    return ((await drawn) ?? []).map(({ text }) => text);
  }
}

/**
 * Sends request `index` of a seed.
 * @throws Error when a good request has another answer, or a broken one an answer that it may not have
 */
export async function sendOne(
  port: number,
  seed: number,
  index: number,
  expected: Expected,
  all: Outcomes,
): Promise<void> {
  const random = new RandomSequence(seed, STREAM, index);
  const kinds = index % 2 === 0 ? GOOD : BROKEN;
  const [name, send] = kinds[random.below(kinds.length)];
  const outcome = await send({ port, random, expected }).catch((error: unknown) => {
    throw new Error(`seed ${seed}, request ${index}, ${name}: ${(error as Error).message}`, { cause: error });
  });
  const key = `${index % 2 === 0 ? 'good' : 'broken'}, ${outcome}`;
  all.set(key, (all.get(key) ?? 0) + 1);
}

interface Context {
  readonly port: number;
  readonly random: RandomSequence;
  readonly expected: Expected;
}

/** @returns the status, or `closed` */
type Send = (context: Context) => Promise<string>;

function demand(isTrue: boolean, answer: Pick<Answer, 'status' | 'text'>, what: string): void {
  if (!isTrue) throw new Error(`${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
}

const post = async (port: number, body: unknown, path = '/v1/completions', headers = {}): Promise<Answer> =>
  ask(port, path, { method: 'POST', body, headers });

const GOOD: readonly (readonly [name: string, send: Send])[] = [
  [
    'completions',
    async ({ port, random, expected }) => {
      const prompt = Array.from({ length: 1 + random.below(3) }, () => promptOf(random));
      const settings = { temperature: random.below(2), seed: random.nextU32() };
      const answer = await post(port, { prompt, max_tokens: CAP, ...settings });
      demand(answer.status === 200, answer, 'not answered');
      const texts = (JSON.parse(answer.text) as Completions).choices.map(({ text }) => text);
      const wanted = await expected.texts(prompt, settings);
      demand(JSON.stringify(texts) === JSON.stringify(wanted), answer, `expected ${JSON.stringify(wanted)}`);
      return '200';
    },
  ],
  [
    'log-probabilities',
    async ({ port, random }) => {
      const body = { prompt: promptOf(random), max_tokens: random.below(2), logprobs: 1, echo: true, temperature: 0 };
      const answer = await post(port, body);
      demand(answer.status === 200, answer, 'not answered');
      const [{ logprobs }] = (JSON.parse(answer.text) as Completions).choices;
      const values = logprobs?.token_logprobs ?? [];
      const isWhole = values.length >= body.prompt.split(' ').length + body.max_tokens;
      demand(isWhole && values.every((value) => value !== null && value <= 0), answer, 'other log-probabilities');
      return '200';
    },
  ],
  [
    'stream',
    async ({ port, random }) => {
      const answer = await post(port, { prompt: promptOf(random), max_tokens: CAP, stream: true, n: 2 });
      demand(answer.status === 200 && answer.text.endsWith('data: [DONE]\n\n'), answer, 'no stream');
      return '200';
    },
  ],
  [
    'verify',
    async ({ port, random }) => {
      const rows = Array.from({ length: 1 + random.below(20) }, (_, id) => ({
        id,
        prompt: promptOf(random),
        completion: random.below(2) === 0 ? 'solution plan 0 0 end' : '\ud800\u0000 create',
      }));
      const answer = await post(port, rows, '/verify');
      demand(answer.status === 200, answer, 'not answered');
      const answers = JSON.parse(answer.text) as { id: string }[];
      demand(answers.every(({ id }, i) => id === String(i)) && answers.length === rows.length, answer, 'other rows');
      return '200';
    },
  ],
  [
    'models',
    async ({ port }) => {
      const answer = await ask(port, '/v1/models');
      demand(answer.status === 200, answer, 'not answered');
      return '200';
    },
  ],
];

/** A request that must be refused with one of the statuses. */
const refused =
  (statuses: readonly number[], answered: (context: Context) => Promise<Answer>): Send =>
  async (context) => {
    // A server that refuses may close before all is sent.
    const answer = await answered(context).catch(() => undefined);
    if (answer === undefined) return 'closed';
    demand(statuses.includes(answer.status), answer, `expected ${statuses.join(' or ')}`);
    demand(/^\{"error":\{"message":"[^\n]+\}\n$/.test(answer.text), answer, 'no error as OpenAI has them');
    return String(answer.status);
  };

const anyOf = <T>(random: RandomSequence, values: readonly T[]): T => values[random.below(values.length)];
const randomBytes = (random: RandomSequence, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, () => random.below(256)));
const httpOf = (body: string | Buffer, length = Buffer.byteLength(body)): Buffer =>
  Buffer.concat([
    Buffer.from(
      'POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${length}\r\n\r\n`,
    ),
    Buffer.from(body),
  ]);
const goodBody = (random: RandomSequence, tokens = CAP): string =>
  JSON.stringify({ prompt: promptOf(random), max_tokens: tokens, seed: random.nextU32() });

/**
 * Sends bytes and looks at what comes back, if anything does: never a failure of the server.
 * @param leave ends the connection, once the bytes are sent
 */
const raw =
  (bytes: (random: RandomSequence) => Buffer, leave: (socket: Socket, random: RandomSequence) => void): Send =>
  async ({ port, random }) =>
    new Promise((resolve, reject) => {
      let got = '';
      const socket = connect(port, '127.0.0.1');
      socket.setEncoding('latin1').on('data', (part: string) => {
        got += part;
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        const status = /^HTTP\/1\.1 (\d+)/.exec(got)?.[1];
        if (status?.startsWith('5')) reject(new Error(`answered ${got.slice(0, 300)}`));
        else resolve(status ?? 'closed');
      });
      socket.write(bytes(random), () => {
        leave(socket, random);
      });
    });
const end = (socket: Socket): void => {
  socket.end();
};
const reset = (socket: Socket, random: RandomSequence): void => {
  setTimeout(() => (random.below(2) === 0 ? socket.resetAndDestroy() : socket.destroy()), random.below(30));
};

const BROKEN: readonly (readonly [name: string, send: Send])[] = [
  ['cut JSON', refused([400], ({ port, random }) => post(port, goodBody(random).slice(0, -1 - random.below(20))))],
  ['random bytes', refused([400], ({ port, random }) => post(port, randomBytes(random, 200).toString('latin1')))],
  ['an empty body', refused([400], ({ port }) => post(port, ''))],
  [
    'another type',
    refused([400], ({ port, random }) => {
      const field = anyOf(random, ['prompt', 'max_tokens', 'temperature', 'n', 'logprobs', 'echo', 'stop', 'stream']);
      const wrong = anyOf(random, [{}, [[]], [null], -1, 1e300, 0.5, '\u0000'] as unknown[]);
      const isWord = typeof wrong === 'string' && field === 'stop';
      return post(port, {
        prompt: 'query',
        [field]: isWord ? 7 : field === 'temperature' && wrong === 0.5 ? '' : wrong,
      });
    }),
  ],
  ['a field', refused([400], ({ port, random }) => post(port, { prompt: 'query', [`f${random.below(9)}`]: 1 }))],
  ['an id', refused([400], ({ port, random }) => post(port, { prompt: [1, 10_000 + random.below(100_000)] }))],
  ['a word', refused([400], ({ port }) => post(port, { prompt: 'Write a poem.' }))],
  ['a long prompt', refused([400], ({ port }) => post(port, { prompt: 'wall '.repeat(MODEL.context) }))],
  ['too many', refused([400], ({ port }) => post(port, { prompt: ['query', 'wall'], n: LIMITS.choices.most }))],
  ['deep', refused([400], ({ port, random }) => post(port, '[{"a":'.repeat(100 + random.below(20_000))))],
  ['large', refused([413], ({ port }) => post(port, ' '.repeat(LIMITS.requestBytes.most + 1)))],
  [
    'large in chunks',
    refused([413], ({ port }) =>
      post(port, ' '.repeat(LIMITS.requestBytes.most + 1), '/verify', { 'transfer-encoding': 'chunked' }),
    ),
  ],
  [
    'no row',
    refused([400], ({ port, random }) => post(port, anyOf(random, [[1], [[]], [null]] as unknown[]), '/verify')),
  ],
  ['another type of content', refused([415], ({ port }) => post(port, {}, '/verify', { 'content-type': 'a/b' }))],
  ['compressed', refused([415], ({ port }) => post(port, {}, '/verify', { 'content-encoding': 'gzip' }))],
  [
    'another method',
    refused([405], ({ port, random }) =>
      ask(port, '/v1/completions', { method: anyOf(random, ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) }),
    ),
  ],
  ['another path', refused([404], ({ port, random }) => ask(port, anyOf(random, ['/', '/..%2f', '/v1/x', '/%00'])))],
  ['another host', refused([403], ({ port }) => ask(port, '/v1/models', { headers: { host: 'evil.example' } }))],
  ['a page', refused([403], ({ port }) => ask(port, '/v1/models', { headers: { origin: 'http://evil.example' } }))],
  ['no HTTP', raw((random) => randomBytes(random, 1 + random.below(3000)), end)],
  [
    'large headers',
    raw(() => Buffer.from(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`), end),
  ],
  ['a cut head', raw((random) => httpOf('{}').subarray(0, 1 + random.below(60)), end)],
  ['a cut body', raw((random) => httpOf(goodBody(random), 5000), reset)],
  [
    'bad chunks',
    raw(() => Buffer.from('POST /verify HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n'), end),
  ],
  ['gone while it waits', raw((random) => httpOf(goodBody(random, 140)), reset)],
  ['ahead', raw((random) => Buffer.concat(Array.from({ length: 5 }, () => httpOf(goodBody(random)))), reset)],
  [
    'a changed byte',
    raw((random) => {
      const bytes = httpOf(goodBody(random));
      for (let i = 0; i < 3; i++) bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    }, end),
  ],
];
