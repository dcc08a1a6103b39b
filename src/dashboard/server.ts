// The HTTP server of the dashboard: its page, the stream of events, details of tasks, and pages of samples and reports.
// It changes nothing and starts nothing. A request names graphs and tasks by number, never a file.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { TracelabError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { HttpError } from '../serve/http-error.ts';
import { ANSWER_TIMEOUT, listenOn, portOf } from '../serve/listen.ts';
import { Access, NO_TOKEN } from './access.ts';
import { Broadcast, cleanJson, EVENT_HEADERS } from './broadcast.ts';
import type { Source } from './source.ts';

export interface DashboardOptions {
  readonly source: Source;
  readonly hosts: readonly string[];
  /** 0 = any free one. */
  readonly port: number;
  /** Further ports to try when it is taken. */
  readonly morePorts: number;
  /** Needed by every request; null = none, on loopback alone. */
  readonly token: string | null;
  /** Whole documents. */
  readonly pages: { readonly dashboard: string; readonly login: string };
  /** Seconds between two looks. */
  readonly pace: number;
  /** Called for each failure that is ours, not the client's. */
  readonly failed: (error: unknown) => void;
}

/** How long the end of a look is waited for. */
const LEAVE_MS = 1000;
/** Nothing is kept, guessed or shared with another origin. */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;
const HTML = 'text/html; charset=utf-8';
/** The policy of scripts and styles is in each page, by hashes. */
const OWN_PAGE = { 'content-type': HTML, 'content-security-policy': "frame-ancestors 'none'" };
/** Pages made of results have an origin of their own and load nothing: whatever is in them cannot ask this server. */
const INNER_PAGE = {
  'content-type': HTML,
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; img-src data:; " +
    "frame-ancestors 'self'; sandbox allow-scripts allow-downloads allow-popups",
};
const PLAIN = { 'content-type': 'application/json' };

/** The server of one source. Create it with listen(), end it with close(). */
export class DashboardServer implements AsyncDisposable {
  private readonly options: DashboardOptions;
  private readonly access: Access;
  private readonly broadcast: Broadcast;
  private servers: readonly Server[] = [];
  private timer: NodeJS.Timeout | undefined;
  private looking = Promise.resolve();
  private isClosed = false;
  /** Why the last look failed; empty if it did not. */
  private failure = '';

  private constructor(options: DashboardOptions, broadcast: Broadcast) {
    this.options = options;
    this.access = new Access(options.token);
    this.broadcast = broadcast;
  }

  /**
   * Looks once, listens on all hosts at one port, and looks on.
   * @throws TracelabError LISTEN (environment); what the first look throws
   */
  static async listen(options: DashboardOptions): Promise<DashboardServer> {
    const { source, hosts, port, morePorts } = options;
    const server = new DashboardServer(options, new Broadcast(source.place, await source.look()));
    server.servers = await listenOn(
      { hosts, port, more: morePorts, connections: LIMITS.dashboardConnections.most },
      (request, response) => {
        void server.handle(request, response);
      },
    );
    server.lookLater();
    return server;
  }

  /** The port that it listens on. */
  get port(): number {
    return portOf(this.servers);
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.broadcast.close();
    const ended = this.servers.map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    );
    // A look may wait for a database that does not answer.
    await Promise.race([Promise.all([...ended, this.looking]), sleep(LEAVE_MS, undefined, { ref: false })]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private lookLater(): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => {
      this.looking = this.look();
    }, this.options.pace * 1000);
  }

  /** A look that fails is reported once, on the pages too, and the next one is tried. */
  private async look(): Promise<void> {
    try {
      this.broadcast.publish(await this.options.source.look());
      this.failure = '';
    } catch (error) {
      const words = error instanceof TracelabError ? error.message : 'a look failed; the terminal has the reason';
      if (this.failure !== words) this.options.failed(error);
      this.failure = words;
      this.broadcast.alarm(words);
    }
    this.lookLater();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Of connections that break.
    for (const stream of [request, response]) stream.on('error', () => undefined);
    // A body has no meaning here.
    request.resume();
    try {
      await this.route(request, response);
    } catch (error) {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      let answer = error;
      if (!(error instanceof HttpError)) {
        this.options.failed(error);
        answer = new HttpError(500, 'internal_error', 'the dashboard failed; its terminal has the reason');
      }
      this.refuse(request, response, answer as HttpError);
    }
  }

  private refuse(request: IncomingMessage, response: ServerResponse, { status, code, body, headers }: HttpError): void {
    const asksPage = request.headers.accept?.includes('text/html') === true && this.pathOf(request).pathname === '/';
    if (code === NO_TOKEN && asksPage) this.send(response, 401, this.options.pages.login, OWN_PAGE);
    else this.send(response, status, `${JSON.stringify(body)}\n`, { ...PLAIN, ...headers });
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method } = request;
    const { pathname, searchParams } = this.pathOf(request);
    if (method !== 'GET' && method !== 'HEAD')
      throw new HttpError(405, 'wrong_method', 'use GET', null, { allow: 'GET, HEAD' });
    if (pathname === '/session') {
      this.send(response, 204, '', { 'set-cookie': this.access.cookie(headers, this.port) });
      return;
    }
    this.access.admit(headers, this.port);
    const { source, pages } = this.options;
    const graph = numberOf(searchParams, 'graph');
    const task = numberOf(searchParams, 'task');
    const asked = async (of: (graph: number, task: number) => Promise<string | undefined>): Promise<string> =>
      found(graph === null || task === null ? undefined : await of(graph, task));
    switch (pathname) {
      case '/':
        this.send(response, 200, pages.dashboard, OWN_PAGE);
        return;
      case '/events':
        this.stream(request, response, graph);
        return;
      case '/task':
        this.send(
          response,
          200,
          await asked(async (key, place) => {
            const detail = await source.detail(key, place);
            return detail && cleanJson(detail);
          }),
          PLAIN,
        );
        return;
      case '/samples':
        this.send(response, 200, await asked((key, place) => source.samplesPage(key, place)), INNER_PAGE);
        return;
      case '/report':
        this.send(response, 200, found(graph === null ? undefined : await source.reportPage(graph)), INNER_PAGE);
        return;
      case '/favicon.ico':
        this.send(response, 204, '', {});
        return;
      default:
        throw new HttpError(404, 'not_found', 'there is no such page');
    }
  }

  private stream(request: IncomingMessage, response: ServerResponse, graph: number | null): void {
    if (this.broadcast.size >= LIMITS.dashboardPages.most)
      throw new HttpError(503, 'too_many_pages', 'too many pages of this dashboard are open', null, {
        'retry-after': '10',
      });
    response.writeHead(200, { ...HEADERS, ...EVENT_HEADERS });
    if (request.method === 'HEAD') response.end();
    else this.broadcast.connect(response, graph, request.headers['last-event-id']?.toString());
  }

  /** Of the request; its host is checked elsewhere. */
  private pathOf({ url = '/' }: IncomingMessage): URL {
    const parsed = URL.canParse(url, 'http://localhost') ? new URL(url, 'http://localhost') : undefined;
    if (parsed === undefined) throw new HttpError(400, 'wrong_path', 'this is not a path');
    return parsed;
  }

  private send(
    response: ServerResponse,
    status: number,
    text: string,
    headers: Readonly<Record<string, string>>,
  ): void {
    // Node sets another when the answer has left.
    response.socket?.setTimeout(ANSWER_TIMEOUT);
    response.writeHead(status, {
      ...HEADERS,
      ...(status !== 204 && { 'content-length': Buffer.byteLength(text) }),
      ...headers,
    });
    response.end(text);
  }
}

/** @throws HttpError 400 for what is no number */
function numberOf(search: URLSearchParams, name: string): number | null {
  const text = search.get(name);
  if (text === null) return null;
  if (!/^\d{1,9}$/.test(text)) throw new HttpError(400, 'invalid_value', `${name} must be a number`, name);
  return Number(text);
}

/** @throws HttpError 404 */
function found(text: string | undefined): string {
  if (text === undefined) throw new HttpError(404, 'not_found', 'there is no such thing');
  return text;
}
