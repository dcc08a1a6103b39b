// 128-bit against 256-bit lanes: two child processes, one a kernel path, answer the same requests in turns. Both paths
// must give equal bits before anything is timed.
import { type ChildProcess, fork } from 'node:child_process';
import { CORE_CHOICE } from '../src/core/module.ts';
import { checkEqualBits } from './check.ts';
import type { PresetName } from './groups.ts';
import type { KernelGroup } from './kernels.ts';
import type { LaneAnswer, LaneRequest } from './lane-messages.ts';
import { type LaneRow, type Skipped, STOPPED } from './results.ts';
import { summarizeRates } from './timing.ts';

/** A kernel path that answers; a test brings its own. */
export interface Lane {
  readonly ask: (request: LaneRequest) => Promise<LaneAnswer>;
}

export interface LaneResults {
  readonly rows: readonly LaneRow[];
  readonly skipped: readonly Skipped[];
  /** Processor time of the children. */
  readonly seconds: number;
}

const KERNEL_GROUPS: readonly KernelGroup[] = ['gemm', 'attention', 'norm', 'rope', 'swiglu', 'optimizer'];
/** A step of base takes too long with 128-bit lanes. */
const STEPS: readonly PresetName[] = ['quick', 'nano', 'small'];

/** @param presets names of those that are measured */
export function laneRequests(presets: readonly PresetName[]): LaneRequest[] {
  const of = (names: readonly PresetName[]): PresetName[] => names.filter((name) => presets.includes(name));
  return [
    { what: 'peak', preset: 'quick' },
    ...of(['nano', 'small']).flatMap((preset) =>
      KERNEL_GROUPS.map((group): LaneRequest => ({ what: 'kernels', preset, group })),
    ),
    ...of(STEPS).map((preset): LaneRequest => ({ what: 'step', preset })),
    ...of(['quick']).map((preset): LaneRequest => ({ what: 'decode', preset })),
  ];
}

/**
 * Measures in two children; both end with the call.
 * @param rounds samples of each row and path
 * @param signal ends the children; the rows until then are returned
 * @throws TracelabError BENCH_CHECK when the paths give different bits; Error when a child ends early
 */
export async function measureLanes(
  presets: readonly PresetName[],
  rounds: number,
  signal: AbortSignal,
): Promise<LaneResults> {
  const children = (['fused', 'revectorized'] as const).map(startChild);
  const [narrow, wide] = children;
  const end = (): void => {
    for (const { child } of children) child.kill();
  };
  signal.addEventListener('abort', end);
  const rows: LaneRow[] = [];
  const skipped: Skipped[] = [];
  const what = 'lanes: 128-bit against 256-bit';
  try {
    const [first, second] = await Promise.all([narrow.ready, wide.ready]);
    if (first.revectorized || !second.revectorized) skipped.push({ what, reason: second.why });
    else
      await compareLanes(narrow, wide, laneRequests(presets), rounds, (row) => {
        rows.push(row);
      });
  } catch (error) {
    if (!signal.aborted) throw error;
    skipped.push({ what, reason: STOPPED });
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
  return { rows, skipped, seconds: narrow.seconds() + wide.seconds() };
}

/**
 * Asks both paths in turns, after the proof that a training step and a decoding call have equal bits.
 * @param onRow called with each row once it is measured
 * @throws TracelabError BENCH_CHECK when they have not
 */
export async function compareLanes(
  narrow: Lane,
  wide: Lane,
  requests: readonly LaneRequest[],
  rounds: number,
  onRow: (row: LaneRow) => void,
): Promise<void> {
  for (const { preset } of requests.filter(({ what }) => what === 'step'))
    await proveEqual(narrow, wide, { what: 'proof', preset });
  for (const request of requests) {
    if (request.what === 'decode') await proveEqual(narrow, wide, request);
    const answers: { readonly narrow: LaneAnswer; readonly wide: LaneAnswer }[] = [];
    for (let round = 0; round < rounds; round++)
      answers.push({ narrow: await narrow.ask(request), wide: await wide.ask(request) });
    for (const [i, { kernel, what, shape, unit }] of answers[0].narrow.rows.entries()) {
      const own = summarizeRates(answers.map((answer) => answer.narrow.rows[i].rate));
      const other = summarizeRates(answers.map((answer) => answer.wide.rows[i].rate));
      const preset = request.what === 'peak' ? '' : request.preset;
      onRow({ kernel, preset, what, shape, unit, narrow: own, wide: other, ratio: other.best / own.best });
    }
  }
}

async function proveEqual(narrow: Lane, wide: Lane, request: LaneRequest): Promise<void> {
  checkEqualBits('bench lanes', [
    [`${request.preset}, ${request.what}, 128-bit lanes`, (await narrow.ask(request)).sha256 ?? ''],
    [`${request.preset}, ${request.what}, 256-bit lanes`, (await wide.ask(request)).sha256 ?? ''],
  ]);
}

/** @returns the child with its first message; it sleeps while it is not asked */
function startChild(path: 'fused' | 'revectorized'): Lane & {
  readonly child: ChildProcess;
  readonly ready: Promise<LaneAnswer>;
  readonly seconds: () => number;
} {
  const entry = new URL(import.meta.url.endsWith('.ts') ? './lanes-child.ts' : './lanes-child.js', import.meta.url);
  const child = fork(entry, { env: { ...process.env, [CORE_CHOICE]: undefined, TRACELAB_KERNEL_PATH: path } });
  let seconds = 0;
  const next = (): Promise<LaneAnswer> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null): void => {
        reject(new Error(`the process of kernel path ${path} ended with code ${code}`));
      };
      child.once('exit', ended);
      child.once('message', (message: LaneAnswer | { readonly error: string }) => {
        child.off('exit', ended);
        if ('error' in message) {
          reject(new Error(message.error));
          return;
        }
        seconds = message.seconds;
        resolve(message);
      });
    });
  return {
    child,
    ready: next(),
    seconds: () => seconds,
    ask: async (request) => {
      const answered = next();
      child.send(request);
      return answered;
    },
  };
}
