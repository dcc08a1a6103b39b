// Interventions at test time: texts that replace the model's own trace in the trace section. Each is a pure
// function of the maze's texts, its parameter and the seed; running them is intervene.ts.
import { RandomSequence, STREAMS } from '../base/random.ts';
import { applyCondition } from '../domain/conditions/apply.ts';
import { domainOf } from '../domain/domains.ts';
import { splitCompletion } from '../domain/completion.ts';
import type { Example } from '../domain/types.ts';
import { parseCompletionLeniently } from '../domain/maze/verdict/parse.ts';

/**
 * The replacement of the model's own trace:
 * - gold: A*'s trace of this maze
 * - swapped: A*'s trace of another test maze, by one fixed exchange
 * - filler: `close` repeated to the number of words of A*'s trace
 * - empty: nothing
 * - truncated: the first share of A*'s events
 * - corrupted: one event of A*'s trace, at a share of the trace, becomes another event that is possible in this maze;
 *   the rest is kept, or written again by the model
 * - other: the trace that another model wrote for this maze
 * - early: the model's own trace, cut after a number of records (well-formed events or not), or at a share of them
 */
export type Intervention =
  | { readonly kind: 'gold' | 'swapped' | 'filler' | 'empty' | 'other' }
  | { readonly kind: 'truncated' | 'corrupted-kept' | 'corrupted-regenerated' | 'early-share'; readonly share: number }
  | { readonly kind: 'early'; readonly records: number };

/** Names of families with the interventions of each; other names are a family of one. */
export const INTERVENTION_FAMILIES: Readonly<Record<string, readonly string[]>> = {
  gold: ['gold'],
  swapped: ['swapped'],
  filler: ['filler'],
  empty: ['empty'],
  other: ['other'],
  truncated: ['truncated@0.25', 'truncated@0.5', 'truncated@0.75'],
  corrupted: [0.25, 0.5, 0.75].flatMap((share) => [`corrupted-kept@${share}`, `corrupted-regenerated@${share}`]),
  early: [
    ...[0, 1, 2, 4, 8, 16, 32].map((records) => `early@${records}`),
    ...[0.25, 0.5, 0.75, 1].map((share) => `early-share@${share}`),
  ],
};

/**
 * The first word of every trace of A*, in every domain. Models that trained on such events have seen it directly behind
 * the prompt, and all along the trace. `reasoning`, the word of the condition `filler`, is new in the trace's place to
 * all of them. `close` is new there to models of the filler conditions and of `solution-only`.
 */
const FILLER = 'close';

/** What a text must be to name interventions, for messages. */
const EXAMPLES_WITH_PARAMETER =
  'truncated@0.25, corrupted-kept@0.5, corrupted-regenerated@0.5, early@8, early-share@0.5';
export const INTERVENTION_EXPECTED = `some of ${Object.keys(INTERVENTION_FAMILIES).join(
  ', ',
)}, or one of them as ${EXAMPLES_WITH_PARAMETER}`;

/** The interventions of a family, or the one with this name; null for an unknown name. */
export function readInterventions(name: string): Intervention[] | null {
  const family = Object.hasOwn(INTERVENTION_FAMILIES, name) ? INTERVENTION_FAMILIES[name] : [name];
  const read = family.map(readIntervention);
  return read.every((each) => each !== null) ? read : null;
}

export function interventionName(intervention: Intervention): string {
  if ('share' in intervention) return `${intervention.kind}@${intervention.share}`;
  return intervention.kind === 'early' ? `early@${intervention.records}` : intervention.kind;
}

function readIntervention(name: string): Intervention | null {
  switch (name) {
    case 'gold':
    case 'swapped':
    case 'filler':
    case 'empty':
    case 'other':
      return { kind: name };
    default: {
      const match = /^(truncated|corrupted-kept|corrupted-regenerated|early-share|early)@(\d+(?:\.\d{1,4})?)$/.exec(
        name,
      );
      if (!match) return null;
      const value = Number(match[2]);
      const kind = match[1] as 'truncated' | 'corrupted-kept' | 'corrupted-regenerated' | 'early-share' | 'early';
      if (kind === 'early') return Number.isInteger(value) && value <= 10_000 ? { kind, records: value } : null;
      return value <= 1 ? { kind, share: value } : null;
    }
  }
}

/** What the model is given behind the prompt. */
export interface Forced {
  /** Words of the trace section, possibly none. */
  readonly trace: string;
  /** True: the model continues the trace. False: `solution` follows the trace, and the model only writes the plan. */
  readonly continues: boolean;
}

/** The texts that interventions are made of, one entry a maze in each list. */
export interface InterventionTexts {
  /** With correct completions. */
  readonly examples: readonly Example[];
  /** What the model wrote without intervention. */
  readonly own: readonly string[];
  /** What another model wrote; null when there is none. */
  readonly other: readonly string[] | null;
}

/**
 * The forced traces of all mazes; null where the intervention does not apply (the model's own trace has fewer records).
 * Throws TracelabError TOO_FEW_EXAMPLES (a single maze has no other to swap with), RangeError for `other` without
 * another model's texts.
 */
export function forcedTraces(
  intervention: Intervention,
  { examples, own, other }: InterventionTexts,
  seed: number,
): (Forced | null)[] {
  const given = (traces: readonly string[]): Forced[] => traces.map((trace) => ({ trace, continues: false }));
  switch (intervention.kind) {
    case 'gold':
      return given(examples.map(goldTrace));
    case 'swapped':
      return given(applyCondition(examples, 'swapped', seed).map(goldTrace));
    case 'filler':
      return given(examples.map((example) => goldTrace(example).replaceAll(/[^ ]+/g, FILLER)));
    case 'empty':
      return given(examples.map(() => ''));
    case 'other':
      if (other === null) throw new RangeError('forcedTraces: the texts of another model were not given');
      return given(other.map((completion) => ownRecords(completion).join(' ')));
    case 'truncated': {
      const { share } = intervention;
      return given(
        examples.map((example) => {
          const events = domainOf(example.domain).events(example);
          return events.slice(0, Math.floor(share * events.length)).join(' ');
        }),
      );
    }
    case 'corrupted-kept':
    case 'corrupted-regenerated': {
      const { kind, share } = intervention;
      return examples.map((example, i) => {
        const records = corruptedRecords(example, share, new RandomSequence(seed, STREAMS.corruption, i));
        return kind === 'corrupted-kept'
          ? { trace: records.all.join(' '), continues: false }
          : { trace: records.all.slice(0, records.at + 1).join(' '), continues: true };
      });
    }
    case 'early': {
      return own.map((completion) => {
        const records = ownRecords(completion);
        return records.length < intervention.records
          ? null
          : { trace: records.slice(0, intervention.records).join(' '), continues: false };
      });
    }
    case 'early-share': {
      const { share } = intervention;
      return given(
        own.map((completion) => {
          const records = ownRecords(completion);
          return records.slice(0, Math.floor(share * records.length)).join(' ');
        }),
      );
    }
    default:
      return intervention satisfies never;
  }
}

/** Words after the prompt: `trace solution`, or the trace alone if the model continues it. */
export function forcedWords({ trace, continues }: Forced): string {
  return [...(trace === '' ? [] : [trace]), ...(continues ? [] : ['solution'])].join(' ');
}

/** The records of a model's trace, as it wrote them: all before the first `solution`. */
export function ownRecords(completion: string): string[] {
  const words = completion.split(' ');
  const end = words.indexOf('solution');
  return parseCompletionLeniently((end < 0 ? words : words.slice(0, end)).join(' ')).words.map((record) =>
    record.join(' '),
  );
}

function goldTrace({ completion }: Example): string {
  return splitCompletion(completion).trace;
}

/**
 * A*'s trace with one event replaced, and the index of this event.
 * @param share 0 the first event, 1 the last
 */
function corruptedRecords(
  example: Example,
  share: number,
  random: RandomSequence,
): { readonly all: readonly string[]; readonly at: number } {
  const domain = domainOf(example.domain);
  const { length } = domain.events(example);
  const replace = domain.conditions['random-events'];
  if (replace === undefined) throw new Error(`the domain ${domain.name} has no random events`);
  const at = Math.min(length - 1, Math.floor(share * length));
  const touched = new Uint8Array(length);
  touched[at] = 1;
  return {
    all: parseCompletionLeniently(replace(example, random, touched)).words.map((record) => record.join(' ')),
    at,
  };
}
