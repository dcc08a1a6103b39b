// What tables and figures call an intervention, and what it forces.
import { upperFirst } from './format.ts';

/** What is forced, by kind: the part of a name before `@`. */
const MEANINGS: Readonly<Record<string, string>> = {
  gold: 'A*’s trace of this maze',
  swapped: 'A*’s trace of another test maze',
  filler: 'the word `close`, as often as A*’s trace has words',
  empty: 'no trace at all',
  other: 'what another model wrote on this maze',
  truncated: 'the first share of the events of A*’s trace',
  'corrupted-kept': 'one event of A*’s trace replaced at this share of the trace, the rest kept',
  'corrupted-regenerated': 'one event of A*’s trace replaced at this share of the trace, the rest written by the model',
  early: 'the model’s own trace, cut after k records, well-formed or not, where it has as many',
  'early-share': 'the model’s own trace, cut at this share of its records',
};

/** Labels in a legend, of kinds with a parameter, and of the one that a command calls otherwise. */
const IN_LEGEND: Readonly<Record<string, string>> = {
  gold: 'Reference (`gold`)',
  truncated: 'Truncated to x %',
  'corrupted-kept': 'Corrupt x %, kept',
  'corrupted-regenerated': 'Corrupt x %, redone',
  early: 'Own trace, k records',
  'early-share': 'Own trace, x %',
};

/** `corrupted-kept@0.5` -> `Corrupt 50 %, kept`; short, because charts reserve room by the letter. */
export function interventionLabel(name: string): string {
  const [kind, value] = name.split('@') as [string, string | undefined];
  const at = value === undefined ? '' : `${Number((100 * Number(value)).toFixed(2))} %`;
  switch (kind) {
    case 'gold':
      return 'Reference';
    case 'truncated':
      return `Truncated to ${at}`;
    case 'corrupted-kept':
      return `Corrupt ${at}, kept`;
    case 'corrupted-regenerated':
      return `Corrupt ${at}, redone`;
    case 'early':
      return `Own trace, ${value ?? ''} ${value === '1' ? 'record' : 'records'}`;
    case 'early-share':
      return `Own trace, ${at}`;
    default:
      return upperFirst(kind);
  }
}

/** What each label means, every kind once: `Swapped: A*’s trace of another test maze; Empty: no trace at all`. */
export function interventionLegend(names: readonly string[]): string {
  return [...new Set(names.map((name) => name.split('@')[0]))]
    .map((kind) => `${IN_LEGEND[kind] ?? interventionLabel(kind)}: ${MEANINGS[kind]}`)
    .join('; ');
}
