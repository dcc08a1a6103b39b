// The sections of a study that no lower layer knows: evaluation, reinforcement learning from trained models,
// interventions, information of traces and phase diagrams. One table each gives type, default, range and description of
// every setting.
import * as z from 'zod';
import { between, choice, integer, list, section } from '../base/setting-types.ts';
import type { Resolved } from '../base/setting-types.ts';
import {
  BASELINE,
  CONDITION_EXPECTED,
  OWN_CONDITION,
  OWN_NAME_EXPECTED,
  ownCondition,
  RATED_CONDITION,
  readCondition,
} from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { CONDITION_NAMES } from '../domain/conditions/table.ts';
import { GENERATOR, SIZE } from '../domain/split-request.ts';
import type { SplitRequest } from '../domain/split-request.ts';
import { DEFAULT_EVENTS } from '../evaluation/information.ts';
import { INTERVENTION_EXPECTED, INTERVENTION_FAMILIES, readInterventions } from '../evaluation/interventions.ts';
import { MODEL_SETTINGS } from '../model/config.ts';
import { RL_SETTINGS } from '../rl/config.ts';
import type { RlConfig } from '../rl/config.ts';
import { RL_STARTS } from '../tasks/rl-start.ts';

/** The names apart, so that editors can offer them. */
const CONDITION = z
  .union(
    [
      z.enum(CONDITION_NAMES),
      z.string().regex(new RegExp(`${RATED_CONDITION.source}|${OWN_CONDITION.source}`), { error: CONDITION_EXPECTED }),
    ],
    { error: CONDITION_EXPECTED },
  )
  .transform((text, context): Condition => {
    const condition = readCondition(text);
    if (condition !== null) return condition;
    context.addIssue({ code: 'custom', message: CONDITION_EXPECTED });
    return z.NEVER;
  });

/** Traces of the user's own, under a name of theirs. */
const OWN_TRACES = z.strictObject(
  {
    name: z
      .string({ error: OWN_NAME_EXPECTED })
      .refine((name) => ownCondition(name) !== null, { error: OWN_NAME_EXPECTED })
      .describe('Name of the traces; other sections call the condition own-NAME.'),
    data: z.string({ error: 'the path of a file' }).min(1).describe('File of the examples, from the current folder.'),
  },
  { error: CONDITION_EXPECTED },
);

type ConditionEntry = Condition | z.output<typeof OWN_TRACES>;

/** The condition of an entry. */
export function conditionNamed(entry: ConditionEntry): Condition {
  if (typeof entry === 'string') return entry;
  const own = ownCondition(entry.name);
  if (own === null) throw new Error(`${entry.name} is no name of own traces`);
  return own;
}

/** Of any entry, right or wrong. */
function nameOf(entry: ConditionEntry): string {
  return typeof entry === 'string' ? entry : `own-${entry.name}`;
}

const CONDITIONS_EXPECTED = 'a list of at least one condition, each once';

/** What a study trains on. */
export const TRAINED_CONDITIONS = z
  .array(z.union([CONDITION, OWN_TRACES], { error: CONDITION_EXPECTED }), { error: CONDITIONS_EXPECTED })
  .min(1, { error: CONDITIONS_EXPECTED })
  .refine((entries) => new Set(entries.map(nameOf)).size === entries.length, { error: CONDITIONS_EXPECTED });

const INTERVENTION = z
  .string({ error: INTERVENTION_EXPECTED })
  .refine((name) => readInterventions(name) !== null, { error: INTERVENTION_EXPECTED });

export const EVALUATE_SECTION = section(
  {
    temperature: between(0, 10).default(0).describe('0 = greedy.'),
    dev_mazes: integer(1, 1_000_000)
      .optional()
      .describe(
        'Dev mazes for each point of the learning curve, the first ones of dev.jsonl; default 200, or all if fewer.',
      ),
  },
  'evaluation',
);

type GivenEvaluate = z.output<typeof EVALUATE_SECTION>;
export type EvaluateConfig = Resolved<GivenEvaluate, 'dev_mazes'>;

/** Fills in the defaults that depend on the sizes of the data. */
export function resolveEvaluate(evaluate: GivenEvaluate, { dev }: SplitRequest): EvaluateConfig {
  return { ...evaluate, dev_mazes: evaluate.dev_mazes ?? Math.min(200, dev) };
}

export const RL_SECTION = section(
  {
    from: list(CONDITION, 'condition').describe('Conditions whose models are trained further by GRPO, in every seed.'),
    starts: list(choice(RL_STARTS), 'start')
      .default(['last'])
      .describe(
        'Checkpoints to start from: last, the final weights; early, the kept checkpoint whose share of strictly ' +
          'valid traces on dev is nearest to 55 %. Only the condition correct has an early start.',
      ),
    curve_mazes: integer(1, 1_000_000)
      .optional()
      .describe(
        'Test problems of each distribution, the first ones of the file, that are solved at every kept step; ' +
          'default 200, or all if fewer. Before the first and after the last step all are solved.',
      ),
    curve_prompts: integer(0, 65_536)
      .default(64)
      .describe(
        'Test problems of each distribution, all if fewer, that get a sampled group at every kept step, to measure ' +
          'groups without spread, entropy and KL; 0 = none.',
      ),
    ...RL_SETTINGS.shape,
  },
  'reinforcement learning',
);

type GivenRl = z.output<typeof RL_SECTION>;

/** Reinforcement learning from the models of some conditions, in every seed. */
export type StudyRlConfig = Resolved<GivenRl, 'curve_mazes'>;

/** Fills in the defaults that depend on the sizes of the data. */
export function resolveRl({ curve_mazes, ...rl }: GivenRl, data: SplitRequest): StudyRlConfig {
  // In one order: [early, last] is the same study.
  return {
    ...rl,
    starts: RL_STARTS.filter((start) => rl.starts.includes(start)),
    curve_mazes: curve_mazes ?? Math.min(200, fewestTests(data)),
  };
}

/** The settings of one run of reinforcement learning. */
export function rlSettings(rl: StudyRlConfig): RlConfig {
  return RL_SETTINGS.strip().parse(rl);
}

export const INTERVENTIONS_SECTION = section(
  {
    conditions: list(CONDITION, 'condition').describe(
      'Conditions whose models are tested with forced traces, in every seed.',
    ),
    kinds: list(INTERVENTION, 'intervention')
      .optional()
      .describe(
        'Which interventions; default all (other: the traces of the next of the conditions, if there are several).',
      ),
    mazes: integer(2, 1_000_000)
      .optional()
      .describe('Test mazes of each distribution, the first ones of the file; default 300, or all if fewer.'),
    distributions: list(GENERATOR, 'generator')
      .optional()
      .describe('On which test distributions; default the training one.'),
  },
  'intervention',
);

type GivenInterventions = z.output<typeof INTERVENTIONS_SECTION>;

/** Forced traces at test time, for some conditions in every seed. */
export type StudyInterventionsConfig = Resolved<GivenInterventions, 'kinds' | 'mazes' | 'distributions'>;

/** Fills in the defaults that depend on the sizes of the data. */
export function resolveInterventions(
  { conditions, kinds, mazes, distributions }: GivenInterventions,
  data: SplitRequest,
): StudyInterventionsConfig {
  return {
    conditions,
    kinds: kinds ?? Object.keys(INTERVENTION_FAMILIES).filter((name) => name !== 'other' || conditions.length > 1),
    mazes: mazes ?? Math.min(300, fewestTests(data)),
    distributions: distributions ?? [data.generator],
  };
}

export const INFORMATION_SECTION = section(
  {
    conditions: list(CONDITION, 'condition').describe(
      'Conditions whose models are measured, in every seed: how much the first events of a trace lower the loss on ' +
        'the reference plan.',
    ),
    mazes: integer(2, 1_000_000)
      .optional()
      .describe('Test mazes of each distribution, the first ones of the file; default 100, or all if fewer.'),
    events: integer(0, 1000)
      .default(DEFAULT_EVENTS)
      .describe('Most events of each trace whose single effect is measured, drawn at random; 0 = none.'),
    distributions: list(GENERATOR, 'generator')
      .optional()
      .describe('On which test distributions; default the training one.'),
  },
  'information',
);

type GivenInformation = z.output<typeof INFORMATION_SECTION>;

/** The information of traces about plans, for some conditions in every seed. */
export type StudyInformationConfig = Resolved<GivenInformation, 'mazes' | 'distributions'>;

/** Fills in the defaults that depend on the sizes of the data. */
export function resolveInformation(
  { conditions, mazes, events, distributions }: GivenInformation,
  data: SplitRequest,
): StudyInformationConfig {
  return {
    conditions,
    mazes: mazes ?? Math.min(100, fewestTests(data)),
    events,
    distributions: distributions ?? [data.generator],
  };
}

export const PHASE_SECTION = section(
  {
    sizes: list(SIZE, 'size').describe(
      'Cells along one side; each size has its own data, with the numbers of problems in data.',
    ),
    tokens: list(integer(16, 1e12), 'number of tokens').describe('Training tokens of each run.'),
    layers: list(MODEL_SETTINGS.shape.n_layer, 'number of layers')
      .optional()
      .describe('Transformer blocks of each model; default model.n_layer alone.'),
    conditions: list(CONDITION, 'condition')
      .prefault([BASELINE, 'correct'])
      .describe(
        `Conditions trained at every size, number of layers and number of tokens: ${BASELINE}, and those to compare ` +
          'with it.',
      ),
  },
  'phase diagram',
);

type GivenPhase = z.output<typeof PHASE_SECTION>;

/**
 * A phase diagram: every condition trained with every token budget and number of layers at every size, in every seed.
 * Ascending.
 */
export type StudyPhaseConfig = Resolved<GivenPhase, 'layers'>;

/** Sorts the lists, and fills in the number of layers of the study. */
export function resolvePhase({ sizes, tokens, layers, conditions }: GivenPhase, n_layer: number): StudyPhaseConfig {
  return {
    sizes: ascending(sizes),
    tokens: ascending(tokens),
    layers: ascending(layers ?? [n_layer]),
    conditions,
  };
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

/** Test problems that every distribution has. */
function fewestTests({ test, test_in_distribution }: SplitRequest): number {
  return Math.min(test, test_in_distribution);
}
