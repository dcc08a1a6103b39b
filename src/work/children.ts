// Child processes that perform tasks: started when needed, reused, replaced when they have grown, ended when they are
// silent.
import { type ChildProcess, fork } from 'node:child_process';
import { EXIT_CODES } from '../base/errors.ts';
import { type Shortage, shortageOfProcess } from '../base/process-limits.ts';
import type { TaskFailure } from './executor.ts';
import { type Failed, failedBy } from './failure.ts';
import type { ToChild, ToParent } from './messages.ts';
import type { TaskHooks } from './perform.ts';
import type { Assignment, Attempt, Outcome, Performer } from './performer.ts';
import { processorSeconds, Silence } from './silence.ts';
import { appendLog } from './task-log.ts';

/** How to start a child. */
export interface ChildEntry {
  /** A module that awaits `serveTasks` and exits then. */
  readonly entry: URL;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Default: those of this process. */
  readonly execArgv?: readonly string[];
  /** Sent to each child before its first task; a structured clone. */
  readonly init?: unknown;
}

export interface ChildLimits {
  /** A child that sends nothing for so long, as silence.ts counts, is ended: its main thread is in an endless loop. */
  readonly silenceSeconds: number;
  /** A child whose resident memory is larger after a task is replaced: memories of WebAssembly are freed late. */
  readonly residentBytes: number;
  /** What an idle child has to end by itself. */
  readonly endSeconds: number;
}

export const CHILD_LIMITS: ChildLimits = { silenceSeconds: 30, residentBytes: 256 * 2 ** 20, endSeconds: 2 };

interface Job {
  readonly assignment: Assignment;
  readonly hooks: TaskHooks;
  readonly resolve: (outcome: Outcome) => void;
}

/** Performs tasks in child processes; an idle child is used again. */
export function childPerformer(
  entry: ChildEntry,
  limits: ChildLimits = CHILD_LIMITS,
  logOf?: (id: string) => string,
): Performer {
  const children = new Set<Child>();
  // Counts ticks, not time: a parent that was asleep or busy itself finds no child guilty.
  const ticks = setInterval(() => {
    for (const child of children) child.tick();
  }, 1000);
  ticks.unref();
  const start = (): Child => {
    const child = new Child(entry, limits, logOf);
    children.add(child);
    void child.gone.then(() => children.delete(child));
    return child;
  };
  return {
    perform: (assignment, hooks) => {
      try {
        const idle = [...children].find((each) => each.idle);
        const shortage = idle ? undefined : shortageOfProcess();
        if (shortage) return refusedAttempt(startFailure(assignment.task.id, shortage));
        return (idle ?? start()).perform(assignment, hooks);
      } catch (error) {
        // The system gives no more processes or memory.
        return refusedAttempt(failedBy(error));
      }
    },
    endIdle: (bytes) => {
      let held = 0;
      for (const child of [...children].filter(({ idle }) => idle)) {
        if (held + child.bytes > bytes) child.end();
        else held += child.bytes;
      }
    },
    close: async () => {
      for (const child of children) child.end();
      await Promise.all([...children].map(async (child) => child.gone));
      clearInterval(ticks);
    },
  };
}

/** An attempt that failed before there was a process. */
function refusedAttempt(failed: Failed): Attempt {
  const outcome: Outcome = { outcome: 'failed', ...failed };
  return { outcome: Promise.resolve(outcome), stop: () => undefined, kill: () => undefined };
}

function startFailure(where: string, { expected, got, hint }: Shortage): Failed {
  const message =
    `error[TASK_START] ${where}: the system refuses a process for the task; expected ${expected}, got ${got} ` +
    `(hint: ${hint}, or give fewer --jobs)`;
  const failure: TaskFailure = { code: 'TASK_START', message, exit_code: EXIT_CODES.environment };
  return { failure, final: false, details: '' };
}

class Child {
  readonly #process: ChildProcess;
  readonly #limits: ChildLimits;
  /** Resolves when the process has ended and all that it sent has been read. */
  readonly gone: Promise<void>;
  #job: Job | undefined;
  #log: string | undefined;
  readonly #logOf: ((id: string) => string) | undefined;
  /** Resident after its last task. */
  #bytes = 0;
  readonly #silence = new Silence();
  #silenced = false;
  #ending = false;
  #leaving = false;

  constructor({ entry, args, env, execArgv, init }: ChildEntry, limits: ChildLimits, logOf?: (id: string) => string) {
    this.#limits = limits;
    this.#logOf = logOf;
    const child = fork(entry, [...(args ?? [])], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...(env && { env }),
      ...(execArgv && { execArgv: [...execArgv] }),
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data: Uint8Array) => {
        if (this.#log !== undefined) appendLog(this.#log, data);
      });
    }
    child.on('message', (message: ToParent) => this.#hear(message));
    let broken: Error | undefined;
    this.gone = goneOf(child, (error) => (broken = error)).then(() => {
      this.#ending = true;
      // It was asked to end, and it did, if not with its task: that is no fault of the task.
      if (this.#leaving) this.#settle({ outcome: 'stopped' });
      else this.#settle({ outcome: 'failed', final: false, details: '', failure: this.#crash(broken) });
    });
    this.#send({ type: 'init', init });
  }

  get idle(): boolean {
    return this.#job === undefined && !this.#ending && this.#process.connected;
  }

  get bytes(): number {
    return this.#bytes;
  }

  perform(assignment: Assignment, hooks: TaskHooks): Attempt {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const { id } = assignment.task;
    this.#silence.heard();
    this.#job = { assignment, hooks, resolve };
    this.#log = this.#logOf?.(id);
    this.#send({ type: 'task', ...assignment });
    return {
      outcome: promise,
      stop: () => this.#send({ type: 'stop', id }),
      kill: () => {
        if (this.#job?.resolve === resolve) this.#kill();
      },
    };
  }

  /** Once a second. */
  tick(): void {
    if (!this.#job) return;
    if (!this.#silence.tick(processorSeconds(this.#process.pid), this.#limits.silenceSeconds)) return;
    this.#silenced = true;
    this.#kill();
  }

  /** Ends an idle child; one that is at work stops at its next safe point, if that comes in time. */
  end(): void {
    this.#ending = true;
    this.#send({ type: 'end' });
    const timer = setTimeout(() => this.#kill(), this.#limits.endSeconds * 1000);
    void this.gone.then(() => clearTimeout(timer));
  }

  #kill(): void {
    this.#ending = true;
    this.#process.kill('SIGKILL');
  }

  #send(message: ToChild): void {
    // A channel that breaks means that the process is ending, which `gone` reports.
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  #hear(message: ToParent): void {
    this.#silence.heard();
    if (message.type === 'leaving') this.#ending = this.#leaving = true;
    if (message.type === 'beat' || message.type === 'leaving' || message.id !== this.#job?.assignment.task.id) return;
    const { hooks } = this.#job;
    switch (message.type) {
      case 'watches':
        hooks.watches(message.owner);
        break;
      case 'leased':
        hooks.leased();
        break;
      case 'progress':
        hooks.progress(message.progress);
        break;
      case 'said':
        hooks.said(message.text, message.level);
        break;
      case 'ended':
        this.#bytes = message.bytes;
        if (message.bytes > this.#limits.residentBytes) this.end();
        this.#settle(message.outcome);
        break;
    }
  }

  #settle(outcome: Outcome): void {
    const job = this.#job;
    this.#job = undefined;
    job?.resolve(outcome);
  }

  #crash(broken: Error | undefined): TaskFailure {
    const where = this.#job?.assignment.task.id ?? 'task';
    if (this.#silenced) {
      const message =
        `error[TASK_SILENT] ${where}: its process gave no sign of life and was ended; expected one every second, ` +
        `got none for ${this.#silence.seconds} s`;
      return { code: 'TASK_SILENT', message, exit_code: EXIT_CODES.bug };
    }
    if (broken) {
      const got = (broken as NodeJS.ErrnoException).code ?? broken.message;
      const hint = 'raise the limits of open files (ulimit -n) and processes (ulimit -u)';
      return startFailure(where, { expected: 'files, processes and memory for it', got, hint }).failure;
    }
    const { exitCode, signalCode } = this.#process;
    const end = signalCode === null ? `exit code ${exitCode ?? 'unknown'}` : `signal ${signalCode}`;
    // Node and V8 abort, or trap, where they get no thread, address or memory.
    const memory = /^SIG(?:KILL|ABRT|TRAP)$/.test(signalCode ?? '') || exitCode === 134 || exitCode === 133;
    const message =
      `error[TASK_CRASHED] ${where}: its process ended in the middle of the task; expected a result, got ${end}` +
      (memory
        ? ' (hint: memory, heap (--max-old-space-size), address space (ulimit -v) or processes (ulimit -u) may be ' +
          'too few; use fewer --threads or --jobs)'
        : ' (hint: its log has what it printed; report it)');
    return { code: 'TASK_CRASHED', message, exit_code: memory ? EXIT_CODES.environment : EXIT_CODES.bug };
  }
}

/**
 * Resolves once the process has ended, its output was read and its messages were heard; or when it could not be
 * started.
 */
async function goneOf(child: ChildProcess, broken: (error: Error) => void): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    child.once('disconnect', resolve);
  });
  await new Promise<void>((resolve) => {
    child.on('error', (error) => {
      if (child.pid !== undefined) return;
      broken(error);
      resolve();
    });
    child.once('exit', () => {
      // A grandchild may keep the streams open.
      const timer = setTimeout(resolve, 1000);
      const closed = new Promise<void>((close) => {
        child.once('close', () => close());
      });
      void Promise.all([closed, heard]).then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  });
}
