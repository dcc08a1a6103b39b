// A plain HTTP client for the tests of the server: one request a connection, the answer as JSON.
import { request } from 'node:http';
import { connect } from 'node:net';
import type { AnsweredChoice } from '../../src/serve/completion-answer.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Completions {
  readonly choices: AnsweredChoice[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** @throws Error of the connection */
export async function ask(port: number, path: string, options: AskOptions = {}): Promise<Answer> {
  const { body, signal, headers = {} } = options;
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: options.method ?? (text === undefined ? 'GET' : 'POST'),
        headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
        agent: false,
        signal,
      },
      (response) => {
        let got = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          got += part;
        });
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: got });
        });
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

/** @throws Error for any other status than 200 */
export async function complete(port: number, body: object, headers = {}): Promise<Completions> {
  const { status, text } = await ask(port, '/v1/completions', { body, headers });
  if (status !== 200) throw new Error(`${status} ${text}`);
  return JSON.parse(text) as Completions;
}

/** Sends bytes and ends; resolves to what came back when the connection is closed. */
export async function sendRaw(port: number, bytes: string | Uint8Array, { end = true } = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let got = '';
    socket.setEncoding('latin1').on('data', (part: string) => {
      got += part;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(got);
    });
    socket.write(bytes);
    if (end) socket.end();
  });
}
