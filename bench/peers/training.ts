// Our training step compared with jax-js's on the same model and batch, one thread, in turns, best step of all rounds.
import { flopsPerToken, type Preset, tokensOf } from '../presets.ts';
import { checkTrainingStep, timeSteps } from '../training-step.ts';
import { numberOf, type PeerProcess } from './peer-process.ts';

/** Steps of one turn; ours starts its threads anew for each turn, and warms them up. */
const STEPS = 2;

/** @param print one line of text */
export async function compareJax(
  peer: PeerProcess,
  preset: Preset,
  rounds: number,
  print: (line: string) => void,
): Promise<void> {
  await checkTrainingStep(preset);
  let ours = Infinity,
    theirs = Infinity;
  const { model, vocab, sequence, lengths } = preset;
  for (let round = 0; round < rounds; round++) {
    const { seconds } = await timeSteps({ preset, threads: 1, warmUp: 1, steps: STEPS });
    ours = Math.min(ours, ...seconds);
    const answer = await peer.ask({ shape: { ...model, vocab, sequence }, batch: lengths.length, steps: STEPS });
    theirs = Math.min(theirs, numberOf(answer, 'seconds'));
  }
  const tokens = tokensOf(preset);
  const speed = (seconds: number): string =>
    `${Math.round(tokens / seconds).toLocaleString('en-US')} tokens/s, ` +
    `${((tokens * flopsPerToken(preset)) / seconds / 1e9).toFixed(1)} GFLOP/s`;
  print(
    `${preset.name}: ours ${speed(ours)}; jax-js ${speed(theirs)}; ours / theirs ${(theirs / ours).toFixed(2)} ` +
      `(${rounds} rounds)`,
  );
}
