// What a domain from outside must hold before anything is done with it: every member, names that can name files, and
// one problem of each distribution that goes through all of its functions. Its functions are then called through a
// guard, so that whatever they throw is one line that names the domain.
import { type ErrorDetails, TracelabError } from '../base/errors.ts';
import { RandomSequence } from '../base/random.ts';
import type { Distribution, Domain } from './domain.ts';

const FUNCTIONS = [
  ...(['vocabulary', 'draw', 'count', 'key', 'solve', 'parse', 'events', 'lengths', 'layout', 'judge'] as const),
  'picture',
] as const;
const OPTIONAL_FUNCTIONS = ['distance', 'steps', 'drawing', 'coreProblem', 'judgeSearch'] as const;
const WORDS = [
  ...([
    'problem',
    'problems',
    'validPlan',
    'planClause',
    'paperLevel',
    'search',
    'heuristic',
    'identity',
    'near',
    'far',
  ] as const),
  ...(['freeOrder', 'grammar', 'events', 'pictures'] as const),
] as const;
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
const STREAMS_OF_OTHERS = { least: 1000, most: 65_535 } as const;

type Functions = Readonly<Record<string, ((...args: readonly unknown[]) => unknown) | undefined>>;

/**
 * The domain with guarded functions.
 * @param value any value
 * @param where the module, for errors
 * @throws TracelabError DOMAIN_MODULE for what is missing, wrong, or contradicts itself
 */
export function admitted(value: unknown, where: string): Domain {
  checkShape(value, where);
  const given = value as Domain;
  const functions = given as unknown as Functions;
  const domain = {
    ...given,
    conditions: Object.fromEntries(
      Object.entries(given.conditions).map(([name, trace]) => [name, guarded(given.name, `condition ${name}`, trace)]),
    ),
    ...Object.fromEntries(
      [...FUNCTIONS, ...OPTIONAL_FUNCTIONS].flatMap((name) => {
        const call = functions[name];
        return call === undefined ? [] : [[name, guarded(given.name, name, call.bind(given))]];
      }),
    ),
  } as Domain;
  for (const distribution of domain.distributions) tryOut(domain, distribution, where);
  return domain;
}

function checkShape(value: unknown, where: string): void {
  const need = (condition: boolean, what: string, expected: string, got: unknown): void => {
    if (!condition) throw refused(where, what, expected, got);
  };
  const isObject = (some: unknown): some is Record<string, unknown> => typeof some === 'object' && some !== null;
  if (!isObject(value)) throw refused(where, 'no domain', 'a domain as the default export', value);
  const domain = value;
  need(typeof domain.name === 'string' && NAME.test(domain.name), 'name', 'small letters, digits and -', domain.name);
  need(typeof domain.version === 'string' && domain.version !== '', 'version', 'a text', domain.version);
  for (const name of FUNCTIONS) need(typeof domain[name] === 'function', `member ${name}`, 'a function', domain[name]);
  for (const name of OPTIONAL_FUNCTIONS)
    need(['function', 'undefined'].includes(typeof domain[name]), `member ${name}`, 'a function', domain[name]);
  for (const name of ['sizes', 'settings', 'words', 'conditions'] as const)
    need(isObject(domain[name]), `member ${name}`, 'an object', domain[name]);
  need(Number.isInteger(domain.eventWords), 'eventWords', 'a whole number', domain.eventWords);
  const { least, most } = domain.sizes as Domain['sizes'];
  const areSizes = Number.isInteger(least) && Number.isInteger(most) && least >= 1 && least <= most && most <= 100;
  need(areSizes, 'sizes', 'whole numbers, least <= most <= 100', JSON.stringify(domain.sizes));
  const words = domain.words as Record<string, unknown>;
  for (const name of WORDS) need(typeof words[name] === 'string', `words.${name}`, 'a text', words[name]);
  if (domain.distance !== undefined)
    need(typeof words.distance === 'string', 'words.distance', 'a text, as there is a distance', words.distance);
  for (const name of ['traceRules', 'planErrors'] as const)
    need(isObject(words[name]), `words.${name}`, 'a text a rule', words[name]);
  const { distributions } = domain;
  need(Array.isArray(distributions) && distributions.length > 0, 'distributions', 'at least one', distributions);
  for (const each of distributions as Partial<Distribution>[]) {
    need(typeof each.name === 'string' && NAME.test(each.name), 'distribution', 'a name of small letters', each.name);
    const { least: first, most: last } = STREAMS_OF_OTHERS;
    need(
      Number.isInteger(each.stream) && Number(each.stream) >= first && Number(each.stream) <= last,
      `stream of ${each.name}`,
      `a whole number from ${first} to ${last}`,
      each.stream,
    );
    for (const key of ['label', 'meaning'] as const)
      need(typeof each[key] === 'string', `${key} of ${each.name}`, 'a text', each[key]);
    need(typeof each.far === 'boolean', `far of ${each.name}`, 'true or false', each.far);
  }
}

/** One problem through all functions: what the domain writes must be what it reads and finds right. */
function tryOut(domain: Domain, { name }: Distribution, where: string): void {
  const size = domain.sizes.least;
  const place = `${where}, ${name}`;
  const ensure = (condition: boolean, what: string, expected: string, got: unknown): void => {
    if (!condition) throw refused(place, what, expected, got);
  };
  const problem = domain.draw(name, size, new RandomSequence(1, 0, 0), domain.settings);
  const { prompt, completion } = domain.solve(problem);
  const example = { id: 'try', domain: domain.name, generator: name, size, prompt, completion };
  const framed = /^query( .*)? reasoning$/s.test(prompt) && /^(?:.* )?solution .*end$/s.test(completion);
  ensure(framed, 'solve', '`query ... reasoning` and `... solution ... end`', `${prompt} ${completion}`.slice(0, 80));
  const vocabulary = domain.vocabulary(size);
  ensure(vocabulary.size === size, 'vocabulary', `one of size ${size}`, vocabulary.size);
  const unknown = `${prompt} ${completion}`.split(' ').find((word) => vocabulary.idOf(word) === vocabulary.unk);
  ensure(unknown === undefined, 'vocabulary', 'all words of prompt and completion', `no word ${unknown}`);
  const key = domain.key(problem);
  ensure(domain.key(domain.parse(prompt, size, place)) === key, 'parse', 'the problem of the prompt', 'another one');
  const { format, records, paper, strict, exact, plan } = domain.judge(example);
  const isRight = format && paper.valid && strict.valid && exact && plan.valid && plan.optimal;
  ensure(
    isRight,
    'judge',
    'its own solution to be valid at every level',
    JSON.stringify({ paper, strict, exact, plan }),
  );
  const events = domain.events(example);
  ensure(
    events.join(' ') === completion.split(/ ?\bsolution /, 1)[0],
    'events',
    'the trace, event by event',
    events[0],
  );
  const counts = [events.length, records, domain.lengths(completion).events];
  ensure(new Set(counts).size === 1, 'events, judge and lengths', 'as many events each', counts.join(', '));
  const steps = domain.steps && [...domain.steps(example)].length;
  ensure(steps === undefined || steps === records, 'steps', `${records}, one a record`, steps);
}

/** Calls a function of the domain; whatever it throws becomes a TracelabError. */
function guarded<Arguments extends readonly unknown[], Result>(
  domain: string,
  name: string,
  call: (...args: Arguments) => Result,
): (...args: Arguments) => Result {
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      if (error instanceof TracelabError) throw error;
      // Thrown by a domain that imports another copy of the package.
      const details = error instanceof Error ? (error as { details?: ErrorDetails }).details : undefined;
      if (details?.code !== undefined) throw new TracelabError(details);
      const what = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
      // A prompt and a completion are a user's data; every other argument is ours.
      if (name === 'parse')
        throw new TracelabError({
          code: 'PROMPT_SYNTAX',
          kind: 'refused_input',
          where: typeof args[2] === 'string' ? args[2] : 'prompt',
          what,
          expected: `a prompt of the domain ${domain}`,
          got: String(args[0]).slice(0, 80),
          hint: 'correct the row, or leave it out',
          cause: error,
        });
      throw new TracelabError({
        code: 'DOMAIN_FAILED',
        kind: 'refused_input',
        where: `domain ${domain}, ${name}`,
        what,
        expected: 'a result',
        got: error instanceof Error ? error.name : typeof error,
        hint: 'a fault in the module of the domain; --debug prints its stack',
        cause: error,
      });
    }
  };
}

/** At most a line of it. */
function shownValue(value: unknown): string {
  return (value === undefined ? 'nothing' : JSON.stringify(value)).slice(0, 80);
}

function refused(where: string, what: string, expected: string, got: unknown): TracelabError {
  return new TracelabError({
    code: 'DOMAIN_MODULE',
    kind: 'refused_input',
    where,
    what: `this is no domain: ${what}`,
    expected,
    got: typeof got === 'string' ? got : typeof got === 'function' ? 'a function' : shownValue(got),
    hint: 'docs/library.md describes what a domain holds',
  });
}
