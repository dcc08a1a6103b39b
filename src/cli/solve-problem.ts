// The problem that `tracelab solve` gives to a model, read from a file or drawn, and the trace that is put in the place
// of the model's own.
import { existsSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { RandomSequence } from '../base/random.ts';
import { STDIN } from '../data/input.ts';
import { checkSameDomain, domainOf } from '../domain/domains.ts';
import { splitCompletion } from '../domain/completion.ts';
import { parsePrompt } from '../domain/maze/grammar.ts';
import { splitOf } from '../domain/split-of.ts';
import { streamOf } from '../domain/splits.ts';
import type { Example } from '../domain/types.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import { forcedTraces, ownRecords } from '../evaluation/interventions.ts';
import type { CheckpointOrigin } from '../model/origin.ts';
import { readExplainedRow } from './explain-source.ts';

/** A problem without its solution. */
export interface GivenProblem {
  /** Its completion is empty. */
  readonly example: Example;
  /** `file:line`, or how it was drawn. */
  readonly place: string;
}

export interface Draw {
  /** Undefined: the first one of the domain. */
  readonly distribution?: string;
  readonly seed: number;
}

/** Names of `--force-trace`; any other text is a file. */
const FORCED_NAMES = ['gold', 'swapped', 'filler', 'empty'] as const;

/** Of datasets that leave `data.seed` out. */
const DATA_SEED = 1;

/**
 * The problem of a row of a file.
 * @param target as for readExplainedRow; a row without a size has that of the model
 * @throws TracelabError DOMAIN_MIXED, GRID_SIZE, and those of readExplainedRow
 */
export async function readProblem(target: string, { domain, size }: CheckpointOrigin): Promise<GivenProblem> {
  const row = await readExplainedRow(target, { size });
  const { place } = row;
  const example: Example =
    'example' in row
      ? { ...row.example, completion: '' }
      : { id: row.id, generator: 'given', size: row.problem.size, prompt: row.prompt, completion: '' };
  checkSameDomain(place, 'the model was trained on another domain', domain, example.domain);
  if (example.size !== size)
    throw refused('GRID_SIZE', place, {
      what: 'the model was trained on another grid size',
      expected: String(size),
      got: String(example.size),
      hint: `give a ${domainOf(domain).words.problem} of the grid size of the model`,
    });
  return { example, place };
}

/**
 * Draws problems of the model's size one after the other. They belong to the test problems of the usual data seed: no
 * dataset with this seed has them for training, and with seed 1 they are the first ones of its test files.
 * @yields without end, as long as the distribution has more
 * @throws TracelabError DISTRIBUTION, GRID_SIZE
 */
export function* drawnProblems(
  { domain: name, size }: CheckpointOrigin,
  { distribution, seed }: Draw,
): Generator<GivenProblem, never> {
  const domain = domainOf(name);
  const { sizes, distributions, settings } = domain;
  const names = distributions.map((each) => each.name);
  const wanted = distribution ?? names[0];
  if (!names.includes(wanted)) {
    const near = nearest(wanted, names);
    throw refused('DISTRIBUTION', '--distribution', {
      what: `no such distribution of the domain ${name}`,
      expected: `one of ${names.join(', ')}`,
      got: wanted,
      hint: near === undefined ? 'leave it out' : `did you mean ${near}?`,
    });
  }
  if (size < sizes.least || size > sizes.most)
    throw refused('GRID_SIZE', 'the model', {
      what: `no ${domain.words.problem} of its size can be drawn`,
      expected: `${sizes.least} to ${sizes.most}`,
      got: String(size),
      hint: `give a ${domain.words.problem} in a file`,
    });
  const stream = streamOf('test', wanted);
  for (let index = 0; ; index++) {
    const problem = domain.draw(wanted, size, new RandomSequence(seed, stream, index), settings);
    if (splitOf(DATA_SEED, domain.key(problem)) !== 'test') continue;
    const { prompt } = domain.solve(problem);
    const example = { id: `${wanted}, seed ${seed}`, domain: name, generator: wanted, size, prompt, completion: '' };
    yield { example, place: 'drawn here' };
  }
}

/** The deterministic solution of a problem; null if it has none. */
export function solutionOf({ domain: name, prompt, size }: Example): string | null {
  const domain = domainOf(name);
  const problem = domain.parse(prompt, size);
  try {
    return domain.solve(problem).completion;
  } catch {
    // The one reason that a search of a domain has.
    return null;
  }
}

/**
 * The words of a trace that is put in the place of the model's own.
 * @param name one of FORCED_NAMES, or a file with a trace or another problem
 * @param other another problem, whose trace `swapped` takes
 * @throws TracelabError FORCED_TRACE for words that the model does not know, and for a problem without a solution where
 * the trace is made of it; and those of readExplainedRow
 */
export async function forcedTrace(
  name: string,
  example: Example,
  other: () => Example,
  vocabulary: Vocabulary,
): Promise<string> {
  const where = `--force-trace ${name}`;
  const kind = FORCED_NAMES.find((each) => each === name);
  let trace = '';
  if (kind === undefined) {
    checkForced(name);
    trace = await traceOfFile(name, example.size);
  } else if (kind !== 'empty') {
    const examples = (kind === 'swapped' ? [example, other()] : [example]).map((each) => {
      const completion = solutionOf(each);
      if (completion !== null) return { ...each, completion };
      throw refused('FORCED_TRACE', where, {
        what: `the ${domainOf(example.domain).words.problem} has no solution, and so no reference trace`,
        expected: 'empty, or a file with a trace',
        got: name,
        hint: 'give one with a path from start to goal',
      });
    });
    trace = forcedTraces({ kind }, { examples, own: [], other: null }, 1)[0]?.trace ?? '';
  }
  const foreign = trace.split(' ').find((word) => word !== '' && vocabulary.idOf(word) === vocabulary.unk);
  if (foreign === undefined) return trace;
  throw refused('FORCED_TRACE', where, {
    what: "a word is not in the model's vocabulary",
    expected: `words of a ${example.size}x${example.size} grid`,
    got: foreign.slice(0, 60),
    hint: 'give a trace of the grid size of the model',
  });
}

/** @throws TracelabError FORCED_TRACE for a text that is neither a name nor a file */
function checkForced(name: string): void {
  if (name === STDIN || existsSync(name.replace(/:[1-9]\d*$/, '')) || existsSync(name)) return;
  const near = nearest(name, FORCED_NAMES);
  throw refused('FORCED_TRACE', '--force-trace', {
    what: 'no such trace, and no such file',
    expected: `one of ${FORCED_NAMES.join(', ')}, or a file`,
    got: name,
    hint: near === undefined ? 'check the path' : `did you mean ${near}?`,
  });
}

/** The trace of a row; of a problem without a trace, as a picture is, that of its deterministic solution. */
async function traceOfFile(file: string, size: number): Promise<string> {
  const row = await readExplainedRow(file, { size });
  const given = ownRecords('example' in row ? row.example.completion : row.completion).join(' ');
  if (given !== '') return given;
  const example = 'example' in row ? row.example : { ...row, size: row.problem.size, generator: 'given' };
  const solution = solutionOf(example);
  if (solution !== null) return splitCompletion(solution).trace;
  throw refused('FORCED_TRACE', row.place, {
    what: 'no trace, and no solution to take one of',
    expected: 'a trace, or a problem with a solution',
    got: 'neither',
    hint: 'give another row',
  });
}

/** The problem of a maze, for the validator and the drawing. */
export function mazeOf({ prompt, size, generator }: Example): ReturnType<typeof parsePrompt> {
  return parsePrompt(prompt, size, generator);
}

function refused(
  code: string,
  where: string,
  fault: { readonly what: string; readonly expected: string; readonly got: string; readonly hint: string },
): TracelabError {
  return new TracelabError({ code, kind: 'refused_input', where, ...fault });
}
