// The configuration of a study: its schema (strict, every key described), its defaults, and its JSON Schema for editors. Reading files is config-file.ts.
import * as z from 'zod';
import type { DataConfig } from '../data/dataset.ts';
import { DOMAINS, domainMark, domainOf } from '../domain/domains.ts';
import { CONDITION_EXPECTED, PAPER_CONDITIONS, RATED_CONDITION, readCondition } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { CONDITION_NAMES } from '../domain/conditions/table.ts';
import type { ModelConfig } from '../model/config.ts';
import type { TrainConfig } from '../training/config.ts';

export interface EvaluateConfig {
  readonly temperature: number;
  /** Dev mazes for each point of the learning curve; the first ones of dev.jsonl. */
  readonly dev_mazes: number;
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
  return z.array(item, { error }).min(1, { error }).refine((items) => new Set(items).size === items.length, { error });
};
const section = <T extends z.core.$ZodLooseShape>(shape: T, of: string) => z.strictObject(shape, { error: `a mapping of ${of} settings` });

const SEED = integer(0, 2 ** 32 - 1);
const GENERATORS = DOMAINS.flatMap(({ distributions }) => distributions.map(({ name }) => name));
const GENERATOR = z.enum(GENERATORS, { error: `one of ${GENERATORS.join(', ')}` });
const DOMAIN_NAMES = DOMAINS.map(({ name }) => name);
const DOMAIN = z.enum(DOMAIN_NAMES, { error: `one of ${DOMAIN_NAMES.join(', ')}` });
const SIZES = { least: Math.min(...DOMAINS.map(({ sizes }) => sizes.least)), most: Math.max(...DOMAINS.map(({ sizes }) => sizes.most)) };
/** The names apart, so that editors can offer them. */
const CONDITION = z.union([z.enum(CONDITION_NAMES), z.string().regex(RATED_CONDITION, { error: CONDITION_EXPECTED })], { error: CONDITION_EXPECTED }).transform((text, context): Condition => {
  const condition = readCondition(text);
  if (condition !== null) return condition;
  context.addIssue({ code: 'custom', message: CONDITION_EXPECTED });
  return z.NEVER;
});
const NAME = 'a name of 1 to 64 small letters, digits, -, _ or ., starting with a letter or digit';

const SCHEMA = section({
  study: z.string({ error: NAME }).regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: NAME }).describe('Name of the study; its run directory has this name.'),
  seeds: list(SEED, 'seed').default([1]).describe('One training run per seed and condition; weights and batch order follow from the seed.'),
  conditions: list(CONDITION, 'condition').prefault([...PAPER_CONDITIONS]).describe('What the traces of the training set are; with a rate (name@0..1) in that share of the examples, or of the events of each.'),
  data: section({
    domain: DOMAIN.optional().describe('What the problems are; default maze.'),
    generator: GENERATOR.optional().describe(`Generator of the train and dev sets (the in-distribution one); default ${DOMAINS.map(({ name, distributions }) => `${distributions[0].name} (${name})`).join(', ')}.`),
    size: integer(SIZES.least, SIZES.most).describe('Cells along one side of a maze or board.'),
    train: integer(2, 10_000_000).describe('Problems in the training set, after removing duplicates.'),
    dev: integer(1, 1_000_000).default(1000).describe('Problems in the dev set.'),
    test: integer(1, 1_000_000).default(1000).describe('Test problems of each distribution.'),
    distributions: list(GENERATOR, 'generator').optional().describe('Test distributions; must hold data.generator; default all of the domain.'),
    drunkard_coverage: between(0.05, 1).optional().describe("Share of floor cells in a drunkard's maze; default 0.5. Mazes only."),
    seed: SEED.default(1).describe('Seed of all problems; the same data for every training seed.'),
  }, 'data'),
  model: section({
    d_model: integer(2, 16_384).describe('Width of the residual stream.'),
    n_layer: integer(1, 256).describe('Transformer blocks.'),
    n_head: integer(1, 256).describe('Query heads; head size = d_model / n_head, even.'),
    n_kv_head: integer(1, 256).optional().describe('Key and value heads (grouped-query attention); default n_head.'),
    d_ff: integer(1, 131_072).describe('Width of the SwiGLU layer.'),
    context: integer(16, 131_072).default(1024).describe('Longest sequence in tokens, <bos> and <eos> included.'),
    rope_base: between(1, 1e9).default(10_000).describe('Base of the rotary position embedding.'),
    rms_norm_eps: above0(0.01).default(1e-6).describe('Epsilon of RMSNorm.'),
  }, 'model'),
  train: section({
    epochs: integer(1, 10_000).describe('Passes over the training set.'),
    batch_tokens: integer(16, 16_777_216).describe('Token budget of one batch, prompt and completion.'),
    lr: above0(1).describe('Peak learning rate.'),
    lr_min_ratio: between(0, 1).default(0.1).describe('The cosine ends at lr * lr_min_ratio.'),
    warmup_steps: integer(0, 1_000_000).default(100).describe('Steps of linear warm-up.'),
    beta1: between(0, 0.9999).default(0.9).describe('AdamW beta 1.'),
    beta2: between(0, 0.999999).default(0.95).describe('AdamW beta 2.'),
    eps: above0(0.01).default(1e-8).describe('AdamW epsilon.'),
    weight_decay: between(0, 10).default(0.1).describe('Decoupled weight decay on matrices; vectors have none.'),
    grad_clip: above0(1e6).default(1).describe('Largest global norm of the gradient.'),
    init_std: above0(1).default(0.02).describe('Standard deviation of the initial matrices; output projections get init_std / sqrt(2 * n_layer).'),
    accumulators: integer(1, 256).default(8).describe('Gradient accumulators; the most threads a run can use.'),
    checkpoints: integer(1, 1000).default(8).describe('Evenly spaced checkpoints kept for the learning curve.'),
  }, 'training'),
  evaluate: section({
    temperature: between(0, 10).default(0).describe('0 = greedy.'),
    dev_mazes: integer(1, 1_000_000).optional().describe('Dev mazes for each point of the learning curve; default 200, or all when there are fewer.'),
  }, 'evaluation').prefault({}),
}, 'study');

export type ConfigIssue = z.core.$ZodIssue;

/**
 * Checks a plain value against the schema and fills in the defaults.
 * @returns the study, or the issues found (an issue's message is what was expected)
 */
export function parseStudyConfig(value: unknown): { readonly config: StudyConfig } | { readonly issues: readonly ConfigIssue[] } {
  const parsed = SCHEMA.safeParse(value);
  if (!parsed.success) return { issues: parsed.error.issues };
  const { model, evaluate, data, ...rest } = parsed.data;
  return {
    config: {
      ...rest,
      data: resolvedData(data),
      model: { ...model, n_kv_head: model.n_kv_head ?? model.n_head },
      evaluate: { ...evaluate, dev_mazes: evaluate.dev_mazes ?? Math.min(200, data.dev) },
    },
  };
}

/** Fills in what depends on the domain. The maze is told by saying nothing, so that configurations from before there were others keep their hash. */
function resolvedData({ domain: name, generator, distributions, size, train, dev, test, drunkard_coverage, seed }: z.infer<typeof SCHEMA>['data']): DataConfig {
  const domain = domainOf(name);
  const all = domain.distributions.map((distribution) => distribution.name);
  return {
    ...domainMark(domain), generator: generator ?? all[0], size, train, dev, test, distributions: distributions ?? all,
    ...domain.settings, ...(drunkard_coverage !== undefined && { drunkard_coverage }), seed,
  };
}

/** The schema of a configuration file as JSON Schema (draft 2020-12), for editors. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(SCHEMA, { io: 'input' });
}

/** Every key of the schema by its dotted path, for `--set` and for hints. */
export function configKeys(): string[] {
  return Object.entries(SCHEMA.shape).flatMap(([key, type]) => {
    const inner: unknown = type instanceof z.ZodPrefault ? type.unwrap() : type;
    return inner instanceof z.ZodObject ? [key, ...Object.keys(inner.shape).map((name) => `${key}.${name}`)] : [key];
  });
}
