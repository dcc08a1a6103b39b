// Who may ask: on loopback whoever is on this machine, but no web page in a browser; elsewhere who has the token.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { TracelabError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import { HttpError } from './http-error.ts';

/** Names of this machine that nobody else can give an address to. */
export const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Lets a request in.
 * @param token null on loopback without one
 * @throws HttpError 401 without the token; 403 for another host than this machine (DNS rebinding), or from a web page
 */
export function admit(headers: IncomingHttpHeaders, token: string | null): void {
  if (token !== null) {
    const given = /^Bearer (.*)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    if (!isEqual(given, token))
      throw new HttpError(401, 'invalid_api_key', 'give the token of the server: Authorization: Bearer TOKEN', null, {
        'www-authenticate': 'Bearer',
      });
  } else if (!LOOPBACK.test(headers.host ?? ''))
    throw new HttpError(403, 'wrong_host', 'the server answers requests to localhost, 127.0.0.1 and [::1] alone');
  if (headers.origin !== undefined)
    throw new HttpError(403, 'wrong_origin', 'the server answers no web pages: send no Origin');
}

/** Takes the same time wherever the texts differ, and however long they are. */
export function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(a)), Buffer.from(sha256(b)));
}

/** Letters of base64 or hexadecimal digits that hold 128 bits. */
const LETTERS = 32;

/**
 * @param text a token as a file or the environment has it
 * @param where it comes from; the token itself is in no message
 * @throws TracelabError TOKEN when nobody could have drawn it at random
 */
export function readToken(text: string, where: string): string {
  const token = text.trim();
  if (token.length >= LETTERS && /^[\x21-\x7e]+$/.test(token) && new Set(token).size >= 8) return token;
  throw new TracelabError({
    code: 'TOKEN',
    kind: 'refused_input',
    where,
    what: 'not a token',
    expected: `at least ${LETTERS} random letters without blanks`,
    got: `${token.length} letters that are none`,
    hint: 'for example: openssl rand -hex 32',
  });
}
