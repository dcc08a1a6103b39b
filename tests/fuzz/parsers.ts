// Every parser of input that tracelab did not just write, with seeds that its own commands made. A parser gives a value
// or a TracelabError of one of its kinds; anything else is a fault.
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { deepStrictEqual } from 'node:assert/strict';
import { basename, join } from 'node:path';
import zlib from 'node:zlib';
import { parquetWriteFile } from 'hyparquet-writer';
import { stringify } from 'yaml';
import { TracelabError } from '../../src/base/errors.ts';
import { parseJson, readJsonl } from '../../src/base/files.ts';
import { sealed } from '../../src/base/sealed.ts';
import { readWritten } from '../../src/base/written-files.ts';
import { readExamples } from '../../src/data/dataset.ts';
import { readManifest } from '../../src/data/manifest.ts';
import { readExamplesOf } from '../../src/data/records.ts';
import { isMazeRow } from '../../src/data/rows.ts';
import { readCondition } from '../../src/domain/conditions/condition.ts';
import { DOMAINS } from '../../src/domain/domains.ts';
import { completionText, parseCompletion, parsePrompt, promptText } from '../../src/domain/maze/grammar.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { replay } from '../../src/domain/maze/verdict/replay.ts';
import { SEARCHES, type Example } from '../../src/domain/types.ts';
import { singleSpaced } from '../../src/domain/words.ts';
import { readEvaluation } from '../../src/evaluation/evaluation-file.ts';
import { interventionName, readInterventions } from '../../src/evaluation/interventions.ts';
import { parseCompletionRow } from '../../src/evaluation/schemas.ts';
import { describeCheckpoint, readCheckpoint } from '../../src/model/checkpoint.ts';
import { RunStates } from '../../src/model/run-state.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/model/safetensors.ts';
import { readStepRow } from '../../src/rl/row-schema.ts';
import { parseConfig } from '../../src/study/config-file.ts';
import { readResults } from '../../src/study/results-file.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { parseLengthRow } from '../../src/tasks/lengths.ts';
import { readCurve } from '../../src/tasks/training-curve.ts';
import { mergeCells } from '../../src/work/cell-archive.ts';
import { readBegun, readRecord, recordText } from '../../src/work/cell-record.ts';
import { parseGraph } from '../../src/work/graph.ts';
import { newestLease } from '../../src/work/lease-file.ts';
import { parseStudyCells } from '../../src/work/study-cells.ts';
import { commandLineParser } from './command-line-parser.ts';
import { bytesOf, DAMAGED, EITHER, type Parser, REFUSED } from './parser.ts';
import { requestParsers } from './request-parsers.ts';
import { sweepParsers } from './sweep-parsers.ts';

/**
 * @param bench folder of makeBench()
 * @param scratch an empty folder, for files that are read
 */
export function parsersOf(bench: string, scratch: string): readonly Parser[] {
  const files = (pattern: string): Uint8Array[] =>
    globSync(pattern, { cwd: bench })
      .sort()
      .map((name) => readFileSync(join(bench, name)));
  const texts = (pattern: string): string[] => files(pattern).map((bytes) => Buffer.from(bytes).toString());
  const examples = texts('data/{train,dev}.jsonl').flatMap((text) =>
    text
      .trimEnd()
      .split('\n')
      .slice(0, 8)
      .map((line) => JSON.parse(line) as Example),
  );
  const boards = texts('boards/*.jsonl').flatMap((text) =>
    text
      .trimEnd()
      .split('\n')
      .slice(0, 1)
      .map((line) => JSON.parse(line) as Example),
  );
  const completions = texts('tested/completions-*.jsonl').flatMap((text) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Example),
  );

  /** A parser of one file under its own name, in a folder with others. */
  const atFile = (
    name: string,
    read: (path: string, folder: string) => unknown,
    others: Readonly<Record<string, Uint8Array>> = {},
  ) => {
    const folder = join(scratch, name.replaceAll('/', '-'));
    mkdirSync(folder, { recursive: true });
    for (const [other, bytes] of Object.entries(others)) writeFileSync(join(folder, other), bytes);
    return (input: Buffer): unknown => {
      const path = join(folder, basename(name));
      writeFileSync(path, input);
      return read(path, folder);
    };
  };
  const rowsOf = async (path: string, parseRow: (value: unknown, where: string) => unknown): Promise<unknown[]> => {
    const rows: unknown[] = [];
    for await (const row of readJsonl(path, parseRow)) rows.push(row);
    return rows;
  };
  const checkpoint = Object.fromEntries(
    globSync('trained/checkpoints/step-6/*', { cwd: bench }).map(
      (path) => [basename(path), readFileSync(join(bench, path))] as const,
    ),
  );
  const ofCheckpoint = (name: string): Parser => ({
    name: `checkpoint/${name}`,
    form: name.endsWith('.safetensors') ? 'bytes' : 'json',
    seeds: [checkpoint[name]],
    kinds: EITHER,
    ...(name === 'tracelab.json' && { seal: withoutOwnHash(sealed) }),
    read: atFile(`checkpoint-${name}/${name}`, (_, folder) => readCheckpoint(folder), checkpoint),
  });
  const small = encodeSafetensors([{ name: 'a', shape: [2, 2], values: new Float32Array(4) }], {});
  const golden = new URL('../golden/transformers-5.17/', import.meta.url).pathname;
  const savedAgain = Object.fromEntries(
    globSync('*.json', { cwd: golden }).map((name) => [name, readFileSync(join(golden, name))] as const),
  );
  const readRows = async (source: { readonly file: string; readonly bytes?: Buffer }): Promise<void> => {
    const { file, bytes } = source;
    async function* stdin(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < (bytes?.length ?? 0); at += 1000) yield bytes?.subarray(at, at + 1000) ?? Buffer.alloc(0);
    }
    const read = readExamplesOf(file, {
      size: 4,
      generator: 'free',
      refuse: checkRefusal,
      ...(bytes && { stdin: stdin() }),
    });
    for await (const { example, row } of read) {
      if (!isMazeRow(row)) continue;
      const { problem } = row;
      judge({ ...problem, generator: 'free' }, example.completion);
      // Our own form of a row reads as the row did.
      const again: Example[] = [];
      async function* printed(): AsyncGenerator<Uint8Array> {
        yield Buffer.from(`${JSON.stringify(example)}\n`);
      }
      for await (const each of readExamplesOf('-', { stdin: printed() })) again.push(each.example);
      deepStrictEqual(again, [example], 'a row that was written and read again');
    }
  };
  const table = join(scratch, 'seed.parquet');
  parquetWriteFile({
    filename: table,
    columnData: [
      { name: 'size', data: examples.map(({ size }) => size), type: 'INT32' },
      { name: 'prompt', data: examples.map(({ prompt }) => prompt), type: 'STRING' },
      { name: 'completion', data: examples.map(({ completion }) => completion), type: 'STRING' },
    ],
  });
  const jsonl = Buffer.from(examples.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const chats = examples.map(({ prompt, completion, size }) => ({
    size,
    messages: [
      { role: 'system', content: 'solve' },
      { role: 'user', content: prompt },
      { role: 'assistant', content: completion },
    ],
  }));
  const templated = examples.map(({ prompt, completion, size }) => ({
    size,
    prompt: `<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`,
    completion,
  }));
  const completionsOf = (rows: readonly unknown[]): Uint8Array =>
    bytesOf(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const state = `${JSON.stringify({ file: 'resume-3.safetensors', step: 3, seconds: 1.5, sha256: 'a'.repeat(64), bytes: 100, metrics: { rows: 3, bytes: 40, sha256: 'b'.repeat(64) } })}\n`;

  return [
    {
      name: 'configuration',
      form: 'text',
      // Files of sweeps are read by another parser.
      seeds: [
        ...files('*.yaml').filter((seed) => !seed.toString().startsWith('sweep:')),
        readFileSync(new URL('../../configs/quick.yaml', import.meta.url)),
      ],
      kinds: REFUSED,
      read: (input) => {
        const { config } = parseConfig(input.toString(), 'f.yaml');
        if (config.own_traces === undefined)
          deepStrictEqual(
            parseConfig(stringify(config), 'again.yaml').config,
            config,
            'a configuration that was written and read again',
          );
      },
    },
    {
      name: '--set',
      form: 'text',
      seeds: [
        'train.lr=1e-3',
        'seeds=[1, 2]',
        'rl={from: [correct], steps: 2}',
        'data.distributions=[wilson, dfs]',
        'study=a',
        'rl=null',
        'conditions=[correct, thinned@0.5]',
      ].map(bytesOf),
      kinds: REFUSED,
      read: (input) => parseConfig(readFileSync(join(bench, 'full.yaml'), 'utf8'), 'f.yaml', [input.toString()]),
    },
    commandLineParser(),
    ...requestParsers(examples),
    ...sweepParsers(atFile, withoutOwnHash(sealed)),
    {
      name: 'rows: JSON lines',
      form: 'json lines',
      seeds: [jsonl, completionsOf(boards), completionsOf(completions)],
      kinds: REFUSED,
      read: async (bytes) => readRows({ file: '-', bytes }),
    },
    {
      name: 'rows: chats',
      form: 'json lines',
      seeds: [completionsOf(chats), completionsOf(templated)],
      kinds: REFUSED,
      read: async (bytes) => readRows({ file: '-', bytes }),
    },
    {
      name: 'rows: JSON array',
      form: 'json',
      seeds: [bytesOf(JSON.stringify(examples))],
      kinds: REFUSED,
      read: async (bytes) => readRows({ file: '-', bytes }),
    },
    {
      name: 'rows: text',
      form: 'text',
      seeds: [
        bytesOf(examples.map(({ prompt, completion }) => `${prompt} ${completion}`).join('\n')),
        bytesOf(
          examples
            .map(
              ({ prompt, completion }) =>
                `bos ${prompt.slice('query '.length, -' reasoning'.length)} ${completion} eos`,
            )
            .join('\n'),
        ),
        bytesOf('#####\n#S E#\n# ###\n#   #\n#####\n\n####\n#SE#\n#XX#\n####\n'),
        bytesOf('id,prompt,completion\n1,query,end\n'),
        jsonl,
      ],
      kinds: REFUSED,
      read: async (bytes) => readRows({ file: '-', bytes }),
    },
    {
      name: 'rows: compressed',
      form: 'bytes',
      seeds: [
        zlib.gzipSync(jsonl),
        zlib.gzipSync(zlib.gzipSync(jsonl)),
        zlib.zstdCompressSync(jsonl),
        Buffer.from(jsonl.toString(), 'utf16le'),
        Buffer.from(`\ufeff${jsonl.toString()}`, 'utf16le').swap16(),
      ],
      kinds: REFUSED,
      read: async (bytes) => readRows({ file: '-', bytes }),
    },
    {
      name: 'rows: Parquet',
      form: 'bytes',
      seeds: [readFileSync(table)],
      kinds: REFUSED,
      read: atFile('rows.parquet', (file) => readRows({ file })),
    },
    {
      name: 'dataset rows',
      form: 'json lines',
      seeds: [jsonl, completionsOf(boards)],
      kinds: EITHER,
      read: atFile('train.jsonl', (file) => readExamples(file)),
    },
    {
      name: 'dataset.json',
      form: 'json',
      seeds: files('*/dataset.json'),
      kinds: DAMAGED,
      read: atFile('dataset.json', (_, folder) => readManifest(folder)),
    },
    ...['config.json', 'tracelab.json', 'tokenizer.json', 'model.safetensors'].map(ofCheckpoint),
    {
      name: 'saved again/config.json',
      form: 'json',
      seeds: [savedAgain['config.json']],
      kinds: EITHER,
      read: atFile('saved-again/config.json', (_, folder) => describeCheckpoint(folder), savedAgain),
    },
    {
      name: 'safetensors',
      form: 'bytes',
      seeds: [small, checkpoint['model.safetensors']],
      kinds: EITHER,
      read: (input) => decodeSafetensors(Uint8Array.from(input), 'f'),
    },
    {
      name: 'safetensors header',
      form: 'json',
      seeds: [headerOf(checkpoint['model.safetensors'])],
      kinds: EITHER,
      read: (input) => decodeSafetensors(withHeader(input, checkpoint['model.safetensors']), 'f'),
    },
    {
      name: 'archive',
      form: 'bytes',
      seeds: [...files('archive.tar'), ...files('archive.tar').map((bytes) => zlib.gunzipSync(bytes))],
      kinds: EITHER,
      read: atFile('a.tar', (file, folder) => {
        rmSync(join(folder, 'runs'), { recursive: true, force: true });
        return mergeCells(join(folder, 'runs'), file);
      }),
    },
    {
      name: 'done.json',
      form: 'json',
      seeds: files('{data,trained,tested}/done.json'),
      kinds: DAMAGED,
      seal: asRecord,
      read: atFile('done.json', (_, folder) => readRecord(folder)),
    },
    {
      name: 'cell.json',
      form: 'json',
      seeds: files('{data,trained}/cell.json'),
      kinds: DAMAGED,
      read: atFile('cell.json', (_, folder) => readBegun(folder)),
    },
    {
      name: 'results.json',
      form: 'json',
      seeds: files('runs/small/results.json'),
      kinds: EITHER,
      seal: withoutOwnHash(sealed),
      read: atFile('results.json', (file) => readResults(file)),
    },
    {
      name: 'evaluation.json',
      form: 'json',
      seeds: files('{tested,judged}/evaluation.json'),
      kinds: DAMAGED,
      seal: withoutOwnHash(sealed),
      read: atFile('evaluation.json', (file) => readEvaluation(file)),
    },
    {
      name: 'graph.json',
      form: 'json',
      seeds: files('runs/small/graph.json'),
      kinds: EITHER,
      seal: withoutOwnHash(sealed),
      read: (input) => parseGraph(jsonOf(input), 'graph.json', KINDS.keys()),
    },
    {
      name: 'cells.json',
      form: 'json',
      seeds: files('runs/small/cells.json'),
      kinds: DAMAGED,
      seal: withoutOwnHash(sealed),
      read: (input) => parseStudyCells(jsonOf(input), null, 'cells.json'),
    },
    {
      name: 'metrics.jsonl of a training',
      form: 'json lines',
      seeds: files('trained/metrics.jsonl'),
      kinds: DAMAGED,
      read: atFile('metrics.jsonl', (file) => readCurve(file)),
    },
    {
      name: 'metrics.jsonl of rl',
      form: 'json lines',
      seeds: [bytesOf(`${JSON.stringify(RL_ROW)}\n`)],
      kinds: DAMAGED,
      read: atFile('rl/metrics.jsonl', (file) => rowsOf(file, readStepRow)),
    },
    {
      name: 'judged completions',
      form: 'json lines',
      seeds: files('tested/completions-*.jsonl'),
      kinds: DAMAGED,
      read: atFile('completions-wilson.jsonl', (file) => rowsOf(file, parseCompletionRow)),
    },
    {
      name: 'lengths',
      form: 'json lines',
      seeds: files('runs/cells/lengths-*/lengths-*.jsonl'),
      kinds: DAMAGED,
      read: atFile('lengths-wilson.jsonl', (file) => rowsOf(file, parseLengthRow)),
    },
    {
      name: 'resume.jsonl',
      form: 'json lines',
      seeds: [bytesOf(state + state.replaceAll('3', '4'))],
      kinds: EITHER,
      read: atFile('resume.jsonl', (_, folder) => RunStates.open(folder)),
    },
    {
      name: 'written.jsonl',
      form: 'json lines',
      seeds: [bytesOf(`${JSON.stringify({ path: 'a', bytes: 3, sha256: 'c'.repeat(64) })}\n`)],
      kinds: DAMAGED,
      read: atFile('written.jsonl', (_, folder) => readWritten(folder)),
    },
    {
      name: 'lease',
      form: 'text',
      seeds: files('{data,trained}/.lease-1'),
      kinds: [],
      read: atFile('.lease-1', (_, folder) => newestLease(folder)),
    },
    {
      name: 'prompt',
      form: 'text',
      seeds: examples.map(({ prompt }) => bytesOf(prompt)),
      kinds: REFUSED,
      read: (input) => {
        const problem = parsePrompt(input.toString(), 4, 'free');
        deepStrictEqual(promptText(problem), singleSpaced(input.toString()).trim(), 'a prompt that was written again');
      },
    },
    {
      name: 'completion',
      form: 'text',
      seeds: examples.map(({ completion }) => bytesOf(completion)),
      kinds: REFUSED,
      read: (input) => {
        const { trace, plan } = parseCompletion(input.toString(), 4);
        deepStrictEqual(
          completionText(trace, plan),
          singleSpaced(input.toString()).trim(),
          'a completion that was written again',
        );
      },
    },
    ...DOMAINS.map((domain): Parser => {
      const own = (domain.name === 'maze' ? examples : boards).slice(0, 6);
      return {
        name: `${domain.name}: prompt and completion`,
        form: 'text',
        seeds: own.map(({ prompt, completion }) => bytesOf(`${prompt}\n${completion}`)),
        kinds: REFUSED,
        read: (input) => {
          const [prompt, ...rest] = input.toString().split('\n');
          const example = { ...own[0], prompt, completion: rest.join('\n') };
          // Of a correct prompt, any completion is judged and never refused.
          const sound = { ...own[0], completion: example.completion };
          domain.judge(sound);
          domain.lengths(sound.completion);
          domain.drawing?.(sound);
          if (domain.judgeSearch) for (const search of SEARCHES) domain.judgeSearch(sound, search);
          if (domain.name === 'maze')
            Array.from(replay({ ...parsePrompt(own[0].prompt, own[0].size, 'free') }, sound.completion));
          domain.parse(prompt, own[0].size, 'f');
          domain.judge(example);
          domain.events(example);
        },
      };
    }),
    {
      name: 'condition',
      form: 'text',
      seeds: ['correct', 'thinned@0.25', 'swapped@1', 'own-mine', 'filler-swapped'].map(bytesOf),
      kinds: [],
      read: (input) => {
        const condition = readCondition(input.toString());
        if (condition !== null)
          deepStrictEqual(readCondition(condition), condition, 'a condition in its shortest form');
      },
    },
    {
      name: 'interventions',
      form: 'text',
      seeds: ['gold', 'truncated@0.25', 'early@8', 'corrupted-kept@0.5', 'early'].map(bytesOf),
      kinds: [],
      read: (input) => {
        for (const each of readInterventions(input.toString()) ?? [])
          deepStrictEqual(readInterventions(interventionName(each)), [each], 'an intervention by its name');
      },
    },
  ];
}

/** Rows are refused one by one, as a command refuses them. */
function checkRefusal(error: unknown): void {
  if (!(error instanceof TracelabError) || error.kind !== 'refused_input') throw error;
}

const jsonOf = (input: Buffer): unknown =>
  parseJson(input.toString(), 'f.json', 'JSON_SYNTAX', 'a complete JSON document');

function withoutOwnHash(seal: (value: object) => object): (value: object) => object {
  return (value) => {
    const rest: Record<string, unknown> = { ...value };
    Reflect.deleteProperty(rest, 'sha256');
    return seal(rest);
  };
}

/** A record with its hash. */
function asRecord(value: object): object {
  const rest: Record<string, unknown> = { ...value };
  Reflect.deleteProperty(rest, 'record_sha256');
  return JSON.parse(recordText(rest as unknown as Parameters<typeof recordText>[0])) as object;
}

function headerOf(file: Buffer): Uint8Array {
  return file.subarray(8, 8 + Number(file.readBigUInt64LE(0)));
}

/** The file with another header. */
function withHeader(header: Uint8Array, file: Buffer): Uint8Array<ArrayBuffer> {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  return Uint8Array.from(Buffer.concat([size, header, file.subarray(8 + Number(file.readBigUInt64LE(0)))]));
}

const COUNTS = [
  ...['completions', 'plan_valid', 'plan_optimal', 'format', 'truncated', 'tokens', 'longest', 'groups', 'zero_spread'],
  ...['learnt', 'kept', 'clipped', 'counted', 'entropy', 'kl', 'furthest_ratio_first', 'furthest_ratio', 'loss'],
  ...['reward', 'grad_norm', 'lr'],
] as const;
const VALID = { paper: 3, strict: 2, exact: 1 };

/** A row as `rl` writes it. */
const RL_ROW = {
  step: 1,
  ...Object.fromEntries(COUNTS.map((name) => [name, 1] as const)),
  trace_valid: VALID,
  both_valid: VALID,
  seconds: { total: 1, rollouts: 1, verdicts: 1, bookkeeping: 1, reference: 1, update: 1 },
};
