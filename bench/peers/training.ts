// Our training step compared with another trainer's on the same model, batch and number of threads, in turns, best step
// of all rounds.
import { flopsPerToken, type Preset } from '../presets.ts';
import { checkTrainingStep, measureTrainingStep } from '../training-step.ts';
import { numberOf, type PeerProcess } from './peer-process.ts';

export interface NamedPeer {
  readonly name: string;
  readonly peer: PeerProcess;
}

export interface TrainingComparison {
  readonly peers: readonly NamedPeer[];
  readonly presets: readonly Preset[];
  readonly threads: number;
  readonly rounds: number;
}

/** Steps of one turn; ours starts its threads anew for each turn, and warms them up. */
const STEPS = 2;

/**
 * @param peak best multiply-add speed of one thread so far, GFLOP/s, measured anew
 * @param print one line of text
 */
export async function compareTraining(
  { peers, presets, threads, rounds }: TrainingComparison,
  peak: () => number,
  print: (line: string) => void,
): Promise<void> {
  print(
    [
      'model'.padEnd(6),
      'threads',
      'ours tokens/s',
      'GFLOP/s',
      '% of peak',
      ...peers.flatMap(({ name }) => [`${name} tokens/s`.padStart(22), 'GFLOP/s', 'ours / theirs']),
    ].join('  '),
  );
  for (const preset of presets) {
    await checkTrainingStep(preset);
    let ours = Infinity;
    const theirs = peers.map(() => Infinity);
    for (let round = 0; round < rounds; round++) {
      ours = Math.min(
        ours,
        (await measureTrainingStep({ preset, threads, batch: preset.batch, warmUp: 1, steps: STEPS })).timing.fastest,
      );
      for (const [i, { peer }] of peers.entries())
        theirs[i] = Math.min(theirs[i], numberOf(await peer.ask(trainingRequest(preset, threads, STEPS)), 'seconds'));
    }
    const tokens = preset.batch * preset.sequence,
      flops = flopsPerToken(preset);
    const rate = (seconds: number): string => Math.round(tokens / seconds).toLocaleString('en-US');
    const gflops = (seconds: number): number => (tokens * flops) / seconds / 1e9;
    const share = (100 * gflops(ours)) / (threads * peak());
    print(
      [
        preset.name.padEnd(6),
        String(threads).padStart(7),
        rate(ours).padStart(13),
        gflops(ours).toFixed(1).padStart(7),
        share.toFixed(1).padStart(9),
        ...theirs.flatMap((seconds) => [
          rate(seconds).padStart(22),
          gflops(seconds).toFixed(1).padStart(7),
          (seconds / ours).toFixed(2).padStart(13),
        ]),
      ].join('  '),
    );
  }
}

/** What a peer is asked for. */
export function trainingRequest(
  { model, vocab, sequence, batch }: Preset,
  threads: number,
  steps: number,
): Readonly<Record<string, unknown>> {
  return { shape: { ...model, vocab, sequence }, batch, steps, threads };
}
