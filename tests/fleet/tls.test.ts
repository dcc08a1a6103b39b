// A server that speaks TLS: its certificate is checked, unless the address says otherwise.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectionOf } from '../../src/fleet/postgres/connection.ts';
import { Database } from '../../src/fleet/postgres/database.ts';
import { PostgresServer } from './postgres-server.ts';

let folder: string;
let server: PostgresServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-tls-'));
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate],
      ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ],
    { stdio: 'ignore' },
  );
  server = await PostgresServer.start((data) => {
    execFileSync('cp', [key, certificate, data]);
  });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Whether the connections of this address are encrypted. */
async function isEncrypted(query: string): Promise<boolean> {
  const connection = connectionOf(`${server.url}?${query}`, false, (path) => readFileSync(path, 'utf8'));
  const database = await Database.open(connection, { supervise: false });
  try {
    const [row] = await database.rows('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    return row.ssl === true;
  } finally {
    await database.close();
  }
}

test('a certificate of a known authority is accepted', async () => {
  expect(await isEncrypted(`sslmode=verify-full&sslrootcert=${join(folder, 'server.crt')}`)).toBe(true);
});

test('a certificate of an unknown authority is refused', async () => {
  await expect(isEncrypted('sslmode=verify-full')).rejects.toMatchObject({ code: 'ENGINE_TLS', exitCode: 2 });
});

test('`require` encrypts without asking who answers, `disable` does not encrypt', async () => {
  expect(await isEncrypted('sslmode=require')).toBe(true);
  expect(await isEncrypted('sslmode=disable')).toBe(false);
});

test('a server without TLS is refused where the address asks for it', async () => {
  const plain = await PostgresServer.start();
  try {
    const connection = connectionOf(`${plain.url}?sslmode=require`, false, () => '');
    await expect(Database.open(connection, { supervise: false })).rejects.toMatchObject({ code: 'ENGINE_TLS' });
  } finally {
    await plain.stop();
  }
});
