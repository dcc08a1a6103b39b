// The body of a request as JSON: bounded in bytes, in depth and, by the server's request timeout, in time.
import type { IncomingMessage } from 'node:http';
import { depthFault } from '../base/json-fault.ts';
import { LIMITS } from '../base/limits.ts';
import { badRequest, HttpError } from './http-error.ts';

/** Bytes of the bodies that the server has at once. */
export class Budget {
  private used = 0;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** @throws HttpError 429 */
  take(bytes: number): void {
    if (this.used + bytes > this.most)
      throw new HttpError(429, 'too_many_requests', 'too many requests at once; try again later', null, {
        'retry-after': '1',
      });
    this.used += bytes;
  }

  /** Gives back the bytes of a request. */
  release(bytes: number): void {
    this.used -= bytes;
  }
}

/**
 * Reads a body; what it takes of the budget is released by `released`.
 * @throws HttpError 400, 413, 415, 429; an error of the connection
 */
export async function readBody(request: IncomingMessage, budget: Budget, released: Promise<unknown>): Promise<unknown> {
  const { headers } = request;
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? ''))
    throw new HttpError(415, 'not_json', 'the body must be JSON: Content-Type: application/json');
  if (!['', 'identity'].includes(headers['content-encoding'] ?? ''))
    throw new HttpError(415, 'encoded', 'the body must not be compressed');
  const { most } = LIMITS.requestBytes;
  const tooLarge = new HttpError(413, 'too_large', `a body has at most ${most} bytes`);
  if (Number(headers['content-length'] ?? 0) > most) throw tooLarge;
  const pieces: Buffer[] = [];
  let bytes = 0;
  let taken = 0;
  void released.then(() => {
    budget.release(taken);
  });
  // The connection is still needed after a refusal.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > most) throw tooLarge;
    budget.take(piece.length);
    taken += piece.length;
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString('utf8');
  if (depthFault(text, LIMITS.requestDepth.most) !== undefined)
    throw badRequest(`the body is nested more than ${LIMITS.requestDepth.most} levels deep`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest('the body is no JSON', null, 'invalid_json');
  }
}
