// The child process of bench/lanes.ts: one kernel path, measured on request. The engine reads its flags before the
// first module is compiled, so that every path needs a process of its own.
import { sha256 } from '../src/base/hash.ts';
import { loadCore } from '../src/core/module.ts';
import { openDecoder } from './decode.ts';
import type { Bench } from './kernel.ts';
import { KERNELS } from './kernels.ts';
import type { LaneAnswer, LaneRequest } from './lane-messages.ts';
import { measureFma } from './peaks.ts';
import { PEER_PRESETS, type Preset, quickStudy, tokensOf } from './presets.ts';
import { Stage } from './stage.ts';
import type { Effort } from './timing.ts';
import { proveEqualBits, timeSteps } from './training-step.ts';

/** One round a request: the parent alternates between the paths. */
const EFFORT: Effort = {
  warmUpCalls: 60,
  leastWarmUpCalls: 3,
  warmUpSeconds: 0.1,
  rounds: 1,
  roundSeconds: 0.04,
};
const STAGE_BYTES = 160 << 20;

type Measured = Pick<LaneAnswer, 'rows' | 'sha256'>;

const core = loadCore();
const { preset: quick, size } = await quickStudy();
const presets: readonly Preset[] = [quick, ...PEER_PRESETS];
const stage = new Stage(core, STAGE_BYTES);

process.on('message', (request: LaneRequest) => {
  void measure(request).then(
    (measured) => process.send?.(answered(measured)),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
// Ctrl-C reaches the parent, which ends this process.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => {
  // The parent has ended: nobody waits for an answer.
  process.exitCode = 1;
});
process.send?.(answered({ rows: [], sha256: null }));

function answered(measured: Measured): LaneAnswer {
  const { user, system } = process.cpuUsage();
  return { ...measured, revectorized: core.revectorized, why: core.why, seconds: (user + system) / 1e6 };
}

async function measure({ what, preset: name, group }: LaneRequest): Promise<Measured> {
  const preset = presets.find((each) => each.name === name) ?? quick;
  switch (what) {
    case 'peak': {
      const { gflops } = measureFma(stage, EFFORT);
      return {
        sha256: null,
        rows: [{ kernel: 'multiply-add peak', what: '', shape: '', unit: 'GFLOP/s', rate: gflops }],
      };
    }
    case 'kernels': {
      const bench: Bench = { stage, presets: [preset], effort: EFFORT };
      const rows = KERNELS[group ?? 'gemm'](bench).filter((row) => row.preset === name);
      return {
        sha256: null,
        rows: rows.map(({ kernel, what: call, shape, gflops }) => ({
          kernel,
          what: call,
          shape,
          unit: 'GFLOP/s',
          rate: gflops,
        })),
      };
    }
    case 'proof':
      return { rows: [], sha256: await proveEqualBits(preset, [1]) };
    case 'step': {
      const {
        seconds: [seconds],
      } = await timeSteps({ preset, threads: 1, warmUp: 1, steps: 1 });
      return {
        sha256: null,
        rows: [rate('training step', `${preset.lengths.length} sequences`, tokensOf(preset) / seconds)],
      };
    }
    case 'decode': {
      await using decoder = openDecoder(quick, size, 1, 0);
      const { texts } = await decoder.decode();
      const started = performance.now();
      const { tokens } = await decoder.decode();
      const seconds = (performance.now() - started) / 1000;
      return {
        sha256: sha256(new TextEncoder().encode(JSON.stringify(texts))),
        rows: [rate('greedy decoding', `${texts.length} prompts`, tokens / seconds)],
      };
    }
  }
}

function rate(kernel: string, shape: string, value: number): LaneAnswer['rows'][number] {
  return { kernel, what: 'one thread', shape, unit: 'tokens/s', rate: value };
}
