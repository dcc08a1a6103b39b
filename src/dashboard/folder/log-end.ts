// The end of a log, which may be long.
import { openFile, stat } from '../../base/disk.ts';
import { LIMITS } from '../../base/limits.ts';

/** The last bytes of a file as text; empty without the file. */
export async function logEnd(path: string): Promise<string> {
  const size = Number((await stat(path))?.size ?? 0);
  if (size === 0) return '';
  const from = Math.max(0, size - LIMITS.dashboardLog.most);
  const file = await openFile(path, 'r');
  try {
    const bytes = new Uint8Array(size - from);
    const got = await file.read(bytes, from);
    return new TextDecoder().decode(bytes.subarray(0, got));
  } finally {
    await file.close();
  }
}
