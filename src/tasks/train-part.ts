// Kind `train-part`: the first steps of a training, with the state after the last of them. Its next part, or the
// training itself, continues there: see handed-over.ts.
import { countParameters } from '../model/config.ts';
import { STATE_PATTERNS } from '../model/run-state.ts';
import { withoutBudget } from '../model/not-finite.ts';
import { workOf } from '../training/config.ts';
import { plain } from '../work/task.ts';
import { defineKind } from './define.ts';
import { vocabularySize } from './facts.ts';
import { hashesOf } from './finished-files.ts';
import { beginWith, handOver } from './handed-over.ts';
import type { HandedOver } from './handed-over.ts';
import { PART_OUTPUTS } from './outputs.ts';
import { runBytes } from './run-bytes.ts';
import { runTraining, trainingDone, trainingEstimate, trainingOf } from './train.ts';
import type { TrainingSummary, TrainTask } from './train.ts';

/** Needs `data`, and the part before it as `part`, which like that of a training is no input. */
export interface TrainPartTask extends TrainTask {
  /** Tokens: it ends with the step that reaches them. */
  readonly until: number;
}

export type TrainPartSummary = TrainingSummary & HandedOver;

export const trainPartKind = defineKind<TrainPartTask, TrainPartSummary>({
  name: 'train-part',
  version: 1,
  usesCore: true,
  unit: 'trained tokens',
  outputs: PART_OUTPUTS,
  state: STATE_PATTERNS,
  inputs: (_, { data }) => hashesOf(data, ['train.jsonl']),
  keyed: (config) => plain({ ...config, train: withoutBudget(config.train) }),
  estimate: trainingEstimate,
  estimated: ({ train: recipe, ...config }) => ({ ...config, train: workOf(recipe) }),
  disk: (node) => {
    const { config, data } = trainingOf(node);
    const parameters = countParameters(config.model, vocabularySize(data));
    // The state that it hands over is written once more.
    return runBytes(parameters, config.train.checkpoints) + 12 * parameters;
  },
  done: trainingDone,
  run: async (work) => {
    const part = work.needIfAny('part');
    if (part) await beginWith(part, work.directory);
    const summary = await runTraining(work, work.config.until);
    if (!summary.finished) return null;
    const { steps, tokens, seconds, parameters, skipped_steps, checkpoints, kept } = summary;
    await handOver(work.directory, steps);
    return {
      steps,
      tokens,
      seconds,
      parameters,
      ...(skipped_steps > 0 && { skipped_steps }),
      checkpoints: checkpoints.map((each) => ({ step: each.step, tokens: each.tokens })),
      kept,
    };
  },
});
