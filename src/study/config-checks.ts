// Reports sizes that cannot work together before anything starts, and, once the data exist, sizes that are too small
// for the longest example.
import { TracelabError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { conditionRefused, hasCondition } from '../domain/conditions/availability.ts';
import { BASELINE, hasTraces, isOwn, ownCondition } from '../domain/conditions/condition.ts';
import { domainOf } from '../domain/domains.ts';
import { checkRequest, testCount } from '../domain/splits.ts';
import { EARLY_CONDITIONS, startsOf } from '../tasks/rl-start.ts';
import type { StudyConfig } from './config.ts';
import type { StudyInformationConfig, StudyInterventionsConfig } from './config-sections.ts';
import { phasePointsOf } from './phase.ts';

/** Values that a kernel takes from a row at a time: two vectors of four. */
const LANES = 8;

type Where = (...keys: string[]) => string;

/**
 * Throws TracelabError CONFIG_IMPOSSIBLE for sizes that contradict each other or the domain, CONDITION_DOMAIN for a
 * condition that the domain does not have.
 */
export function checkSizes(config: StudyConfig, where: Where): void {
  const { data, model, evaluate } = config;
  checkTrainings(config, where);
  checkDomain(config, where);
  checkOwn(config, where);
  const { d_model, n_head, n_kv_head } = model;
  if (d_model % n_head !== 0) {
    throw impossible(
      where('model.d_model', 'model.n_head'),
      'model.d_model must be a multiple of model.n_head',
      `a multiple of ${n_head}`,
      String(d_model),
      nearestWidths(d_model, n_head),
    );
  }
  if ((d_model / n_head) % 2 !== 0) {
    throw impossible(
      where('model.d_model', 'model.n_head'),
      'the head size model.d_model / model.n_head must be even (rotary positions turn pairs)',
      'an even head size',
      `${d_model} / ${n_head} = ${d_model / n_head}`,
      nearestWidths(d_model, n_head),
    );
  }
  if (n_head % n_kv_head !== 0) {
    throw impossible(
      where('model.n_kv_head', 'model.n_head'),
      'model.n_head must be a multiple of model.n_kv_head',
      `a divisor of ${n_head}`,
      String(n_kv_head),
    );
  }
  for (const key of ['d_model', 'd_ff'] as const) {
    // A shorter last step would read and write into the next row.
    if (model[key] % LANES !== 0)
      throw impossible(
        where(`model.${key}`),
        `model.${key} must be a multiple of ${LANES} (the kernels go through a row in steps of ${LANES} values)`,
        `a multiple of ${LANES}`,
        String(model[key]),
        key === 'd_model' ? nearestWidths(d_model, n_head) : nearestMultiples(model[key], LANES),
      );
  }
  if (!data.distributions.includes(data.generator)) {
    throw impossible(
      where('data.distributions', 'data.generator'),
      `data.distributions lacks data.generator, so nothing would be tested in distribution`,
      `a list with ${data.generator}`,
      `[${data.distributions.join(', ')}]`,
    );
  }
  if (evaluate.dev_mazes > data.dev) {
    throw impossible(
      where('evaluate.dev_mazes', 'data.dev'),
      'evaluate.dev_mazes asks for more mazes than data.dev makes',
      `at most ${data.dev}`,
      String(evaluate.dev_mazes),
    );
  }
}

/** Lists multiply: a short configuration can ask for more tasks than any memory holds. */
function checkTrainings({ seeds, conditions, phase }: StudyConfig, where: Where): void {
  const { most } = LIMITS.trainings;
  const squares = phase ? phase.sizes.length * phase.layers.length * phase.tokens.length : 0;
  const trainings = seeds.length * (conditions.length + squares * (phase?.conditions.length ?? 0));
  if (trainings > most)
    throw impossible(
      where(...(phase ? ['phase', 'seeds'] : ['seeds', 'conditions'])),
      'too many training runs',
      `at most ${most}`,
      String(trainings),
      'shorten a list: seeds, conditions, or those of the phase diagram',
    );
}

/** Own traces are named in other sections by their condition, and have one training set: no phase diagram has them. */
function checkOwn({ conditions, own_traces = [], phase }: StudyConfig, where: Where): void {
  const unknown = conditions.find(
    (condition) => isOwn(condition) && !own_traces.some(({ name }) => ownCondition(name) === condition),
  );
  if (unknown !== undefined)
    throw impossible(
      where('conditions'),
      'own traces without a file',
      '{name, data}',
      unknown,
      `write {name: ${unknown.slice('own-'.length)}, data: FILE} in their place`,
    );
  const inPhase = phase?.conditions.find(isOwn);
  if (inPhase !== undefined)
    throw impossible(
      where('phase.conditions'),
      'own traces are of one size and number',
      'conditions that can be drawn',
      inPhase,
    );
}

/**
 * What a study does with its models refers to conditions, problems and tests that it has. Commands that do one step
 * alone do not ask. Throws TracelabError CONFIG_IMPOSSIBLE.
 */
export function checkLater(config: StudyConfig, where: Where): void {
  const { data, model, conditions, rl, interventions, information } = config;
  for (const [section, key, names] of [
    ['rl', 'rl.from', rl?.from ?? []],
    ['interventions', 'interventions.conditions', interventions?.conditions ?? []],
    ['information', 'information.conditions', information?.conditions ?? []],
  ] as const) {
    const lacking = names.find((name) => !conditions.includes(name));
    if (lacking !== undefined)
      throw impossible(
        where(key, 'conditions'),
        `${key} names a condition that this study does not train`,
        `one of ${conditions.join(', ')}`,
        lacking,
        `or leave ${section} out: --set ${section}=null`,
      );
  }
  for (const [key, mazes, distributions] of [
    ['rl.curve_mazes', rl?.curve_mazes ?? 0, data.distributions],
    ['interventions.mazes', interventions?.mazes ?? 0, interventions?.distributions ?? []],
    ['information.mazes', information?.mazes ?? 0, information?.distributions ?? []],
  ] as const) {
    const fewest = Math.min(...distributions.map((name) => testCount(data, name)));
    if (mazes > fewest)
      throw impossible(
        where(key, 'data.test'),
        `${key} asks for more mazes than data.test makes`,
        `at most ${fewest}`,
        String(mazes),
      );
  }
  checkPhase(config, where);
  checkStarts(config, where);
  if (rl && rl.prompts > data.train)
    throw impossible(
      where('rl.prompts', 'data.train'),
      'rl.prompts asks for more prompts than data.train makes',
      `at most ${data.train}`,
      String(rl.prompts),
    );
  if (rl && rl.cap !== null && rl.cap >= model.context)
    throw impossible(
      where('rl.cap', 'model.context'),
      'rl.cap leaves no room for a prompt in the context',
      `below ${model.context}`,
      String(rl.cap),
    );
  for (const section of ['interventions', 'information'] as const) {
    const forced = config[section];
    if (forced) checkForced(section, forced, data, where);
  }
  if (!interventions) return;
  if (interventions.kinds.includes('other') && interventions.conditions.length < 2)
    throw impossible(
      where('interventions.kinds', 'interventions.conditions'),
      'the intervention other needs the traces of another model',
      'at least two conditions',
      interventions.conditions.join(', '),
    );
}

/** Each start has a condition that has it, and each condition has a start. */
function checkStarts({ rl, train }: StudyConfig, where: Where): void {
  if (!rl) return;
  const { from, starts } = rl;
  if (starts.includes('early') && !from.some((condition) => EARLY_CONDITIONS.includes(condition)))
    throw impossible(
      where('rl.starts', 'rl.from'),
      'rl.from names no condition that has an early start',
      `rl.from with ${EARLY_CONDITIONS.join(', ')}, or rl.starts without early`,
      from.join(', '),
    );
  const without = from.find((condition) => startsOf(starts, condition).length === 0);
  if (without !== undefined)
    throw impossible(
      where('rl.starts', 'rl.from'),
      `rl.starts leaves a condition of rl.from without a start: only ${EARLY_CONDITIONS.join(', ')} has an early one`,
      'rl.starts with last',
      without,
    );
  if (starts.includes('early') && train.checkpoints < 2)
    throw impossible(
      where('train.checkpoints', 'rl.starts'),
      'an early start is chosen among several kept checkpoints',
      'at least 2',
      String(train.checkpoints),
    );
}

/** Both sections put other traces in the place of a model's own. */
function checkForced(
  section: 'interventions' | 'information',
  { conditions, mazes, distributions }: StudyInterventionsConfig | StudyInformationConfig,
  data: StudyConfig['data'],
  where: Where,
): void {
  if (mazes < 2)
    throw impossible(
      where(`${section}.mazes`, 'data.test'),
      'traces are swapped between mazes',
      'at least 2',
      String(mazes),
    );
  if (data.domain !== 'maze')
    throw impossible(
      where(section, 'data.domain'),
      `only mazes have ${section}`,
      `a configuration without ${section}`,
      data.domain,
    );
  const untested = distributions.find((name) => !data.distributions.includes(name));
  if (untested !== undefined)
    throw impossible(
      where(`${section}.distributions`, 'data.distributions'),
      `${section}.distributions names a distribution that is not tested`,
      `one of ${data.distributions.join(', ')}`,
      untested,
    );
  const silent = conditions.find((condition) => !hasTraces(condition));
  if (silent !== undefined)
    throw impossible(
      where(`${section}.conditions`),
      'a model without traces has none to replace',
      'conditions with traces',
      silent,
    );
}

/** Every point is a study of its own. */
function checkPhase(config: StudyConfig, where: Where): void {
  const { phase } = config;
  if (!phase) return;
  if (!phase.conditions.includes(BASELINE))
    throw impossible(
      where('phase.conditions'),
      `phase.conditions lacks ${BASELINE}, which the others are compared with`,
      `a list with ${BASELINE}`,
      phase.conditions.join(', '),
    );
  if (phase.conditions.length < 2)
    throw impossible(
      where('phase.conditions'),
      'phase.conditions has nothing to compare',
      'at least two conditions',
      phase.conditions.join(', '),
    );
  for (const point of phasePointsOf(config)) {
    checkDomain(point.config, (...keys) =>
      where(...keys.map((key) => ({ 'data.size': 'phase.sizes', conditions: 'phase.conditions' })[key] ?? key)),
    );
    // A point runs last; impossible settings for its size are reported before the first training.
    checkRequest(point.config.data, domainOf(point.config.data.domain));
  }
}

function checkDomain({ data, conditions }: StudyConfig, where: Where): void {
  const domain = domainOf(data.domain, where('data.domain'));
  const { least, most } = domain.sizes;
  const names = domain.distributions.map(({ name }) => name);
  for (const [key, given] of [
    ['data.generator', [data.generator]],
    ['data.distributions', data.distributions],
  ] as const) {
    const foreign = given.find((name) => !names.includes(name));
    if (foreign !== undefined)
      throw impossible(
        where(key, 'data.domain'),
        `${key} names no distribution of ${domain.words.problems}`,
        `one of ${names.join(', ')}`,
        foreign,
      );
  }
  if (data.size < least || data.size > most)
    throw impossible(
      where('data.size', 'data.domain'),
      `no ${domain.words.problems} of this size are drawn`,
      `a size from ${least} to ${most}`,
      String(data.size),
    );
  for (const name of ['drunkard_coverage', 'wall_jitter'] as const) {
    if (data[name] === undefined || domain.settings[name] !== undefined) continue;
    throw impossible(
      where(`data.${name}`, 'data.domain'),
      `data.${name} is no setting of ${domain.words.problems}`,
      'a configuration without it',
      String(data[name]),
    );
  }
  const lacking = conditions.find((condition) => !hasCondition(domain, condition));
  if (lacking !== undefined) throw conditionRefused(where('conditions', 'data.domain'), lacking, domain);
}

/**
 * Throws TracelabError CONFIG_IMPOSSIBLE when the examples do not fit. Lengths are tokens, <bos> and <eos> included.
 * @param longest of any set
 * @param longestTrain of the training set, as its conditions train on it
 */
export function checkLengths(
  config: Pick<StudyConfig, 'model' | 'train'>,
  where: Where,
  longest: number,
  longestTrain: number,
): void {
  const { model, train } = config;
  if (model.context < longest) {
    throw impossible(
      where('model.context'),
      'model.context is shorter than the longest example',
      `at least ${longest} tokens`,
      String(model.context),
    );
  }
  if (train.batch_tokens < longestTrain) {
    throw impossible(
      where('train.batch_tokens'),
      'train.batch_tokens is smaller than the longest training example',
      `at least ${longestTrain} tokens`,
      String(train.batch_tokens),
    );
  }
}

/**
 * Throws TracelabError CONFIG_IMPOSSIBLE when rl.cap and the longest prompt do not fit into the context together.
 * @param longestPrompt of the training set, tokens with <bos>
 */
export function checkRlCap(
  { rl, model }: Pick<StudyConfig, 'rl' | 'model'>,
  where: Where,
  longestPrompt: number,
): void {
  if (!rl || rl.cap === null || longestPrompt + rl.cap <= model.context) return;
  throw impossible(
    where('rl.cap', 'model.context'),
    `rl.cap and the longest training prompt (${longestPrompt} tokens) do not fit into the context`,
    `at most ${model.context - longestPrompt}`,
    String(rl.cap),
  );
}

/** Widths that all rules accept: whole heads of even size, and whole steps of the kernels. */
function nearestWidths(d_model: number, n_head: number): string {
  let step = 2 * n_head;
  while (step % LANES !== 0) step += 2 * n_head;
  return nearestMultiples(d_model, step);
}

function nearestMultiples(value: number, of: number): string {
  const below = Math.floor(value / of) * of;
  return below === 0 ? `try ${of}` : `try ${below} or ${below + of}`;
}

/** The way out of a setting that is wrong. */
export const CHANGE_HINT = 'change it in the file, or with --set KEY=VALUE';

function impossible(where: string, what: string, expected: string, got: string, hint = CHANGE_HINT): TracelabError {
  return new TracelabError({ code: 'CONFIG_IMPOSSIBLE', kind: 'refused_input', where, what, expected, got, hint });
}
