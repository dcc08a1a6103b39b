// Train, dev and test problems: separate random streams, no duplicates, and no problem of a test or dev set in the sets
// decided after it. The order is test, dev, train, so a test set depends on nothing but its own seed, generator, size
// and count.
import { TracelabError } from '../base/errors.ts';
import { RandomSequence, STREAMS } from '../base/random.ts';
import type { Domain } from './domain.ts';
import { DOMAINS } from './domains.ts';
import type { SplitRequest } from './split-request.ts';
import type { GeneratorName } from './types.ts';

export interface DrawnProblem<Problem = unknown> {
  /** The problem is a function of (seed, stream, index); indices of duplicates are skipped, so they may have gaps. */
  readonly index: number;
  readonly problem: Problem;
}

export interface ProblemSet<Problem = unknown> {
  readonly split: SplitName;
  readonly generator: GeneratorName;
  readonly stream: number;
  readonly problems: readonly DrawnProblem<Problem>[];
}

export interface Splits<Problem = unknown> {
  readonly train: ProblemSet<Problem>;
  readonly dev: ProblemSet<Problem>;
  /**
   * One for each distribution, in the order of the request. Two of them may share a problem; none shares one with train
   * or dev.
   */
  readonly test: readonly ProblemSet<Problem>[];
}

export type SplitName = 'train' | 'dev' | 'test';

/** What all sets together may hold: keeps the table of seen problems well inside memory. */
const MAXIMUM_PROBLEMS = 10_000_000;

const FRUITLESS = 10;

/** Test problems of a distribution. */
export function testCount(
  { generator, test, test_in_distribution }: SplitRequest,
  distribution: GeneratorName,
): number {
  return distribution === generator ? test_in_distribution : test;
}

/** The random stream that one set of problems is drawn from: every distribution of every domain has its own. */
export function streamOf(split: SplitName, generator: GeneratorName): number {
  const found = DOMAINS.flatMap(({ distributions }) => distributions).find(({ name }) => name === generator);
  if (found === undefined) throw new RangeError(`no domain has the distribution ${generator}`);
  return STREAMS[split] + 256 * found.stream;
}

/**
 * Draws all sets of a study.
 * @throws TracelabError TOO_FEW_PROBLEMS when fewer exist than are asked, GRID_SIZE, or SPLIT_REQUEST for an impossible
 * count
 */
export function drawSplits<Problem>(request: SplitRequest, domain: Domain<Problem>): Splits<Problem> {
  const drawing = drawSplitsInSteps(request, domain);
  for (;;) {
    const step = drawing.next();
    if (step.done) return step.value;
  }
}

/**
 * drawSplits with a step after each draw, where a caller may pause or leave.
 * @yields how many problems of all sets there are so far
 */
export function* drawSplitsInSteps<Problem>(
  request: SplitRequest,
  domain: Domain<Problem>,
): Generator<number, Splits<Problem>, undefined> {
  checkRequest(request, domain);
  let before = 0;
  const draw = function* (
    split: SplitName,
    generator: GeneratorName,
    count: number,
    taken: ReadonlySet<string>,
  ): Generator<number, ProblemSet<Problem>, undefined> {
    const set = yield* drawSet(request, domain, { split, generator, count, taken }, before);
    before += count;
    return set;
  };
  const taken = new Set<string>();
  const take = function* ({ problems }: ProblemSet<Problem>): Generator<number, void, undefined> {
    for (const { problem } of problems) {
      taken.add(domain.key(problem));
      yield before;
    }
  };
  const test: ProblemSet<Problem>[] = [];
  for (const generator of request.distributions)
    test.push(yield* draw('test', generator, testCount(request, generator), new Set()));
  for (const set of test) yield* take(set);
  const dev = yield* draw('dev', request.generator, request.dev, taken);
  yield* take(dev);
  const train = yield* draw('train', request.generator, request.train, taken);
  return { train, dev, test };
}

/** Problems of all sets. */
export function problemCount(request: SplitRequest): number {
  const { train, dev, distributions } = request;
  return train + dev + distributions.reduce((sum, name) => sum + testCount(request, name), 0);
}

interface WantedSet {
  readonly split: SplitName;
  readonly generator: GeneratorName;
  readonly count: number;
  /** Keys of the problems that it must not hold. */
  readonly taken: ReadonlySet<string>;
}

/**
 * Draws `count` different problems that are not in `taken`. It always ends. It ends when every problem that exists was
 * seen. Some generators have problems that nobody has counted, or that they hardly ever draw; there it ends after a run
 * of fruitless draws, FRUITLESS times as long as what was found. (If all problems were equally likely, the last missing
 * one would outlast that run once in e^FRUITLESS cases.)
 * @param before problems of the sets that are drawn already
 * @yields how many problems there are, with those of `before`
 */
function* drawSet<Problem>(
  request: SplitRequest,
  domain: Domain<Problem>,
  { split, generator, count, taken }: WantedSet,
  before: number,
): Generator<number, ProblemSet<Problem>, undefined> {
  const { size, seed } = request;
  const stream = streamOf(split, generator);
  const existing = countOf(request, domain, split, generator) ?? Infinity;
  // Tests and dev are never jittered: they stay comparable whatever a model trains on.
  const settings = split === 'train' ? request : { ...request, wall_jitter: 0 };
  const problems: DrawnProblem<Problem>[] = [];
  // Own problems, and those of `taken` that this generator turned out to make too.
  const seen = new Set<string>();
  let fruitless = 0;
  for (let index = 0; problems.length < count; index++) {
    if (seen.size === existing)
      throw tooFew(
        request,
        split,
        generator,
        grouped(count),
        `${grouped(problems.length)} exist that no earlier set holds`,
      );
    if (fruitless > FRUITLESS * (seen.size + 1000))
      throw tooFew(
        request,
        split,
        generator,
        grouped(count),
        `${grouped(problems.length)} found (then ${grouped(fruitless)} draws brought no new one)`,
      );
    const problem = domain.draw(generator, size, new RandomSequence(seed, stream, index), settings);
    const key = domain.key(problem);
    fruitless += 1;
    if (!seen.has(key)) {
      seen.add(key);
      if (!taken.has(key)) {
        problems.push({ index, problem });
        fruitless = 0;
      }
    }
    yield before + problems.length;
  }
  return { split, generator, stream, problems };
}

/**
 * What can be refused before the first draw.
 * @throws TracelabError SPLIT_REQUEST, GRID_SIZE, TOO_FEW_PROBLEMS
 */
export function checkRequest(request: SplitRequest, domain: Domain): void {
  const {
    generator,
    size,
    train,
    dev,
    test,
    test_in_distribution,
    distributions,
    drunkard_coverage: coverage = 1,
    seed,
  } = request;
  checkSize(size, domain);
  for (const [name, count] of Object.entries({ train, dev, test, test_in_distribution })) {
    if (!Number.isInteger(count) || count < 0)
      throw badRequest(name, 'impossible number of problems', 'an integer >= 0', String(count));
  }
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff)
    throw badRequest('seed', 'impossible seed', 'an integer in 0..4294967295', String(seed));
  if (!(coverage > 0 && coverage <= 1))
    throw badRequest('drunkard_coverage', 'impossible share', 'a number in (0, 1]', String(coverage));
  const unknown = [generator, ...distributions].find(
    (name) => !domain.distributions.some((distribution) => distribution.name === name),
  );
  if (unknown !== undefined)
    throw badRequest(
      'distributions',
      `no distribution of ${domain.words.problems}`,
      `one of ${domain.distributions.map(({ name }) => name).join(', ')}`,
      unknown,
    );
  const repeated = distributions.find((name, i) => distributions.indexOf(name) !== i);
  if (repeated !== undefined) throw badRequest('distributions', 'named twice', 'each distribution once', repeated);
  const total = problemCount(request);
  if (total > MAXIMUM_PROBLEMS)
    throw badRequest('train + dev + test', 'too many problems', `at most ${grouped(MAXIMUM_PROBLEMS)}`, grouped(total));

  // Each distribution by itself, and all sets of the training generator together.
  for (const name of distributions) refuseBeyond(request, domain, 'test', name, { test: testCount(request, name) });
  refuseBeyond(request, domain, 'train', generator, {
    test: distributions.includes(generator) ? testCount(request, generator) : 0,
    dev,
    train,
  });
}

/**
 * Refuses boards that the domain cannot draw.
 * @throws TracelabError GRID_SIZE
 */
export function checkSize(size: number, { sizes: { least, most } }: Domain, where = 'size'): void {
  if (Number.isInteger(size) && size >= least && size <= most) return;
  throw new TracelabError({
    code: 'GRID_SIZE',
    kind: 'refused_input',
    where,
    what: 'impossible grid size',
    expected: `an integer in ${least}..${most}`,
    got: String(size),
  });
}

function refuseBeyond(
  request: SplitRequest,
  domain: Domain,
  split: SplitName,
  generator: GeneratorName,
  counts: Readonly<Record<string, number>>,
): void {
  const existing = countOf(request, domain, split, generator);
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  const asked = parts.reduce((sum, [, count]) => sum + count, 0);
  if (existing === null || asked <= existing) return;
  const sum =
    parts.length > 1 ? ` in all (${parts.map(([name, count]) => `${name} ${grouped(count)}`).join(', ')})` : '';
  throw tooFew(request, split, generator, `${grouped(asked)}${sum}`, `${grouped(existing)} exist`);
}

/** How many problems a set can be drawn from; null where nobody has counted, as with jitter. */
function countOf(
  { size, wall_jitter = 0 }: SplitRequest,
  domain: Pick<Domain, 'count'>,
  split: SplitName,
  generator: GeneratorName,
): number | null {
  return split === 'train' && wall_jitter > 0 ? null : domain.count(generator, size);
}

function tooFew(
  { size }: SplitRequest,
  split: SplitName,
  generator: GeneratorName,
  asked: string,
  found: string,
): TracelabError {
  return new TracelabError({
    code: 'TOO_FEW_PROBLEMS',
    kind: 'refused_input',
    where: `${split} (${generator}, ${size}x${size})`,
    what: `asked ${asked}, only ${found}`,
    hint: 'ask for fewer, or use a larger size; train, dev and test share no problem',
  });
}

function badRequest(where: string, what: string, expected: string, got: string): TracelabError {
  return new TracelabError({ code: 'SPLIT_REQUEST', kind: 'refused_input', where, what, expected, got });
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
