// Who may look at the dashboard. On loopback: whoever is on this machine, but no web page of another origin. Elsewhere:
// who has the token, in a header once and in a cookie of this process from then on.
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isEqual, LOOPBACK } from '../serve/gate.ts';
import { HttpError } from '../serve/http-error.ts';

/** Why a request is refused without the token: the page asks for it then. */
export const NO_TOKEN = 'no_token';

/** Decides about requests of one server. */
export class Access {
  private readonly token: string | null;
  /** Stands for the token in the cookie, so that no browser keeps the token. */
  private readonly session = randomBytes(32).toString('hex');

  /** @param token needed by every request; null = none, on loopback alone */
  constructor(token: string | null) {
    this.token = token;
  }

  /**
   * Lets a request in.
   * @param port of the server: browsers share cookies among the ports of a host
   * @throws HttpError 401 without token or cookie; 403 for another host than this machine (DNS rebinding), or from a
   * page of another origin
   */
  admit(headers: IncomingHttpHeaders, port: number): void {
    this.refuseOthers(headers);
    if (this.token !== null && !this.hasToken(headers) && !this.hasCookie(headers, port))
      throw new HttpError(401, NO_TOKEN, 'the dashboard needs its token', null, { 'www-authenticate': 'Bearer' });
  }

  /**
   * The cookie for a browser that has given the token.
   * @throws HttpError as admit()
   */
  cookie(headers: IncomingHttpHeaders, port: number): string {
    this.refuseOthers(headers);
    if (this.token === null || !this.hasToken(headers))
      throw new HttpError(401, NO_TOKEN, 'this is not the token', null, { 'www-authenticate': 'Bearer' });
    return `${cookieName(port)}=${this.session}; Path=/; HttpOnly; SameSite=Strict`;
  }

  private hasToken({ authorization = '' }: IncomingHttpHeaders): boolean {
    const given = /^Bearer (.*)$/i.exec(authorization)?.[1] ?? '';
    return this.token !== null && isEqual(given, this.token);
  }

  private hasCookie({ cookie = '' }: IncomingHttpHeaders, port: number): boolean {
    const start = `${cookieName(port)}=`;
    const given = cookie.split('; ').find((each) => each.startsWith(start));
    return given !== undefined && isEqual(given.slice(start.length), this.session);
  }

  private refuseOthers({ host = '', origin, ...headers }: IncomingHttpHeaders): void {
    if (this.token === null && !LOOPBACK.test(host))
      throw new HttpError(403, 'wrong_host', 'the dashboard answers requests to localhost, 127.0.0.1 and [::1] alone');
    if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
      throw new HttpError(403, 'wrong_origin', 'the dashboard answers its own pages alone');
    // A link to the dashboard may be anywhere; pictures, frames and scripts of other pages may not load it.
    const isForeign = /^(?:cross-site|same-site)$/.test(headers['sec-fetch-site']?.toString() ?? '');
    if (isForeign && headers['sec-fetch-dest'] !== 'document')
      throw new HttpError(403, 'wrong_origin', 'the dashboard answers its own pages alone');
  }
}

function cookieName(port: number): string {
  return `tracelab-dashboard-${port}`;
}
