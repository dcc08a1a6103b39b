// The plan of a study as text: a table of its tasks, and one line for the start of a run.
import type { Load } from '../host/load.ts';
import { duration, integer, magnitude } from '../report/format.ts';
import type { PlannedTask, StudyPlan } from '../study/plan.ts';
import { alignColumns, bytesText, flopsText, printable } from './text.ts';

/** Share of the cores that others may use without a word. */
const QUIET = 0.1;

/** Everything that `--plan` prints. */
export function planText(plan: StudyPlan, load: Load): string {
  const { speeds, memory, slots, tasks } = plan;
  const rows = [
    ['task', 'tokens', 'operations', 'one thread', 'threads', 'because of'],
    ...tasks.map((task) => [
      task.id,
      amount(task),
      task.flops === 0 ? '-' : flopsText(task.flops),
      task.finished ? 'done' : duration(task.seconds),
      task.finished ? '-' : String(task.threads),
      task.finished ? '-' : task.limited_by,
    ]),
  ];
  const parts = [...memory.parts]
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ name, bytes }) => `${name} ${bytesText(bytes)}`)
    .join(', ');
  return printable(
    [
      `study ${plan.study}: ${tasks.length} tasks, ${integer(plan.parameters)} parameters, vocabulary of ${plan.vocabulary} words`,
      '',
      ...alignColumns(rows),
      '',
      `In all ${magnitude(plan.training_tokens)} training tokens, ${flopsText(plan.flops)}.`,
      'Speed of one thread here, measured just now:',
      ...speeds.map(
        ({ traces, training_tokens_per_second, decode_tokens_per_second }) =>
          `  ${traces ? 'with traces' : 'without traces'}: ${integer(training_tokens_per_second)} training tokens/s, ${integer(decode_tokens_per_second)} generated tokens/s`,
      ),
      `A training on one thread takes ${bytesText(memory.bytes)} of at most 4.00 GiB (${parts}).`,
      `All tasks together may use ${slots.threads} thread${slots.threads === 1 ? '' : 's'} and ${bytesText(slots.bytes)}.`,
      ...busyText(load),
      `Lengths come from a sample of problems. What is left takes ${rangeText(plan)}.`,
      '',
    ].join('\n'),
  );
}

/** What a run says before it starts. */
export function startText(plan: StudyPlan, load: Load): string {
  const left = plan.tasks.filter(({ finished }) => !finished).length;
  const tasks = left === plan.tasks.length ? `${left} tasks` : `${left} of ${plan.tasks.length} tasks left`;
  const threads = `${plan.slots.threads} thread${plan.slots.threads === 1 ? '' : 's'}`;
  const what = `${tasks}, ${magnitude(plan.training_tokens)} training tokens, ${flopsText(plan.flops)}`;
  return [
    `study ${plan.study}: ${rangeText(plan)} on ${threads} (${what}). Ctrl-C stops it; the same command resumes it.`,
    ...busyText(load),
  ].join('\n');
}

function rangeText({ seconds: { low, high } }: StudyPlan): string {
  return duration(low) === duration(high) ? `about ${duration(high)}` : `${duration(low)} to ${duration(high)}`;
}

function busyText({ others, steal, cores }: Load): string[] {
  const busy = (others ?? 0) + (steal ?? 0);
  return busy < QUIET
    ? []
    : [`warning: other programs use ${(busy * cores).toFixed(1)} of ${cores} cores; times may be longer`];
}

function amount({ unit, tokens }: PlannedTask): string {
  return unit === 'problems' ? `${integer(tokens)} problems` : magnitude(tokens);
}
