// Listening on addresses of this machine with the limits that every server has (docs/security.md).
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TracelabError } from '../base/errors.ts';

/** ms */
const TIMEOUTS = { headers: 10_000, request: 30_000, idle: 5_000, check: 1_000 } as const;
const HEADER_BYTES = 16 << 10;
/** How long a client may take to read an answer, ms. */
export const ANSWER_TIMEOUT = 30_000;

export interface Listening {
  readonly hosts: readonly string[];
  /** 0 = any free one. */
  readonly port: number;
  /** Further ports that are tried in turn when it is taken. */
  readonly more?: number;
  /** At once; further ones are closed. */
  readonly connections: number;
}

/**
 * Listens on all hosts, at one port.
 * @returns one server for each host
 * @throws TracelabError LISTEN (environment) when the port is taken or a host is not of this machine
 */
export async function listenOn(
  { hosts, port, more = 0, connections }: Listening,
  listener: RequestListener,
): Promise<Server[]> {
  for (let at = port; ; at++) {
    try {
      return await listenAt(hosts, at, connections, listener);
    } catch (error) {
      const isTaken = error instanceof TracelabError && error.details.got === 'EADDRINUSE';
      if (!isTaken || at >= port + more) throw error;
    }
  }
}

/** The port that all servers listen on. */
export function portOf(servers: readonly Server[]): number {
  return (servers.at(0)?.address() as AddressInfo | null)?.port ?? 0;
}

async function listenAt(
  hosts: readonly string[],
  port: number,
  connections: number,
  listener: RequestListener,
): Promise<Server[]> {
  const servers: Server[] = [];
  try {
    for (const host of hosts) {
      const server = await bind(host, portOf(servers) || port, servers.length > 0, listener);
      if (server === undefined) continue;
      server.maxConnections = connections;
      servers.push(server);
    }
    return servers;
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}

/** @param isFurther whether another host listens already: a machine without IPv6 has no ::1 */
async function bind(
  host: string,
  port: number,
  isFurther: boolean,
  listener: RequestListener,
): Promise<Server | undefined> {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: TIMEOUTS.headers,
      requestTimeout: TIMEOUTS.request,
      keepAliveTimeout: TIMEOUTS.idle,
      connectionsCheckingInterval: TIMEOUTS.check,
    },
    listener,
  );
  const bound = Promise.withResolvers<undefined>();
  server.once('error', bound.reject);
  server.listen({ host, port, ipv6Only: true }, () => bound.resolve(undefined));
  try {
    await bound.promise;
    return server;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (isFurther && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) return undefined;
    throw new TracelabError({
      code: 'LISTEN',
      kind: 'environment',
      where: `${host} port ${port}`,
      what: 'cannot listen there',
      expected: 'a free port on an address of this machine',
      got: code ?? 'an error',
      hint: 'give another --port or --host',
      cause,
    });
  }
}
