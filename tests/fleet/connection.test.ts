// Addresses of databases: where passwords may be, when TLS is used, and which errors mean that a server is away.
import { expect, test } from 'vitest';
import { withoutPassword } from '../../src/base/address.ts';
import { TracelabError } from '../../src/base/errors.ts';
import { asked, connectionOf } from '../../src/fleet/postgres/connection.ts';

const ca = (path: string): string => `certificate of ${path}`;
const of = (address: string, isFromEnvironment = false) => connectionOf(address, isFromEnvironment, ca);

function refusalOf(run: () => unknown): TracelabError {
  try {
    run();
  } catch (error) {
    if (error instanceof TracelabError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

test.each(['postgres://lab@127.0.0.1:5432/db', 'postgresql://localhost/db', 'postgres://[::1]/db'])(
  'a server on this machine needs no TLS: %s',
  (address) => {
    expect(of(address).ssl).toBe(false);
  },
);

test('a socket of this machine needs no TLS', () => {
  expect(of('postgres:///db?host=/run/postgresql&user=lab').ssl).toBe(false);
});

test('other servers are reached by TLS with a checked certificate, unless the address says otherwise', () => {
  const address = 'postgres://lab@db.example.org/db';
  expect(of(address).ssl).toEqual({ rejectUnauthorized: true });
  expect(of(`${address}?sslmode=verify-full`).ssl).toEqual({ rejectUnauthorized: true });
  expect(of(`${address}?sslmode=require`).ssl).toEqual({ rejectUnauthorized: false });
  expect(of(`${address}?sslmode=disable`).ssl).toBe(false);
  expect(of(`${address}?sslrootcert=root.pem`).ssl).toEqual({
    rejectUnauthorized: true,
    ca: 'certificate of root.pem',
  });
  // Nothing of it is left for the library to decide.
  expect(of(`${address}?sslmode=require&application_name=x`).connectionString).toBe(`${address}?application_name=x`);
  expect(of('postgres://127.0.0.1/db?sslmode=verify-full').ssl).toEqual({ rejectUnauthorized: true });
  expect(refusalOf(() => of(`${address}?sslmode=prefer`)).code).toBe('ENGINE_ADDRESS');
});

test('a password comes from the environment alone, and is shown nowhere', () => {
  const address = 'postgres://lab:s3cret@db.example.org/db';
  const refusal = refusalOf(() => of(address));
  expect(refusal.code).toBe('ENGINE_ADDRESS');
  expect(refusal.message).not.toContain('s3cret');
  const { connectionString, shown } = of(address, true);
  expect(connectionString).toBe(address);
  expect(shown).toBe('postgres://lab:...@db.example.org/db');
  expect(of('postgres://lab:a%40b@db.example.org/db', true).shown).not.toContain('a%40b');
  expect(refusalOf(() => of('postgres://lab:s3cret@db.example.org', true)).message).not.toContain('s3cret');
});

test.each([
  'postgres://lab:s3cret/with/slashes@db.example.org/db',
  'postgres://lab:s3cret@with@signs@db.example.org/db',
  'postgres://lab:s3cret?with=question@db.example.org/db',
  'postgres://lab:s3cret\nline@db.example.org/db',
  'mysql://lab:s3cret@db.example.org/db',
  'postgres://db.example.org/db?user=lab&password=s3cret&x=1',
])('no refusal and no line shows the password of %s', (address) => {
  expect(withoutPassword(address)).not.toContain('s3cret');
  expect(refusalOf(() => of(address)).message).not.toContain('s3cret');
});

test('an address without a password is shown as it is', () => {
  for (const address of ['postgres://lab@db.example.org:5432/db', 'postgres:///db?host=/run/a@b', '/folder/a:b@c'])
    expect(withoutPassword(address)).toBe(address);
});

test('an error of the connection means that the server is away; one of the user does not', async () => {
  const failing = async (error: Error): Promise<unknown> =>
    asked('postgres://db', async () => Promise.reject(error)).catch((thrown: unknown) => thrown);
  for (const code of ['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03', '08006', '53300'])
    expect(await failing(Object.assign(new Error('away'), { code }))).toMatchObject({
      code: 'ENGINE_GONE',
      exitCode: 4,
    });
  expect(await failing(new Error('Connection terminated unexpectedly'))).toMatchObject({ code: 'ENGINE_GONE' });
  const several = Object.assign(new AggregateError([]), {
    errors: [Object.assign(new Error(), { code: 'ECONNREFUSED' })],
  });
  expect(await failing(several)).toMatchObject({ code: 'ENGINE_GONE' });
  for (const code of ['28P01', '3D000', '42501'])
    expect(await failing(Object.assign(new Error('no'), { code }))).toMatchObject({
      code: 'ENGINE_DENIED',
      exitCode: 2,
    });
  const other = Object.assign(new Error('a bug'), { code: '42P01' });
  expect(await failing(other)).toBe(other);
});

test('transactions in each other’s way are repeated', async () => {
  let calls = 0;
  const result = await asked('postgres://db', async () => {
    calls += 1;
    if (calls < 3) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
    return Promise.resolve(calls);
  });
  expect(result).toBe(3);
});
