// Applies a condition to correct examples just before training. Everything drawn is a function of (seed, stream,
// position, epoch).
import { TracelabError } from '../../base/errors.ts';
import { RandomSequence, STREAMS } from '../../base/random.ts';
import { joinCompletion, splitCompletion } from '../completion.ts';
import type { Domain, DomainTrace } from '../domain.ts';
import { domainOf } from '../domains.ts';
import type { Example } from '../types.ts';
import { type Condition, isOwn, nameAndRate, ruleOf } from './condition.ts';
import { derangement } from './derangement.ts';
import { conditionRefused } from './availability.ts';
import { isDomainCondition } from './table.ts';

const NONE = new Uint8Array(0);

/** Attempts that one epoch's derangement may take; each fails with probability 1 - 1/e. */
const ATTEMPTS = 1024;

/**
 * Examples as a condition trains on them, in the same order, with the same ids, prompts and solutions.
 *
 * Rate: of n examples (or of the n events of each example, as the condition's rule says) Math.round(rate * n) are
 * touched; those of a lower rate are among those of a higher one with the same seed. A swap needs two examples, a
 * shuffle two events.
 * @param examples with correct completions
 * @param epoch 0-based; only conditions that changesByEpoch names differ by it
 * @param domain of all examples; default each example's own
 * @throws TracelabError CONDITION_DOMAIN when the examples' domain does not have the condition; TOO_FEW_EXAMPLES when
 * there is a single trace to swap; PROMPT_SYNTAX or COMPLETION_SYNTAX of an example that must be read and is not
 * correct
 */
export function applyCondition(
  examples: readonly Example[],
  condition: Condition,
  seed: number,
  epoch = 0,
  domain?: Domain,
): Example[] {
  const domainFor = (example: Example): Domain => domain ?? domainOf(example.domain);
  const rule = ruleOf(condition);
  const rate = isOwn(condition) ? 1 : nameAndRate(condition).rate;
  const random = (position: number): RandomSequence => new RandomSequence(seed, STREAMS.corruption, position);
  switch (rule.change) {
    case 'nothing':
      return [...examples];
    case 'trace': {
      const touched = touchedOf(examples.length, rate, new RandomSequence(seed, STREAMS.touched, 0));
      const forAll = typeof rule.trace === 'function' ? rule.trace(traceLengths(examples)) : '';
      return examples.map((example, i) =>
        touched[i] === 0
          ? example
          : withTrace(
              example,
              rule.trace === 'domain'
                ? domainTrace(domainFor(example), example, condition)(example, random(i), NONE)
                : forAll,
            ),
      );
    }
    case 'events':
      return examples.map((example, i) => {
        const events = domainFor(example).events(example);
        const draws = random(i);
        const touched = touchedOf(events.length, rate, draws);
        return withTrace(
          example,
          rule.trace === 'domain'
            ? domainTrace(domainFor(example), example, condition)(example, draws, touched)
            : rule.trace(events, touched, draws),
        );
      });
    case 'owner':
      return swap(
        examples,
        touchedOf(examples.length, rate, new RandomSequence(seed, STREAMS.touched, 0)),
        seed,
        rule.everyEpoch ? epoch : 0,
        condition,
        rule.trace,
      );
    default:
      return rule satisfies never;
  }
}

/** Does every epoch have its own examples? */
export function changesByEpoch(condition: Condition): boolean {
  const rule = ruleOf(condition);
  return rule.change === 'owner' && rule.everyEpoch;
}

/** Does every example keep its number of words? */
export function keepsLengths(condition: Condition): boolean {
  return ruleOf(condition).keepsLength;
}

/**
 * Flags of Math.round(rate * length) places; all draws are made whatever the rate, so that places of a lower rate stay
 * touched at a higher one.
 */
function touchedOf(length: number, rate: number, random: RandomSequence): Uint8Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  random.shuffle(order);
  const touched = new Uint8Array(length);
  for (const place of order.subarray(0, Math.round(rate * length))) touched[place] = 1;
  return touched;
}

function swap(
  examples: readonly Example[],
  touched: Uint8Array,
  seed: number,
  epoch: number,
  condition: Condition,
  traceFrom: (other: string) => string,
): Example[] {
  const places = [...examples.keys()].filter((i) => touched[i] !== 0);
  if (places.length === 1) {
    throw new TracelabError({
      code: 'TOO_FEW_EXAMPLES',
      kind: 'refused_input',
      where: `condition ${condition}`,
      what: 'a single example has no other to swap traces with',
      expected: 'at least 2 examples',
      got: '1',
      hint: 'give more examples, or a higher rate',
    });
  }
  const partners = derangement(
    places.length,
    (attempt) => new RandomSequence(seed, STREAMS.swap, epoch * ATTEMPTS + attempt),
  );
  const traces = places.map((place) => splitCompletion(examples[place].completion).trace);
  const changed = [...examples];
  places.forEach((place, i) => {
    changed[place] = withTrace(examples[place], traceFrom(traces[partners[i]]));
  });
  return changed;
}

/** Words of each trace. */
function traceLengths(examples: readonly Example[]): number[] {
  return examples.map(({ completion }) => {
    const { trace } = splitCompletion(completion);
    return trace === '' ? 0 : trace.split(' ').length;
  });
}

/** @param trace words before `solution`, possibly none */
function withTrace(example: Example, trace: string): Example {
  return { ...example, completion: joinCompletion(trace, splitCompletion(example.completion).solution) };
}

/**
 * What the example's domain puts in the place of a trace.
 * @throws TracelabError CONDITION_DOMAIN
 */
function domainTrace(domain: Domain, example: Example, condition: Condition): DomainTrace {
  const name = isOwn(condition) ? null : nameAndRate(condition).name;
  const trace = name !== null && isDomainCondition(name) ? domain.conditions[name] : undefined;
  if (trace === undefined) throw conditionRefused(`example ${example.id}`, condition, domain);
  return trace;
}
