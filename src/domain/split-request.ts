// Which problems a dataset holds: the settings of the section `data`. One table gives type, default, range and
// description of each; what depends on the domain is filled in afterwards.
import * as z from 'zod';
import { between, integer, list, section, SEED } from '../base/setting-types.ts';
import type { Resolved } from '../base/setting-types.ts';
import { LIMITS } from '../base/limits.ts';
import { DEFAULT_DOMAIN, domainOf, DOMAINS, isDomain, knownDistribution } from './domains.ts';

/** The distribution that a study trains on unless another one is asked for. */
const USUAL_GENERATORS = DOMAINS.map(({ name, distributions }) => `${distributions[0].name} (${name})`).join(', ');

/** One of the built-in names, which editors offer, or one that a domain from outside has brought. */
function nameOf(builtIn: readonly string[], isKnown: (name: string) => boolean, more: string): z.ZodType<string> {
  const error = `one of ${builtIn.join(', ')}${more}`;
  return z.union([z.enum(builtIn), z.string().refine(isKnown, { error })], { error });
}

export const GENERATOR = nameOf(
  DOMAINS.flatMap(({ distributions }) => distributions.map(({ name }) => name)),
  (name) => knownDistribution(name) !== undefined,
  '',
);

/** Each domain has a range of its own. */
export const SIZE = integer(1, LIMITS.mazeSide.most);

export const DATA_SETTINGS = section(
  {
    domain: nameOf(
      DOMAINS.map(({ name }) => name),
      isDomain,
      ', or the module of another domain',
    )
      .default(DEFAULT_DOMAIN)
      .describe(
        'Domain of the problems: a built-in one, or the module of another one: its path from the current folder ' +
          '(./countdown.ts), or the name of a package that is installed there.',
      ),
    generator: GENERATOR.optional().describe(
      `Generator of the train and dev sets (the in-distribution one); default ${USUAL_GENERATORS}.`,
    ),
    size: SIZE.describe('Cells along one side of a maze or board; of another domain what it calls a size.'),
    train: integer(2, 10_000_000).describe('Problems in the training set, after removing duplicates.'),
    dev: integer(1, 1_000_000).default(1000).describe('Problems in the dev set.'),
    test: integer(1, 1_000_000)
      .default(1000)
      .describe(
        'Test problems of each distribution. Given by --set, it also replaces data.test_in_distribution of the file.',
      ),
    test_in_distribution: integer(1, 1_000_000)
      .optional()
      .describe('Test problems of data.generator, if their number differs; default data.test.'),
    distributions: list(GENERATOR, 'generator')
      .optional()
      .describe(
        'Test distributions; must contain data.generator; default all of the domain but its controls of prompt length.',
      ),
    drunkard_coverage: between(0.05, 1)
      .optional()
      .describe("Share of floor cells in a drunkard's maze; default 0.5. Mazes only."),
    wall_jitter: integer(0, 20)
      .optional()
      .describe(
        'Most dead-end cells that a training maze of a tree family gets or loses, so that prompts have ' +
          'several lengths; their plans do not change. Default 0. Mazes only.',
      ),
    seed: SEED.default(1).describe('Seed of all problems; the same data for every training seed.'),
  },
  'data',
);

type Given = z.output<typeof DATA_SETTINGS>;
export type SplitRequest = Resolved<Given, 'generator' | 'test_in_distribution' | 'distributions'>;

/** Fills in the defaults that depend on other settings. */
export function resolveData({
  domain: name,
  generator,
  test_in_distribution,
  distributions,
  drunkard_coverage,
  wall_jitter,
  seed,
  ...counts
}: Given): SplitRequest {
  const domain = domainOf(name);
  const all = domain.distributions.filter(({ control }) => !control).map((distribution) => distribution.name);
  return {
    domain: domain.name,
    generator: generator ?? all[0],
    ...counts,
    test_in_distribution: test_in_distribution ?? counts.test,
    distributions: distributions ?? all,
    ...domain.settings,
    ...(drunkard_coverage !== undefined && { drunkard_coverage }),
    ...(wall_jitter !== undefined && { wall_jitter }),
    seed,
  };
}
