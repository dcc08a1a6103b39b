// How a PostgreSQL server is reached: its address, TLS, where the password may come from, and what its errors mean.
import { withoutPassword } from '../../base/address.ts';
import { TracelabError } from '../../base/errors.ts';

/** May hold the whole address, with its password. */
const ENGINE_VARIABLE = 'TRACELAB_ENGINE';

/** What pg-boss needs to connect. */
export interface Connection {
  readonly connectionString: string;
  readonly ssl: false | { readonly rejectUnauthorized: boolean; readonly ca?: string };
  /** The address without its password, for people. */
  readonly shown: string;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|::1)$/;

/**
 * @param given address of the command line or of the environment
 * @param isFromEnvironment whether others cannot read it in the list of processes
 * @param readCa reads the file of `sslrootcert`
 * @throws TracelabError ENGINE_ADDRESS (refused input)
 */
export function connectionOf(given: string, isFromEnvironment: boolean, readCa: (path: string) => string): Connection {
  const url = URL.parse(given);
  if (!url || !/^postgres(?:ql)?:$/.test(url.protocol) || url.pathname.length < 2)
    throw refusedAddress('is no address of a database', 'postgres://HOST/DATABASE', withoutPassword(given));
  const hasPassword = url.password !== '' || url.searchParams.has('password');
  if (hasPassword && !isFromEnvironment)
    throw refusedAddress(
      'has a password, which everyone on this machine can read in the list of processes',
      `the password in PGPASSWORD or ~/.pgpass, or the address in ${ENGINE_VARIABLE}`,
      withoutPassword(given),
    );
  const mode = url.searchParams.get('sslmode');
  const root = url.searchParams.get('sslrootcert');
  const socket = url.searchParams.get('host');
  // TLS is decided here alone.
  for (const name of ['sslmode', 'sslrootcert']) url.searchParams.delete(name);
  const isLocal = (socket?.startsWith('/') ?? false) || url.hostname === '' || LOOPBACK.test(url.hostname);
  if (mode !== null && !['disable', 'require', 'verify-ca', 'verify-full'].includes(mode))
    throw refusedAddress('has another sslmode', 'disable, require, verify-ca or verify-full', mode);
  const plain = mode === 'disable' || (mode === null && isLocal);
  return {
    connectionString: url.href,
    // `require` encrypts and does not ask who answers; without a word of the user the certificate is checked.
    ssl: plain ? false : { rejectUnauthorized: mode !== 'require', ...(root !== null && { ca: readCa(root) }) },
    shown: withoutPassword(given),
  };
}

function refusedAddress(what: string, expected: string, got: string): TracelabError {
  return new TracelabError({
    code: 'ENGINE_ADDRESS',
    kind: 'refused_input',
    where: '--engine',
    what,
    expected,
    got,
    hint: 'for example postgres://user@db.example.org/tracelab, with the password in PGPASSWORD',
  });
}

/** Errors in which the server was not reached, went away, or could not serve now: of the system, of the server. */
const GONE_CODES = [
  /^E(?:CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN|NOTFOUND)$/,
  /^(?:08\w{3}|57P0\d|53300|58\w{3})$/,
];
/** Errors of the client library have words alone. */
const GONE_WORDS = new RegExp(
  [
    'Connection terminated',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error',
    'Database not opened',
    'Query read timeout',
    'Cannot use a pool after',
  ].join('|'),
  'i',
);
/** The certificate of the server is not one to trust, or it has none. */
const UNTRUSTED = /CERT|UNABLE_TO_(?:GET|VERIFY)|^ERR_TLS|does not support SSL/;
/** Two transactions were in each other's way: the same call again succeeds. */
const AGAIN = /^(?:40001|40P01)$/;

interface DatabaseError extends Error {
  readonly code?: string;
  readonly errors?: readonly DatabaseError[];
}

/**
 * Calls the database; what shows that it cannot be reached becomes ENGINE_GONE.
 * @param shown the address without password
 */
export async function asked<T>(shown: string, call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (cause) {
      if (!(cause instanceof Error) || cause instanceof TracelabError) throw cause;
      const error = cause as DatabaseError;
      const code = error.code ?? error.errors?.[0]?.code ?? '';
      if (AGAIN.test(code) && attempt < 10) continue;
      if (GONE_CODES.some((codes) => codes.test(code)) || GONE_WORDS.test(error.message))
        throw goneError(shown, code || error.message, cause);
      if (UNTRUSTED.test(code) || UNTRUSTED.test(error.message))
        throw untrustedError(shown, code || error.message, cause);
      if (/^(?:28|3D|42501)/.test(code)) throw deniedError(shown, error.message, cause);
      throw cause;
    }
  }
}

function goneError(shown: string, got: string, cause: Error): TracelabError {
  return new TracelabError({
    code: 'ENGINE_GONE',
    kind: 'environment',
    where: shown,
    what: 'the database cannot be reached',
    expected: 'an answer',
    got,
    hint: 'check the address, and that the server runs and accepts connections from here',
    cause,
  });
}

function untrustedError(shown: string, got: string, cause: Error): TracelabError {
  return new TracelabError({
    code: 'ENGINE_TLS',
    kind: 'refused_input',
    where: shown,
    what: 'the server does not prove who it is',
    expected: 'TLS with a certificate of a known authority',
    got,
    hint: 'add ?sslrootcert=FILE with its authority to the address; in a network that you trust, ?sslmode=require',
    cause,
  });
}

function deniedError(shown: string, got: string, cause: Error): TracelabError {
  return new TracelabError({
    code: 'ENGINE_DENIED',
    kind: 'refused_input',
    where: shown,
    what: 'the database refuses this user',
    expected: 'a database that exists, and a user who may create schemas in it',
    got,
    hint: 'check user, password (PGPASSWORD) and database',
    cause,
  });
}
