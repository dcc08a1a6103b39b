// An example before and after a condition, for the terminal: one event per line, changes marked, prompt and plan once,
// verdicts below.
import { styleText } from 'node:util';
import { conditionLabel, conditionMeaning, searchOf } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { domainOf } from '../domain/domains.ts';
import { splitCompletion } from '../domain/completion.ts';
import type { Example } from '../domain/types.ts';
import { printable, wrap } from '../render/terminal-text.ts';

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

const COLORS = { '~': 'yellow', '-': 'red', '+': 'green' } as const;

/**
 * @param width columns of the terminal
 * @param color whether it shows colours
 */
export function previewText({ condition, seed, original, changed }: Preview, width: number, color: boolean): string {
  const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(format, text, { validateStream: false }) : text;
  const { trace, solution } = splitCompletion(original.completion);
  const domain = domainOf(original.domain);
  const lines = aligned(
    eventsOf(trace, domain.eventWords),
    eventsOf(splitCompletion(changed.completion).trace, domain.eventWords),
  );
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
    ...wrap(`${conditionLabel(condition)}: ${conditionMeaning(condition, domain.words)}; seed ${seed}`, width),
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

function eventsOf(trace: string, eventWords: number): string[] {
  const words = trace === '' ? [] : printable(trace).split(' ');
  return Array.from({ length: Math.ceil(words.length / eventWords) }, (_, i) =>
    words.slice(i * eventWords, (i + 1) * eventWords).join(' '),
  );
}

/** Lines with gaps if events were only left out; otherwise events are paired by their index. */
function aligned(left: readonly string[], right: readonly string[]): Line[] {
  let kept = 0;
  const gaps = left.map((event): Line => {
    if (event !== right[kept]) return { left: event, mark: '-', right: '' };
    kept += 1;
    return { left: event, mark: ' ', right: event };
  });
  if (kept === right.length) return gaps;
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i): Line => {
    const a = left.at(i) ?? '',
      b = right.at(i) ?? '';
    return { left: a, mark: a === b ? ' ' : b === '' ? '-' : a === '' ? '+' : '~', right: b };
  });
}

function counts(lines: readonly Line[]): string {
  const of = (mark: Line['mark']): number => lines.filter((line) => line.mark === mark).length;
  const before = lines.length - of('+');
  return (
    `${before} events, ${lines.length - of('-')} afterwards: ${of(' ')} the same, ${of('~')} other (~), ` +
    `${of('-')} gone (-), ${of('+')} more (+)`
  );
}

function verdictWords(example: Example): string {
  const domain = domainOf(example.domain);
  const { paper, strict, exact, plan, records } = domain.judge(example);
  const level = ({ valid, rule, record = 0 }: typeof paper): string =>
    valid ? 'valid' : `${rule ?? ''} ${record < records ? `at event ${record + 1}` : 'at the end'}`;
  const planWords = plan.optimal ? 'optimal' : plan.valid ? 'valid' : (plan.error ?? '');
  return records === 0
    ? `plan ${planWords}, no trace`
    : `plan ${planWords}; as a trace of ${domain.words.search}: strict ${level(strict)}, paper ${level(paper)}` +
        (exact ? ', exact' : '');
}

/** What the validator of its own search says of another algorithm's trace. */
function searchWords(condition: Condition, example: Example): string {
  const search = searchOf(condition);
  const verdict = search && domainOf(example.domain).judgeSearch?.(example, search);
  if (!verdict) return '';
  const {
    strict: { valid, rule, record = 0 },
    exact,
  } = verdict;
  return (
    `; as a trace of ${search}: strict ` +
    `${valid ? 'valid' : `${rule ?? ''} at event ${record + 1}`}${exact ? ', exact' : ''}`
  );
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
