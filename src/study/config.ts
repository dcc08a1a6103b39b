// The configuration of a study: its schema (strict, every key described), what a resolved one is, and its JSON Schema
// for editors. Each section is the table of the layer that it configures. config-file.ts reads files.
import { LIMITS } from '../base/limits.ts';
import * as z from 'zod';
import { canonicalJson, sha256 } from '../base/hash.ts';
import { list, section, SEED, text } from '../base/setting-types.ts';
import type { DataConfig } from '../data/dataset.ts';
import type { DomainModule } from '../data/domain-module.ts';
import { PAPER_CONDITIONS } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { DATA_SETTINGS, resolveData } from '../domain/split-request.ts';
import { MODEL_SETTINGS, resolveModel } from '../model/config.ts';
import type { ModelConfig } from '../model/config.ts';
import type { OwnTraces } from '../tasks/own-data.ts';
import { TRAIN_SETTINGS } from '../training/config.ts';
import type { TrainConfig } from '../training/config.ts';
import {
  conditionNamed,
  EVALUATE_SECTION,
  INFORMATION_SECTION,
  INTERVENTIONS_SECTION,
  PHASE_SECTION,
  resolveEvaluate,
  resolveInformation,
  resolveInterventions,
  resolvePhase,
  resolveRl,
  RL_SECTION,
  TRAINED_CONDITIONS,
} from './config-sections.ts';
import type {
  EvaluateConfig,
  StudyInformationConfig,
  StudyInterventionsConfig,
  StudyPhaseConfig,
  StudyRlConfig,
} from './config-sections.ts';

/** A resolved study: every default filled in. One training run per condition and seed. */
export interface StudyConfig {
  readonly study: string;
  readonly seeds: readonly number[];
  readonly conditions: readonly Condition[];
  /** Where own conditions have their examples; absent where there are none. */
  readonly own_traces?: readonly OwnTraces[];
  /** Of a domain that is not built in: data.domain is its name. */
  readonly domain_module?: StudyDomain;
  readonly data: DataConfig;
  readonly model: ModelConfig;
  readonly train: TrainConfig;
  readonly evaluate: EvaluateConfig;
  readonly rl?: StudyRlConfig;
  readonly interventions?: StudyInterventionsConfig;
  readonly information?: StudyInformationConfig;
  readonly phase?: StudyPhaseConfig;
}

/** The module of a domain. */
export interface StudyDomain {
  /** Absolute path. */
  readonly module: string;
  readonly version: string;
  readonly sha256: string;
}

/** SHA-256 of the resolved configuration, every default included; without the path of a domain's module. */
export function configHash({ domain_module, ...config }: StudyConfig): string {
  if (domain_module === undefined) return sha256(canonicalJson(config));
  const { version, sha256: hash } = domain_module;
  return sha256(canonicalJson({ ...config, domain_module: { version, sha256: hash } }));
}

const NAME_LENGTH = LIMITS.studyName.most;
const NAME = `a name of 1 to ${NAME_LENGTH} small letters, digits, -, _ or ., starting with a letter or digit`;

/** Name of a folder in the runs directory: of a study or a sweep. */
export const RUN_NAME = z
  .string({ error: NAME })
  .regex(new RegExp(`^[a-z0-9][a-z0-9._-]{0,${NAME_LENGTH - 1}}$`), { error: NAME });

const SCHEMA = section(
  {
    study: RUN_NAME.describe('Name of the study; its run directory has this name.'),
    seeds: list(SEED, 'seed')
      .default([1])
      .describe('One training run per seed and condition; weights and batch order follow from the seed.'),
    conditions: TRAINED_CONDITIONS.prefault([...PAPER_CONDITIONS]).describe(
      'Conditions of the training traces. A rate (name@0..1) changes only this share of the examples, or of ' +
        'the events of each example. {name, data} trains on the examples of a file as they are.',
    ),
    data: DATA_SETTINGS,
    model: MODEL_SETTINGS,
    train: TRAIN_SETTINGS,
    evaluate: EVALUATE_SECTION.prefault({}),
    rl: RL_SECTION.optional().describe('Reinforcement learning (GRPO); left out, there is none.'),
    interventions: INTERVENTIONS_SECTION.optional().describe(
      'Forced traces at test time; left out, there are none. Mazes only.',
    ),
    information: INFORMATION_SECTION.optional().describe(
      'How much the first events of a trace lower the loss on the reference plan; left out, it is not measured. ' +
        'Mazes only.',
    ),
    phase: PHASE_SECTION.optional().describe(
      'Phase diagram: in-distribution test validity by size, layers and training tokens; left out, there ' +
        'is no such diagram.',
    ),
    domain_module: section(
      {
        module: text('a path').describe('Path of the module.'),
        version: text('a version').optional().describe('Version of the domain.'),
        sha256: text('a SHA-256')
          .optional()
          .describe('SHA-256 of the sources of the domain; other sources are refused.'),
      },
      'domain module',
    )
      .optional()
      .describe('In resolved configurations: where the domain of data.domain is from.'),
  },
  'study',
);

export type ConfigIssue = z.core.$ZodIssue;

/**
 * Checks a plain value against the schema and fills in the defaults.
 * @param module the domain's, as it was loaded
 * @returns the study, or the issues found (an issue's message is what was expected)
 */
export function parseStudyConfig(
  value: unknown,
  module?: DomainModule,
): { readonly config: StudyConfig } | { readonly issues: readonly ConfigIssue[] } {
  const parsed = SCHEMA.safeParse(value);
  return parsed.success ? { config: resolveStudy(parsed.data, module) } : { issues: parsed.error.issues };
}

/** A study that the schema has accepted, before defaults that depend on several sections are filled in. */
export type GivenStudy = z.output<typeof SCHEMA>;

/** Schemas of the sections by their keys. */
export const SECTIONS: Readonly<Record<string, z.ZodType>> = SCHEMA.shape;

/**
 * Fills in the defaults that depend on several sections.
 * @param once computes what a section is by its name and by all that it is made from; may remember what it computed
 */
export function resolveStudy(
  given: GivenStudy,
  module?: DomainModule,
  once: <T>(name: string, from: readonly unknown[], compute: () => T) => T = (_, __, compute) => compute(),
): StudyConfig {
  const { model, train, evaluate, rl, interventions, information, phase, conditions, ...rest } = given;
  const own = conditions.filter((entry) => typeof entry !== 'string');
  const data = once('data', [rest.data], () => resolveData(rest.data));
  return {
    study: rest.study,
    seeds: once('seeds', [rest.seeds], () => rest.seeds),
    conditions: once('conditions', [conditions], () => conditions.map(conditionNamed)),
    // Hashed where files are read.
    ...(own.length > 0 && { own_traces: own.map((each) => ({ ...each, sha256: '' })) }),
    ...(module?.name === data.domain && { domain_module: studyDomain(module) }),
    data,
    model: once('model', [model], () => resolveModel(model)),
    // The schema lets exactly one of its two lengths through.
    train: once('train', [train], () => train as TrainConfig),
    evaluate: once('evaluate', [evaluate, data], () => resolveEvaluate(evaluate, data)),
    // A section that is left out is not done; it has no key.
    ...(rl && { rl: once('rl', [rl, data], () => resolveRl(rl, data)) }),
    ...(interventions && {
      interventions: once('interventions', [interventions, data], () => resolveInterventions(interventions, data)),
    }),
    ...(information && {
      information: once('information', [information, data], () => resolveInformation(information, data)),
    }),
    ...(phase && { phase: once('phase', [phase, model], () => resolvePhase(phase, model.n_layer)) }),
  };
}

function studyDomain({ module, version, sha256: hash }: DomainModule): StudyDomain {
  return { module, version, sha256: hash };
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

/** The keys whose values are lists. */
export function listKeys(): string[] {
  interface Schema {
    readonly type?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
  }
  const walk = ({ type, properties = {} }: Schema, path: string): string[] =>
    type === 'array'
      ? [path]
      : Object.entries(properties).flatMap(([name, inner]) => walk(inner, path === '' ? name : `${path}.${name}`));
  return walk(configJsonSchema() as Schema, '');
}
