// The configuration of a study: its schema (strict, every key described), its defaults, and its JSON Schema for editors. Reading files is config-file.ts.
import * as z from 'zod';
import type { DataConfig } from '../data/dataset.ts';
import { DOMAINS, domainMark, domainOf } from '../domain/domains.ts';
import {
  BASELINE,
  CONDITION_EXPECTED,
  PAPER_CONDITIONS,
  RATED_CONDITION,
  readCondition,
} from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { CONDITION_NAMES } from '../domain/conditions/table.ts';
import { INTERVENTION_EXPECTED, INTERVENTION_FAMILIES, readInterventions } from '../evaluation/interventions.ts';
import type { ModelConfig } from '../model/config.ts';
import { LOSSES, REWARDS, RL_DEFAULTS, RL_RANGES } from '../rl/config.ts';
import type { RlConfig } from '../rl/config.ts';
import type { TrainConfig } from '../training/config.ts';

export interface EvaluateConfig {
  readonly temperature: number;
  /** Dev mazes for each point of the learning curve; the first ones of dev.jsonl. */
  readonly dev_mazes: number;
}

/** Reinforcement learning from the final weights of some conditions, in every seed. */
export interface StudyRlConfig extends Omit<RlConfig, 'cap'> {
  readonly from: readonly Condition[];
  /** Test problems of each distribution at every kept step, the first ones of the file; all of them before and after. */
  readonly curve_mazes: number;
  /** Absent = CURVE_PROMPTS, so that configurations from before there was another number keep their hash; see curvePrompts. */
  readonly curve_prompts?: number;
  readonly cap?: number;
}

/** Test problems of each distribution that get a sampled group at every kept step. */
const CURVE_PROMPTS = 64;

/** Forced traces at test time, for some conditions in every seed. */
export interface StudyInterventionsConfig {
  readonly conditions: readonly Condition[];
  /** Names that readInterventions takes. */
  readonly kinds: readonly string[];
  /** Of each distribution, the first ones of the file. */
  readonly mazes: number;
  readonly distributions: readonly string[];
}

/** A phase diagram: every condition trained with every token budget at every size, in every seed. Ascending. */
export interface StudyPhaseConfig {
  readonly sizes: readonly number[];
  /** Training tokens of each run. */
  readonly tokens: readonly number[];
  /** solution-only, which the others are compared with, and at least one other. */
  readonly conditions: readonly Condition[];
}

/** A resolved study: every default filled in. One training run per condition and seed. */
export interface StudyConfig {
  readonly study: string;
  readonly seeds: readonly number[];
  readonly conditions: readonly Condition[];
  readonly data: DataConfig;
  readonly model: ModelConfig;
  readonly train: TrainConfig;
  readonly evaluate: EvaluateConfig;
  readonly rl?: StudyRlConfig;
  readonly interventions?: StudyInterventionsConfig;
  readonly phase?: StudyPhaseConfig;
}

// The error of every leaf is the text after "expected": what is allowed, never what was wrong.
const integer = (low: number, high: number) => {
  const error = `a whole number from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
};
const between = (low: number, high: number) => {
  const error = `a number from ${low} to ${high}`;
  return z.number({ error }).min(low, { error }).max(high, { error });
};
const above0 = (high: number) => {
  const error = `a number above 0, at most ${high}`;
  return z.number({ error }).gt(0, { error }).max(high, { error });
};
const list = <T extends z.ZodType>(item: T, of: string) => {
  const error = `a list of at least one ${of}, each once`;
  return z
    .array(item, { error })
    .min(1, { error })
    .refine((items) => new Set(items).size === items.length, { error });
};
const section = <T extends z.core.$ZodLooseShape>(shape: T, of: string) =>
  z.strictObject(shape, { error: `a mapping of ${of} settings` });

const SEED = integer(0, 2 ** 32 - 1);
const GENERATORS = DOMAINS.flatMap(({ distributions }) => distributions.map(({ name }) => name));
const GENERATOR = z.enum(GENERATORS, { error: `one of ${GENERATORS.join(', ')}` });
const DOMAIN_NAMES = DOMAINS.map(({ name }) => name);
const DOMAIN = z.enum(DOMAIN_NAMES, { error: `one of ${DOMAIN_NAMES.join(', ')}` });
const SIZES = {
  least: Math.min(...DOMAINS.map(({ sizes }) => sizes.least)),
  most: Math.max(...DOMAINS.map(({ sizes }) => sizes.most)),
};
/** The names apart, so that editors can offer them. */
const CONDITION = z
  .union([z.enum(CONDITION_NAMES), z.string().regex(RATED_CONDITION, { error: CONDITION_EXPECTED })], {
    error: CONDITION_EXPECTED,
  })
  .transform((text, context): Condition => {
    const condition = readCondition(text);
    if (condition !== null) return condition;
    context.addIssue({ code: 'custom', message: CONDITION_EXPECTED });
    return z.NEVER;
  });
const INTERVENTION = z
  .string({ error: INTERVENTION_EXPECTED })
  .refine((name) => readInterventions(name) !== null, { error: INTERVENTION_EXPECTED });
/** A number of the reinforcement learning settings, with their own bounds and default. */
const rlNumber = (key: keyof typeof RL_RANGES) => {
  const [low, high, kind] = RL_RANGES[key];
  return kind === 'whole' ? integer(low, high) : between(low, high);
};
const NAME = 'a name of 1 to 64 small letters, digits, -, _ or ., starting with a letter or digit';

const SCHEMA = section(
  {
    study: z
      .string({ error: NAME })
      .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: NAME })
      .describe('Name of the study; its run directory has this name.'),
    seeds: list(SEED, 'seed')
      .default([1])
      .describe('One training run per seed and condition; weights and batch order follow from the seed.'),
    conditions: list(CONDITION, 'condition')
      .prefault([...PAPER_CONDITIONS])
      .describe(
        'What the traces of the training set are; with a rate (name@0..1) in that share of the examples, or of the events of each.',
      ),
    data: section(
      {
        domain: DOMAIN.optional().describe('What the problems are; default maze.'),
        generator: GENERATOR.optional().describe(
          `Generator of the train and dev sets (the in-distribution one); default ${DOMAINS.map(({ name, distributions }) => `${distributions[0].name} (${name})`).join(', ')}.`,
        ),
        size: integer(SIZES.least, SIZES.most).describe('Cells along one side of a maze or board.'),
        train: integer(2, 10_000_000).describe('Problems in the training set, after removing duplicates.'),
        dev: integer(1, 1_000_000).default(1000).describe('Problems in the dev set.'),
        test: integer(1, 1_000_000).default(1000).describe('Test problems of each distribution.'),
        test_in_distribution: integer(1, 1_000_000)
          .optional()
          .describe('Test problems of data.generator, where it shall have another number; default data.test.'),
        distributions: list(GENERATOR, 'generator')
          .optional()
          .describe('Test distributions; must hold data.generator; default all of the domain.'),
        drunkard_coverage: between(0.05, 1)
          .optional()
          .describe("Share of floor cells in a drunkard's maze; default 0.5. Mazes only."),
        seed: SEED.default(1).describe('Seed of all problems; the same data for every training seed.'),
      },
      'data',
    ),
    model: section(
      {
        d_model: integer(2, 16_384).describe('Width of the residual stream.'),
        n_layer: integer(1, 256).describe('Transformer blocks.'),
        n_head: integer(1, 256).describe('Query heads; head size = d_model / n_head, even.'),
        n_kv_head: integer(1, 256)
          .optional()
          .describe('Key and value heads (grouped-query attention); default n_head.'),
        d_ff: integer(1, 131_072).describe('Width of the SwiGLU layer.'),
        context: integer(16, 131_072).default(1024).describe('Longest sequence in tokens, <bos> and <eos> included.'),
        rope_base: between(1, 1e9).default(10_000).describe('Base of the rotary position embedding.'),
        rms_norm_eps: above0(0.01).default(1e-6).describe('Epsilon of RMSNorm.'),
      },
      'model',
    ),
    train: section(
      {
        epochs: integer(1, 10_000).optional().describe('Passes over the training set; this or train.tokens.'),
        tokens: integer(16, 1e12)
          .optional()
          .describe('Training tokens, prompt and completion, whatever passes they take; this or train.epochs.'),
        batch_tokens: integer(16, 16_777_216).describe('Token budget of one batch, prompt and completion.'),
        lr: above0(1).describe('Peak learning rate.'),
        lr_min_ratio: between(0, 1).default(0.1).describe('The cosine ends at lr * lr_min_ratio.'),
        warmup_steps: integer(0, 1_000_000).default(100).describe('Steps of linear warm-up.'),
        beta1: between(0, 0.9999).default(0.9).describe('AdamW beta 1.'),
        beta2: between(0, 0.999999).default(0.95).describe('AdamW beta 2.'),
        eps: above0(0.01).default(1e-8).describe('AdamW epsilon.'),
        weight_decay: between(0, 10).default(0.1).describe('Decoupled weight decay on matrices; vectors have none.'),
        grad_clip: above0(1e6).default(1).describe('Largest global norm of the gradient.'),
        init_std: above0(1)
          .default(0.02)
          .describe('Standard deviation of the initial matrices; output projections get init_std / sqrt(2 * n_layer).'),
        accumulators: integer(1, 256).default(8).describe('Gradient accumulators; the most threads a run can use.'),
        checkpoints: integer(1, 1000).default(8).describe('Evenly spaced checkpoints kept for the learning curve.'),
      },
      'training',
    ).superRefine(({ epochs, tokens }, context) => {
      if (epochs === undefined && tokens === undefined)
        context.addIssue({ code: 'custom', path: ['epochs'], message: 'train.epochs or train.tokens' });
      if (epochs !== undefined && tokens !== undefined)
        context.addIssue({
          code: 'custom',
          path: ['tokens'],
          message: 'nothing, because train.epochs is given (one of the two)',
        });
    }),
    evaluate: section(
      {
        temperature: between(0, 10).default(0).describe('0 = greedy.'),
        dev_mazes: integer(1, 1_000_000)
          .optional()
          .describe('Dev mazes for each point of the learning curve; default 200, or all when there are fewer.'),
      },
      'evaluation',
    ).prefault({}),
    rl: section(
      {
        from: list(CONDITION, 'condition').describe(
          'Conditions whose final weights are trained on by GRPO, in every seed.',
        ),
        curve_mazes: integer(1, 1_000_000)
          .optional()
          .describe('Test problems of each distribution at every kept step; default 200, or all when there are fewer.'),
        curve_prompts: integer(0, 65_536)
          .optional()
          .describe(
            `Test problems of each distribution that get a sampled group at every kept step, for groups without spread, entropy and KL there; default ${CURVE_PROMPTS}, or all when there are fewer; 0 = none.`,
          ),
        steps: rlNumber('steps')
          .default(RL_DEFAULTS.steps)
          .describe('Steps: each draws prompts, completes and judges them, and updates the weights.'),
        prompts: rlNumber('prompts').default(RL_DEFAULTS.prompts).describe('Prompts a step.'),
        group: rlNumber('group').default(RL_DEFAULTS.group).describe('Completions a prompt, compared with each other.'),
        inner_epochs: rlNumber('inner_epochs')
          .default(RL_DEFAULTS.inner_epochs)
          .describe('Updates on the completions of a step.'),
        temperature: rlNumber('temperature').default(RL_DEFAULTS.temperature).describe('Of the rollouts.'),
        reward: z
          .enum(REWARDS, { error: `one of ${REWARDS.join(', ')}` })
          .default(RL_DEFAULTS.reward)
          .describe(
            'What a completion is worth; trace is the strict level. A truncated one is worth 0, though counts of valid plans and traces include it.',
          ),
        length_penalty: rlNumber('length_penalty')
          .default(RL_DEFAULTS.length_penalty)
          .describe(
            'What plan-length subtracts from the reward of a valid plan as long as the cap; of a shorter one, its share.',
          ),
        loss: z
          .enum(LOSSES, { error: `one of ${LOSSES.join(', ')}` })
          .default(RL_DEFAULTS.loss)
          .describe('Normalisation of the loss.'),
        clip_low: rlNumber('clip_low')
          .default(RL_DEFAULTS.clip_low)
          .describe('Ratios count from 1 - clip_low on; without effect in the first of rl.inner_epochs.'),
        clip_high: rlNumber('clip_high')
          .default(RL_DEFAULTS.clip_high)
          .describe('Ratios count up to 1 + clip_high; without effect in the first of rl.inner_epochs.'),
        kl: rlNumber('kl').default(RL_DEFAULTS.kl).describe('Weight of the KL penalty against the starting weights.'),
        kl_every: rlNumber('kl_every')
          .default(RL_DEFAULTS.kl_every)
          .describe('KL is measured every so many steps where it is no penalty; 0 = never.'),
        resample: rlNumber('resample')
          .default(RL_DEFAULTS.resample)
          .describe('Most prompts a step drawn in place of those whose group has no spread.'),
        lr: rlNumber('lr').default(RL_DEFAULTS.lr).describe('Learning rate after the warm-up.'),
        warmup_steps: rlNumber('warmup_steps').default(RL_DEFAULTS.warmup_steps).describe('Steps of linear warm-up.'),
        beta1: rlNumber('beta1').default(RL_DEFAULTS.beta1).describe('AdamW beta 1.'),
        beta2: rlNumber('beta2').default(RL_DEFAULTS.beta2).describe('AdamW beta 2.'),
        eps: rlNumber('eps').default(RL_DEFAULTS.eps).describe('AdamW epsilon.'),
        weight_decay: rlNumber('weight_decay')
          .default(RL_DEFAULTS.weight_decay)
          .describe('Decoupled weight decay on matrices.'),
        grad_clip: rlNumber('grad_clip')
          .default(RL_DEFAULTS.grad_clip)
          .describe('Largest global norm of the gradient.'),
        cap: rlNumber('cap')
          .optional()
          .describe(
            'Most tokens of a completion; default a quarter above the longest correct one of the training set.',
          ),
        accumulators: rlNumber('accumulators')
          .default(RL_DEFAULTS.accumulators)
          .describe('Gradient accumulators; the most threads that an update can use.'),
        checkpoint_every: rlNumber('checkpoint_every')
          .default(RL_DEFAULTS.checkpoint_every)
          .describe('Weights are kept, and tested, every so many steps.'),
      },
      'reinforcement learning',
    )
      .optional()
      .describe('Reinforcement learning (GRPO); left out, there is none.'),
    interventions: section(
      {
        conditions: list(CONDITION, 'condition').describe(
          'Conditions whose models get other traces forced on them, in every seed.',
        ),
        kinds: list(INTERVENTION, 'intervention')
          .optional()
          .describe(
            'Which interventions; default all (other: the traces of the next one of the conditions, when there are several).',
          ),
        mazes: integer(2, 1_000_000)
          .optional()
          .describe('Test mazes of each distribution; default 300, or all when there are fewer.'),
        distributions: list(GENERATOR, 'generator')
          .optional()
          .describe('On which test distributions; default the training one.'),
      },
      'intervention',
    )
      .optional()
      .describe('Forced traces at test time; left out, there are none. Mazes only.'),
    phase: section(
      {
        sizes: list(integer(SIZES.least, SIZES.most), 'size').describe(
          'Cells along one side; each size has data of its own, with as many problems as data asks for.',
        ),
        tokens: list(integer(16, 1e12), 'number of tokens').describe('Training tokens of each run.'),
        conditions: list(CONDITION, 'condition')
          .prefault([BASELINE, 'correct'])
          .describe(
            `What is trained at every size with every number of tokens: ${BASELINE}, and what is compared with it.`,
          ),
      },
      'phase diagram',
    )
      .optional()
      .describe(
        'Where traces start to pay: test validity in distribution by size and training tokens; left out, there is no such diagram.',
      ),
  },
  'study',
);

export type ConfigIssue = z.core.$ZodIssue;

/**
 * Checks a plain value against the schema and fills in the defaults.
 * @returns the study, or the issues found (an issue's message is what was expected)
 */
export function parseStudyConfig(
  value: unknown,
): { readonly config: StudyConfig } | { readonly issues: readonly ConfigIssue[] } {
  const parsed = SCHEMA.safeParse(value);
  if (!parsed.success) return { issues: parsed.error.issues };
  const { model, train, evaluate, data, rl, interventions, phase, ...rest } = parsed.data;
  return {
    config: {
      ...rest,
      data: resolvedData(data),
      model: { ...model, n_kv_head: model.n_kv_head ?? model.n_head },
      train: train as TrainConfig, // the schema lets exactly one of its two lengths through
      evaluate: { ...evaluate, dev_mazes: evaluate.dev_mazes ?? Math.min(200, data.dev) },
      // What a study does not do has no key, so that configurations from before it could keep their hash.
      ...(rl && { rl: resolvedRl(rl, Math.min(data.test, data.test_in_distribution ?? data.test)) }),
      ...(interventions && { interventions: resolvedInterventions(interventions, data) }),
      ...(phase && { phase: { ...phase, sizes: ascending(phase.sizes), tokens: ascending(phase.tokens) } }),
    },
  };
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function resolvedRl({ curve_mazes, ...rl }: NonNullable<z.infer<typeof SCHEMA>['rl']>, tests: number): StudyRlConfig {
  return { ...rl, curve_mazes: curve_mazes ?? Math.min(200, tests) };
}

/** Test problems of each distribution that get a sampled group at every kept step; 0 = none. */
export function curvePrompts({ curve_prompts }: StudyRlConfig): number {
  return curve_prompts ?? CURVE_PROMPTS;
}

/** The settings of one run of reinforcement learning. */
export function rlSettings(rl: StudyRlConfig): RlConfig {
  const keys = Object.keys(RL_DEFAULTS) as (keyof RlConfig)[];
  return Object.fromEntries(keys.map((key) => [key, rl[key] ?? RL_DEFAULTS[key]])) as unknown as RlConfig;
}

function resolvedInterventions(
  { conditions, kinds, mazes, distributions }: NonNullable<z.infer<typeof SCHEMA>['interventions']>,
  data: z.infer<typeof SCHEMA>['data'],
): StudyInterventionsConfig {
  return {
    conditions,
    kinds: kinds ?? Object.keys(INTERVENTION_FAMILIES).filter((name) => name !== 'other' || conditions.length > 1),
    mazes: mazes ?? Math.min(300, data.test, data.test_in_distribution ?? data.test),
    distributions: distributions ?? [data.generator ?? domainOf(data.domain).distributions[0].name],
  };
}

/** Fills in what depends on the domain. The maze is told by saying nothing, so that configurations from before there were others keep their hash. */
function resolvedData({
  domain: name,
  generator,
  distributions,
  size,
  train,
  dev,
  test,
  test_in_distribution,
  drunkard_coverage,
  seed,
}: z.infer<typeof SCHEMA>['data']): DataConfig {
  const domain = domainOf(name);
  const all = domain.distributions.map((distribution) => distribution.name);
  return {
    ...domainMark(domain),
    generator: generator ?? all[0],
    size,
    train,
    dev,
    test,
    ...(test_in_distribution !== undefined && { test_in_distribution }),
    distributions: distributions ?? all,
    ...domain.settings,
    ...(drunkard_coverage !== undefined && { drunkard_coverage }),
    seed,
  };
}

/** The schema of a configuration file as JSON Schema (draft 2020-12), for editors. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(SCHEMA, { io: 'input' });
}

/** Every key of the schema by its dotted path, for `--set` and for hints. */
export function configKeys(): string[] {
  return Object.entries(SCHEMA.shape).flatMap(([key, type]) => {
    const inner: unknown = type instanceof z.ZodPrefault || type instanceof z.ZodOptional ? type.unwrap() : type;
    return inner instanceof z.ZodObject ? [key, ...Object.keys(inner.shape).map((name) => `${key}.${name}`)] : [key];
  });
}
