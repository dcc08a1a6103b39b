// The plan of a study as text: a table of its cells, and one line for the start of a run.
import { duration, integer, magnitude } from '../report/format.ts';
import type { PlannedCell, StudyPlan } from '../study/plan.ts';
import { alignColumns, bytesText, flopsText, printable } from './text.ts';

/** Everything that `--plan` prints. */
export function planText(plan: StudyPlan): string {
  const { speeds, memory } = plan;
  const rows = [
    ['cell', 'tokens', 'operations', 'time here'],
    ...plan.cells.map((cell) => [
      cell.label,
      amount(cell),
      cell.flops === 0 ? '-' : flopsText(cell.flops),
      cell.finished ? 'done' : duration(cell.seconds),
    ]),
    ['in all', `${magnitude(plan.training_tokens)} trained`, flopsText(plan.flops), duration(plan.seconds)],
  ];
  const parts = [...memory.parts]
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ name, bytes }) => `${name} ${bytesText(bytes)}`)
    .join(', ');
  return printable(
    [
      `study ${plan.study}: ${plan.cells.length} cells, ${integer(plan.parameters)} parameters, vocabulary of ${plan.vocabulary} words`,
      '',
      ...alignColumns(rows),
      '',
      `Speed here, measured just now on ${plan.threads} thread${plan.threads === 1 ? '' : 's'}:`,
      ...speeds.map(
        ({ traces, training_tokens_per_second, decode_tokens_per_second }) =>
          `  ${traces ? 'with traces' : 'without traces'}: ${integer(training_tokens_per_second)} training tokens/s, ${integer(decode_tokens_per_second)} generated tokens/s`,
      ),
      `Memory of the core: ${bytesText(memory.bytes)} of at most 4.00 GiB (${parts}).`,
      `Tokens of trace and plan lengths come from a sample of problems; time is what is left to do: about ${duration(plan.seconds)}.`,
      '',
    ].join('\n'),
  );
}

/** What a run says before it starts. */
export function startText(plan: StudyPlan): string {
  const left = plan.cells.filter(({ finished }) => !finished).length;
  const cells = left === plan.cells.length ? `${left} cells` : `${left} of ${plan.cells.length} cells left`;
  return `study ${plan.study}: about ${duration(plan.seconds)} on ${plan.threads} thread${plan.threads === 1 ? '' : 's'} (${cells}, ${magnitude(plan.training_tokens)} training tokens, ${flopsText(plan.flops)}). Ctrl-C stops it; the same command goes on.`;
}

function amount({ kind, tokens }: PlannedCell): string {
  return kind === 'data' ? `${integer(tokens)} problems` : magnitude(tokens);
}
