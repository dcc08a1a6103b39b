// Kind `lengths`: lengths of the traces in a test's completions, and the distance of each maze from the training
// distribution.
import { join } from 'node:path';
import { z } from 'zod';
import type { LengthRow } from '../analysis/lengths.ts';
import { readLengths } from '../analysis/read-lengths.ts';
import { TracelabError } from '../base/errors.ts';
import { writeJsonl } from '../base/files.ts';
import { issueText } from '../base/schema-issue.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import { testCount } from '../domain/splits.ts';
import type { GeneratorName } from '../domain/types.ts';
import { defineKind } from './define.ts';
import { evaluationProgress, parametersOf } from './evaluation-work.ts';
import { FORWARD_SPEED, generationBytes, PROCESS_BYTES, TASK_SECONDS } from './facts.ts';
import { weightsOf } from './finished-files.ts';
import { forwardFlops } from './flops.ts';
import { LENGTHS_OUTPUTS } from './outputs.ts';
import { addTotals, scaleTotals, sequenceTotals } from './sequence-lengths.ts';
import { trainingOf } from './train.ts';
import type { Arm } from './arm.ts';

/** Needs `model`, a training, and `test`, its completions. */
export interface LengthsTask extends Arm {
  readonly distributions: readonly GeneratorName[];
}

export interface LengthsSummary {
  /** Mazes whose lengths were taken. */
  readonly mazes: number;
}

export const lengthsKind = defineKind<LengthsTask, LengthsSummary>({
  name: 'lengths',
  // 2: well-formed events count, not every record.
  version: 2,
  usesCore: true,
  unit: 'read tokens',
  outputs: LENGTHS_OUTPUTS,
  state: [],
  keyed: () => ({}),
  inputs: (_, { model, test }) => ({ weights: weightsOf(model).sha256, test: test.result }),
  estimate: (node, facts) => {
    const {
      config: { model, condition },
      data,
    } = trainingOf(node);
    const totals = data.distributions
      .map((name) => scaleTotals(sequenceTotals(facts.lengths(data, name)), testCount(data, name)))
      .reduce(addTotals);
    const coreBytes = generationBytes(model, data, 1, facts);
    const perSecond = FORWARD_SPEED * facts.speed(hasTraces(condition)).training_tokens_per_second;
    return {
      tokens: totals.tokens,
      flops: forwardFlops(model, parametersOf(model, data), totals),
      seconds: TASK_SECONDS + totals.tokens / perSecond,
      threads: [1, 2, 3, 4, 6, 8],
      bytes: (threads) => PROCESS_BYTES + coreBytes(threads),
    };
  },
  run: async ({ config, directory, need, threads, signal, progress }) => {
    const { condition, seed } = config;
    const checkpoint = weightsOf(need('model')).folder;
    const report = evaluationProgress(1, progress);
    const input = { condition, seed, undertrained: false, directory: need('test').directory, checkpoint };
    const run = await readLengths(input, threads, {
      progress: (p) => {
        report(p, 0);
      },
      signal,
    });
    if (run === null) return null;
    let mazes = 0;
    for (const [distribution, rows] of Object.entries(run.rows)) {
      await writeJsonl(join(directory, `lengths-${distribution}.jsonl`), rows ?? []);
      mazes += rows?.length ?? 0;
    }
    return { mazes };
  },
});

const rowSchema: z.ZodType<LengthRow> = z.object({
  id: z.string(),
  generated: z.number(),
  astar: z.number(),
  plan: z.number(),
  manhattan: z.number(),
  truncated: z.boolean(),
  solved: z.boolean(),
  distance: z.number().nullable(),
});

/**
 * A row of lengths-<distribution>.jsonl.
 * @throws TracelabError LENGTH_ROW (damaged artefact)
 */
export function parseLengthRow(value: unknown, where: string): LengthRow {
  const { success, data, error } = rowSchema.safeParse(value);
  if (success) return data;
  throw new TracelabError({
    code: 'LENGTH_ROW',
    kind: 'damaged_artifact',
    where,
    what: 'not the lengths of a maze',
    expected: 'a row that `tracelab study` wrote',
    got: issueText(error, 'the row'),
    hint: 'run `tracelab runs verify --repair` and the study again',
  });
}
