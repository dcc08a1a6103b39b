// Train, dev and test problems: separate random streams, no duplicates. split-of.ts says which split a problem belongs
// to, and a set skips the problems of other splits. So a set depends on nothing but its own seed, split, generator,
// size, settings and count, and the training set is an unbiased sample of its distribution.
import { LIMITS } from '../base/limits.ts';
import { TracelabError } from '../base/errors.ts';
import { RandomSequence, STREAMS } from '../base/random.ts';
import type { Distribution, Domain } from './domain.ts';
import { DOMAINS, sizeWords } from './domains.ts';
import { SHARES, splitOf, type SplitName } from './split-of.ts';
import type { SplitRequest } from './split-request.ts';
import type { GeneratorName } from './types.ts';

export interface DrawnProblem<Problem = unknown> {
  /** The problem is a function of (seed, stream, index). Duplicates and problems of other splits leave gaps. */
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
   * or dev, of this request or of any other with the same seed.
   */
  readonly test: readonly ProblemSet<Problem>[];
}

/** How far a drawing is. */
export interface DrawingProgress {
  /** Problems of all sets so far. */
  readonly problems: number;
  /** Share of the draws that all sets take, 0 to 1. */
  readonly share: number;
}

const MAXIMUM_PROBLEMS = LIMITS.problems.most;

/** Entries of a Set. Where more problems exist, no configuration can ask for all of a split. */
const MAXIMUM_ENTRIES = 1 << 24;

const FRUITLESS = 10;

const BELONG: Readonly<Record<SplitName, string>> = {
  train: 'are left for training',
  dev: 'are held out for dev',
  test: 'are held out for tests',
};

/** Test problems of a distribution. */
export function testCount(
  { generator, test, test_in_distribution }: SplitRequest,
  distribution: GeneratorName,
): number {
  return distribution === generator ? test_in_distribution : test;
}

/** The random stream that one set of problems is drawn from: every distribution of every domain has its own. */
export function streamOf(split: SplitName, generator: GeneratorName): number {
  return STREAMS[split] + 256 * distributionOf(generator).stream;
}

function distributionOf(generator: GeneratorName): Distribution {
  const found = DOMAINS.flatMap(({ distributions }) => distributions).find(({ name }) => name === generator);
  if (found === undefined) throw new RangeError(`no domain has the distribution ${generator}`);
  return found;
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
 * @yields how far it is
 */
export function* drawSplitsInSteps<Problem>(
  request: SplitRequest,
  domain: Domain<Problem>,
): Generator<DrawingProgress, Splits<Problem>, undefined> {
  checkRequest(request, domain);
  const total = expectedDraws(request);
  let problems = 0;
  let draws = 0;
  const drawn: ProblemSet<Problem>[] = [];
  for (const wanted of wantedSets(request)) {
    const { count, share } = wanted;
    const progress = (found: number): DrawingProgress => ({
      problems: problems + found,
      share: (draws + found / share) / total,
    });
    drawn.push(yield* drawSet(request, domain, wanted, progress));
    problems += count;
    draws += count / share;
  }
  const [train, dev, ...test] = drawn;
  return { train, dev, test };
}

interface WantedSet {
  readonly split: SplitName;
  readonly generator: GeneratorName;
  readonly count: number;
  /** Of all its problems, that belong to the split: 1 where it cannot share a problem with the training set. */
  readonly share: number;
}

/** Train, dev, and one test set for each distribution. */
function wantedSets(request: SplitRequest): [train: WantedSet, dev: WantedSet, ...test: WantedSet[]] {
  const { generator, train, dev, distributions } = request;
  return [
    { split: 'train', generator, count: train, share: SHARES.train },
    { split: 'dev', generator, count: dev, share: SHARES.dev },
    ...distributions.map((name): WantedSet => ({
      split: 'test',
      generator: name,
      count: testCount(request, name),
      share: isApart(name, request) ? 1 : SHARES.test,
    })),
  ];
}

/** Whether no problem of a test distribution can be in the training or dev set. A drunkard may carve all walls. */
function isApart(name: GeneratorName, { generator, drunkard_coverage }: SplitRequest): boolean {
  return distributionOf(name).apart === true && name !== generator && drunkard_coverage !== 1;
}

/** Problems of all sets. */
export function problemCount(request: SplitRequest): number {
  return wantedSets(request).reduce((sum, { count }) => sum + count, 0);
}

/** Draws that all sets take on average, those of problems of other splits included, those of duplicates not. */
export function expectedDraws(request: SplitRequest): number {
  return wantedSets(request).reduce((sum, { count, share }) => sum + count / share, 0);
}

/**
 * Draws `count` different problems of a split. It always ends. Where the number of problems is known it ends when every
 * problem that exists was seen. Some generators have problems that nobody has counted, or that they hardly ever draw;
 * there it ends after a run of draws without a new problem, FRUITLESS times as long as the number of problems that the
 * generator seems to have. (If all problems were equally likely, the last missing one would outlast that run once in
 * e^FRUITLESS cases.)
 * @param progress called with the number of problems of the set so far
 * @yields how far it is
 */
function* drawSet<Problem>(
  request: SplitRequest,
  domain: Domain<Problem>,
  { split, generator, count, share }: WantedSet,
  progress: (found: number) => DrawingProgress,
): Generator<DrawingProgress, ProblemSet<Problem>, undefined> {
  const { size, seed } = request;
  const stream = streamOf(split, generator);
  const existing = countOf(request, domain, split, generator) ?? Infinity;
  // Tests and dev are never jittered: they stay comparable whatever a model trains on.
  const settings = split === 'train' ? request : { ...request, wall_jitter: 0 };
  const problems: DrawnProblem<Problem>[] = [];
  const own = new Set<string>();
  // Kept only where it can show that all that exist were seen.
  const others = new Set<string>();
  let fruitless = 0;
  for (let index = 0; problems.length < count; index++) {
    if (own.size + others.size === existing)
      throw tooFew(
        request,
        split,
        generator,
        grouped(count),
        `${grouped(own.size)}: no more of the ${grouped(existing)} that exist ${BELONG[split]}`,
      );
    if (fruitless > FRUITLESS * (own.size / share + 1000))
      throw tooFew(
        request,
        split,
        generator,
        grouped(count),
        `${grouped(own.size)}: no more were found that ${BELONG[split]} ` +
          `(${grouped(fruitless)} draws brought no new one)`,
      );
    const problem = domain.draw(generator, size, new RandomSequence(seed, stream, index), settings);
    const key = domain.key(problem);
    fruitless += 1;
    if (!own.has(key)) {
      if (share === 1 || splitOf(seed, key) === split) {
        own.add(key);
        problems.push({ index, problem });
        fruitless = 0;
      } else if (existing <= MAXIMUM_ENTRIES) others.add(key);
    }
    yield progress(problems.length);
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
    train,
    dev,
    test: distributions.includes(generator) ? testCount(request, generator) : 0,
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
    hint: `use ${size < least ? least : Math.min(most, Math.max(least, Math.round(size) || least))}`,
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
  throw tooFew(request, split, generator, `${grouped(asked)}${sum}`, grouped(existing));
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
  { domain, size }: SplitRequest,
  split: SplitName,
  generator: GeneratorName,
  asked: string,
  most: string,
): TracelabError {
  return new TracelabError({
    code: 'TOO_FEW_PROBLEMS',
    kind: 'refused_input',
    where: `${split} (${generator}, ${sizeWords(domain, size, 'x')})`,
    what: 'more problems than there are',
    expected: `at most ${most}`,
    got: asked,
    hint: 'ask for fewer, or use a larger size; a third of all problems is held out for tests, a sixteenth for dev',
  });
}

function badRequest(where: string, what: string, expected: string, got: string): TracelabError {
  const hint = `change \`${where}\` of the configuration`;
  return new TracelabError({ code: 'SPLIT_REQUEST', kind: 'refused_input', where, what, expected, got, hint });
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
