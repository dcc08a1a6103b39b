// Where Linux keeps the limits of this process: the folders of its control group and of every group above it, for
// versions 1 and 2. Reads, and sets nothing. Elsewhere there are none.
import { readFileSync } from 'node:fs';

/** Text of a file, undefined where it cannot be read; tests pass sample files. */
export type ReadText = (path: string) => string | undefined;

/** A whole UTF-8 file; undefined if it cannot be read. */
export const readTextFile: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

export interface ControlGroup {
  readonly version: 1 | 2;
  /** Absolute paths: the group of this process first, then those above it up to the mount. */
  readonly folders: readonly string[];
}

interface Mount {
  readonly version: 1 | 2;
  /** The group that is seen at the mount point: `/`, or that of a container. */
  readonly root: string;
  readonly point: string;
  /** Options of the file system; those of version 1 name its controllers. */
  readonly options: readonly string[];
}

/**
 * Groups that limit this process. A machine may mount both versions; each controller belongs to one of them.
 * @param controller `cpu` or `memory`
 */
export function controlGroups(controller: string, read: ReadText = readTextFile): ControlGroup[] {
  const mounts = readMounts(read('/proc/self/mountinfo') ?? '');
  const groups: ControlGroup[] = [];
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    // `4:memory:/docker/abc`, or `0::/user.slice` for version 2; a path may hold colons.
    const found = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    if (found === null) continue;
    const [, id, names, path] = found;
    const version = id === '0' && names === '' ? 2 : 1;
    if (version === 1 && !names.split(',').includes(controller)) continue;
    const mount = mounts.find(
      (each) => each.version === version && (version === 2 || each.options.includes(controller)),
    );
    if (mount) groups.push({ version, folders: foldersUpTo(mount, path) });
  }
  return groups;
}

/** Lines of /proc/self/mountinfo: id parent major:minor root point options [optional ...] - type source options. */
function readMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line): Mount[] => {
    const [before, after = ''] = line.split(' - ');
    const [, , , root, point] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    return [
      { version: type === 'cgroup' ? 1 : 2, root: unescape(root), point: unescape(point), options: options.split(',') },
    ];
  });
}

/** Blanks in paths are written `\040`. */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/**
 * A path outside of the mount's root (a container that sees the group of its host) counts as the mount point itself.
 */
function foldersUpTo({ root, point }: Mount, path: string): string[] {
  const base = root === '/' ? '' : root;
  const isInside = path === base || path.startsWith(`${base}/`);
  const parts = (isInside ? path.slice(base.length) : '').split('/').filter((part) => part !== '' && part !== '..');
  return parts.map((_, i) => `${point}/${parts.slice(0, parts.length - i).join('/')}`).concat(point);
}
