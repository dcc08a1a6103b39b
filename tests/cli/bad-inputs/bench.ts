// A folder with one small artefact of each kind, and bad inputs given to commands in it, in this process. Everything in
// the folder is hashed before and after: a refused command leaves no trace.
import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type FilePort, NODE_PORT } from '../../../src/base/file-port.ts';
import { runHere, type Ran } from '../../ports/here.ts';
import { writeTinyConfig } from '../artefacts.ts';
import { runCli } from '../run-cli.ts';
import { writeSmallStudy } from '../small-study.ts';

/** A file to make: its text, or bytes in base64, or a text that is compressed, encoded or repeated. */
export type Content =
  | string
  | {
      readonly text?: string;
      readonly base64?: string;
      readonly repeat?: number;
      readonly gzip?: true;
      readonly utf16?: true;
      readonly cut?: number;
    };

export interface BadInput {
  /** The command line without `tracelab`, or its words. */
  readonly run: string | readonly string[];
  /** Exactly what is printed on stderr, without the line end. */
  readonly error: string;
  /** Default 2. */
  readonly code?: number;
  readonly files?: Readonly<Record<string, Content>>;
  readonly folders?: readonly string[];
  /** Copies of the bench, by their new name. */
  readonly copies?: Readonly<Record<string, string>>;
  /** A text in a file that is replaced by another, after copies were made. */
  readonly edits?: Readonly<Record<string, readonly [from: string, to: string]>>;
  readonly removed?: readonly string[];
  readonly stdin?: Content;
  readonly env?: Readonly<Record<string, string>>;
  /** It needs a process of its own, because a process has one domain from outside. */
  readonly process?: true;
  /** A path that the system does not let anybody read or write. */
  readonly forbidden?: string;
}

/** A study with no more than what it must have, and one with every section. */
const PLAIN = `study: base
data: {size: 6, train: 60, dev: 2, test: 4}
model: {d_model: 16, n_layer: 1, n_head: 1, d_ff: 32}
train: {epochs: 1, batch_tokens: 1024, lr: 2e-3}
`;
export const FULL = `${PLAIN}rl: {from: [correct]}
interventions: {conditions: [correct]}
information: {conditions: [correct]}
phase: {sizes: [6], tokens: [1000]}
`;

/** Makes the artefacts in an empty folder. */
export async function makeBench(folder: string): Promise<void> {
  mkdirSync(join(folder, 'tmp'));
  writeTinyConfig(folder);
  writeSmallStudy(folder);
  writeFileSync(join(folder, 'plain.yaml'), PLAIN);
  writeFileSync(join(folder, 'full.yaml'), FULL);
  const countdown = join(import.meta.dirname, '../../../examples/countdown/countdown.ts');
  writeFileSync(join(folder, 'outside.yaml'), `${PLAIN}domain_module: {module: ${JSON.stringify(countdown)}}\n`);
  const commands = [
    'generate tiny.yaml --out data',
    'generate --domain sokoban --out boards --set data.size=6 --set data.train=4 --set data.dev=2 --set data.test=2',
    'train tiny.yaml --data data --out trained --threads 1',
    'evaluate --checkpoint trained --data data --out tested --threads 1',
    'evaluate --completions tested/completions-wilson.jsonl --out judged',
    'study small.yaml --threads 1',
    'runs export archive.tar',
  ];
  for (const command of commands) {
    const { code, error } = await runHere(wordsOf(command), folder);
    if (code !== 0) throw new Error(`tracelab ${command}: exit ${code}\n${error}`);
  }
}

export function wordsOf(run: string | readonly string[]): readonly string[] {
  return typeof run === 'string' ? run.split(' ').filter((word) => word !== '') : run;
}

function bytesOf(content: Content): Buffer {
  const { text = '', base64, repeat = 1, gzip, utf16, cut } = typeof content === 'string' ? { text: content } : content;
  const plain =
    base64 === undefined ? Buffer.from(text.repeat(repeat), utf16 ? 'utf16le' : 'utf8') : Buffer.from(base64, 'base64');
  const whole = gzip ? gzipSync(plain) : plain;
  return cut === undefined ? whole : whole.subarray(0, cut);
}

/** Puts the files of a bad input there. */
export function prepare(folder: string, input: BadInput): void {
  for (const [name, from] of Object.entries(input.copies ?? {}))
    cpSync(join(folder, from), join(folder, name), { recursive: true });
  for (const name of input.folders ?? []) mkdirSync(join(folder, name), { recursive: true });
  for (const [name, content] of Object.entries(input.files ?? {})) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), bytesOf(content));
  }
  for (const [name, [from, to]] of Object.entries(input.edits ?? {})) {
    const text = readFileSync(join(folder, name), 'utf8');
    if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
    writeFileSync(
      join(folder, name),
      text.replace(from, () => to),
    );
  }
  for (const name of input.removed ?? []) rmSync(join(folder, name), { recursive: true });
}

/** Removes all that is not of the bench. */
export function clear(folder: string, bench: ReadonlyMap<string, string>): void {
  for (const name of readdirSync(folder)) if (!bench.has(name)) rmSync(join(folder, name), { recursive: true });
}

/** Every file and folder with its mode, time and SHA-256. */
export function stateOf(folder: string): Map<string, string> {
  const state = new Map<string, string>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const at = join(folder, path);
    const found = lstatSync(at);
    // A folder has another time when a temporary file was in it and is gone: nothing is left.
    const content = found.isFile()
      ? `${found.mtimeMs} ${createHash('sha256').update(readFileSync(at)).digest('hex')}`
      : '';
    state.set(path, `${found.mode.toString(8)} ${content}`);
  }
  return state;
}

/** Runs a command on a bad input whose files are there. */
export async function refusalOf(folder: string, input: BadInput): Promise<Ran> {
  if (input.process) {
    const { code, ...said } = await runCli(wordsOf(input.run), folder);
    return { code: code ?? -1, ...said };
  }
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin');
  const before = new Map(Object.keys(input.env ?? {}).map((name) => [name, process.env[name]]));
  Object.defineProperty(process, 'stdin', {
    value: Readable.from(input.stdin === undefined ? [] : [bytesOf(input.stdin)]),
    configurable: true,
  });
  Object.assign(process.env, input.env);
  try {
    return await runHere(
      wordsOf(input.run),
      folder,
      input.forbidden === undefined ? NODE_PORT : without(join(folder, input.forbidden)),
    );
  } finally {
    if (stdin) Object.defineProperty(process, 'stdin', stdin);
    for (const [name, value] of before)
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
  }
}

/** The file port without the right to open or change a path: root has every right, so that modes prove nothing. */
function without(denied: string): FilePort {
  const fault = (name: string, args: readonly unknown[]): Error | undefined => {
    if (name === 'stat' || name === 'realPath' || name === 'freeBytes') return undefined;
    if (!args.some((each) => typeof each === 'string' && `${resolve(each)}/`.startsWith(`${denied}/`)))
      return undefined;
    const syscall = { readFolder: 'scandir', makeFolder: 'mkdir' }[name] ?? name;
    const text = `EACCES: permission denied, ${syscall} '${denied}'`;
    return Object.assign(new Error(text), { code: 'EACCES', errno: -13, syscall, path: String(args[0]) });
  };
  const guarded = (operations: object, fail: (error: Error) => unknown): object =>
    Object.fromEntries(
      Object.entries(operations).map(([name, operation]) => [
        name,
        (...args: readonly unknown[]): unknown => {
          const error = fault(name, args);
          return error ? fail(error) : Reflect.apply(operation as () => unknown, operations, args);
        },
      ]),
    );
  return {
    sync: guarded(NODE_PORT.sync, (error) => {
      throw error;
    }),
    async: guarded(NODE_PORT.async, async (error) => Promise.reject(error)),
  } as FilePort;
}
