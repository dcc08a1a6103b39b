// The plan of a study as text: its tasks in groups, what limits them, and the time; and the lines before a run starts.
import type { OtherLoad } from '../host/load.ts';
import { integer, list, magnitude } from '../tables/format.ts';
import type { PlannedTask, Planned, StudyPlan } from '../study/plan.ts';
import { layersWords } from '../tables/phase.ts';
import { MEMORY_CEILING } from '../tasks/facts.ts';
import type { Estimate } from '../work/kind.ts';
import { otherProgramsWarning, planTable, planTime, threadWords, type ThreadLimit } from './display/plan-words.ts';
import { rangeWords } from './display/time-left.ts';
import { bytesText, counted, flopsText, printable, wrap } from '../render/terminal-text.ts';

const WIDTH = 80;

/** Everything that `--plan` prints, at most 80 columns wide. */
export function planText({ plan, estimates, load }: Planned): string {
  const { study, parameters, vocabulary, phase_models, memory, slots, tasks } = plan;
  const paragraph = (text: string, indent = 0): string[] => wrap(text, WIDTH, indent);
  const parts = [...memory.parts]
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ name, bytes }) => `${name} ${bytesText(bytes)}`)
    .join(', ');
  const left = tasks.filter(({ finished }) => !finished);
  return printable(
    [
      ...paragraph(
        `study ${study}: ${counted(tasks.length, 'task')}, ${integer(parameters)} parameters, vocabulary of ` +
          `${vocabulary} words`,
      ),
      ...(phase_models.length < 2
        ? []
        : paragraph(
            `Models of the phase diagram: ${list(
              phase_models.map((each) => `${layersWords(each.layers)} ${integer(each.parameters)} parameters`),
            )}.`,
          )),
      '',
      ...planTable(tasks, WIDTH),
      '',
      ...paragraph(`In all ${magnitude(plan.training_tokens)} training tokens, ${flopsText(plan.flops)}.`),
      'Tokens of data are problems. CPU time is that of one thread.',
      'Speed of one thread here, measured just now:',
      ...plan.speeds.flatMap(({ traces, training_tokens_per_second, decode_tokens_per_second }) =>
        paragraph(
          `${traces ? 'with traces' : 'without traces'}: ${integer(training_tokens_per_second)} training ` +
            `tokens/s, ${integer(decode_tokens_per_second)} generated tokens/s`,
          2,
        ),
      ),
      ...paragraph(
        `A training on one thread takes ${bytesText(memory.bytes)} of at most ${bytesText(MEMORY_CEILING)} (${parts}).`,
      ),
      ...paragraph(`All tasks together may use ${counted(slots.threads, 'thread')} and ${bytesText(slots.bytes)}.`),
      ...threadLines(left, estimates, plan),
      ...(left.length === 0
        ? ['Nothing is left to do.']
        : planTime({ ...plan.seconds, why: reasons(plan) }, slots.threads, WIDTH)),
      ...loadLines(load, plan),
      '',
    ].join('\n'),
  );
}

/** What a run says before it starts, at most 80 columns wide. */
export function startText({ plan, load }: Pick<Planned, 'plan' | 'load'>, noun = 'study'): string {
  const left = plan.tasks.filter(({ finished }) => !finished).length;
  const tasks =
    left === plan.tasks.length ? counted(left, 'task') : `${left} of ${counted(plan.tasks.length, 'task')} left`;
  const what = `${tasks}, ${magnitude(plan.training_tokens)} training tokens, ${flopsText(plan.flops)}`;
  const time = `about ${rangeWords(plan.seconds)} on ${counted(plan.slots.threads, 'thread')}`;
  return printable(
    [
      ...wrap(`${noun} ${plan.study}: ${time} (${what}). Ctrl-C stops it; run the same command to resume.`, WIDTH),
      ...loadLines(load, plan),
    ].join('\n'),
  );
}

/** A line for all kinds that get the same number of threads for the same reason. */
function threadLines(
  left: readonly PlannedTask[],
  estimates: ReadonlyMap<string, Estimate>,
  { slots }: StudyPlan,
): string[] {
  const kinds = new Map<string, Set<string>>();
  for (const task of left) {
    const estimate = estimates.get(task.id);
    if (!estimate) continue;
    const words = threadWords(task.threads, limitOf(task, estimate, slots));
    kinds.set(words, (kinds.get(words) ?? new Set()).add(task.kind));
  }
  return [...kinds].flatMap(([words, names]) => wrap(`${list([...names])}: ${words}`, WIDTH, 2));
}

function limitOf(
  { threads, limited_by, bytes }: PlannedTask,
  estimate: Estimate,
  slots: StudyPlan['slots'],
): ThreadLimit {
  const next = estimate.threads.find((useful) => useful > threads);
  switch (limited_by) {
    case 'cores':
      return next === undefined || next > slots.threads ? { by: 'threads', threads: slots.threads } : { by: 'tasks' };
    case 'jobs':
      return { by: 'jobs', jobs: slots.jobs };
    case 'memory':
      return {
        by: 'memory',
        bytes,
        more: next === undefined ? null : { threads: next, bytes: estimate.bytes(next) },
        there: slots.bytes,
      };
    case 'usefulness':
      return estimate.addressBound === true ? { by: 'address', there: MEMORY_CEILING } : { by: 'use' };
    default:
      return limited_by satisfies never;
  }
}

/** Why the time is a range. */
function reasons({ slots }: StudyPlan): string[] {
  const sample = ['lengths come from a sample of problems', 'speeds were measured for a few seconds'];
  return slots.threads === 1 ? sample : [...sample, 'tasks side by side slow each other down'];
}

function loadLines(load: OtherLoad | null, { slots }: StudyPlan): string[] {
  const warning = otherProgramsWarning(load, slots.threads);
  return warning === null ? [] : wrap(`warning: ${warning}`, WIDTH);
}
