// The server of the dashboard over HTTP: who may look, what a request may ask, how streams begin, resume and end.
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { DashboardServer } from '../../src/dashboard/server.ts';
import type { Message, Snapshot } from '../../src/dashboard/protocol.ts';
import { ask } from '../serve/client.ts';
import { FakeSource, HOSTILE } from './fake-source.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const open: DashboardServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

interface Started {
  readonly server: DashboardServer;
  readonly source: FakeSource;
  readonly port: number;
}

async function start(token: string | null = null, tasks = 12, hostile = '', pace = 0.01): Promise<Started> {
  const source = new FakeSource({ tasks, hostile });
  const server = await DashboardServer.listen({
    source,
    hosts: ['127.0.0.1'],
    port: 0,
    morePorts: 0,
    token,
    pages: { dashboard: 'the page', login: 'the question' },
    pace,
    failed: (error) => {
      throw error;
    },
  });
  open.push(server);
  return { server, source, port: server.port };
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const html = { accept: 'text/html,*/*' };

/** Events of a stream until enough of them came. */
async function events(
  port: number,
  until: (messages: readonly Message[]) => boolean,
  { path = '/events', lastId }: { readonly path?: string; readonly lastId?: string } = {},
): Promise<{ readonly messages: Message[]; readonly ids: string[]; readonly text: string }> {
  const leave = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    signal: leave.signal,
    headers: lastId === undefined ? {} : { 'last-event-id': lastId },
  });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  let text = '';
  const decoder = new TextDecoder();
  const reader = answer.body?.getReader();
  for (;;) {
    const value = (await reader?.read())?.value as Uint8Array<ArrayBuffer> | undefined;
    if (value === undefined) throw new Error(`the stream ended: ${text}`);
    text += decoder.decode(value, { stream: true });
    const whole = text.slice(0, text.lastIndexOf('\n\n') + 2);
    const messages = [...whole.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data) as Message);
    if (!until(messages)) continue;
    leave.abort();
    return { messages, ids: [...whole.matchAll(/^id: (.*)$/gm)].map(([, id]) => id), text: whole };
  }
}

describe('who may look', () => {
  it('on loopback without a token: this machine, under its own names', async () => {
    const { port } = await start();
    expect((await ask(port, '/')).text).toBe('the page');
    for (const host of ['localhost', `127.0.0.1:${port}`, '[::1]:80'])
      expect((await ask(port, '/', { headers: { host } })).status, host).toBe(200);
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '10.0.0.1'])
      expect((await ask(port, '/', { headers: { host } })).status, host).toBe(403);
  });

  it('no page of another origin', async () => {
    const { port } = await start();
    const status = async (headers: Record<string, string>, path = '/events'): Promise<number> =>
      (await ask(port, path, { headers, method: 'HEAD' })).status;
    expect(await status({ origin: 'http://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ host: `localhost:${port}`, origin: `http://localhost:${port}` })).toBe(200);
    expect(await status({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'iframe' }, '/')).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }, '/')).toBe(200);
    expect(await status({ 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' })).toBe(200);
  });

  it('with a token: who has it, in a header or as a cookie of this server', async () => {
    const { port } = await start(TOKEN);
    for (const path of [
      '/',
      '/events',
      '/task?graph=0&task=0',
      '/samples?graph=0&task=0',
      '/report?graph=0',
      '/nothing',
    ])
      for (const headers of [
        {},
        bearer('x'),
        bearer(`${TOKEN}0`),
        bearer(''),
        { cookie: `tracelab-dashboard-${port}=` },
      ])
        expect((await ask(port, path, { headers })).status, path).toBe(401);
    expect((await ask(port, '/', { headers: bearer(TOKEN) })).text).toBe('the page');
    const { status, headers } = await ask(port, '/session', { headers: bearer(TOKEN) });
    const [cookie] = headers['set-cookie'] as string[];
    expect(status).toBe(204);
    expect(cookie).toMatch(/^tracelab-dashboard-\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(TOKEN);
    const given = { cookie: `other=1; ${cookie.split(';')[0]}` };
    expect((await ask(port, '/', { headers: given })).text).toBe('the page');
    expect((await ask(port, '/session', { headers: given })).status).toBe(401);
    const other = await start(TOKEN);
    expect((await ask(other.port, '/', { headers: given })).status).toBe(401);
  });

  it('whoever opens the page without the token is asked for it, and nobody else gets a page', async () => {
    const { port } = await start(TOKEN);
    const { status, text, headers } = await ask(port, '/', { headers: html });
    expect([status, text]).toEqual([401, 'the question']);
    expect(headers['content-security-policy']).toBe("frame-ancestors 'none'");
    expect((await ask(port, '/report?graph=0', { headers: html })).text).toContain('no_token');
  });
});

describe('what a request may ask', () => {
  it('GET and HEAD alone', async () => {
    const { port } = await start();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await ask(port, '/', { method });
      expect([status, headers.allow], method).toEqual([405, 'GET, HEAD']);
    }
    expect((await ask(port, '/', { method: 'HEAD' })).text).toBe('');
  });

  it('numbers of graphs and tasks, never a path', async () => {
    const { port } = await start();
    const status = async (path: string): Promise<number> => (await ask(port, path)).status;
    expect(await status('/task?graph=0&task=3')).toBe(200);
    expect(await status('/task?graph=0&task=12')).toBe(404);
    expect(await status('/task?graph=1&task=0')).toBe(404);
    expect(await status('/task?graph=0')).toBe(404);
    for (const bad of ['-1', '1.5', '../..', '%2e%2e', 'a', '1e3', '9999999999', ''])
      expect(await status(`/task?graph=0&task=${bad}`), bad).toBe(400);
    for (const path of ['/../etc/passwd', '/%2e%2e/package.json', '//etc/passwd', '/src/index.ts', '/\\..\\x'])
      expect([400, 404], path).toContain(await status(path));
  });

  it('answers say what browsers must not do', async () => {
    const { port } = await start();
    const { headers } = await ask(port, '/report?graph=0');
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none';.* frame-ancestors 'self'; sandbox allow-scripts/);
    expect(policy).not.toMatch(/same-origin|connect-src|https?:/);
    for (const path of ['/', '/task?graph=0&task=0', '/nothing']) {
      const answer = await ask(port, path);
      expect(answer.headers, path).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
    }
  });

  it('texts of others have no character that hides or moves', async () => {
    const { port } = await start(null, 12, HOSTILE);
    const { text } = await ask(port, '/task?graph=0&task=1');
    const stream = await events(port, (messages) => messages.length > 0);
    for (const each of [text, stream.text]) {
      expect(each).toContain('onerror=alert(1)>\ufffd\ufffd');
      expect(each).not.toMatch(/[\u202e\u0007]/);
    }
  });

  it('a request that is too large or broken ends its connection, not the server', async () => {
    const { port } = await start();
    expect((await ask(port, `/?${'x'.repeat(20_000)}`)).status).toBe(431);
    await new Promise<void>((resolve) => {
      connect(port, '127.0.0.1')
        .on('error', () => undefined)
        .resume()
        .on('close', () => {
          resolve();
        })
        .end('NONSENSE\r\n\r\n');
    });
    expect((await ask(port, '/')).status).toBe(200);
  });
});

describe('a stream', () => {
  const isSnapshot = (message: Message): message is Snapshot => message.event === 'snapshot';

  it('begins with everything, and goes on with what changed', async () => {
    const { port, source } = await start();
    const timer = setTimeout(() => {
      source.set(3, 'finished');
    }, 50);
    const { messages } = await events(port, ({ length }) => length === 2);
    clearTimeout(timer);
    const [first, second] = messages;
    expect(isSnapshot(first) && first.graph?.shape.tasks.length).toBe(12);
    expect(second).toMatchObject({ event: 'delta', now: [[3, { state: 'finished' }]] });
    expect(second).toMatchObject({ graphs: [{ counts: { finished: 1, waiting: 11 } }] });
    expect(second).not.toHaveProperty('workers');
  });

  it('resumes after the last event, and begins anew where that is another server’s', async () => {
    const { port, source } = await start();
    const path = '/events?graph=0';
    const { ids } = await events(port, ({ length }) => length === 1, { path });
    source.set(1, 'finished');
    await expect.poll(async () => (await ask(port, '/')).status).toBe(200);
    const again = await events(port, ({ length }) => length === 1, { path, lastId: ids[0] });
    expect(again.messages[0]).toMatchObject({ event: 'delta', now: [[1, { state: 'finished' }]] });
    for (const lastId of ['other-0', ids[0].replace(/\d+$/, '99'), 'x', ids[0].replace(/-\d+$/, '-x')]) {
      const { messages } = await events(port, ({ length }) => length === 1, { path, lastId });
      expect(messages[0].event, lastId).toBe('snapshot');
    }
  });

  it('of a page that fell far behind begins anew', async () => {
    const { port, source } = await start(null, 12, '', 0.001);
    const path = '/events?graph=0';
    const { ids } = await events(port, ({ length }) => length === 1, { path });
    let latest = 0;
    while (latest < 300) {
      source.tick();
      const { ids: newer } = await events(port, ({ length }) => length === 1, { path });
      latest = Number(newer[0].split('-')[1]);
    }
    const { messages } = await events(port, ({ length }) => length === 1, { path, lastId: ids[0] });
    expect(messages[0].event).toBe('snapshot');
  });

  it('is refused when too many pages are open, until one leaves', async () => {
    const { port } = await start();
    const leave = Array.from({ length: LIMITS.dashboardPages.most }, () => new AbortController());
    for (const { signal } of leave)
      expect((await fetch(`http://127.0.0.1:${port}/events`, { signal })).status).toBe(200);
    expect((await ask(port, '/events')).status).toBe(503);
    leave[0].abort();
    await expect.poll(async () => (await ask(port, '/events', { method: 'HEAD' })).status).toBe(200);
    for (const each of leave) each.abort();
  });

  it('ends when the server does', async () => {
    const { port, server } = await start();
    const answer = await fetch(`http://127.0.0.1:${port}/events`);
    const reading = answer.text().catch(() => 'cut');
    await server.close();
    await reading;
    await expect(ask(port, '/')).rejects.toThrow();
  });
});
