// An open file of the file port. Opening one is disk.ts.
import { type Descriptor, port } from './file-port.ts';

/** Most bytes of one call to the system, which refuses 2 GiB and more. */
export const MOST = 1 << 30;

/** Content to write; text is written as UTF-8. */
export type Data = string | Uint8Array;

/** An open file; its errors name its path. Close it. */
export class OpenFile {
  readonly path: string;
  private readonly descriptor: Descriptor;
  private closed = false;

  constructor(path: string, descriptor: Descriptor) {
    this.path = path;
    this.descriptor = descriptor;
  }

  /**
   * @param at offset in the file; null: at its present position
   * @returns bytes read; 0 at the end
   */
  async read(into: Uint8Array, at: number | null): Promise<number> {
    return await this.named(port().async.read(this.descriptor, into, at));
  }

  /** Writes all of it. */
  async write(data: Data, at: number | null = null): Promise<void> {
    const bytes = bytesOf(data);
    for (let done = 0; done < bytes.length;) {
      const piece = bytes.subarray(done, done + MOST);
      done += await this.named(port().async.write(this.descriptor, piece, at === null ? null : at + done));
    }
  }

  /** Writes all of it. */
  writeSync(data: Data, at: number | null = null): void {
    const bytes = bytesOf(data);
    this.namedSync(() => {
      for (let done = 0; done < bytes.length;)
        done += port().sync.write(this.descriptor, bytes.subarray(done, done + MOST), at === null ? null : at + done);
    });
  }

  /** Resolves when the content is on the disk. */
  async sync(): Promise<void> {
    await this.named(port().async.sync(this.descriptor));
  }

  /** Cuts or extends the file to this number of bytes. */
  async truncate(bytes: number): Promise<void> {
    await this.named(port().async.truncate(this.descriptor, bytes));
  }

  /** Bytes of the file; 0 for a pipe and for files of the system. */
  async size(): Promise<number> {
    return await this.named(port().async.size(this.descriptor));
  }

  /** Closes the file; a second call has no effect. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.named(port().async.close(this.descriptor));
  }

  /** Like close(), synchronously, for exit handlers. */
  closeSync(): void {
    if (this.closed) return;
    this.closed = true;
    this.namedSync(() => {
      port().sync.close(this.descriptor);
    });
  }

  private async named<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      throw withPath(cause, this.path);
    }
  }

  private namedSync(work: () => void): void {
    try {
      work();
    } catch (cause) {
      throw withPath(cause, this.path);
    }
  }
}

function bytesOf(data: Data): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data;
}

/** An operation on a descriptor fails without saying which file it was. */
export function withPath(cause: unknown, path: string): unknown {
  if (cause instanceof Error && 'syscall' in cause) (cause as NodeJS.ErrnoException).path ??= path;
  return cause;
}
