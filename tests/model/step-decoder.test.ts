// The model of a browser's page writes what the models of all other commands write: on both kernel paths, greedy and
// drawn, behind its own words and behind forced ones.
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import type { KernelPath } from '../../src/core/exports.ts';
import { loadPageCore, type PageCore } from '../../src/core/page-core.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText, promptText } from '../../src/domain/maze/grammar.ts';
import type { ForcedRow } from '../../src/evaluation/intervention-summary.ts';
import { interventionName, readInterventions } from '../../src/evaluation/interventions.ts';
import type { Checkpoint } from '../../src/model/checkpoint.ts';
import { flatWeights, StepDecoder } from '../../src/model/step-decoder.ts';
import { MODEL, SIZE, writeSmallCheckpoint } from './small-checkpoint.ts';

const PROMPTS = Array.from({ length: 24 }, (_, i) => {
  const { walls, ...rest } = generateProblem('wilson', SIZE, new RandomSequence(4, STREAMS.test, i));
  return promptText({ walls, ...rest });
});
const CAP = 60;
const NO_MODULE = Uint8Array.of(0);

function pageModule(path: KernelPath): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(new URL(`../../build/page-${path}.wasm`, import.meta.url)));
}

async function pageCore(path: KernelPath): Promise<PageCore> {
  const modules = { fused: NO_MODULE, portable: NO_MODULE, [path]: pageModule(path) };
  const core = await loadPageCore(modules);
  if (core === null) throw new Error(`this engine does not run the ${path} module`);
  return core;
}

describe('the core of a page', () => {
  it('is the fused module where the engine rounds once', async () => {
    const modules = { fused: pageModule('fused'), portable: pageModule('portable') };
    expect((await loadPageCore(modules))?.kernel_path).toBe('fused');
  });

  it('is the portable module where the engine does not compile the fused one, or rounds twice in it', async () => {
    const portable = pageModule('portable');
    expect((await loadPageCore({ fused: NO_MODULE, portable }))?.kernel_path).toBe('portable');
    // The portable module rounds twice, as the fused one does on a processor without fused multiply-add.
    expect((await loadPageCore({ fused: portable, portable }))?.kernel_path).toBe('portable');
  });

  it('is none where the engine compiles neither', async () => {
    expect(await loadPageCore({ fused: NO_MODULE, portable: NO_MODULE })).toBeNull();
  });

  it.each(['fused', 'portable'] as const)('needs nothing but a memory that is not shared (%s)', async (path) => {
    const { module } = await pageCore(path);
    const memory = new WebAssembly.Memory({ initial: 1 });
    expect(memory.buffer).toBeInstanceOf(ArrayBuffer);
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    expect(Object.keys(exports)).not.toContain('meet');
    expect(Object.keys(exports)).toContain('decode_tokens');
  });
});

describe.each(['fused', 'portable'] as const)('a model in a page, %s', (path) => {
  let folder = '';
  let checkpoint: Checkpoint;
  let decoder: StepDecoder;
  let library: typeof import('../../src/model/model.ts');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-step-'));
    checkpoint = await writeSmallCheckpoint(join(folder, 'model'));
    const { model, vocabulary, weights } = checkpoint;
    const flat = flatWeights(weights.tensors, model, vocabulary.length);
    decoder = StepDecoder.load(await pageCore(path), { model, vocabulary, weights: flat });
    // The process chooses its path once: another one needs the modules again.
    vi.stubEnv('TRACELAB_KERNEL_PATH', path);
    vi.resetModules();
    library = await import('../../src/model/model.ts');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });

  const write = (cap: number, drawing?: Parameters<StepDecoder['next']>[0]): string => {
    while (decoder.length < cap && decoder.next(drawing) !== null);
    return decoder.text;
  };

  /** One with a long completion, all of whose words can be forced. */
  const longPrompt = (): string => {
    for (const prompt of PROMPTS) {
      decoder.start(prompt);
      if (write(CAP).split(' ').length > 20 && !decoder.text.includes('<unk>')) return prompt;
    }
    throw new Error('no long completion');
  };

  it.each([0, 1])('completes prompts as Model.generate does, at temperature %d', async (temperature) => {
    await using model = library.Model.of(checkpoint, 1);
    const all = await model.generate({ prompts: PROMPTS, maxNewTokens: CAP, temperature, seed: 5 });
    const texts = PROMPTS.map((prompt, index) => {
      decoder.start(prompt);
      return write(CAP, { temperature, seed: 5, index });
    });
    expect(texts).toEqual(all?.map(({ text }) => text));
    expect(new Set(texts).size).toBeGreaterThan(PROMPTS.length / 2);
  });

  it('continues behind forced words as intervene does', async () => {
    const { intervene } = await import('../../src/evaluation/intervene.ts');
    const rows = PROMPTS.map((prompt, i) => {
      const problem = generateProblem('wilson', SIZE, new RandomSequence(4, STREAMS.test, i));
      const { trace, plan } = solve(problem);
      return {
        id: `maze-${i}`,
        generator: 'wilson',
        size: SIZE,
        prompt,
        completion: completionText(trace, plan ?? []),
      };
    });
    const file = join(folder, 'mazes.jsonl');
    await writeFile(file, `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
    const interventions = ['gold', 'swapped', 'filler', 'empty', 'corrupted-regenerated@0.5'].flatMap(
      (name) => readInterventions(name) ?? [],
    );
    const outDir = join(folder, 'out');
    await intervene(
      {
        checkpoint: join(folder, 'model'),
        tests: [{ distribution: 'wilson', file }],
        interventions,
        other: null,
        outDir,
        threads: 1,
        seed: 1,
      },
      { progress: () => undefined },
    );
    let compared = 0;
    for (const name of interventions.map(interventionName)) {
      const lines = (await readFile(join(outDir, `forced-wilson-${name}.jsonl`), 'utf8')).trim().split('\n');
      for (const [i, line] of lines.entries()) {
        const row = JSON.parse(line) as ForcedRow;
        if ('left_out' in row) continue;
        decoder.start(PROMPTS[i]);
        decoder.force(row.forced);
        expect(write(row.completion.split(' ').length)).toBe(row.completion);
        if (!row.truncated && !decoder.isEnded) expect(decoder.next()).toBe(checkpoint.vocabulary.eos);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(60);
  });

  it('names the likeliest tokens and their probabilities as Model.logProbabilities does', async () => {
    const prompt = longPrompt();
    const { vocabulary } = checkpoint;
    decoder.start(prompt);
    const steps = Array.from({ length: 12 }, () => {
      const likeliest = decoder.likeliest(5);
      return { likeliest, id: decoder.next() };
    });
    const ids = Uint16Array.of(vocabulary.bos, ...vocabulary.encode(`${prompt} ${decoder.text}`));
    await using model = library.Model.of(checkpoint, 1);
    const [expected] = (await model.logProbabilities([{ ids, from: vocabulary.encode(prompt).length + 1 }], 5)) ?? [];
    expect(steps.map(({ likeliest }) => likeliest.map(({ id }) => id)).flat()).toEqual([...expected.topIds]);
    for (const [at, { probability, word, id }] of steps.flatMap(({ likeliest }) => likeliest).entries()) {
      // Both are sums of the same logits; the decoder's in another order.
      expect(Math.abs(probability - Math.exp(expected.top[at]))).toBeLessThanOrEqual(1e-6);
      expect(word).toBe(vocabulary.words[id]);
    }
    expect(steps.map(({ likeliest, id }) => likeliest[0].id === id)).toEqual(steps.map(() => true));
  });

  it('writes the same whatever was fed in parts, and after it went back', () => {
    const prompt = longPrompt();
    decoder.start(prompt);
    const whole = write(CAP);
    decoder.reset(7);
    expect(decoder.length).toBe(7);
    expect(write(CAP)).toBe(whole);
    decoder.reset();
    expect(decoder.text).toBe('');
    decoder.force(whole.split(' ').slice(0, 9).join(' '));
    let parts = 1;
    while (decoder.feed()) parts += 1;
    expect(write(CAP)).toBe(whole);
    decoder.start(`${prompt} ${'close '.repeat(60)}`);
    for (parts = 1; decoder.feed(); parts += 1);
    expect(parts).toBeGreaterThan(1);
  });

  it('ends at the end of the context, and refuses what does not fit or is no word', () => {
    decoder.start(PROMPTS[0]);
    expect(() => {
      decoder.force('close '.repeat(MODEL.context));
    }).toThrow('fit into the context');
    expect(() => {
      decoder.force('close twice');
    }).toThrow('vocabulary');
    decoder.force('close '.repeat(MODEL.context - 1 - PROMPTS[0].split(' ').length));
    expect(decoder.isEnded).toBe(true);
    expect(decoder.next()).toBeNull();
    expect(() => {
      decoder.start('query start 9 9 reasoning');
    }).toThrow('vocabulary');
  });

  it('refuses weights of another model', async () => {
    const { model, vocabulary } = checkpoint;
    const core = await pageCore(path);
    expect(() => StepDecoder.load(core, { model, vocabulary, weights: new Float32Array(99) })).toThrow('tensor');
  });
});
