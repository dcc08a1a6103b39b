// A request that is answered by an error, in the shape that OpenAI's clients read. Nothing else reaches a client: no
// path, no stack.

/** An error that is the answer to a request: status, code and message. */
export class HttpError extends Error {
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** The field that is wrong; null where none is. */
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;

  /** @param headers further ones of the answer */
  constructor(
    status: number,
    code: string,
    message: string,
    param: string | null = null,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
    this.param = param;
    this.headers = headers;
  }

  /** The JSON body of the answer. */
  get body(): object {
    const { message, param, code, status } = this;
    const type = status >= 500 ? 'server_error' : status === 429 ? 'rate_limit_error' : 'invalid_request_error';
    return { error: { message, type, param, code } };
  }
}

/** @param param the field that is wrong */
export function badRequest(message: string, param: string | null = null, code = 'invalid_value'): HttpError {
  return new HttpError(400, code, message, param);
}
