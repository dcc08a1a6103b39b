// Parsers of what other programs send while a command runs: requests to `tracelab serve`, and lines to
// `tracelab verify --stream`.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { deepStrictEqual } from 'node:assert/strict';
import { LIMITS } from '../../src/base/limits.ts';
import { loadCore } from '../../src/core/module.ts';
import { MAZE } from '../../src/domain/maze/domain.ts';
import type { Example } from '../../src/domain/types.ts';
import { RowJudge } from '../../src/evaluation/row-judge.ts';
import { verifyStream } from '../../src/evaluation/verify-stream.ts';
import { Budget, readBody } from '../../src/serve/body.ts';
import { readCompletionRequest } from '../../src/serve/completion-request.ts';
import { readToken } from '../../src/serve/gate.ts';
import { HttpError } from '../../src/serve/http-error.ts';
import { bytesOf, type Parser, REFUSED } from './parser.ts';

/** A request that is answered by an error of the client. */
function answered(error: unknown): string | undefined {
  return error instanceof HttpError && error.status >= 400 && error.status < 500 ? error.code : undefined;
}

/** The JSON of a request, through the reader of the server. */
async function bodyOf(input: Buffer): Promise<unknown> {
  const request = Object.assign(Readable.from([input.subarray(0, 100), input.subarray(100)]), {
    headers: { 'content-type': 'application/json' },
  });
  return readBody(request as unknown as IncomingMessage, new Budget(LIMITS.requestBytes.most), Promise.resolve());
}

/** @param examples of mazes */
export function requestParsers(examples: readonly Example[]): readonly Parser[] {
  const [{ prompt, size }] = examples;
  const vocabulary = MAZE.vocabulary(size);
  const ids = [...vocabulary.encode(prompt)];
  const requests = [
    { model: 'm', prompt, max_tokens: 8, temperature: 0.5, seed: 3, n: 2, logprobs: 2, echo: true, stop: ['end'] },
    { prompt: [prompt, prompt], stream: true, stream_options: { include_usage: true }, user: 'u', top_p: 1 },
    { prompt: ids, best_of: 1, suffix: '', presence_penalty: 0, frequency_penalty: 0, logit_bias: {} },
    { prompt: [ids, ids], stop: 'plan', max_tokens: null },
  ];
  const rows = examples.map(({ id, size: cells, prompt: given, completion }) => ({
    id,
    size: cells,
    prompt: given,
    completion,
  }));
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  return [
    {
      name: 'verify --stream',
      form: 'json lines',
      seeds: [bytesOf(lines), bytesOf(`${JSON.stringify({ ...rows[0], completion: ['a', 'b'] })}\n`)],
      kinds: [],
      read: async (input) => {
        let text = '';
        const pieces = Readable.from([input.subarray(0, 150), input.subarray(150)]);
        const { lines: count } = await verifyStream(pieces, 'stdin', 4, {
          write: async (more) => {
            text += more;
            return Promise.resolve();
          },
        });
        // One answer for each line, whatever the line holds.
        const given = input.toString('latin1').split('\n');
        const answers = text.split('\n').slice(0, -1);
        deepStrictEqual(count, given.at(-1) === '' ? given.length - 1 : given.length, 'number of lines');
        deepStrictEqual(
          answers.map((answer) => (JSON.parse(answer) as { readonly line: number }).line),
          Array.from({ length: count }, (_, i) => i + 1),
          'numbers of the lines of the answers',
        );
      },
    },
    {
      name: 'serve: /v1/completions',
      form: 'json',
      seeds: requests.map((each) => bytesOf(JSON.stringify(each))),
      kinds: [],
      refusal: answered,
      read: async (input) => {
        const { prompts, n, maxTokens } = readCompletionRequest(await bodyOf(input), {
          name: 'm',
          vocabulary,
          context: 512,
        });
        const isWrong = prompts.some((each) => each.ids.some((id) => id >= vocabulary.length));
        if (isWrong || prompts.length === 0 || n < 1 || maxTokens < 0)
          throw new Error(`accepted ${input.toString().slice(0, 300)}`);
      },
    },
    {
      name: 'serve: /verify',
      form: 'json',
      seeds: [bytesOf(JSON.stringify(rows)), bytesOf(JSON.stringify(rows[0]))],
      kinds: [],
      refusal: answered,
      read: async (input) => {
        const body = await bodyOf(input);
        const given = (Array.isArray(body) ? body : [body]) as Readonly<Record<string, unknown>>[];
        // The server refuses all others itself.
        const isRow = (row: unknown): boolean => typeof row === 'object' && row !== null && !Array.isArray(row);
        if (!given.every(isRow)) return;
        const answers = new RowJudge(loadCore(), 'request', undefined).answer(
          given.map((row, i) => ({ line: i + 1, given: row })),
        );
        deepStrictEqual(answers.length, given.length, 'number of answers');
        JSON.stringify(answers);
      },
    },
    {
      name: 'serve: token',
      form: 'text',
      seeds: [bytesOf(`${'0123456789abcdef'.repeat(4)}\n`), bytesOf('q7Zk1LrXw9Tn4Vb2Yc8Md5Hs0Gf3Jp6Q')],
      kinds: REFUSED,
      read: (input) => {
        const token = readToken(input.toString(), 'token.txt');
        deepStrictEqual(readToken(token, 'token.txt'), token, 'a token that was read again');
      },
    },
  ];
}
