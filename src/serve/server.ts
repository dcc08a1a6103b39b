// The HTTP server: /v1/models, /v1/completions and /verify for one open model. docs/security.md has the rules that it
// keeps: who may ask, what bounds a request, and what an answer never holds.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { LIMITS } from '../base/limits.ts';
import { loadCore } from '../core/module.ts';
import { RowJudge } from '../evaluation/row-judge.ts';
import type { Model } from '../model/model.ts';
import { Batcher } from './batcher.ts';
import { Budget, readBody } from './body.ts';
import { answerOf } from './completion-answer.ts';
import { readCompletionRequest } from './completion-request.ts';
import { admit } from './gate.ts';
import { badRequest, HttpError } from './http-error.ts';
import { ANSWER_TIMEOUT, listenOn, portOf } from './listen.ts';

export interface ServeOptions {
  /** Of the model, in requests and answers. */
  readonly name: string;
  /** Seconds since 1970, for /v1/models. */
  readonly created: number;
  readonly hosts: readonly string[];
  /** 0 = any free one. */
  readonly port: number;
  /** Needed by every request; null = none, on loopback alone. */
  readonly token: string | null;
  /** Called for each failure that is ours, not the client's. */
  readonly failed: (error: unknown) => void;
}

/** How long answers may take to leave when the server stops, ms. */
const LEAVE = 1_000;

/** The HTTP server of one model. Create it with listen(), end it with close(). */
export class ModelServer implements AsyncDisposable {
  /** Requests that were answered, by status. */
  readonly answered = new Map<number, number>();
  private readonly model: Model;
  private readonly options: ServeOptions;
  private readonly batcher: Batcher;
  private readonly judge: RowJudge;
  private readonly budget = new Budget(LIMITS.requestsBytes.most);
  private readonly servers: Server[] = [];
  private count = 0;

  private constructor(model: Model, options: ServeOptions) {
    this.model = model;
    this.options = options;
    this.batcher = new Batcher(model);
    this.judge = new RowJudge(loadCore(), 'request', model.checkpoint.origin.size);
  }

  /**
   * Listens on all hosts, at one port.
   * @param model open; nobody else may use it before the server is closed
   * @throws TracelabError LISTEN (environment) when the port is taken or a host is not of this machine
   */
  static async listen(model: Model, options: ServeOptions): Promise<ModelServer> {
    const server = new ModelServer(model, options);
    try {
      const { hosts, port } = options;
      const listener = (request: IncomingMessage, response: ServerResponse): void => {
        void server.handle(request, response);
      };
      server.servers.push(...(await listenOn({ hosts, port, connections: LIMITS.connections.most }, listener)));
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** The port that it listens on. */
  get port(): number {
    return portOf(this.servers);
  }

  /** Answers what waits by 503 and ends all connections. */
  async close(): Promise<void> {
    const ended = this.servers.map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeIdleConnections();
        }),
    );
    await this.batcher.close();
    const late = setTimeout(() => {
      for (const server of this.servers) server.closeAllConnections();
    }, LEAVE);
    await Promise.all(ended);
    clearTimeout(late);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    const closed = new Promise<void>((resolve) => {
      response.once('close', () => {
        gone.abort();
        resolve();
      });
    });
    // Of connections that break.
    for (const stream of [request, response]) stream.on('error', () => undefined);
    try {
      admit(request.headers, this.options.token);
      await this.route(request, response, gone.signal, closed);
    } catch (error) {
      if (gone.signal.aborted || (request.destroyed && !request.complete)) return;
      let answer = error;
      if (!(error instanceof HttpError)) {
        this.options.failed(error);
        answer = new HttpError(500, 'internal_error', 'the server failed; its log has the reason');
      }
      const { status, body, headers } = answer as HttpError;
      this.send(response, status, body, headers);
      // Node drops what is left of the body, for as long as a request may take.
      request.resume();
    }
  }

  private async route(
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal,
    closed: Promise<unknown>,
  ): Promise<void> {
    const { method } = request;
    const path = (request.url ?? '').split('?', 1)[0];
    const allow = (allowed: string): void => {
      if (method !== allowed) throw new HttpError(405, 'wrong_method', `use ${allowed}`, null, { allow: allowed });
    };
    const { name } = this.options;
    switch (path) {
      case '/v1/models':
        allow('GET');
        this.send(response, 200, { object: 'list', data: [this.description] });
        return;
      case `/v1/models/${name}`:
      case `/v1/models/${encodeURIComponent(name)}`:
        allow('GET');
        this.send(response, 200, this.description);
        return;
      case '/v1/completions':
        allow('POST');
        await this.complete(await readBody(request, this.budget, closed), response, gone);
        return;
      case '/verify':
        allow('POST');
        this.send(response, 200, this.verify(await readBody(request, this.budget, closed)));
        return;
      default:
        throw new HttpError(404, 'not_found', 'there are /v1/models, /v1/completions and /verify');
    }
  }

  private get description(): object {
    return { id: this.options.name, object: 'model', created: this.options.created, owned_by: 'tracelab' };
  }

  private async complete(body: unknown, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const { name, created } = this.options;
    const { vocabulary, model } = this.model.checkpoint;
    const asked = readCompletionRequest(body, { name, vocabulary, context: model.context });
    const { choices, usage } = answerOf(asked, await this.batcher.complete(asked, gone), vocabulary);
    this.count += 1;
    const common = { id: `cmpl-${this.count}`, object: 'text_completion', created, model: name };
    if (!asked.stream) {
      this.send(response, 200, { ...common, choices, usage });
      return;
    }
    const events = [
      ...choices.map((choice) => ({ ...common, choices: [choice] })),
      ...(asked.hasUsageEvent ? [{ ...common, choices: [], usage }] : []),
    ].map((event) => JSON.stringify(event));
    this.end(response, 200, [...events, '[DONE]'].map((event) => `data: ${event}\n\n`).join(''), {
      'content-type': 'text/event-stream',
    });
  }

  /** One answer for one row, a list for a list. */
  private verify(body: unknown): unknown {
    const rows = (Array.isArray(body) ? body : [body]) as unknown[];
    const given = rows.map((row, i) => {
      if (typeof row !== 'object' || row === null || Array.isArray(row))
        throw badRequest('the body must be a row {prompt, completion, ...}, or a list of rows');
      return { line: i + 1, given: row as Readonly<Record<string, unknown>> };
    });
    const answers = this.judge.answer(given);
    return Array.isArray(body) ? answers : answers[0];
  }

  private send(
    response: ServerResponse,
    status: number,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    this.end(response, status, `${JSON.stringify(body)}\n`, { 'content-type': 'application/json', ...headers });
  }

  private end(response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>>): void {
    this.answered.set(status, (this.answered.get(status) ?? 0) + 1);
    const { socket } = response;
    if (response.destroyed || socket === null) return;
    // Node sets another when the answer has left.
    socket.setTimeout(ANSWER_TIMEOUT);
    response.writeHead(status, {
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    });
    response.end(text);
  }
}
