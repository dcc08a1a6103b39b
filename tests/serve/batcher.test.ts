// The queue of the server in forced orders: a model that answers on request. What waits becomes one batch; what
// nobody wants any more is given up; too much is refused; a stop answers everything.
import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import type { Completion, CompletionJob } from '../../src/model/generate.ts';
import type { Model } from '../../src/model/model.ts';
import { Batcher } from '../../src/serve/batcher.ts';
import type { CompletionRequest } from '../../src/serve/completion-request.ts';
import { ModelServer } from '../../src/serve/server.ts';
import { ask } from './client.ts';

interface Call {
  readonly jobs: readonly CompletionJob[];
  readonly signal: AbortSignal | undefined;
  /** Ends it: each job that is still wanted has its seed as completion. */
  readonly answer: () => void;
  readonly fail: (error: Error) => void;
}

let calls: Call[];
let wake: (value?: unknown) => void;
/** Resolves at the next call of the model. */
let called: Promise<unknown>;
const expectCall = (): void => {
  ({ promise: called, resolve: wake } = Promise.withResolvers<unknown>());
};
const vocabulary = createVocabulary(4);
const model = {
  checkpoint: { model: { context: 100 }, vocabulary, origin: { size: 4 } },
  complete: async (_: unknown, jobs: readonly CompletionJob[], signal?: AbortSignal): Promise<(Completion | null)[]> =>
    new Promise((resolve, reject) => {
      const answer = (): void => {
        resolve(
          jobs.map((job) =>
            job.signal?.aborted === true || signal?.aborted === true
              ? null
              : { text: '', ids: Uint16Array.of(job.seed % 16), tokens: 1, truncated: true },
          ),
        );
      };
      // As the real one, it ends when nobody wants it any more.
      const ended = (): void => {
        if (signal?.aborted === true || jobs.every((job) => job.signal?.aborted)) answer();
      };
      signal?.addEventListener('abort', ended);
      for (const job of jobs) job.signal?.addEventListener('abort', ended);
      calls.push({ jobs, signal, answer, fail: reject });
      wake();
    }),
  logProbabilities: async (): Promise<[]> => Promise.resolve([]),
} as unknown as Model;

const request = (seed: number, changes: Partial<CompletionRequest> = {}): CompletionRequest => ({
  prompts: [{ ids: Uint16Array.of(vocabulary.bos, 1), hasAddedBos: true }],
  n: 1,
  maxTokens: 5,
  temperature: 1,
  seed,
  logprobs: null,
  echo: false,
  stop: [],
  stream: false,
  hasUsageEvent: false,
  ...changes,
});
const forever = new AbortController().signal;

beforeEach(() => {
  calls = [];
  expectCall();
});

describe('Batcher', () => {
  it('decodes together what arrives together or meanwhile, each with its own settings', async () => {
    const batcher = new Batcher(model);
    const first = [batcher.complete(request(1), forever), batcher.complete(request(2, { n: 2 }), forever)];
    await called;
    expectCall();
    const later = Array.from({ length: 10 }, (_, i) => batcher.complete(request(10 + i), forever));
    expect(calls).toHaveLength(1);
    expect(calls[0].jobs.map(({ seed, index }) => [seed, index])).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
    ]);
    calls[0].answer();
    expect((await Promise.all(first)).map((choices) => choices.length)).toEqual([1, 2]);
    await called;
    expect(calls[1].jobs.map(({ seed }) => seed)).toEqual(Array.from({ length: 10 }, (_, i) => 10 + i));
    calls[1].answer();
    const seeds = (await Promise.all(later)).map(([{ completion }]) => completion?.ids[0]);
    expect(seeds).toEqual(Array.from({ length: 10 }, (_, i) => (10 + i) % 16));
    await batcher.close();
  });

  it('takes some 256 completions at once, and a larger request alone', async () => {
    const batcher = new Batcher(model);
    const sizes = [100, 100, 100, 256, 1];
    const all = sizes.map((n, i) => batcher.complete(request(i, { n }), forever));
    for (const expected of [200, 100, 256, 1]) {
      await called;
      expectCall();
      expect(calls.at(-1)?.jobs).toHaveLength(expected);
      calls.at(-1)?.answer();
    }
    expect((await Promise.all(all)).map((choices) => choices.length)).toEqual(sizes);
    await batcher.close();
  });

  it('gives up a request whose client is gone, waiting or running, and answers the others', async () => {
    const batcher = new Batcher(model);
    const [gone, goneLater] = [new AbortController(), new AbortController()];
    const running = batcher.complete(request(1), gone.signal);
    const other = batcher.complete(request(2), forever);
    const waits = expect(running).rejects.toThrow('gone');
    await called;
    expectCall();
    const waiting = expect(batcher.complete(request(3), goneLater.signal)).rejects.toThrow('gone');
    gone.abort(new Error('gone'));
    goneLater.abort(new Error('gone'));
    await waits;
    await waiting;
    calls[0].answer();
    expect(await other).toHaveLength(1);
    const last = batcher.complete(request(4), forever);
    await called;
    expect(calls[1].jobs.map(({ seed }) => seed)).toEqual([4]);
    calls[1].answer();
    await last;
    await expect(batcher.complete(request(5), AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    await batcher.close();
  });

  it('refuses what is too much, and continues after it and after a failure of the model', async () => {
    const batcher = new Batcher(model);
    const first = batcher.complete(request(0), forever);
    await called;
    expectCall();
    const waiting = Array.from({ length: LIMITS.waitingRequests.most }, (_, i) =>
      batcher.complete(request(i), forever),
    );
    await expect(batcher.complete(request(1), forever)).rejects.toMatchObject({ status: 429 });
    calls[0].fail(new Error('no memory'));
    await expect(first).rejects.toThrow('no memory');
    for (let batches = 0; batches < LIMITS.waitingRequests.most / 256; batches++) {
      await called;
      expectCall();
      calls.at(-1)?.answer();
    }
    expect(await Promise.all(waiting)).toHaveLength(LIMITS.waitingRequests.most);
    await batcher.close();
  });

  it('answers all by 503 when it is closed', async () => {
    const batcher = new Batcher(model);
    const running = expect(batcher.complete(request(1), forever)).rejects.toMatchObject({ status: 503 });
    await called;
    const waiting = expect(batcher.complete(request(2), forever)).rejects.toMatchObject({ status: 503 });
    await batcher.close();
    await running;
    await waiting;
    expect(calls).toHaveLength(1);
    await expect(batcher.complete(request(3), forever)).rejects.toMatchObject({ status: 503 });
  });
});

describe('the server', () => {
  let server: ModelServer;
  const failures: unknown[] = [];
  beforeEach(async () => {
    server = await ModelServer.listen(model, {
      name: 'fake',
      created: 0,
      hosts: ['127.0.0.1', '::1'],
      port: 0,
      token: null,
      failed: (error) => failures.push(error),
    });
  });
  afterEach(async () => {
    await server.close();
  });
  const body = { prompt: [[1, 2]], max_tokens: 5, seed: 3 };

  it('gives a request up when its client goes', async () => {
    const client = httpRequest({
      port: server.port,
      path: '/v1/completions',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    client.on('error', () => undefined);
    client.end(JSON.stringify(body));
    await called;
    const [{ jobs }] = calls;
    const ended = new Promise((resolve) => jobs[0].signal?.addEventListener('abort', resolve));
    client.destroy();
    await ended;
    expect(jobs[0].signal?.aborted).toBe(true);
    expectCall();
    const next = ask(server.port, '/v1/completions', { body });
    await called;
    calls[1].answer();
    expect((await next).status).toBe(200);
    expect(failures).toEqual([]);
  });

  it('answers what runs and what waits by 503 when it stops, and ends idle connections', async () => {
    const running = ask(server.port, '/v1/completions', { body });
    await called;
    const waiting = ask(server.port, '/v1/completions', { body: { ...body, seed: 4 } });
    // It is there when a later request on another connection has been answered.
    await ask(server.port, '/v1/models');
    await server.close();
    expect([(await running).status, (await waiting).status]).toEqual([503, 503]);
    await expect(ask(server.port, '/v1/models')).rejects.toThrow();
  });

  it('answers 500 without a word about the reason, which it reports', async () => {
    const failing = ask(server.port, '/v1/completions', { body });
    await called;
    calls[0].fail(new Error('/secret/path is gone'));
    const { status, text } = await failing;
    expect([status, JSON.parse(text)]).toEqual([
      500,
      {
        error: {
          message: 'the server failed; its log has the reason',
          type: 'server_error',
          param: null,
          code: 'internal_error',
        },
      },
    ]);
    expect(failures).toEqual([new Error('/secret/path is gone')]);
  });
});
