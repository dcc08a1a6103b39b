// A file port around another one that is called before and after each operation: what failing and recording
// ports are made of.
import { type AsyncFileOperations, type FileOperations, type FilePort, NODE_PORT } from '../../src/base/file-port.ts';

export type OperationName = keyof FileOperations;

export interface Operation {
  readonly name: OperationName;
  readonly args: readonly unknown[];
  /** Of an operation on an open file, that file's. */
  readonly path: string;
}

export interface Watcher {
  /** May throw in place of the operation, or give other arguments. */
  readonly before?: (operation: Operation) => readonly unknown[] | undefined;
  readonly after?: (operation: Operation, result: unknown) => void;
}

type Call = (...args: readonly unknown[]) => unknown;

export function watchedPort({ before, after }: Watcher, real: FilePort = NODE_PORT): FilePort {
  const paths = new Map<number, string>();
  const describe = (name: OperationName, args: readonly unknown[]): Operation => {
    const [first] = args;
    return { name, args, path: typeof first === 'number' ? (paths.get(first) ?? `file ${first}`) : String(first) };
  };
  const done = (operation: Operation, result: unknown): void => {
    if (operation.name === 'open') paths.set(result as number, operation.path);
    after?.(operation, result);
  };
  const names = Object.keys(real.sync) as OperationName[];
  const sync = names.map((name) => [
    name,
    (...args: readonly unknown[]): unknown => {
      const operation = describe(name, args);
      const result = (real.sync[name] as Call)(...(before?.(operation) ?? args));
      done(operation, result);
      return result;
    },
  ]);
  const async = names.map((name) => [
    name,
    async (...args: readonly unknown[]): Promise<unknown> => {
      const operation = describe(name, args);
      await Promise.resolve();
      const result = await (real.async[name] as Call)(...(before?.(operation) ?? args));
      done(operation, result);
      return result;
    },
  ]);
  return {
    sync: Object.fromEntries(sync) as FileOperations,
    async: Object.fromEntries(async) as AsyncFileOperations,
  };
}
