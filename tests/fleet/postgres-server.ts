// A PostgreSQL server of the test's own, from Debian's packages: a temporary folder, a free port on loopback, no
// password. Without the packages a test fails in one line.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** @throws when PostgreSQL is not installed */
function binaries(): string {
  const found = globSync('/usr/lib/postgresql/*/bin').sort().at(-1);
  if (found !== undefined && existsSync(join(found, 'initdb'))) return found;
  throw new Error('PostgreSQL is not installed: apt-get install postgresql');
}

/** PostgreSQL refuses to run as root. */
function otherUser(): { readonly uid?: number; readonly gid?: number } {
  if (userInfo().uid !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export class PostgresServer {
  readonly url: string;
  readonly #bin: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #user: { readonly uid?: number; readonly gid?: number };
  readonly #isTls: boolean;
  #process: ChildProcess | undefined;

  private constructor(
    bin: string,
    folder: string,
    port: number,
    user: { readonly uid?: number; readonly gid?: number },
    isTls: boolean,
  ) {
    this.#isTls = isTls;
    this.#bin = bin;
    this.#folder = folder;
    this.#port = port;
    this.#user = user;
    this.url = `postgres://tracelab@127.0.0.1:${port}/postgres`;
  }

  /** @param certificate makes server.crt and server.key in the folder that it is given: the server then speaks TLS */
  static async start(certificate?: (folder: string) => void): Promise<PostgresServer> {
    const bin = binaries();
    const user = otherUser();
    // The temporary folder of tests is closed to other users.
    const base = user.uid === undefined ? tmpdir() : existsSync('/dev/shm') ? '/dev/shm' : '/tmp';
    const folder = mkdtempSync(join(base, 'tracelab-postgres-'));
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
    chmodSync(folder, 0o700);
    execFileSync(join(bin, 'initdb'), ['-D', join(folder, 'data'), '-U', 'tracelab', '-A', 'trust', '--no-sync'], {
      ...user,
      cwd: '/',
      stdio: 'pipe',
    });
    if (certificate) {
      const data = join(folder, 'data');
      certificate(data);
      for (const name of ['server.crt', 'server.key']) {
        chmodSync(join(data, name), 0o600);
        if (user.uid !== undefined) chownSync(join(data, name), user.uid, user.gid ?? user.uid);
      }
    }
    const server = new PostgresServer(bin, folder, await freePort(), user, certificate !== undefined);
    await server.resume();
    return server;
  }

  /** Starts the server again after kill(). */
  async resume(): Promise<void> {
    const options = ['-D', join(this.#folder, 'data'), '-p', String(this.#port), '-k', this.#folder];
    const settings = [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'max_connections=60',
      '-c',
      `ssl=${this.#isTls ? 'on' : 'off'}`,
    ];
    this.#process = spawn(join(this.#bin, 'postgres'), [...options, ...settings], {
      ...this.#user,
      cwd: '/',
      stdio: 'ignore',
    });
    for (let attempt = 0; attempt < 600; attempt++) {
      try {
        execFileSync(join(this.#bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(this.#port)]);
        return;
      } catch {
        await wait(100);
      }
    }
    throw new Error('PostgreSQL does not accept connections');
  }

  /** As a crash of the machine would: no shutdown, no checkpoint. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#process?.once('exit', resolve));
    // SIGQUIT ends the server and its processes at once, without a checkpoint.
    this.#process?.kill('SIGQUIT');
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * Runs SQL.
   * @returns its lines
   */
  query(sql: string): string[] {
    const args = ['-h', '127.0.0.1', '-p', String(this.#port), '-U', 'tracelab', '-d', 'postgres', '-Atc', sql];
    return execFileSync('psql', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')
      .filter(Boolean);
  }
}
