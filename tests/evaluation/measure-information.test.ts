// The information of traces about plans on real threads with a small checkpoint: losses of the f64 twin, the same bits
// on any number of threads and after a stop, and what is left out.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText, promptText } from '../../src/domain/maze/grammar.ts';
import type { InformationRow } from '../../src/evaluation/information.ts';
import { intervene } from '../../src/evaluation/intervene.ts';
import type { ForcedRow } from '../../src/evaluation/intervention-summary.ts';
import { measureInformation } from '../../src/evaluation/measure-information.ts';
import type { InformationOptions } from '../../src/evaluation/measure-information.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { type Checkpoint, writeCheckpoint } from '../../src/model/checkpoint.ts';
import { namedTensors } from '../../src/model/named-tensors.ts';
import { expectWithin } from '../core/room.ts';
import { MODEL, ORIGIN, parameterBlock, RECIPE, SIZE, writeSmallCheckpoint } from '../model/small-checkpoint.ts';
import { crossEntropy } from '../reference/cross-entropy.ts';
import { rowsOf } from '../reference/matrix.ts';
import { referenceLogits } from '../reference/model.ts';

// Threads start slowly on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const MAZES = 12;
const SOURCES = ['own', 'gold', 'swapped'] as const;

describe('information of traces about plans', () => {
  let folder = '';
  let checkpoint: Checkpoint;
  let options: InformationOptions;
  const mazes: { readonly id: string; readonly prompt: string; readonly completion: string }[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-information-'));
    checkpoint = await writeSmallCheckpoint(join(folder, 'model'));
    for (let i = 0; i < MAZES; i++) {
      const problem = generateProblem('wilson', SIZE, new RandomSequence(4, STREAMS.test, i));
      const { trace, plan } = solve(problem);
      mazes.push({ id: `maze-${i}`, prompt: promptText(problem), completion: completionText(trace, plan ?? []) });
    }
    const rows = mazes.map((maze) => JSON.stringify({ ...maze, generator: 'wilson', size: SIZE }));
    await writeFile(join(folder, 'mazes.jsonl'), `${rows.join('\n')}\n`);
    options = {
      checkpoint: join(folder, 'model'),
      tests: [{ distribution: 'wilson', file: join(folder, 'mazes.jsonl') }],
      outDir: join(folder, 'out'),
      threads: 1,
      seed: 1,
      events: 3,
    };
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const run = (changes: Partial<InformationOptions> = {}, signal?: AbortSignal) =>
    measureInformation({ ...options, ...changes }, { progress: () => undefined, signal });
  const linesOf = async (file: string): Promise<unknown[]> =>
    (await readFile(join(folder, file), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  const information = async (source: string, out = 'out') =>
    (await linesOf(`${out}/information-wilson-${source}.jsonl`)) as InformationRow[];

  /** Nats of the words after `solution`, by the f64 twin. */
  function reference(text: string): number {
    const { model, weights, vocabulary } = checkpoint;
    const ids = [vocabulary.bos, ...vocabulary.encode(text)];
    const logits = referenceLogits(
      {
        layers: model.n_layer,
        heads: model.n_head,
        kvHeads: model.n_kv_head,
        headSize: model.d_model / model.n_head,
        ropeBase: model.rope_base,
        eps: model.rms_norm_eps,
        weights: new Map(
          [...weights.tensors].map(([name, { shape, values }]) => [
            name,
            shape.length === 2 ? rowsOf(values, shape[0], shape[1]) : [[...values]],
          ]),
        ),
      },
      ids,
    );
    const solution = ids.indexOf(vocabulary.idOf('solution'));
    let sum = 0;
    for (let at = solution; at < ids.length - 1; at++) sum += crossEntropy(logits[at], ids[at + 1]);
    return sum;
  }

  it('L(k) is that of the f64 twin, after the first events of A*’s trace and of the model’s own', async () => {
    expect((await run())?.map(({ distribution }) => distribution)).toEqual(['wilson']);
    const own = (await linesOf('out/own-wilson.jsonl')) as { readonly completion: string }[];
    for (const source of ['gold', 'own'] as const) {
      const rows = await information(source);
      expect(rows.map(({ id }) => id)).toEqual(mazes.map(({ id }) => id));
      let compared = 0;
      for (const [i, row] of rows.entries()) {
        if ('left_out' in row || compared === 3) continue;
        compared += 1;
        const { prompt, completion } = mazes[i];
        const solution = completion.slice(completion.indexOf('solution '));
        const words = (source === 'gold' ? completion : own[i].completion).split(' ');
        const end = words.indexOf('solution');
        const trace = end < 0 ? words : words.slice(0, end);
        // All of A*'s events have five words; of a model that has learnt nothing only the ends are known.
        const shares = source === 'gold' ? [0, 0.125, 0.25, 0.5, 0.75, 0.875, 1] : [0, 1];
        const expected = shares.map((share) => {
          const some = source === 'gold' ? trace.slice(0, 5 * Math.floor((share * trace.length) / 5)) : trace;
          return reference([prompt, ...(share === 0 ? [] : some), solution].join(' '));
        });
        const got = source === 'gold' ? row.losses : [row.losses[0], row.losses[6]];
        expect(row.plan_words).toBe(solution.split(' ').length - 1);
        // f32 passes through two layers against f64: pass if within 1e-4 a word, as in the test of scoring.
        expectWithin(got, expected, 1e-4 * row.plan_words, `${source} ${row.id}`);
        if (source === 'gold')
          for (const { event, before, after } of row.added) {
            const at = [event, event + 1].map((k) => reference([prompt, ...trace.slice(0, 5 * k), solution].join(' ')));
            expectWithin([before, after], at, 1e-4 * row.plan_words, `${row.id}, event ${event}`);
          }
      }
      expect(compared, source).toBeGreaterThan(0);
    }
  });

  it('own traces are the completions without intervention', async () => {
    const { tests, threads, seed } = options;
    const out = join(folder, 'intervened');
    const given = { checkpoint: options.checkpoint, tests, threads, seed, interventions: [], other: null, outDir: out };
    await intervene(given, { progress: () => undefined });
    const forced = (await linesOf('intervened/forced-wilson-own.jsonl')) as ForcedRow[];
    const own = (await linesOf('out/own-wilson.jsonl')) as { readonly completion: string }[];
    expect(own.map(({ completion }) => completion)).toEqual(
      forced.map((row) => ('left_out' in row ? null : row.completion)),
    );
  });

  it('all sources have the loss without a trace in common, and another trace has another loss', async () => {
    const [own, gold, swapped] = await Promise.all(SOURCES.map((source) => information(source)));
    let both = 0;
    for (const [i, row] of gold.entries()) {
      const other = swapped[i];
      if ('left_out' in row || 'left_out' in other) continue;
      both += 1;
      expect(other.losses[0]).toBe(row.losses[0]);
      expect(other.losses[6]).not.toBe(row.losses[6]);
      const mine = own[i];
      if (!('left_out' in mine)) expect(mine.losses[0]).toBe(row.losses[0]);
    }
    expect(both).toBeGreaterThan(0);
  });

  it('has the same bits on two threads and after a stop, and keeps what is finished', async () => {
    const first = await run();
    const file = join(folder, 'out/information-wilson-gold.jsonl');
    // Set, because the clock of a file system may stand still for some milliseconds.
    await utimes(file, 1, 1);
    expect(await run()).toEqual(first);
    expect((await stat(file)).mtimeMs).toBe(1000);
    expect(await run({ outDir: join(folder, 'two'), threads: 2 })).toEqual(first);
    // Stopped when the first source is reported, and again at once.
    const stop = new AbortController();
    const outDir = join(folder, 'stopped');
    const stopped = await measureInformation(
      { ...options, outDir },
      {
        progress: ({ share }) => {
          if (share > 0.25) stop.abort();
        },
        signal: stop.signal,
      },
    );
    expect(stopped).toBeNull();
    expect(existsSync(join(outDir, 'own-wilson.jsonl'))).toBe(true);
    expect(existsSync(join(outDir, 'information.json'))).toBe(false);
    expect(await run({ outDir }, AbortSignal.abort())).toBeNull();
    expect(await run({ outDir, threads: 2 })).toEqual(first);
    for (const source of SOURCES) expect(await information(source, 'stopped')).toEqual(await information(source));
    // Fewer mazes, and another sample, are other rows.
    const fewer = await run({ limit: 5, outDir: join(folder, 'fewer') });
    expect(fewer?.[0].sources.map(({ n, no_room, not_applicable }) => n + no_room + not_applicable)).toEqual([5, 5, 5]);
    expect(await run({ seed: 2, outDir: join(folder, 'seed') })).not.toEqual(first);
  });

  it('reports its share of all distributions', async () => {
    const shares: number[] = [];
    const tests = ['wilson', 'dfs'].map((distribution) => ({ distribution, file: join(folder, 'mazes.jsonl') }));
    await measureInformation(
      { ...options, tests, outDir: join(folder, 'shares') },
      { progress: ({ share }) => shares.push(share) },
    );
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('leaves out mazes whose trace does not fit with the plan into the context, and counts them', async () => {
    const tokens = (text: string): number => text.split(' ').length + 2;
    const lengths = mazes.map(({ prompt, completion }) => tokens(`${prompt} ${completion}`));
    const context = lengths.toSorted((a, b) => a - b)[MAZES / 2 - 1];
    const { block, layout } = parameterBlock(0.5);
    const small = join(folder, 'small');
    const vocabulary = createVocabulary(SIZE);
    await writeCheckpoint(small, namedTensors(block, layout), { ...MODEL, context }, vocabulary, ORIGIN, RECIPE);
    const outDir = join(folder, 'no-room');
    const summary = await run({ checkpoint: small, outDir });
    const fits = lengths.filter((length) => length <= context).length;
    expect([fits > 0, fits < MAZES]).toEqual([true, true]);
    for (const { source, n, no_room, not_applicable } of summary?.[0].sources ?? []) {
      expect(n + no_room + not_applicable, source).toBe(MAZES);
      if (source === 'gold') expect([n, no_room]).toEqual([fits, MAZES - fits]);
    }
    const left = (await information('gold', 'no-room')).map((row) => 'left_out' in row && row.left_out);
    expect(left).toEqual(lengths.map((length) => length > context && 'no_room'));
    // A maze whose trace fits has the losses of the larger context.
    const rows = await information('gold');
    for (const [i, row] of (await information('gold', 'no-room')).entries())
      if (!('left_out' in row)) expect(row).toEqual(rows[i]);
  });

  it('refuses a single maze and another grid size before anything is written', async () => {
    const outDir = join(folder, 'refused');
    await expect(run({ limit: 1, outDir })).rejects.toMatchObject({ code: 'TOO_FEW_EXAMPLES', exitCode: 2 });
    const file = join(folder, 'large.jsonl');
    const [prompt, completion] = ['query start 0 0 goal 1 0 reasoning', 'solution plan 0 0 plan 1 0 end'];
    await writeFile(file, `${JSON.stringify({ id: 'a', generator: 'free', size: SIZE + 1, prompt, completion })}\n`);
    await expect(run({ tests: [{ distribution: 'free', file }], outDir })).rejects.toMatchObject({ code: 'GRID_SIZE' });
    expect(existsSync(outDir)).toBe(false);
  });
});
