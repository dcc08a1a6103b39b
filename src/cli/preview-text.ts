// An example beside what a condition makes of it, for the terminal: an event a line, changes marked, prompt and plan once, verdicts below.
import { styleText } from 'node:util';
import { conditionLabel, conditionMeaning, searchOf } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { parsePrompt, splitCompletion } from '../domain/grammar.ts';
import type { Example } from '../domain/types.ts';
import { judge } from '../domain/verdict/judge.ts';
import { judgeSearch } from '../domain/verdict/search.ts';
import { printable, wrap } from './text.ts';

export interface Preview {
  readonly condition: Condition;
  readonly seed: number;
  readonly original: Example;
  readonly changed: Example;
}

/** Two events side by side; one of them may be missing. */
interface Line {
  readonly left: string;
  readonly mark: ' ' | '~' | '-' | '+';
  readonly right: string;
}

const EVENT_WORDS = 5;
const COLORS = { '~': 'yellow', '-': 'red', '+': 'green' } as const;

/** @param width columns of the terminal @param color whether it shows colours */
export function previewText({ condition, seed, original, changed }: Preview, width: number, color: boolean): string {
  const paint = (format: Parameters<typeof styleText>[0], text: string): string => (color ? styleText(format, text, { validateStream: false }) : text);
  const { trace, solution } = splitCompletion(original.completion);
  const lines = aligned(eventsOf(trace), eventsOf(splitCompletion(changed.completion).trace));
  // Two columns, three characters between them for the mark; the right one takes what the left one does not need.
  const most = Math.max(12, Math.floor((width - 5) / 2));
  const leftWidth = Math.min(most, Math.max('correct'.length, ...lines.map(({ left }) => left.length)));
  const shown = lines.map(({ left, mark, right }) => {
    const row = `  ${clip(left, most).padEnd(leftWidth)} ${mark} ${clip(right, width - leftWidth - 5)}`.trimEnd();
    return mark === ' ' ? row : paint(COLORS[mark], row);
  });
  const section = (title: string, text: string): string[] => [title, ...wrap(text, width, 2)];
  return [
    paint('bold', original.id),
    ...wrap(`${conditionLabel(condition)}: ${conditionMeaning(condition)}; seed ${seed}`, width),
    '',
    ...section('prompt, unchanged', printable(original.prompt)),
    '',
    paint('bold', `  ${'correct'.padEnd(leftWidth)}   ${condition}`),
    ...shown,
    '',
    ...section('plan, unchanged', printable(solution)),
    '',
    ...wrap(counts(lines), width),
    ...wrap(`correct: ${verdictWords(original)}`, width),
    ...wrap(`${condition}: ${verdictWords(changed)}${searchWords(condition, changed)}`, width),
    '',
  ].join('\n');
}

function eventsOf(trace: string): string[] {
  const words = trace === '' ? [] : printable(trace).split(' ');
  return Array.from({ length: Math.ceil(words.length / EVENT_WORDS) }, (_, i) => words.slice(i * EVENT_WORDS, (i + 1) * EVENT_WORDS).join(' '));
}

/** Gaps where events were only left out, else event beside event. */
function aligned(left: readonly string[], right: readonly string[]): Line[] {
  let kept = 0;
  const gaps = left.map((event): Line => {
    if (event !== right[kept]) return { left: event, mark: '-', right: '' };
    kept += 1;
    return { left: event, mark: ' ', right: event };
  });
  if (kept === right.length) return gaps;
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i): Line => {
    const a = left.at(i) ?? '', b = right.at(i) ?? '';
    return { left: a, mark: a === b ? ' ' : b === '' ? '-' : a === '' ? '+' : '~', right: b };
  });
}

function counts(lines: readonly Line[]): string {
  const of = (mark: Line['mark']): number => lines.filter((line) => line.mark === mark).length;
  const before = lines.length - of('+');
  return `${before} events, ${lines.length - of('-')} afterwards: ${of(' ')} the same, ${of('~')} other (~), ${of('-')} gone (-), ${of('+')} more (+)`;
}

function verdictWords({ prompt, completion, size, generator }: Example): string {
  const { paper, strict, exact, plan, records } = judge(parsePrompt(prompt, size, generator), completion);
  const level = ({ valid, rule, record = 0 }: typeof paper): string => (valid ? 'valid' : `${rule ?? ''} ${record < records ? `at event ${record + 1}` : 'at the end'}`);
  const planWords = plan.optimal ? 'optimal' : plan.valid ? 'valid' : plan.error ?? '';
  return records === 0 ? `plan ${planWords}, no trace` : `plan ${planWords}; as a trace of A*: strict ${level(strict)}, paper ${level(paper)}${exact ? ', exact' : ''}`;
}

/** What the validator of its own search says of another algorithm's trace. */
function searchWords(condition: Condition, { prompt, completion, size, generator }: Example): string {
  const search = searchOf(condition);
  if (search === undefined) return '';
  const { strict: { valid, rule, record = 0 }, exact } = judgeSearch(parsePrompt(prompt, size, generator), completion, search);
  return `; as a trace of ${search}: strict ${valid ? 'valid' : `${rule ?? ''} at event ${record + 1}`}${exact ? ', exact' : ''}`;
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
