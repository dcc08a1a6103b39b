// What commands that listen have in common: addresses, the token, and the refusal to listen for others without one.
import { TracelabError } from '../base/errors.ts';

/** What a command listens on if no host is given. */
export const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '::1'];

/** The address that people open. */
export function urlOf(host: string | undefined, port: number): string {
  return `http://${host === undefined ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * The token of a file or of the environment; null without any.
 * @throws TracelabError TOKEN, FILE_MISSING
 */
export async function givenToken(file: string | undefined, variable: string): Promise<string | null> {
  const { readToken } = await import('../serve/gate.ts');
  const { readText } = await import('../base/files.ts');
  if (file !== undefined) return readToken(await readText(file), file);
  const given = process.env[variable];
  return given === undefined || given === '' ? null : readToken(given, variable);
}

/** @throws TracelabError TOKEN_MISSING for an address that others can reach */
export async function checkHosts(hosts: readonly string[], token: string | null, variable: string): Promise<void> {
  const { BlockList, isIP } = await import('node:net');
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  const other = hosts.find((host) => isIP(host) === 0 || !loopback.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6'));
  if (other === undefined || token !== null) return;
  throw new TracelabError({
    code: 'TOKEN_MISSING',
    kind: 'refused_input',
    where: `--host ${other}`,
    what: 'others can reach this address, and no token is given',
    expected: `--token-file, or ${variable} in the environment`,
    got: 'neither',
    hint: 'openssl rand -hex 32 > token.txt; or leave --host out',
  });
}
