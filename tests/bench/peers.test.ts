// PyTorch as a peer: what it writes is parsed or refused, what it is asked for, which kernels it may run, that other
// work is noticed, and how a budget of time is shared out. No PyTorch is needed.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelsText, parseAbout, parseSteps } from '../../bench/peers/answers.ts';
import { Budget } from '../../bench/peers/budget.ts';
import { comparePytorch, type PytorchResults } from '../../bench/peers/compare-pytorch.ts';
import { bestRatios, type PeerRow, PEERS_SCHEMA, type PeersDocument } from '../../bench/peers/document.ts';
import { checkEqualWork, LOSS_TOLERANCE, ourLosses, PROOF_STEPS, WorkFolder } from '../../bench/peers/equal-work.ts';
import { PeerProcess } from '../../bench/peers/peer-process.ts';
import { AVX2, findPytorch, pytorchRequest, settingsOf } from '../../bench/peers/pytorch.ts';
import type { Preset } from '../../bench/presets.ts';
import { summarizeRates } from '../../bench/timing.ts';
import { countParameters } from '../../src/model/config.ts';
import { RESULTS } from './results-fixture.ts';
import { TINY } from './tiny-preset.ts';

const ABOUT = {
  torch: '2.11.0+cpu',
  python: '3.12.1',
  config: 'PyTorch built with: ...',
  mkl: true,
  mkldnn: true,
  capability: 'AVX512',
  compile: true,
  openblas: '',
  core: '',
};
const DEBIAN = {
  ...ABOUT,
  torch: '1.13.0a0',
  mkl: false,
  compile: false,
  openblas: 'OpenBLAS 0.3.21 ',
  core: 'Haswell',
};

describe('answers', () => {
  it('name libraries and instruction sets', () => {
    expect(kernelsText(parseAbout(ABOUT))).toBe('MKL, oneDNN, own kernels AVX512');
    expect(kernelsText(parseAbout(DEBIAN))).toBe('oneDNN, OpenBLAS 0.3.21 running as Haswell, own kernels AVX512');
  });

  it('of another form are refused with their place', () => {
    expect(() => parseAbout({ ...ABOUT, mkl: 'yes' })).toThrow('PyTorch answered mkl: ');
    expect(() => parseAbout({ missing: 'torch' })).toThrow('PyTorch answered torch: ');
    const steps = { seconds: [0.1], losses: [4.1], parameters: 3 };
    expect(parseSteps(steps)).toEqual(steps);
    for (const wrong of [{ seconds: [] }, { seconds: [0] }, { seconds: ['1'] }, { losses: [null] }, { parameters: 0 }])
      expect(() => parseSteps({ ...steps, ...wrong }), JSON.stringify(wrong)).toThrow('PyTorch answered ');
  });

  it('that do not come in time end the peer', async () => {
    const peer = await PeerProcess.start(
      process.execPath,
      ['-e', `console.log('{}'); setInterval(() => 0, 1000);`],
      {},
    );
    if (typeof peer === 'string') throw new Error(peer);
    await expect(peer.ask({ n: 1 }, 0.2)).rejects.toThrow('had no answer in 0 s');
  });
});

describe('kernels', () => {
  it('AVX2 limits every library', () => {
    for (const about of [ABOUT, DEBIAN]) {
      const settings = settingsOf('avx2', about, []);
      expect(settings.map(({ environment }) => environment)).toEqual([
        { ...AVX2, OMP_WAIT_POLICY: 'PASSIVE' },
        { ...AVX2, OMP_WAIT_POLICY: 'ACTIVE' },
      ]);
    }
    expect(AVX2).toMatchObject({
      ATEN_CPU_CAPABILITY: 'avx2',
      MKL_ENABLE_INSTRUCTIONS: 'AVX2',
      ONEDNN_MAX_CPU_ISA: 'AVX2',
    });
  });

  it('the best ones are looked for among those of OpenBLAS, where that is the library', () => {
    const cores = ['Haswell', 'SkylakeX'].map((name) => ({ name, environment: { OPENBLAS_CORETYPE: name } }));
    expect(settingsOf('best', DEBIAN, cores).map(({ name }) => name)).toEqual([
      'kernels of Haswell, passive waiting',
      'kernels of Haswell, active waiting',
      'kernels of SkylakeX, passive waiting',
      'kernels of SkylakeX, active waiting',
    ]);
    for (const settings of [settingsOf('best', ABOUT, cores), settingsOf('own', DEBIAN, cores)])
      expect(settings.map(({ environment }) => environment)).toEqual([
        { OMP_WAIT_POLICY: 'PASSIVE' },
        { OMP_WAIT_POLICY: 'ACTIVE' },
      ]);
  });
});

describe('equal work', () => {
  it('both trainers read the same weights and tokens', () => {
    let path: string;
    {
      using work = new WorkFolder();
      path = work.manifestOf(TINY);
      expect(work.manifestOf(TINY)).toBe(path);
      const manifest = JSON.parse(readFileSync(path, 'utf8')) as {
        file: string;
        tensors: { name: string; shape: number[]; offset: number }[];
        ids: { shape: number[]; offset: number };
      };
      const { buffer } = new Uint8Array(readFileSync(join(dirname(path), manifest.file)));
      const floats = manifest.tensors.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
      expect(floats.reduce((a, b) => a + b)).toBe(countParameters(TINY.model, TINY.vocab));
      expect(manifest.ids).toEqual({ shape: [4, 13], offset: 4 * countParameters(TINY.model, TINY.vocab) });
      const ids = new Int32Array(buffer, manifest.ids.offset, 4 * 13);
      expect(ids.every((id) => id >= 0 && id < TINY.vocab) && new Set(ids).size > 5).toBe(true);
      const names = manifest.tensors.map(({ name }) => name);
      expect(names).toContain('model.layers.0.self_attn.q_proj.bias');
      expect(names.some((name) => name.includes('o_proj.bias'))).toBe(false);
      const norm = manifest.tensors.find(({ name }) => name === 'model.norm.weight');
      expect([...new Float32Array(buffer, norm?.offset, 32)]).toEqual(Array<number>(32).fill(1));
    }
    expect(existsSync(path)).toBe(false);
  });

  it('other losses are refused, so the proof can fail', async () => {
    const ours = await ourLosses(TINY, 1);
    expect(ours).toHaveLength(PROOF_STEPS);
    expect(Math.abs(ours[0] - Math.log(TINY.vocab))).toBeLessThan(0.1);
    // Each update changes the loss by more than the tolerance, so another optimiser would be noticed.
    for (const [i, loss] of ours.slice(1).entries()) expect(Math.abs(loss - ours[i])).toBeGreaterThan(LOSS_TOLERANCE);
    checkEqualWork('same', ours, ours);
    for (const theirs of [ours.map((loss) => loss + 2 * LOSS_TOLERANCE), ours.slice(1), ours.map(() => NaN), []])
      expect(() => {
        checkEqualWork('other', theirs, ours);
      }).toThrow(expect.objectContaining({ code: 'BENCH_CHECK', where: 'bench peers' }));
  });

  it('a request has shape, recipe and threads', () => {
    const request = { data: '/tmp/nano.json', compile: true, fresh: false, warm_up: 1, steps: 2 };
    expect(pytorchRequest(TINY, 4, request)).toMatchObject({
      ...request,
      threads: 4,
      shape: { vocab: 21, sequence: 12, d_model: 32, n_kv_head: 2, rope_base: 10_000 },
      recipe: { lr: 1e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.1, grad_clip: 1 },
    });
  });
});

describe('the document', () => {
  const row = (preset: string, threads: number, ours: number, theirs: number): PeerRow => ({
    preset,
    threads,
    used_threads: Math.min(4, threads),
    tokens: 100,
    rounds: 1,
    ours: summarizeRates([ours]),
    peers: [{ name: 'best, eager', tokens_per_second: summarizeRates([theirs]), ratio: ours / theirs }],
  });
  const rows = [row('nano', 1, 10, 12), row('nano', 8, 40, 30), row('nano', 2, 20, 32), row('base', 1, 3, 6)];

  it('has ratios at the best number of threads of each', () => {
    const peer = 'best, eager';
    expect(bestRatios(rows)).toEqual([
      {
        preset: 'nano',
        ours: { threads: 4, tokens_per_second: 40 },
        peer,
        theirs: { threads: 2, tokens_per_second: 32 },
        ratio: 1.25,
      },
      {
        preset: 'base',
        ours: { threads: 1, tokens_per_second: 3 },
        peer,
        theirs: { threads: 1, tokens_per_second: 6 },
        ratio: 0.5,
      },
    ]);
    expect(bestRatios([])).toEqual([]);
  });

  it('fits its schema', () => {
    const { before } = RESULTS.noise;
    const document: PeersDocument = {
      format: 1,
      version: '0.1.0',
      started: '2026-01-02T03:04:05.000Z',
      machine: RESULTS.machine,
      noise: { before, after: before, peak_drift: 0 },
      peak_gflops: 100,
      peers: [
        {
          name: 'best, eager',
          torch: ABOUT.torch,
          python: 'python3, 3.12',
          mode: 'eager',
          isa: 'best',
          setting: 'kernels of its choice, passive waiting',
          kernels: kernelsText(ABOUT),
          config: ABOUT.config,
          environment: { OMP_WAIT_POLICY: 'PASSIVE' },
        },
      ],
      rows,
      best: bestRatios(rows),
      skipped: [],
    };
    expect(PEERS_SCHEMA.parse(document)).toEqual(document);
    expect(PEERS_SCHEMA.safeParse({ ...document, format: 2 }).success).toBe(false);
  });
});

describe('Budget', () => {
  it('shares what is left by weight, also what earlier parts have saved', () => {
    let time = 100;
    const budget = new Budget(60, () => time);
    expect(budget.share(1, 3)).toBe(120);
    time = 110;
    expect([budget.left, budget.share(1, 2), budget.isOver(110.5)]).toEqual([50, 135, false]);
    time = 170;
    expect([budget.left, budget.share(1, 1), budget.isOver(170)]).toEqual([-10, 170, true]);
  });
});

describe('comparePytorch', () => {
  /** A peer that reads our losses from a file and answers as PyTorch; compiled mode fails, as without a compiler. */
  function fakePython(folder: string, losses: readonly number[]): string {
    const path = join(folder, 'python');
    const script = `#!${process.execPath}
console.log(JSON.stringify(${JSON.stringify(ABOUT)}));
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { steps, compile, shape, fresh, warm_up } = JSON.parse(line);
  const asked = [shape.sequence, fresh, warm_up, steps].join() + '\\n';
  require('node:fs').appendFileSync(${JSON.stringify(join(folder, 'asked'))}, asked);
  console.log(JSON.stringify(compile
    ? { error: 'InductorError: no compiler' }
    : { seconds: Array(steps).fill(0.001), losses: ${JSON.stringify(losses)}.slice(0, steps), parameters: 1 }));
});`;
    writeFileSync(path, script, { mode: 0o755 });
    return path;
  }

  interface Asked {
    readonly presets?: readonly Preset[];
    readonly compile?: boolean;
    readonly threads?: readonly number[];
  }

  /** @returns with the requests to PyTorch: sequence, fresh, steps of warm-up, steps */
  async function compare(
    losses: readonly number[],
    seconds: number,
    { presets = [TINY], compile = true, threads = [1, 2] }: Asked = {},
  ): Promise<PytorchResults & { readonly asked: readonly string[] }> {
    const folder = mkdtempSync(join(tmpdir(), 'tracelab-peers-test-'));
    try {
      const python = fakePython(folder, losses);
      const found = await findPytorch(python);
      if (typeof found === 'string') throw new Error(found);
      using work = new WorkFolder();
      const results = await comparePytorch(
        { pytorch: found, isas: ['own'], compile, presets, threads, rounds: 2, budget: new Budget(seconds) },
        work,
        () => undefined,
      );
      const file = join(folder, 'asked');
      return { ...results, asked: existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  it('measures in turns with most threads first, and leaves out a mode that fails', async () => {
    const { peers, rows, skipped } = await compare(await ourLosses(TINY, 1), 600);
    expect(rows.map(({ threads, rounds, peers: own }) => [threads, rounds, own.map(({ name }) => name)])).toEqual([
      [2, 2, ['own, eager']],
      [1, 2, ['own, eager']],
    ]);
    for (const {
      ours,
      peers: [{ tokens_per_second, ratio }],
    } of rows) {
      expect([ours.samples.length, tokens_per_second.samples.length]).toEqual([4, 4]);
      expect(ratio).toBeCloseTo(ours.best / tokens_per_second.best, 12);
      expect(tokens_per_second.best).toBeCloseTo(48 / 0.001, 6);
    }
    expect(skipped).toEqual([
      { what: 'PyTorch own, compiled, nano, 2 threads', reason: expect.stringContaining('no compiler') as string },
    ]);
    expect(peers.find(({ mode }) => mode === 'eager')).toMatchObject({
      torch: '2.11.0+cpu',
      kernels: 'MKL, oneDNN, own kernels AVX512',
    });
  });

  it('gives each row a round in turn, so that no row waits for the time that another takes', async () => {
    const ours = await ourLosses(TINY, 1);
    const same: Preset = { ...TINY, name: 'small' };
    const { rows, asked } = await compare(ours, 600, { presets: [TINY, same], compile: false, threads: [1] });
    expect(rows.map(({ preset, rounds }) => [preset, rounds])).toEqual([
      ['nano', 2],
      ['small', 2],
    ]);
    const { sequence } = TINY;
    const trials = asked.slice(0, -6);
    expect(trials.every((line) => line.startsWith(`${sequence},`))).toBe(true);
    const [proof, round] = [`${sequence},true,0,4`, `${sequence},false,1,2`];
    expect(asked.slice(-6)).toEqual([proof, round, proof, round, round, round]);
  });

  it('ends when PyTorch does other work', async () => {
    const other = (await ourLosses(TINY, 1)).map((loss, i) => (i === 3 ? loss + 0.001 : loss));
    await expect(compare(other, 600)).rejects.toThrow(
      expect.objectContaining({ code: 'BENCH_CHECK', where: 'bench peers', exitCode: 70 }),
    );
  });

  it('skips by name what the time does not suffice for', async () => {
    const { rows, skipped } = await compare(await ourLosses(TINY, 1), 0);
    expect(rows).toEqual([]);
    expect(skipped).toEqual(
      [2, 1].map((threads) => ({ what: `nano, ${threads} threads`, reason: 'no time was left' })),
    );
  });
});
