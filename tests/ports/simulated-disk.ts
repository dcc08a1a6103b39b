// A disk that loses its power: it receives the operations of a recording in their order, knows what of them must have
// reached the disk, and draws states that POSIX allows after a crash. What was written to a file and not synced may be
// lost, torn or there without what was written before it; so may names in a folder that was not synced. A rename is
// whole or not at all.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { RandomSequence } from '../../src/base/random.ts';
import type { Operation, Watcher } from './watched-port.ts';

/** An operation that changes something; paths are absolute. */
export type Step =
  | { readonly step: 'open'; readonly file: string; readonly path: string; readonly flags: string }
  | { readonly step: 'write'; readonly file: string; readonly at: number | null; readonly bytes: Uint8Array }
  | { readonly step: 'truncate'; readonly file: string; readonly bytes: number }
  | { readonly step: 'sync'; readonly file: string }
  | { readonly step: 'folder' | 'remove'; readonly path: string }
  | { readonly step: 'rename' | 'link'; readonly path: string; readonly to: string };

/** @returns a watcher that appends to the steps */
export function recording(steps: Step[]): Watcher {
  const files = new Map<number, string>();
  let opened = 0;
  const stepOf = ({ name, args }: Operation, result: unknown): Step | undefined => {
    const [first, second, third] = args;
    const path = resolve(String(first));
    const file = files.get(first as number) ?? '';
    switch (name) {
      case 'open':
        files.set(result as number, `file ${opened++}`);
        return { step: 'open', file: files.get(result as number) ?? '', path, flags: second as string };
      case 'write': {
        const bytes = Uint8Array.from((second as Uint8Array).subarray(0, result as number));
        return { step: 'write', file, at: third as number | null, bytes };
      }
      case 'truncate':
        return { step: 'truncate', file, bytes: second as number };
      case 'sync':
        return { step: 'sync', file };
      case 'makeFolder':
        return { step: 'folder', path };
      case 'remove':
      case 'removeFolder':
        return { step: 'remove', path };
      case 'rename':
      case 'link':
        return { step: name, path, to: resolve(String(second)) };
      default:
        return undefined;
    }
  };
  return {
    after: (operation, result) => {
      const step = stepOf(operation, result);
      if (step) steps.push(step);
    },
  };
}

type Edit = { readonly at: number; readonly bytes: Uint8Array } | { readonly size: number };

/** A change of names, in one folder or in two. */
interface NameChange {
  readonly changes: readonly { readonly folder: Folder; readonly name: string; readonly node: Node | undefined }[];
  isSynced: boolean;
}

class File {
  /** On the disk for certain. */
  synced: Uint8Array = new Uint8Array();
  edits: Edit[] = [];

  get size(): number {
    return contentOf(this.synced, this.edits).length;
  }

  sync(): void {
    this.synced = contentOf(this.synced, this.edits);
    this.edits = [];
  }
}

class Folder {
  names = new Map<string, Node>();
  synced = new Map<string, Node>();
  changes: NameChange[] = [];

  sync(): void {
    for (const change of this.changes) change.isSynced = true;
    this.synced = new Map(this.names);
    this.changes = [];
  }
}

type Node = File | Folder;

function contentOf(start: Uint8Array, edits: readonly Edit[]): Uint8Array {
  let content = start;
  for (const edit of edits) {
    const size = 'size' in edit ? edit.size : Math.max(content.length, edit.at + edit.bytes.length);
    const next = new Uint8Array(size);
    next.set(content.subarray(0, size));
    if ('bytes' in edit) next.set(edit.bytes, edit.at);
    content = next;
  }
  return content;
}

/** How much of what was not synced is there: a crash between two extremes is drawn. */
export type Loss = 'all' | 'none' | 'some';

export class SimulatedDisk {
  private readonly root: string;
  private readonly top = new Folder();
  private readonly open = new Map<string, Node>();

  /** @param root the folder that is simulated; what is in it now has been there for long */
  constructor(root: string) {
    this.root = root;
    this.load(root, this.top);
  }

  private load(path: string, folder: Folder): void {
    for (const name of readdirSync(path)) {
      const node = statSync(join(path, name)).isDirectory() ? new Folder() : new File();
      if (node instanceof Folder) this.load(join(path, name), node);
      else node.synced = readFileSync(join(path, name));
      folder.names.set(name, node);
      folder.synced.set(name, node);
    }
  }

  private at(path: string): Node | undefined {
    if (path === this.root) return this.top;
    if (!path.startsWith(`${this.root}/`)) return undefined;
    const folder = this.at(dirname(path));
    return folder instanceof Folder ? folder.names.get(basename(path)) : undefined;
  }

  private change(...named: readonly (readonly [path: string, node: Node | undefined])[]): void {
    const changes = named.flatMap(([path, node]) => {
      const folder = this.at(dirname(path));
      return folder instanceof Folder ? [{ folder, name: basename(path), node }] : [];
    });
    const change = { changes, isSynced: false };
    for (const { folder, name, node } of changes) {
      if (node) folder.names.set(name, node);
      else folder.names.delete(name);
      folder.changes.push(change);
    }
  }

  apply(step: Step): void {
    switch (step.step) {
      case 'open': {
        let node = this.at(step.path);
        if (node === undefined && step.flags !== 'r' && step.flags !== 'r+') {
          node = new File();
          this.change([step.path, node]);
        } else if (node instanceof File && step.flags === 'w') node.edits.push({ size: 0 });
        // Outside of what is simulated: a file that nobody looks at.
        this.open.set(step.file, node ?? new File());
        break;
      }
      case 'write': {
        const file = this.open.get(step.file);
        if (!(file instanceof File)) break;
        // Without a place: behind the last write. Only files that are appended to, or new ones, are written so.
        const at = step.at ?? file.size;
        file.edits.push({ at, bytes: step.bytes });
        break;
      }
      case 'truncate': {
        const file = this.open.get(step.file);
        if (file instanceof File) file.edits.push({ size: step.bytes });
        break;
      }
      case 'sync':
        this.open.get(step.file)?.sync();
        break;
      case 'folder':
        this.change([step.path, new Folder()]);
        break;
      case 'remove':
        this.change([step.path, undefined]);
        break;
      case 'rename':
        this.change([step.to, this.at(step.path)], [step.path, undefined]);
        break;
      case 'link':
        this.change([step.to, this.at(step.path)]);
        break;
      default:
        step satisfies never;
    }
  }

  /** Writes a state after a crash into the folder, which must be empty. */
  crash(loss: Loss, random: RandomSequence): void {
    const keeps = (): boolean => (loss === 'some' ? random.below(2) === 1 : loss === 'none');
    const kept = new Map<NameChange, boolean>();
    const namesOf = (folder: Folder): Map<string, Node> => {
      const names = new Map(folder.synced);
      for (const change of folder.changes) {
        if (!kept.has(change)) kept.set(change, change.isSynced || keeps());
        if (kept.get(change) !== true) continue;
        for (const { folder: of, name, node } of change.changes) {
          if (of !== folder) continue;
          if (node) names.set(name, node);
          else names.delete(name);
        }
      }
      return names;
    };
    const editsOf = (file: File): Edit[] =>
      file.edits.filter(keeps).map((edit) => {
        // Torn: the beginning of a write is there, or only its end.
        if (loss !== 'some' || 'size' in edit || random.below(3) > 0 || edit.bytes.length < 2) return edit;
        const cut = 1 + random.below(edit.bytes.length - 1);
        return random.below(2) === 0
          ? { at: edit.at, bytes: edit.bytes.subarray(0, cut) }
          : { at: edit.at + cut, bytes: edit.bytes.subarray(cut) };
      });
    const put = (path: string, folder: Folder): void => {
      for (const [name, node] of namesOf(folder)) {
        if (node instanceof File) writeFileSync(join(path, name), contentOf(node.synced, editsOf(node)));
        else {
          mkdirSync(join(path, name));
          put(join(path, name), node);
        }
      }
    };
    put(this.root, this.top);
  }
}
