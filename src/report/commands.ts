// The exact commands of a report: what repeats the study, and each of its later parts alone on what the study has left
// in its run directory.
import { basename, dirname, join } from 'node:path';
import type { Condition } from '../domain/conditions/condition.ts';
import { checkpointDirectory } from '../model/kept-checkpoints.ts';
import { idleFor, RL_DEFAULTS, RL_KEYS } from '../rl/config.ts';
import { rlSettings } from '../study/config-sections.ts';
import type { ConditionResult, StudyResults } from '../study/results.ts';
import type { Arm } from '../tasks/arm.ts';

/** Folder of run directories where none is named. */
const RUNS = 'runs';

/** Where a study's run directory is when nobody said otherwise. */
export function defaultRunPath({ study }: Pick<StudyResults, 'study'>): string {
  return join(RUNS, study);
}

/** An argument as a POSIX shell reads it back; a path that begins with a hyphen is no option. */
export function shellWord(text: string): string {
  const word = text.startsWith('-') ? `./${text}` : text;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Runs the configuration that the report shows, saved in the current folder.
 * @param runPath run directory, as one would type it
 */
export function studyCommand({ study }: StudyResults, runPath: string): string {
  const runs = dirname(runPath);
  // A run directory under another name was moved: a study would not find it.
  const flag = runs === RUNS || basename(runPath) !== study ? '' : ` --runs-dir ${shellWord(runs)}`;
  return `npx tracelab study ${shellWord(`./${study}.yaml`)}${flag}`;
}

/** The command that repeats the analysis of lengths of a study. */
export function lengthsCommand(results: StudyResults, runPath: string): string {
  return `npx tracelab analyse lengths ${shellWord(runPath)} --html lengths.html${domainFlag(results)}`;
}

/** One a run of reinforcement learning; none without its settings. */
export function rlCommands(results: StudyResults, runPath: string): string[] {
  const { rl = [], config } = results;
  if (config.rl === undefined) return [];
  const settings = rlSettings(config.rl);
  const changed = RL_KEYS.filter((key) => settings[key] !== RL_DEFAULTS[key] && idleFor(key, settings) === null);
  const flags = [
    ...changed.map((key) => `--${key.replaceAll('_', '-')} ${settings[key]}`),
    `--eval-mazes ${config.rl.curve_mazes} --eval-prompts ${config.rl.curve_prompts}${domainFlag(results)}`,
  ].join(' ');
  return rl.map(
    ({ condition, seed, start, start_step: step }) =>
      `npx tracelab rl ${modelAndData(results, runPath, { condition, seed, step })} ${flags} --seed ${seed} --out ` +
      `${outside(runPath, `${condition}-seed${seed}${start === 'early' ? '-early' : ''}-rl`)}`,
  );
}

/** One a model whose trace was forced. */
export function interveneCommands(results: StudyResults, runPath: string): string[] {
  const { kinds = [], mazes = 0, distributions = [] } = results.config.interventions ?? {};
  return (results.interventions ?? []).map(({ condition, seed, other }) => {
    const forced = other === null ? '' : ` --other ${cellPath(runPath, runOf(results, other, seed)?.test_cell)}`;
    return (
      `npx tracelab intervene ${modelAndData(results, runPath, { condition, seed })}${forced} --distribution ` +
      `${distributions.join(' ')} --interventions ${kinds.join(',')} --mazes ${mazes} --seed ${seed} --out ` +
      `${outside(runPath, `${condition}-seed${seed}-interventions`)}`
    );
  });
}

/** One a model whose traces were measured. */
export function informationCommands(results: StudyResults, runPath: string): string[] {
  const { mazes = 0, events = 0, distributions = [] } = results.config.information ?? {};
  return (results.information ?? []).map(
    ({ condition, seed }) =>
      `npx tracelab intervene ${modelAndData(results, runPath, { condition, seed })} --information ` +
      `--events ${events} --distribution ${distributions.join(' ')} --mazes ${mazes} --seed ${seed} --out ` +
      `${outside(runPath, `${condition}-seed${seed}-information`)}`,
  );
}

/** Arguments that name a model, its last checkpoint or that of `step`, and the data, as the study left them. */
function modelAndData(
  results: StudyResults,
  runPath: string,
  { condition, seed, step }: Arm & { readonly step?: number },
): string {
  const cell = runOf(results, condition, seed)?.cell ?? '';
  return `${cellPath(runPath, step === undefined ? cell : checkpointDirectory(cell, step))} --data ${cellPath(
    runPath,
    results.dataset.cell,
  )}`;
}

/** Of a study of a domain from outside, with a space before it. */
function domainFlag({ config: { domain_module } }: StudyResults): string {
  return domain_module === undefined ? '' : ` --domain-module ${shellWord(domain_module.module)}`;
}

function cellPath(runPath: string, cell = ''): string {
  return shellWord(join(runPath, '..', 'cells', cell));
}

/** A new run directory next to the study's own. */
function outside(runPath: string, name: string): string {
  return shellWord(join(runPath, '..', name));
}

function runOf({ conditions }: StudyResults, condition: Condition, seed: number): ConditionResult | undefined {
  return conditions.find((each) => each.condition === condition && each.seed === seed);
}
