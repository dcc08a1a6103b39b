// The table of limits: docs/limits.md shows it and nothing else. An input at each limit is accepted, one beyond it is
// refused. A limit without a case fails.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { FileMetaData } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES, shortened, TracelabError } from '../../src/base/errors.ts';
import { parseJson, readJsonl, readText, readWhole } from '../../src/base/files.ts';
import { type Limit, type LimitName, LIMITS } from '../../src/base/limits.ts';
import { main } from '../../src/cli/main.ts';
import * as options from '../../src/cli/options.ts';
import { checkPlayBytes } from '../../src/cli/play-models.ts';
import { scheduleBatches } from '../../src/data/batches.ts';
import { textOf } from '../../src/data/input.ts';
import { checkFooter, checkFooterSize, ParquetFault } from '../../src/data/parquet-check.ts';
import { rowChunks } from '../../src/data/rows-of-text.ts';
import { type MazeRow, RowReader } from '../../src/data/rows.ts';
import type { TokenizedExamples } from '../../src/data/tokens.ts';
import { logEnd } from '../../src/dashboard/folder/log-end.ts';
import { Points } from '../../src/dashboard/metrics.ts';
import { DashboardServer } from '../../src/dashboard/server.ts';
import { shapeOf } from '../../src/dashboard/shape.ts';
import { DOMAINS } from '../../src/domain/domains.ts';
import { readPicture } from '../../src/domain/maze/interchange/ascii.ts';
import { readPrompt } from '../../src/domain/maze/interchange/prompt.ts';
import { checkRequest, checkSize } from '../../src/domain/splits.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import type { Verdict } from '../../src/domain/types.ts';
import { addGroups, countRow, type Groups } from '../../src/evaluation/verify-tally.ts';
import { readMarkedRows } from '../../src/model/metrics-file.ts';
import type { Model } from '../../src/model/model.ts';
import { decodeSafetensors } from '../../src/model/safetensors.ts';
import { parseSweep } from '../../src/study/sweep/config.ts';
import type { LoadedSweep } from '../../src/study/sweep/config.ts';
import { playerData } from '../../src/report/player/data.ts';
import { Batcher } from '../../src/serve/batcher.ts';
import { Budget, readBody } from '../../src/serve/body.ts';
import { type CompletionRequest, readCompletionRequest } from '../../src/serve/completion-request.ts';
import { HttpError } from '../../src/serve/http-error.ts';
import { ModelServer } from '../../src/serve/server.ts';
import { parseConfig } from '../../src/study/config-file.ts';
import { thinCurve } from '../../src/tasks/training-curve.ts';
import { entryCheck } from '../../src/work/cell-archive.ts';
import { FakeSource } from '../dashboard/fake-source.ts';

const root = join(import.meta.dirname, '../..');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-limits-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('docs/limits.md', () => {
  const beyondOf = ({ beyond }: Limit): string =>
    'instead' in beyond
      ? beyond.instead
      : `refused: ${beyond.codes.map((code) => `\`${code}\``).join(', ')}, exit code ${beyond.exit}`;
  const rowOf = (limit: Limit): string =>
    `| ${limit.of} | ${limit.most.toLocaleString('en-US')} ${limit.unit} | ${beyondOf(limit)} |`.replaceAll(
      '  |',
      ' |',
    );

  it('has every limit in the order of the table, and no other', () => {
    const text = readFileSync(join(root, 'docs/limits.md'), 'utf8');
    const rows = text.split('\n').filter((line) => /^\| .*\d .*\|$/.test(line) && !line.startsWith('| ---'));
    expect(rows).toEqual(Object.values(LIMITS).map(rowOf));
  });
});

/** An input, given to the reader that has the limit. Throws what the reader throws. */
type Read = () => unknown;

interface Case {
  readonly at: Read;
  readonly beyond: Read;
}

/** Limits whose input at the limit is not made, and why. */
const TOO_LARGE: Readonly<Partial<Record<LimitName, string>>> = {
  examplesRead: 'the order of its examples takes 1 GiB',
  textBytes: 'takes three times 512 MiB of memory',
  metricsBytes: 'takes three times 512 MiB of memory',
  weightsBytes: 'takes 8 GiB of memory',
};

const CONFIG = [
  'study: NAME',
  'seeds: SEEDS',
  'conditions: [solution-only]',
  'data: {generator: wilson, size: 4, train: 20, dev: 2, test: 2, test_in_distribution: 2, distributions: [wilson]}',
  'model: {d_model: 8, n_layer: 1, n_head: 2, d_ff: 8, context: 200}',
  'train: {epochs: 1, batch_tokens: 600, lr: 0.001, accumulators: 2, checkpoints: 1}',
  '',
].join('\n');
const config = ({ name = 'few', seeds = '[1]', before = '' } = {}): unknown =>
  parseConfig(before + CONFIG.replace('NAME', name).replace('SEEDS', seeds), 'few.yaml');
const numbers = (count: number): string => `[${Array.from({ length: count }, (_, i) => i).join(', ')}]`;

async function every<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** @returns the rows' bytes */
async function rowsOf(text: string | Buffer): Promise<number> {
  let bytes = 0;
  const whole = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let at = 0; at < whole.length; at += 1 << 20) pieces.push(whole.subarray(at, at + (1 << 20)));
  for await (const chunk of rowChunks(Readable.from(pieces), 'stdin')) bytes += chunk.bytes.length;
  return bytes;
}

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const readRow = (levels: number): unknown =>
  new RowReader('f', 6).fromLine(`{"a": ${nested(levels - 1)}, "prompt": "x"}`, 1);
const footer = (groups: number, columns: number, rows = 0, bytes = 0): void => {
  const meta = { total_compressed_size: 0n, total_uncompressed_size: BigInt(bytes) };
  const group = { num_rows: BigInt(rows), columns: [{ meta_data: meta }] };
  checkFooter({
    schema: Array.from({ length: columns + 1 }, () => ({ name: 'a' })),
    num_rows: BigInt(rows * groups),
    row_groups: Array.from({ length: groups }, () => group),
  } as unknown as FileMetaData);
};
const footerSize = (bytes: number): Promise<void> => {
  const tail = new DataView(new ArrayBuffer(8));
  tail.setUint32(0, bytes, true);
  new Uint8Array(tail.buffer).set(Buffer.from('PAR1'), 4);
  return checkFooterSize({ byteLength: 2 * bytes, slice: () => tail.buffer });
};
const compressed = async (times: number): Promise<string> => {
  let bytes = Buffer.from('{"prompt": "x"}\n');
  for (let i = 0; i < times; i++) bytes = gzipSync(bytes);
  return new TextDecoder().decode(Buffer.concat(await every(textOf(Readable.from([bytes]), 'stdin'))));
};
const header = (bytes: number): unknown => {
  const file = new Uint8Array(8 + bytes).fill(0x20);
  new DataView(file.buffer).setBigUint64(0, BigInt(bytes), true);
  file.set(new TextEncoder().encode('{}'), 8);
  return decodeSafetensors(file, 'model.safetensors');
};
const sparse = async (bytes: number): Promise<string> => {
  const path = join(folder, 'sparse');
  await writeFile(path, '');
  await truncate(path, bytes);
  return path;
};
const line = async (bytes: number): Promise<number> => {
  const path = join(folder, 'rows.jsonl');
  await writeFile(path, `{}\n"${'x'.repeat(bytes - 2)}"\n`);
  return (await every(readJsonl(path))).length;
};
const marked = (bytes: number): unknown =>
  readMarkedRows(join(folder, 'none'), { rows: 1, bytes, sha256: '' }, () => undefined);
/** Throws as the command does that reads the archive. */
const entries = (count: number, path = 'a'): void => {
  const faultOf = entryCheck();
  for (let i = 0; i < count; i++) {
    const fault = faultOf({ type: 'File', path });
    if (fault !== undefined) throw new ParquetFault(fault);
  }
};
const request = (train: number): void => {
  const [domain] = DOMAINS;
  const rest = { domain: 'maze', generator: 'wilson', size: 30, dev: 1, test: 1, test_in_distribution: 1, seed: 1 };
  checkRequest({ ...rest, train, distributions: ['wilson'] }, domain);
};
const reads = (count: number): unknown => {
  const starts = new Uint32Array(new SharedArrayBuffer(8)).fill(10, 1);
  return scheduleBatches({ count: 1, starts } as unknown as TokenizedExamples, { epochs: count }, 16, 1);
};
const picture = (side: number): unknown => {
  const row = `#S${' '.repeat(side - 2)}E#`;
  const border = '#'.repeat(side + 2);
  return readPicture(
    [border, ...Array.from({ length: side }, (_, y) => (y === 0 ? row : `#${' '.repeat(side)}#`)), border],
    () => 'f:1',
  );
};
const prompt = (size: number): unknown => readPrompt('query start 0 0 goal 1 0 reasoning', size, () => 'f:1:1');
const board = (name: string, size: number): void => {
  for (const domain of DOMAINS) if (domain.name === name) checkSize(size, domain);
};
const groups = (count: number): string[] => {
  const part: Groups = new Map();
  const all: Groups = new Map();
  const verdict = { format: true, records: 0, paper: {}, strict: {}, exact: false, plan: {} } as unknown as Verdict;
  for (let i = 0; i < count; i++)
    countRow(part, 'f', { line: 1, generator: `label ${i}`, completion: '' } as unknown as MazeRow, verdict);
  addGroups(all, part);
  return [...all.keys()];
};
const steps = (count: number): number =>
  playerData(
    { size: 2, walls: new Uint8Array(4), start: { x: 0, y: 0 }, goal: { x: 1, y: 0 }, generator: 'wilson' },
    'close 0 0 c0 c1 '.repeat(count),
  ).steps.length;
const curve = (count: number): number =>
  thinCurve(
    Array.from({ length: count }, (_, step) => ({ step, tokens: 1, loss: 1, trace_loss: 1, plan_loss: 1, lr: 1 })),
  ).length;
/** @returns 200, or the status of the refusal */
const statusOf = async (read: Read): Promise<number> => {
  try {
    await read();
    return 200;
  } catch (error) {
    if (error instanceof HttpError) return error.status;
    throw error;
  }
};
const bodyStatus = (text: string): Promise<number> => {
  const headers = { 'content-type': 'application/json' };
  const request = Object.assign(Readable.from([Buffer.from(text)]), { headers }) as unknown as IncomingMessage;
  return statusOf(() => readBody(request, new Budget(LIMITS.requestsBytes.most), Promise.resolve()));
};
const budgetStatus = (bytes: number): Promise<number> =>
  statusOf(() => {
    new Budget(LIMITS.requestsBytes.most).take(bytes);
  });
const vocabulary = createVocabulary(4);
const readAsked = (body: object, context = 128): CompletionRequest =>
  readCompletionRequest({ prompt: [[1, 2]], ...body }, { name: 'm', vocabulary, context });
const asked = (body: object, context?: number): Promise<number> => statusOf(() => readAsked(body, context));
/** A model that never answers. */
const busy = {
  checkpoint: { model: { context: 128 }, vocabulary, origin: { size: 4 } },
  complete: () => new Promise(() => undefined),
} as unknown as Model;
/** Of the last of so many requests at once. */
const waitingStatus = (count: number): Promise<number> => {
  const batcher = new Batcher(busy);
  const { signal } = new AbortController();
  const last = Array.from({ length: count }, () => batcher.complete(readAsked({}), signal)).at(-1);
  return statusOf(() => Promise.race([last, new Promise(setImmediate)]));
};
const HERE = { hosts: ['127.0.0.1'], port: 0, token: null, failed: () => undefined };
const modelServer = (): Promise<ModelServer> => ModelServer.listen(busy, { name: 'm', created: 0, ...HERE });
const dashboardServer = (): Promise<DashboardServer> =>
  DashboardServer.listen({
    source: new FakeSource({ tasks: 1 }),
    morePorts: 0,
    pages: { dashboard: '', login: '' },
    pace: 1,
    ...HERE,
  });
/** Status of the last of so many open pages. */
const pageStatus = async (count: number): Promise<number> => {
  await using server = await dashboardServer();
  // One that nobody holds is closed.
  const answers: Response[] = [];
  for (let i = 0; i < count; i++) answers.push(await fetch(`http://127.0.0.1:${server.port}/events`));
  return answers[count - 1].status;
};
const endOfLog = async (bytes: number): Promise<number> => {
  const path = join(folder, 'task.log');
  await writeFile(path, 'x'.repeat(bytes));
  return (await logEnd(path)).length;
};
const drawnTasks = (count: number): number =>
  shapeOf(Array.from({ length: count }, (_, i) => ({ id: `t${i}`, kind: 't', config: {}, needs: {} }))).tasks.length;
const drawnPoints = (count: number): number | undefined => {
  const points = new Points();
  for (let step = 1; step <= count; step++) points.add({ step, loss: 1 });
  return points.curve()?.rows.length;
};
/** Whether the last of so many connections is answered. */
const connected = async (
  count: number,
  listen: () => Promise<AsyncDisposable & { readonly port: number }>,
): Promise<boolean> => {
  await using server = await listen();
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i++) {
    const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    sockets.push(socket);
  }
  const last = sockets[count - 1];
  const answer = new Promise<boolean>((resolve) => {
    last.once('data', () => {
      resolve(true);
    });
    last.once('close', () => {
      resolve(false);
    });
  });
  last.write('GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const isAnswered = await answer;
  for (const socket of sockets) socket.destroy();
  return isAnswered;
};
const accepts =
  (option: { parseArg?: unknown }, text: string): Read =>
  () =>
    (option.parseArg as (text: string, previous: undefined) => unknown)(text, undefined);
/** Each at its limit through its own parser, beyond it through the command line. */
const option = (
  of: { parseArg?: unknown },
  most: number,
  command: readonly string[],
  textOfValue: (value: number) => string = String,
): Case => ({
  at: accepts(of, textOfValue(most)),
  beyond: () => command.map((each) => each.replace('N', textOfValue(most + 1))),
});

/** A sweep with a random number of trials. */
const sweepOf = (trials: number): LoadedSweep =>
  parseSweep(
    `{sweep: s, study: quick, method: random, trials: ${trials}, parameters: {train.lr: {min: 1, max: 2}}}`,
    'sweep.yaml',
  );

const { most: row } = LIMITS.rowBytes;
const CASES: Readonly<Record<LimitName, readonly Case[]>> = {
  configBytes: [
    {
      at: () => config({ before: `# ${'x'.repeat(LIMITS.configBytes.most - CONFIG.length - 3)}\n` }),
      beyond: () => config({ before: `# ${'x'.repeat(LIMITS.configBytes.most)}\n` }),
    },
  ],
  configKeys: [
    // How many the rest of the file has is counted with room to spare: this is just below the limit.
    { at: () => config({ seeds: numbers(1900) }), beyond: () => config({ seeds: numbers(2001) }) },
  ],
  configDepth: [
    {
      at: () => config({ seeds: `[\n${' '.repeat(LIMITS.configDepth.most - 1)}1]` }),
      beyond: () => config({ seeds: `[\n${' '.repeat(LIMITS.configDepth.most)}1]` }),
    },
  ],
  sweepTrials: [
    {
      at: () => sweepOf(LIMITS.sweepTrials.most),
      beyond: () => sweepOf(LIMITS.sweepTrials.most + 1),
    },
  ],
  studyName: [
    {
      at: () => config({ name: 'a'.repeat(LIMITS.studyName.most) }),
      beyond: () => config({ name: 'a'.repeat(LIMITS.studyName.most + 1) }),
    },
  ],
  ownName: [true].map(() => {
    const own = (length: number): unknown => {
      const data = JSON.stringify(join(root, 'package.json'));
      const text = CONFIG.replace('solution-only', `{name: ${'z'.repeat(length)}, data: ${data}}`);
      return parseConfig(text.replace('NAME', 'few').replace('SEEDS', '[1]'), 'few.yaml');
    };
    return { at: () => own(LIMITS.ownName.most), beyond: () => own(LIMITS.ownName.most + 1) };
  }),
  trainings: [true].map(() => {
    // 1 + 2 x 256 layers x tokens for each seed.
    const phase = (seeds: number, tokens: number, layers: number): unknown =>
      config({
        seeds: numbers(seeds),
        before: `phase: {sizes: [4], tokens: ${numbers(tokens + 16).replace(/^.*? 16, /, '[16, ')}, layers: ${numbers(
          layers + 1,
        ).replace('[0, ', '[')}, conditions: [solution-only, correct]}\n`,
      });
    // 160 x (1 + 2 x 312) = 100,000.
    return { at: () => phase(160, 26, 12), beyond: () => phase(160, 27, 12) };
  }),
  problems: [{ at: () => request(LIMITS.problems.most - 2), beyond: () => request(LIMITS.problems.most - 1) }],
  examplesRead: [{ at: () => undefined, beyond: () => reads(LIMITS.examplesRead.most + 1) }],
  rowBytes: [
    { at: () => rowsOf(`x\n${'x'.repeat(row)}\n`), beyond: () => rowsOf(`x\n${'x'.repeat(row + 1)}\n`) },
    { at: () => rowsOf(`["${'x'.repeat(row - 2)}"]`), beyond: () => rowsOf(`["${'x'.repeat(row - 1)}"]`) },
    {
      at: () => rowsOf(`${'#'.repeat(63)}\n`.repeat(row / 64)),
      beyond: () => rowsOf(`${'#'.repeat(63)}\n`.repeat(row / 64 + 1)),
    },
    {
      at: () => new RowReader('f', 6).fromTable({ prompt: 'x'.repeat(row) }, 1),
      beyond: () => new RowReader('f', 6).fromTable({ prompt: 'x'.repeat(row + 1) }, 1),
    },
  ],
  rowDepth: [{ at: () => readRow(LIMITS.rowDepth.most), beyond: () => readRow(LIMITS.rowDepth.most + 1) }],
  mazeSide: [
    { at: () => prompt(LIMITS.mazeSide.most), beyond: () => prompt(LIMITS.mazeSide.most + 1) },
    { at: () => picture(LIMITS.mazeSide.most), beyond: () => picture(LIMITS.mazeSide.most + 1) },
    {
      at: () => {
        board('maze', LIMITS.mazeSide.most);
      },
      beyond: () => {
        board('maze', LIMITS.mazeSide.most + 1);
      },
    },
  ],
  sokobanSide: [
    {
      at: () => {
        board('sokoban', LIMITS.sokobanSide.most);
      },
      beyond: () => {
        board('sokoban', LIMITS.sokobanSide.most + 1);
      },
    },
  ],
  compressions: [
    { at: () => compressed(LIMITS.compressions.most), beyond: () => compressed(LIMITS.compressions.most + 1) },
  ],
  groups: [{ at: () => groups(LIMITS.groups.most), beyond: () => groups(LIMITS.groups.most + 2) }],
  parquetFooterBytes: [
    {
      at: () => footerSize(LIMITS.parquetFooterBytes.most),
      beyond: () => footerSize(LIMITS.parquetFooterBytes.most + 1),
    },
  ],
  parquetGroups: [
    {
      at: () => {
        footer(LIMITS.parquetGroups.most, 1);
      },
      beyond: () => {
        footer(LIMITS.parquetGroups.most + 1, 1);
      },
    },
  ],
  parquetColumns: [
    {
      at: () => {
        footer(1, LIMITS.parquetColumns.most);
      },
      beyond: () => {
        footer(1, LIMITS.parquetColumns.most + 1);
      },
    },
  ],
  parquetRows: [
    {
      at: () => {
        footer(1, 1, LIMITS.parquetRows.most);
      },
      beyond: () => {
        footer(1, 1, LIMITS.parquetRows.most + 1);
      },
    },
  ],
  parquetColumnBytes: [
    {
      at: () => {
        footer(1, 1, 1, LIMITS.parquetColumnBytes.most);
      },
      beyond: () => {
        footer(1, 1, 1, LIMITS.parquetColumnBytes.most + 1);
      },
    },
  ],
  artefactDepth: [true].map(() => {
    const json = (levels: number): unknown => parseJson(nested(levels), 'f', 'JSON_SYNTAX', 'JSON');
    return { at: () => json(LIMITS.artefactDepth.most), beyond: () => json(LIMITS.artefactDepth.most + 1) };
  }),
  textBytes: [{ at: () => undefined, beyond: async () => readText(await sparse(LIMITS.textBytes.most + 1)) }],
  metricsBytes: [{ at: () => undefined, beyond: () => marked(LIMITS.metricsBytes.most + 1) }],
  weightsBytes: [{ at: () => undefined, beyond: async () => readWhole(await sparse(LIMITS.weightsBytes.most + 1)) }],
  weightsHeaderBytes: [
    { at: () => header(LIMITS.weightsHeaderBytes.most), beyond: () => header(LIMITS.weightsHeaderBytes.most + 1) },
  ],
  artefactLineBytes: [
    { at: () => line(LIMITS.artefactLineBytes.most), beyond: () => line(LIMITS.artefactLineBytes.most + 1) },
  ],
  archiveEntries: [
    {
      at: () => {
        entries(LIMITS.archiveEntries.most);
      },
      beyond: () => {
        entries(LIMITS.archiveEntries.most + 1);
      },
    },
  ],
  archivePath: [
    {
      at: () => {
        entries(1, 'a'.repeat(LIMITS.archivePath.most));
      },
      beyond: () => {
        entries(1, 'a'.repeat(LIMITS.archivePath.most + 1));
      },
    },
  ],
  requestBytes: [
    {
      at: () => bodyStatus(`[]${' '.repeat(LIMITS.requestBytes.most - 2)}`),
      beyond: () => bodyStatus(`[]${' '.repeat(LIMITS.requestBytes.most - 1)}`),
    },
  ],
  requestsBytes: [
    { at: () => budgetStatus(LIMITS.requestsBytes.most), beyond: () => budgetStatus(LIMITS.requestsBytes.most + 1) },
  ],
  requestDepth: [
    {
      at: () => bodyStatus(nested(LIMITS.requestDepth.most)),
      beyond: () => bodyStatus(nested(LIMITS.requestDepth.most + 1)),
    },
  ],
  waitingRequests: [
    {
      at: () => waitingStatus(LIMITS.waitingRequests.most),
      beyond: () => waitingStatus(LIMITS.waitingRequests.most + 1),
    },
  ],
  connections: [
    {
      at: () => connected(LIMITS.connections.most, modelServer),
      beyond: () => connected(LIMITS.connections.most + 1, modelServer),
    },
  ],
  dashboardConnections: [
    {
      at: () => connected(LIMITS.dashboardConnections.most, dashboardServer),
      beyond: () => connected(LIMITS.dashboardConnections.most + 1, dashboardServer),
    },
  ],
  dashboardPages: [
    { at: () => pageStatus(LIMITS.dashboardPages.most), beyond: () => pageStatus(LIMITS.dashboardPages.most + 1) },
  ],
  dashboardTasks: [
    { at: () => drawnTasks(LIMITS.dashboardTasks.most), beyond: () => drawnTasks(LIMITS.dashboardTasks.most + 1) },
  ],
  dashboardLog: [
    { at: () => endOfLog(LIMITS.dashboardLog.most), beyond: () => endOfLog(LIMITS.dashboardLog.most + 1) },
  ],
  dashboardCurve: [
    { at: () => drawnPoints(LIMITS.dashboardCurve.most), beyond: () => drawnPoints(LIMITS.dashboardCurve.most + 1) },
  ],
  choices: [
    { at: () => asked({ n: LIMITS.choices.most }), beyond: () => asked({ n: LIMITS.choices.most + 1 }) },
    {
      at: () => asked({ n: LIMITS.choices.most / 2, prompt: [[1], [2]] }),
      beyond: () => asked({ n: LIMITS.choices.most / 2 + 1, prompt: [[1], [2]] }),
    },
  ],
  requestTokens: [
    // A prompt of two tokens and <bos>.
    {
      at: () => asked({ n: 2, max_tokens: LIMITS.requestTokens.most / 2 - 3 }, 1 << 20),
      beyond: () => asked({ n: 2, max_tokens: LIMITS.requestTokens.most / 2 - 2 }, 1 << 20),
    },
  ],
  stops: [
    {
      at: () => asked({ stop: Array.from({ length: LIMITS.stops.most }, () => 'x') }),
      beyond: () => asked({ stop: Array.from({ length: LIMITS.stops.most + 1 }, () => 'x') }),
    },
  ],
  logprobs: [
    {
      at: () => asked({ logprobs: LIMITS.logprobs.most }),
      beyond: () => asked({ logprobs: LIMITS.logprobs.most + 1 }),
    },
  ],
  playBytes: [
    {
      at: () => {
        checkPlayBytes(LIMITS.playBytes.most, 2);
      },
      beyond: () => {
        checkPlayBytes(LIMITS.playBytes.most + 1, 2);
      },
    },
  ],
  playModels: [option(options.modelsOption(), LIMITS.playModels.most, ['play', '--models', 'N'])],
  port: [
    option(options.portOption(), LIMITS.port.most, ['serve', 'x', '--port', 'N']),
    option(options.dashboardPortOption(), LIMITS.port.most, ['dashboard', '--port', 'N']),
  ],
  threads: [option(options.threadsOption(), LIMITS.threads.most, ['verify', 'x', '--threads', 'N'])],
  jobs: [option(options.jobsOption(), LIMITS.jobs.most, ['study', 'x', '--jobs', 'N'])],
  workers: [option(options.workersOption(), LIMITS.workers.most, ['sweep', 'manifest', 'x', '--workers', 'N'])],
  fleetCores: [option(options.coresOption(), LIMITS.fleetCores.most, ['sweep', 'plan', 'x', '--cores', 'N'])],
  shards: [option(options.shardOption(), LIMITS.shards.most, ['study', 'x', '--shard', 'N'], (n) => `1/${n}`)],
  mazes: [
    option(options.limitOption(), LIMITS.mazes.most, ['evaluate', '--limit', 'N']),
    option(options.mazesOption(), LIMITS.mazes.most, ['intervene', '--mazes', 'N']),
    option(options.evalMazesOption(), LIMITS.mazes.most, ['rl', '--eval-mazes', 'N']),
  ],
  events: [option(options.eventsOption(), LIMITS.events.most, ['intervene', '--events', 'N'])],
  evalPrompts: [option(options.evalPromptsOption(), LIMITS.evalPrompts.most, ['rl', '--eval-prompts', 'N'])],
  samples: [option(options.samplesOption(), LIMITS.samples.most, ['evaluate', '--samples', 'N'])],
  temperature: [option(options.temperatureOption(), LIMITS.temperature.most, ['evaluate', '--temperature', 'N'])],
  preview: [option(options.previewOption(), LIMITS.preview.most, ['generate', '--preview', 'N'])],
  seed: [option(options.seedOption(), LIMITS.seed.most, ['train', 'x', '--seed', 'N'])],
  messagePart: [
    {
      at: () => shortened('x'.repeat(LIMITS.messagePart.most)).length,
      beyond: () => shortened('x'.repeat(LIMITS.messagePart.most + 1)).length,
    },
  ],
  playerSteps: [{ at: () => steps(LIMITS.playerSteps.most), beyond: () => steps(LIMITS.playerSteps.most + 2) }],
  curvePoints: [{ at: () => curve(LIMITS.curvePoints.most), beyond: () => curve(LIMITS.curvePoints.most + 1) }],
};

/** What is done instead of a refusal: results at the limit and beyond. */
const INSTEAD: Readonly<Partial<Record<LimitName, readonly [at: unknown, beyond: unknown]>>> = {
  groups: [
    Array.from({ length: 200 }, (_, i) => `label ${i}`),
    [...Array.from({ length: 200 }, (_, i) => `label ${i}`), '(other)'],
  ],
  messagePart: [4096, 200 + '... (4097 characters) ...'.length + 100],
  playerSteps: [50_001, 50_001],
  curvePoints: [400, 201],
  requestBytes: [200, 413],
  requestsBytes: [200, 429],
  requestDepth: [200, 400],
  waitingRequests: [200, 429],
  connections: [true, false],
  dashboardConnections: [true, false],
  dashboardPages: [200, 503],
  dashboardTasks: [2000, 2000],
  dashboardLog: [32_768, 32_768],
  dashboardCurve: [400, 201],
  choices: [200, 400],
  requestTokens: [200, 400],
  stops: [200, 400],
  logprobs: [200, 400],
};

/** The line that a user sees, with the exit code. */
async function refusalOf(read: Read): Promise<{ readonly line: string; readonly exit: number }> {
  const result: unknown = await Promise.resolve()
    .then(read)
    .catch((error: unknown) => error);
  if (result instanceof TracelabError) return { line: result.message, exit: result.exitCode };
  // parquet.ts and cell-archive.ts put these words into their own refusal; their tests read it.
  if (result instanceof ParquetFault)
    return { line: `error[FAULT] f: damaged; expected another, got ${result.message} (hint: none)`, exit: -1 };
  if (!Array.isArray(result)) throw new Error(`not refused: ${String(result).slice(0, 200)}`);
  const write = process.stderr.write.bind(process.stderr);
  let said = '';
  process.stderr.write = (text: string | Uint8Array): boolean => {
    said += String(text);
    return true;
  };
  try {
    const exit = await main(result as string[]);
    return { line: said.trim(), exit };
  } finally {
    process.stderr.write = write;
  }
}

const all = (Object.keys(LIMITS) as LimitName[]).flatMap((name) => CASES[name].map((each, i) => ({ name, i, each })));

describe('every limit', { timeout: 60_000 }, () => {
  it('has a case', () => {
    expect(new Set(all.map(({ name }) => name))).toEqual(new Set(Object.keys(LIMITS)));
    expect(Object.values(EXIT_CODES)).toEqual(expect.arrayContaining([2, 3]));
  });

  it.each(all)('$name, case $i: accepted at it', async ({ name, each }) => {
    const result: unknown = await each.at();
    if (name in INSTEAD) expect(result).toEqual(INSTEAD[name]?.[0]);
    if (result === undefined && name in TOO_LARGE) expect(TOO_LARGE[name]).not.toBe('');
  });

  it.each(all)('$name, case $i: refused beyond it', async ({ name, each }) => {
    const { beyond }: Limit = LIMITS[name];
    if ('instead' in beyond) {
      expect(await each.beyond()).toEqual(INSTEAD[name]?.[1]);
      return;
    }
    const { line: said, exit } = await refusalOf(each.beyond);
    if (exit === -1) return;
    expect(exit, said).toBe(beyond.exit);
    const [, code] = /^error\[([A-Z_]+)\] \S[^\n]*expected .+, got [^\n]+ \(hint: [^\n]+\)$/.exec(said) ?? [];
    expect(beyond.codes, said).toContain(code);
  });
});
