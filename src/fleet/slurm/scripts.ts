// The batch scripts of a sweep on Slurm, and the options that they are submitted with. Text alone: nothing is run here.
import { dirname } from 'node:path';
import type { JobArray } from './arrays.ts';

/** What all jobs of a sweep have in common. */
export interface JobSettings {
  /** Of the sweep. */
  readonly name: string;
  /** Absolute path of its folder. */
  readonly folder: string;
  /** Absolute path of its file, for the report. */
  readonly config: string;
  /** Starts tracelab: Node and its script. */
  readonly command: readonly string[];
  readonly partition?: string;
  readonly time?: TimeLimit;
}

/** A time limit as Slurm reads it, and what it means. */
export interface TimeLimit {
  readonly text: string;
  readonly seconds: number;
}

/** How often a task goes back into the queue because its time limit is near. Each time it has saved its state. */
const MOST_LIMITS = 100;
/** How often the process of a task may end by a signal or a crash: the bound of the local executor. */
const MOST_CRASHES = 3;
/** Between Slurm's warning and the time limit. Slurm may warn up to a minute earlier. */
const WARNING_SECONDS = 120;
/** Of the report. */
const REPORT_MEBIBYTES = 2048;

/** Below the sweep's folder: scripts, lists of tasks, what Slurm prints, how often a task was tried. */
export const SLURM_FOLDER = 'slurm';

/** A word of a shell command, whatever it contains. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Options of sbatch for an array, without its dependencies. */
export function arrayOptions(array: JobArray, settings: JobSettings): string[] {
  const { cores, mebibytes, ids, name } = array;
  const most = settings.time === undefined ? WARNING_SECONDS : Math.floor(settings.time.seconds / 4);
  return [
    ...commonOptions(settings, name, cores, mebibytes),
    `--array=1-${ids.length}`,
    '--requeue',
    `--signal=B:USR1@${Math.max(1, Math.min(WARNING_SECONDS, most))}`,
    '--output=out/%A_%a.txt',
  ];
}

/** Options of sbatch for the report, without its dependencies. */
export function reportOptions(settings: JobSettings): string[] {
  return [...commonOptions(settings, 'report', 1, REPORT_MEBIBYTES), '--requeue', '--output=out/%j-report.txt'];
}

/** The folder of output is relative to --chdir: a pattern of Slurm cannot hold every path. */
function commonOptions(settings: JobSettings, name: string, cores: number, mebibytes: number): string[] {
  const { partition, time, folder } = settings;
  return [
    '--parsable',
    `--job-name=${settings.name}-${name}`,
    `--chdir=${folder}/${SLURM_FOLDER}`,
    '--ntasks=1',
    `--cpus-per-task=${cores}`,
    `--mem=${mebibytes}M`,
    '--open-mode=append',
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(time === undefined ? [] : [`--time=${time.text}`]),
  ];
}

/** `--dependency`: begins when all of these have ended, however they ended. */
export function afterAny(jobs: readonly string[]): string[] {
  return jobs.length === 0 ? [] : [`--dependency=afterany:${jobs.join(':')}`];
}

/**
 * The script of the elements of all arrays; its argument is the name of the array. Ids of tasks have no character that
 * a shell or JSON would read.
 */
export function taskScript({ name, folder, command }: JobSettings): string {
  return `#!/bin/bash
# A task of the sweep ${name}. Its id is in the list of its array, in the line with the number of this element.
folder=${quoted(folder)}
id=$(sed -n "\${SLURM_ARRAY_TASK_ID}p" "$folder/${SLURM_FOLDER}/$1.ids")
tries=$folder/${SLURM_FOLDER}/tries/$id
log=$folder/logs/$id.log

say() { echo "job \${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID on $SLURMD_NODENAME: $1" | tee -a "$log"; }

# again WHY BOUND: puts this task back into the queue, but not more often than BOUND times for this reason. The count is
# a file: that of Slurm begins anew when its controller is started again.
again() {
  echo "$1" >>"$tries"
  [ "$(grep -c -x "$1" "$tries")" -lt "$2" ] || return 1
  say "$1, back into the queue"
  scontrol requeue "$SLURM_JOB_ID"
}

child=
warned=
# The time limit is near: the task saves its state.
trap 'warned=1; [ -z "$child" ] || kill -TERM "$child"' USR1
# Slurm sends SIGTERM to all processes of a job: the task saves its state, and this script waits for it.
trap : TERM
${command.map(quoted).join(' ')} task "$folder/graph.json" "$id" --fleet --threads "$SLURM_CPUS_PER_TASK" >>"$log" 2>&1 &
child=$!
# A trap ends wait early.
while wait "$child"; kill -0 "$child" 2>/dev/null; do :; done
wait "$child"
code=$?

if [ $code -eq 0 ]; then exit 0; fi
if [ -n "$warned" ]; then
  again 'time limit' ${MOST_LIMITS} || say 'the time limit came too often; the same sweep, given again, resumes here'
elif [ $code -gt 128 ] && [ $code -ne 143 ]; then
  again "ended with $code" ${MOST_CRASHES} || {
    say "ended with $code ${MOST_CRASHES} times: set aside"
    printf '{"code":"TASK_CRASHED","message":"error[TASK_CRASHED] %s: its process ended early ${MOST_CRASHES} times; expected a result, got exit code %s (hint: the log of the task has its last words)","exit_code":4}\\n' \\
      "$id" "$code" >"$folder/failures/$id.new" && mv "$folder/failures/$id.new" "$folder/failures/$id.json"
  }
fi
exit $code
`;
}

/** The script of the last job: tables and page of what is finished, and an exit code that says whether all is. */
export function reportScript({ name, config, folder, command }: JobSettings): string {
  return `#!/bin/bash
# Tables and page of the sweep ${name}.
exec ${command.map(quoted).join(' ')} sweep collect ${quoted(config)} --runs-dir ${quoted(dirname(folder))}
`;
}
