// The server with a small model behind it, asked by a plain HTTP client: completions equal those of Model.generate,
// log-probabilities those of Model.score as lm-evaluation-harness adds them up, and every wrong request has its answer.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import type { Checkpoint } from '../../src/model/checkpoint.ts';
import { Model } from '../../src/model/model.ts';
import { readToken } from '../../src/serve/gate.ts';
import { ModelServer, type ServeOptions } from '../../src/serve/server.ts';
import { MODEL, SIZE, writeSmallCheckpoint } from '../model/small-checkpoint.ts';
import { ask, complete, type Completions, sendRaw } from './client.ts';

const PROMPTS = Array.from({ length: 24 }, (_, i) => {
  const walls = Array.from({ length: i % 7 }, (_unused, w) => ` wall ${(w + i) % SIZE} ${w % SIZE}`).join('');
  return `query start ${i % SIZE} ${(i >> 2) % SIZE} goal ${(i + 1) % SIZE} ${(i >> 4) % SIZE}${walls} reasoning`;
});
const CAP = 40;
const NAME = 'small';
const OPTIONS: ServeOptions = {
  name: NAME,
  created: 17,
  hosts: ['127.0.0.1'],
  port: 0,
  token: null,
  failed: (error) => {
    throw error;
  },
};

let folder = '';
let checkpoint: Checkpoint;
/** The same weights, for what is expected. */
let twin: Model;
let model: Model;
let server: ModelServer;
let port = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-serve-'));
  checkpoint = await writeSmallCheckpoint(folder);
  twin = Model.of(checkpoint, 1);
  model = Model.of(checkpoint, 2);
  server = await ModelServer.listen(model, OPTIONS);
  ({ port } = server);
});
afterAll(async () => {
  await server.close();
  await model.close();
  await twin.close();
  await rm(folder, { recursive: true, force: true });
});

const expected = async (prompts: readonly string[], settings: object = {}) =>
  (await twin.generate({ prompts, maxNewTokens: CAP, temperature: 0, seed: 1, ...settings })) ?? [];
const idsOf = (text: string): number[] => [...checkpoint.vocabulary.encode(text)];

describe('completions', () => {
  it('are the greedy ones of generate, for texts and ids, with and without <bos>, alone and together', async () => {
    const whole = await expected(PROMPTS);
    const greedy = { max_tokens: CAP, temperature: 0 };
    const texts = ({ choices }: Completions): string[] => choices.map(({ text }) => text);
    const wanted = whole.map(({ text }) => text);
    const { bos } = checkpoint.vocabulary;
    expect(texts(await complete(port, { prompt: PROMPTS, ...greedy }))).toEqual(wanted);
    expect(texts(await complete(port, { prompt: PROMPTS.map(idsOf), ...greedy }))).toEqual(wanted);
    const withBos = PROMPTS.map((prompt) => [bos, ...idsOf(prompt)]);
    expect(texts(await complete(port, { prompt: withBos, ...greedy, model: NAME }))).toEqual(wanted);
    expect(texts(await complete(port, { prompt: PROMPTS[3], ...greedy }))).toEqual([wanted[3]]);
    expect(texts(await complete(port, { prompt: idsOf(PROMPTS[3]), ...greedy }))).toEqual([wanted[3]]);
  });

  it('say why they ended, and count tokens', async () => {
    const whole = await expected(PROMPTS);
    const { choices, usage } = await complete(port, { prompt: PROMPTS, max_tokens: CAP, temperature: 0 });
    expect(choices.map(({ finish_reason }) => finish_reason)).toEqual(
      whole.map(({ truncated }) => (truncated ? 'length' : 'stop')),
    );
    expect(new Set(choices.map(({ finish_reason }) => finish_reason)).size).toBe(2);
    const prompt_tokens = PROMPTS.reduce((sum, prompt) => sum + idsOf(prompt).length, 0);
    const completion_tokens = whole.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(usage).toEqual({ prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens });
    expect(choices.map(({ index, logprobs }) => [index, logprobs])).toEqual(PROMPTS.map((_, i) => [i, null]));
  });

  it('that are sampled depend on the seed of their request alone: 200 requests at once', async () => {
    const seeds = Array.from({ length: 200 }, (_, i) => (i % 5 === 0 ? 2 ** 32 - 1 : i % 11));
    const answers = await Promise.all(
      seeds.map((seed, i) =>
        complete(port, {
          prompt: PROMPTS[i % PROMPTS.length],
          max_tokens: 1 + (i % CAP),
          temperature: i % 3 === 0 ? 0 : 1,
          seed,
          n: 1 + (i % 3),
        }),
      ),
    );
    for (const [i, { choices }] of answers.entries()) {
      const settings = {
        maxNewTokens: 1 + (i % CAP),
        temperature: i % 3 === 0 ? 0 : 1,
        seed: seeds[i],
        samples: 1 + (i % 3),
      };
      const alone = await expected([PROMPTS[i % PROMPTS.length]], settings);
      expect(choices.map(({ text }) => text)).toEqual(alone.map(({ text }) => text));
    }
  });

  it('several of several prompts: in the order of the prompts, each as generate samples it', async () => {
    const { choices } = await complete(port, { prompt: PROMPTS.slice(0, 2), n: 3, seed: 5, max_tokens: 9 });
    const drawn = await expected(PROMPTS.slice(0, 2), { samples: 3, seed: 5, temperature: 1, maxNewTokens: 9 });
    const order = [0, 2, 4, 1, 3, 5];
    expect(choices.map(({ text }) => text)).toEqual(order.map((i) => drawn[i].text));
  });

  it('without a seed differ between requests', async () => {
    const ask = { prompt: PROMPTS[0], max_tokens: CAP };
    const texts = [await complete(port, ask), await complete(port, ask)].map(({ choices }) => choices[0].text);
    expect(texts[0]).not.toBe(texts[1]);
  });

  it('have 16 tokens by default, and as many as fit into the context at most', async () => {
    const [{ text }] = await expected([PROMPTS[0]], { maxNewTokens: 16 });
    expect((await complete(port, { prompt: PROMPTS[0], temperature: 0 })).choices[0].text).toBe(text);
    const long = Array.from({ length: MODEL.context - 3 }, () => 1);
    const { usage } = await complete(port, { prompt: long, max_tokens: 1000, seed: 1 });
    expect(usage.completion_tokens).toBeLessThanOrEqual(2);
  });

  it('end before the first stop', async () => {
    const whole = await expected(PROMPTS);
    const of = whole.findIndex(({ tokens }) => tokens > 6);
    const { text } = whole[of];
    const words = text.split(' ');
    const ended = async (stop: string | string[]) => {
      const { choices, usage } = await complete(port, { prompt: PROMPTS[of], max_tokens: CAP, temperature: 0, stop });
      return [choices[0].text, choices[0].finish_reason, usage.completion_tokens];
    };
    const third = ` ${words.slice(3, 6).join(' ')}`;
    const begin = text.slice(0, text.indexOf(third));
    expect(await ended(third)).toEqual([begin, 'stop', begin.split(' ').length]);
    expect(await ended(['nothing like it', third, '<eos>'])).toEqual([begin, 'stop', begin.split(' ').length]);
    expect(await ended(words[0])).toEqual(['', 'stop', 0]);
    expect((await ended([]))[0]).toBe(text);
  });

  it('as events of a stream', async () => {
    const body = { prompt: PROMPTS.slice(0, 2), max_tokens: CAP, temperature: 0 };
    const whole = await complete(port, body);
    const { text, headers } = await ask(port, '/v1/completions', {
      body: { ...body, stream: true, stream_options: { include_usage: true } },
    });
    expect(headers['content-type']).toBe('text/event-stream');
    const events = text.split('\n\n').filter((event) => event !== '');
    expect(events.at(-1)).toBe('data: [DONE]');
    const read = events.slice(0, -1).map((event) => JSON.parse(event.replace(/^data: /, '')) as Completions);
    expect(read.flatMap(({ choices }) => choices)).toEqual(whole.choices);
    expect(read.at(-1)?.usage).toEqual(whole.usage);
  });
});

describe('log-probabilities', () => {
  const completion = 'create 0 1 c0 c3 solution plan 0 0 end';
  /** What `local-completions` sends to score a continuation, and how it reads the answer. */
  const likelihood = async (prompts: readonly (readonly number[])[], contexts: readonly number[]) => {
    const body = { model: NAME, prompt: prompts, temperature: 0, max_tokens: 1, logprobs: 1, seed: 1234, echo: true };
    const { choices } = await complete(port, body);
    return choices.map(({ logprobs }, i) => {
      const part = <T>(values: readonly T[] = []): T[] => values.slice(contexts[i], -1);
      const tokens = part(logprobs?.token_logprobs) as number[];
      const top = part(logprobs?.top_logprobs).map((each) => Math.max(...Object.values(each ?? {})));
      return {
        sum: tokens.reduce((all, value) => all + value, 0),
        isGreedy: tokens.every((each, t) => each === top[t]),
      };
    });
  };

  it('of continuations are the losses of score, to the bit', async () => {
    const some = PROMPTS.slice(0, 8);
    const scores = (await twin.score(some.map((prompt) => ({ prompt, completion })))) ?? [];
    const read = await likelihood(
      some.map((prompt) => idsOf(`${prompt} ${completion}`)),
      some.map((prompt) => idsOf(prompt).length),
    );
    // score also counts <eos>, the last token of its plan.
    const eos = await Promise.all(
      some.map(async (prompt) => {
        const ids = [...idsOf(`${prompt} ${completion}`), checkpoint.vocabulary.eos];
        const { choices } = await complete(port, { prompt: ids, max_tokens: 0, logprobs: 0, echo: true });
        return choices[0].logprobs?.token_logprobs.at(-1) ?? Number.NaN;
      }),
    );
    for (const [i, { trace_loss, plan_loss }] of scores.entries())
      expect(read[i].sum + eos[i]).toBeCloseTo(-(trace_loss + plan_loss), 9);
    expect(read.map(({ isGreedy }) => isGreedy)).toEqual(some.map(() => false));
  });

  it('know a greedy continuation', async () => {
    const greedy = (await expected(PROMPTS)).map(({ ids }, i) => ({ ids, prompt: idsOf(PROMPTS[i]) }));
    const some = greedy.filter(({ ids }) => ids.length > 0);
    expect(some.length).toBeGreaterThan(10);
    const whole = some.map(({ ids, prompt }) => [...prompt, ...ids]);
    const contexts = some.map(({ prompt }) => prompt.length);
    const changed = whole.map((ids, i) => ids.with(contexts[i], (ids[contexts[i]] + 1) % 4));
    expect((await likelihood(whole, contexts)).map(({ isGreedy }) => isGreedy)).toEqual(whole.map(() => true));
    expect((await likelihood(changed, contexts)).map(({ isGreedy }) => isGreedy)).toEqual(whole.map(() => false));
  });

  it('have one entry a token, which joined are the text, and a drawn <eos> after it', async () => {
    const greedy = await expected(PROMPTS);
    const { choices } = await complete(port, { prompt: PROMPTS, max_tokens: CAP, temperature: 0, logprobs: 3 });
    let ends = 0;
    for (const [i, { text, logprobs }] of choices.entries()) {
      const { tokens, token_logprobs, top_logprobs, text_offset } = logprobs ?? expect.fail('no log-probabilities');
      const hasEos = !greedy[i].truncated && !text.endsWith('end');
      expect(tokens.join('')).toBe(hasEos ? `${text} <eos>`.trimStart() : text);
      ends += Number(hasEos);
      expect([token_logprobs.length, top_logprobs.length]).toEqual([tokens.length, tokens.length]);
      for (const [t, token] of tokens.entries()) {
        expect(Object.keys(top_logprobs[t] ?? {})).toHaveLength(3);
        expect(top_logprobs[t]?.[token]).toBe(token_logprobs[t]);
        if (text_offset[t] < text.length) expect(text.startsWith(token, text_offset[t])).toBe(true);
      }
    }
    expect(ends).toBeGreaterThan(0);
  });

  it('of a prompt that is echoed begin with its first word, or with null where it brings <bos>', async () => {
    const { bos } = checkpoint.vocabulary;
    const echo = { max_tokens: 0, logprobs: 1, echo: true };
    const [plain, withBos] = await Promise.all(
      [PROMPTS[2], [bos, ...idsOf(PROMPTS[2])]].map(
        async (prompt) => (await complete(port, { prompt, ...echo })).choices[0],
      ),
    );
    expect(plain.text).toBe(PROMPTS[2]);
    expect(withBos.text).toBe(`<bos> ${PROMPTS[2]}`);
    expect(withBos.logprobs?.token_logprobs).toEqual([null, ...(plain.logprobs?.token_logprobs ?? [])]);
    expect(withBos.logprobs?.top_logprobs[0]).toBeNull();
    expect(plain.finish_reason).toBe('length');
  });

  it('of sampled tokens are those at temperature 1', async () => {
    const body = { prompt: PROMPTS[0], max_tokens: 8, seed: 3, logprobs: 0 };
    const { text, logprobs } = (await complete(port, { ...body, temperature: 2 })).choices[0];
    const { choices } = await complete(port, { ...body, prompt: `${PROMPTS[0]} ${text}`, max_tokens: 0, echo: true });
    const from = idsOf(PROMPTS[0]).length;
    expect(logprobs?.token_logprobs.slice(0, 3)).toEqual(choices[0].logprobs?.token_logprobs.slice(from, from + 3));
  });
});

it('/v1/models has the one model', async () => {
  const one = { id: NAME, object: 'model', created: 17, owned_by: 'tracelab' };
  expect(JSON.parse((await ask(port, '/v1/models')).text)).toEqual({ object: 'list', data: [one] });
  expect(JSON.parse((await ask(port, `/v1/models/${NAME}?x=1`)).text)).toEqual(one);
});

it('/verify answers a row, or a list of rows, as verify --stream does', async () => {
  const row = {
    id: 'a',
    prompt: [{ role: 'user', content: 'query start 0 0 goal 1 0 reasoning' }],
    completion: [{ role: 'assistant', content: 'solution plan 0 0 plan 1 0 end' }],
  };
  const answer = { line: 1, id: 'a', size: SIZE, verdict: { plan: { valid: true, optimal: true } } };
  expect(JSON.parse((await ask(port, '/verify', { body: row })).text)).toMatchObject(answer);
  const list = JSON.parse((await ask(port, '/verify', { body: [{ id: 7 }, { ...row, size: 30 }] })).text) as unknown[];
  expect(list).toMatchObject([
    { line: 1, id: '7', error: { code: 'ROW' } },
    { ...answer, line: 2, size: 30 },
  ]);
  expect((await ask(port, '/verify', { body: [] })).text).toBe('[]\n');
  expect((await ask(port, '/verify', { body: [7] })).status).toBe(400);
});

describe('wrong requests', () => {
  const prompt = PROMPTS[0];
  const path = '/v1/completions';
  const full = Array.from({ length: MODEL.context }, () => 1);
  it.each<
    [name: string, path: string, options: Parameters<typeof ask>[2], status: number, code: string, param?: string]
  >([
    ['no JSON', path, { body: '{"prompt": ' }, 400, 'invalid_json'],
    ['an empty body', path, { body: '' }, 400, 'invalid_json'],
    ['a list', path, { body: '[]' }, 400, 'invalid_value'],
    ['too deep', path, { body: '['.repeat(100_000) }, 400, 'invalid_value'],
    ['no prompt', path, { body: {} }, 400, 'invalid_value', 'prompt'],
    ['no prompts', path, { body: { prompt: [] } }, 400, 'invalid_value', 'prompt'],
    ['another prompt', path, { body: { prompt: { a: 1 } } }, 400, 'invalid_value', 'prompt'],
    ['a mixed list', path, { body: { prompt: [1, 'a'] } }, 400, 'invalid_value', 'prompt'],
    ['an unknown word', path, { body: { prompt: ['query', 'hello'] } }, 400, 'unknown_word', 'prompt[1]'],
    ['an id outside', path, { body: { prompt: [9999] } }, 400, 'invalid_value', 'prompt'],
    ['a negative id', path, { body: { prompt: [-1] } }, 400, 'invalid_value', 'prompt'],
    ['a full context', path, { body: { prompt: full } }, 400, 'context_length_exceeded', 'prompt'],
    ['an unknown field', path, { body: { prompt, top_k: 3 } }, 400, 'unknown_parameter', 'top_k'],
    ['__proto__', path, { body: '{"prompt": "query", "__proto__": {"n": 3}}' }, 400, 'unknown_parameter', '__proto__'],
    ['top_p', path, { body: { prompt, top_p: 0.9 } }, 400, 'invalid_value', 'top_p'],
    ['best_of', path, { body: { prompt, best_of: 2 } }, 400, 'invalid_value', 'best_of'],
    ['a text for a number', path, { body: { prompt, max_tokens: '5' } }, 400, 'invalid_value', 'max_tokens'],
    ['a fraction', path, { body: { prompt, n: 1.5 } }, 400, 'invalid_value', 'n'],
    ['temperature', path, { body: { prompt, temperature: -1 } }, 400, 'invalid_value', 'temperature'],
    ['a large seed', path, { body: { prompt, seed: 2 ** 32 } }, 400, 'invalid_value', 'seed'],
    ['an empty stop', path, { body: { prompt, stop: ['a', ''] } }, 400, 'invalid_value', 'stop'],
    ['another model', path, { body: { prompt, model: 'gpt' } }, 404, 'model_not_found', 'model'],
    ['no type', path, { body: {}, headers: { 'content-type': 'text/plain' } }, 415, 'not_json'],
    ['gzip', path, { body: {}, headers: { 'content-encoding': 'gzip' } }, 415, 'encoded'],
    ['GET', path, {}, 405, 'wrong_method'],
    ['POST', '/v1/models', { body: {} }, 405, 'wrong_method'],
    ['OPTIONS', path, { method: 'OPTIONS' }, 405, 'wrong_method'],
    ['a file', '/../../etc/passwd', {}, 404, 'not_found'],
    ['a host', path, { headers: { host: 'evil.example' } }, 403, 'wrong_host'],
    ['a host with an address', path, { headers: { host: '127.0.0.1.evil.example' } }, 403, 'wrong_host'],
    ['a web page', path, { body: {}, headers: { origin: 'http://localhost:8000' } }, 403, 'wrong_origin'],
  ])('%s', async (_, where, options, status, code, param) => {
    const answer = await ask(port, where, options);
    expect([answer.status, answer.headers['content-type']], answer.text).toEqual([status, 'application/json']);
    const { error } = JSON.parse(answer.text) as { error: Record<string, unknown> };
    expect(error).toEqual({
      message: expect.stringMatching(/^[^\n]{5,300}$/) as unknown,
      type: 'invalid_request_error',
      param: param ?? null,
      code,
    });
    expect(answer.text).not.toMatch(/\/work|\/src|node:|\bat \w+ \(/);
    // The server still answers.
    expect((await ask(port, '/v1/models')).status).toBe(200);
  });

  it('a body that is too large, whether it says so or not, and one that ends early', async () => {
    const body = ' '.repeat(LIMITS.requestBytes.most + 1);
    expect((await ask(port, path, { body })).status).toBe(413);
    expect((await ask(port, path, { body, headers: { 'transfer-encoding': 'chunked' } })).status).toBe(413);
    const head = 'POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    expect(await sendRaw(port, `${head}Content-Length: 100\r\n\r\n{"prompt"`)).not.toContain('HTTP/1.1 500');
    expect(await sendRaw(port, `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`)).toContain('HTTP/1.1 400');
    expect((await ask(port, '/v1/models')).status).toBe(200);
  });

  it('what is no HTTP, and headers that are too large', async () => {
    expect(await sendRaw(port, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc')).toContain('HTTP/1.1 400');
    const large = `GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await sendRaw(port, large)).toContain('HTTP/1.1 431');
    expect(await sendRaw(port, 'GET /v1/models HTTP/1.1\r\n\r\n')).toMatch(/HTTP\/1\.1 (?:400|403)/);
    expect((await ask(port, '/v1/models')).status).toBe(200);
  });
});

describe('with a token', () => {
  const token = readToken(' 0123456789abcdef0123456789abcdef\n', 'token.txt');
  let guarded: ModelServer;
  beforeAll(async () => {
    guarded = await ModelServer.listen(twin, { ...OPTIONS, token });
  });
  afterAll(async () => {
    await guarded.close();
  });

  it.each([
    ['none', {}],
    ['another', { authorization: `Bearer ${token}0` }],
    ['its beginning', { authorization: `Bearer ${token.slice(0, -1)}` }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${token}` }],
  ])('%s: 401 and nothing else', async (_, headers) => {
    for (const path of ['/v1/models', '/verify', '/nothing']) {
      const answer = await ask(guarded.port, path, { headers });
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
      expect(answer.text).not.toContain(token);
    }
  });

  it('it is answered under any name of its host, but not to a web page', async () => {
    const headers = { authorization: `Bearer ${token}` };
    expect((await ask(guarded.port, '/v1/models', { headers: { ...headers, host: 'gpu.example' } })).status).toBe(200);
    const fromPage = { ...headers, origin: 'https://evil.example' };
    expect((await ask(guarded.port, '/v1/models', { headers: fromPage })).status).toBe(403);
  });

  it.each(['short', 'a'.repeat(64), `${'0123456789abcdef'.repeat(2)} x`, ''])('%j is none', (text) => {
    expect(() => readToken(text, 'token.txt')).toThrow(/^error\[TOKEN\] token\.txt: /);
    if (text.length > 5) expect(() => readToken(text, 'token.txt')).not.toThrow(text);
  });
});
