// Our training step beside another trainer's on the same model, batch and number of threads, in turns, best step of all rounds.
import { flopsPerToken, type Preset } from '../presets.ts';
import type { Peaks } from '../results.ts';
import { checkTrainingStep, measureTrainingStep } from '../training-step.ts';
import { numberOf, type PeerProcess } from './peer-process.ts';

export interface TrainingComparison {
  readonly name: string;
  readonly peer: PeerProcess;
  readonly presets: readonly Preset[];
  readonly threads: number;
  readonly rounds: number;
}

/** Steps of one turn; ours starts its threads anew for each turn, and warms them up. */
const STEPS = 2;

/** @param print one line of text */
export async function compareTraining({ name, peer, presets, threads, rounds }: TrainingComparison, peaks: Pick<Peaks, 'fma_gflops'>, print: (line: string) => void): Promise<void> {
  print(['model'.padEnd(8), 'threads', 'ours tokens/s', `${name} tokens/s`.padStart(20), 'ours GFLOP/s', `${name} GFLOP/s`.padStart(18), '% of peak', 'ours / theirs'].join('  '));
  for (const preset of presets) {
    await checkTrainingStep(preset);
    let ours = Infinity, theirs = Infinity;
    for (let round = 0; round < rounds; round++) {
      ours = Math.min(ours, (await measureTrainingStep({ preset, threads, batch: preset.batch, warmUp: 1, steps: STEPS })).timing.fastest);
      theirs = Math.min(theirs, numberOf(await peer.ask(trainingRequest(preset, threads, STEPS)), 'seconds'));
    }
    const tokens = preset.batch * preset.sequence, flops = flopsPerToken(preset);
    const [a, b] = [ours, theirs].map((seconds) => ({ tokens: Math.round(tokens / seconds).toLocaleString('en-US'), gflops: (tokens * flops) / seconds / 1e9 }));
    const share = (100 * a.gflops) / (threads * peaks.fma_gflops);
    print([
      preset.name.padEnd(8), String(threads).padStart(7), a.tokens.padStart(13), b.tokens.padStart(20), a.gflops.toFixed(1).padStart(12), b.gflops.toFixed(1).padStart(18), share.toFixed(1).padStart(9), (theirs / ours).toFixed(2).padStart(13),
    ].join('  '));
  }
}

/** What a peer is asked for. */
export function trainingRequest({ model, vocab, sequence, batch }: Preset, threads: number, steps: number): Readonly<Record<string, unknown>> {
  return { shape: { ...model, vocab, sequence }, batch, steps, threads };
}
