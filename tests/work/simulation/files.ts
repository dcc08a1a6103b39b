// The file system that all simulated machines share: a tree in memory with the rules and errors of POSIX. Every
// function here takes effect at once; when it is called, and by whom, is simulated-port.ts.
import { dirname, join } from 'node:path';

export interface SimulatedFile {
  readonly type: 'file';
  readonly inode: number;
  /** The newest name that it was given. */
  path: string;
  data: Buffer;
  /** Milliseconds. */
  changed: number;
}

interface SimulatedFolder {
  readonly type: 'folder';
  readonly inode: number;
  readonly entries: Map<string, SimulatedNode>;
  changed: number;
}

export type SimulatedNode = SimulatedFile | SimulatedFolder;

export class SimulatedFiles {
  readonly #now: () => number;
  readonly #root: SimulatedFolder;
  #inode = 1;

  /** @param now in seconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#root = this.#folder();
  }

  find(path: string): SimulatedNode | undefined {
    let node: SimulatedNode | undefined = this.#root;
    for (const name of path.split('/').filter(Boolean)) {
      if (node?.type !== 'folder') return undefined;
      node = node.entries.get(name);
    }
    return node;
  }

  file(path: string, call: string): SimulatedFile {
    const node = this.find(path);
    if (!node) throw systemError(this.#isBelowFile(path) ? 'ENOTDIR' : 'ENOENT', call, path);
    if (node.type === 'folder') throw systemError('EISDIR', call, path);
    return node;
  }

  folder(path: string): SimulatedFolder {
    const node = this.find(path);
    if (!node) throw systemError(this.#isBelowFile(path) ? 'ENOTDIR' : 'ENOENT', 'scandir', path);
    if (node.type === 'file') throw systemError('ENOTDIR', 'scandir', path);
    return node;
  }

  makeFolder(path: string): void {
    if (this.find(path)) throw systemError('EEXIST', 'mkdir', path);
    this.#put(path, this.#folder(), 'mkdir');
  }

  /** open(2) with O_CREAT. */
  create(path: string, exclusive: boolean): SimulatedFile {
    const node = this.find(path);
    if (node && exclusive) throw systemError('EEXIST', 'open', path);
    if (node?.type === 'folder') throw systemError('EISDIR', 'open', path);
    return node ?? this.#put(path, this.#file(path), 'open');
  }

  write(file: SimulatedFile, data: Uint8Array, at: number): void {
    const size = Math.max(file.data.length, at + data.length);
    const next = Buffer.alloc(size);
    file.data.copy(next);
    next.set(data, at);
    file.data = next;
    file.changed = this.#milliseconds();
  }

  /** Cuts a file, or fills it up with zeros. */
  truncate(file: SimulatedFile, bytes: number): void {
    const next = Buffer.alloc(bytes);
    file.data.copy(next);
    file.data = next;
    file.changed = this.#milliseconds();
  }

  link(from: string, to: string): void {
    const file = this.file(from, 'link');
    if (this.find(to)) throw systemError('EEXIST', 'link', to);
    file.changed = this.#milliseconds();
    this.#put(to, file, 'link');
  }

  rename(from: string, to: string): void {
    const node = this.find(from);
    if (!node) throw systemError('ENOENT', 'rename', from);
    const there = this.find(to);
    if (there?.type === 'folder' && (node.type === 'file' || there.entries.size > 0))
      throw systemError(node.type === 'file' ? 'EISDIR' : 'ENOTEMPTY', 'rename', to);
    this.#put(to, node, 'rename');
    node.changed = this.#milliseconds();
    this.#above(from, 'rename').entries.delete(nameOf(from));
  }

  /** unlink(2) */
  remove(path: string): void {
    this.file(path, 'unlink');
    this.#above(path, 'unlink').entries.delete(nameOf(path));
  }

  removeFolder(path: string): void {
    const node = this.find(path);
    if (!node) throw systemError('ENOENT', 'rmdir', path);
    if (node.type === 'file') throw systemError('ENOTDIR', 'rmdir', path);
    if (node.entries.size > 0) throw systemError('ENOTEMPTY', 'rmdir', path);
    this.#above(path, 'rmdir').entries.delete(nameOf(path));
  }

  /** All that is in a tree, each after what is in it. */
  below(path: string): string[] {
    const node = this.find(path);
    if (!node) return [];
    if (node.type === 'file') return [path];
    return [...[...node.entries.keys()].flatMap((name) => this.below(join(path, name))), path];
  }

  #put<Node extends SimulatedNode>(path: string, node: Node, call: string): Node {
    this.#above(path, call).entries.set(nameOf(path), node);
    if (node.type === 'file') node.path = path;
    return node;
  }

  #above(path: string, call: string): SimulatedFolder {
    const node = this.find(dirname(path));
    if (!node) throw systemError('ENOENT', call, path);
    if (node.type === 'file') throw systemError('ENOTDIR', call, path);
    return node;
  }

  #isBelowFile(path: string): boolean {
    for (let above = dirname(path); above !== '/'; above = dirname(above))
      if (this.find(above)?.type === 'file') return true;
    return false;
  }

  #file(path: string): SimulatedFile {
    return { type: 'file', inode: this.#inode++, path, data: Buffer.alloc(0), changed: this.#milliseconds() };
  }

  #folder(): SimulatedFolder {
    return { type: 'folder', inode: this.#inode++, entries: new Map(), changed: this.#milliseconds() };
  }

  #milliseconds(): number {
    return 1.8e12 + this.#now() * 1000;
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** An error as node:fs throws it. */
export function systemError(code: string, syscall: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated, ${syscall} '${path}'`), { code, syscall, path, errno: -1 });
}
