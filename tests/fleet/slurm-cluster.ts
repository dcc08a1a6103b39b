// A Slurm cluster of the test's own, from Debian's packages: one node, which is this machine, without a database,
// without systemd, with a key and ports of its own. It needs root, because the daemon of a node starts jobs of users.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, hostname, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** A node that died may be used again when its jobs' credentials have run out. The default of Slurm is 120. */
const CREDENTIAL_SECONDS = 5;

export interface Job {
  /** `12_3`, or `12_[4-9]` for elements that wait. */
  readonly id: string;
  readonly state: string;
}

export class SlurmCluster {
  readonly #folder: string;
  readonly #running: { munged?: ChildProcess; slurmctld?: ChildProcess; slurmd?: ChildProcess } = {};

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** What a process needs to use it. */
  get env(): Readonly<Record<string, string>> {
    return { SLURM_CONF: join(this.#folder, 'slurm.conf') };
  }

  /** @param settings further lines of slurm.conf */
  static async start(settings: readonly string[] = []): Promise<SlurmCluster> {
    for (const name of ['munged', 'slurmctld', 'slurmd'])
      if (!existsSync(join('/usr/sbin', name)))
        throw new Error('Slurm is not installed: apt-get install slurmctld slurmd munge');
    // Paths of sockets are short, and munged wants folders that others cannot write to.
    const folder = mkdtempSync('/run/tracelab-slurm-');
    const cluster = new SlurmCluster(folder);
    for (const name of ['state', 'spool']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'munge.key'), randomBytes(1024), { mode: 0o400 });
    writeFileSync(join(folder, 'slurm.conf'), configuration(folder, await freePort(), await freePort(), settings));
    const socket = join(folder, 'munge.sock');
    cluster.#running.munged = spawn(
      '/usr/sbin/munged',
      [
        '--foreground',
        '--force',
        `--key-file=${join(folder, 'munge.key')}`,
        `--socket=${socket}`,
        `--pid-file=${join(folder, 'munged.pid')}`,
        `--log-file=${join(folder, 'munged.log')}`,
        `--seed-file=${join(folder, 'munged.seed')}`,
      ],
      { stdio: 'ignore' },
    );
    await until(() => existsSync(socket));
    cluster.#running.slurmctld = cluster.#spawn('slurmctld', ['-D', '-c']);
    await cluster.startNode();
    return cluster;
  }

  /** Starts the daemon of the node, also again after killNode(). */
  async startNode(): Promise<void> {
    this.#running.slurmd = this.#spawn('slurmd', ['-D']);
    await until(() => /^(idle|mixed|allocated|completing)$/m.test(this.#try('sinfo', ['-h', '-o', '%T'])));
  }

  /** As a crash of the machine would: the daemon of the node and the processes of its jobs are gone. */
  async killNode(): Promise<void> {
    await kill(this.#running.slurmd);
    for (const pid of this.processes(/^slurmstepd/)) killTree(pid);
  }

  /** Ids of processes of this cluster whose command line matches. */
  processes(command: RegExp): number[] {
    const of = `SLURM_CONF=${this.env.SLURM_CONF}`;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => command.test(words(pid, 'cmdline').join(' ')) && words(pid, 'environ').includes(of));
  }

  /** Jobs that wait or run. */
  jobs(): Job[] {
    return this.run('squeue', ['--noheader', '--format=%i %T'])
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' '))
      .map(([id, state]) => ({ id, state }));
  }

  /** Until no job waits or runs. */
  async empty(seconds: number): Promise<void> {
    await until(() => this.jobs().length === 0, seconds);
  }

  run(command: string, args: readonly string[]): string {
    return execFileSync(command, args, { encoding: 'utf8', env: { ...process.env, ...this.env } });
  }

  async stop(): Promise<void> {
    this.#try('scancel', ['--me', '--signal=KILL', '--full']);
    this.#try('scancel', ['--me']);
    await kill(this.#running.slurmd);
    for (const pid of this.processes(/^slurmstepd/)) killTree(pid);
    await kill(this.#running.slurmctld);
    await kill(this.#running.munged);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #spawn(name: string, args: readonly string[]): ChildProcess {
    return spawn(join('/usr/sbin', name), args, { stdio: 'ignore', env: { ...process.env, ...this.env } });
  }

  #try(command: string, args: readonly string[]): string {
    try {
      return this.run(command, args);
    } catch {
      return '';
    }
  }

  /** What the daemons said, for a test that failed. */
  get log(): string {
    return ['slurmctld.log', 'slurmd.log']
      .map((name) => readFileSync(join(this.#folder, name), 'utf8').split('\n').slice(-40).join('\n'))
      .join('\n');
  }
}

function configuration(folder: string, controller: number, node: number, settings: readonly string[]): string {
  const name = hostname().split('.')[0];
  return `ClusterName=tracelab
SlurmctldHost=${name}(127.0.0.1)
SlurmUser=root
SlurmctldPort=${controller}
SlurmdPort=${node}
AuthType=auth/munge
AuthInfo=socket=${join(folder, 'munge.sock')},cred_expire=${CREDENTIAL_SECONDS}
CryptoType=crypto/munge
StateSaveLocation=${join(folder, 'state')}
SlurmdSpoolDir=${join(folder, 'spool')}
SlurmctldPidFile=${join(folder, 'slurmctld.pid')}
SlurmdPidFile=${join(folder, 'slurmd.pid')}
SlurmctldLogFile=${join(folder, 'slurmctld.log')}
SlurmdLogFile=${join(folder, 'slurmd.log')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_min_interval=500000,bf_interval=5
SlurmdTimeout=10
KillWait=10
ReturnToService=2
MailProg=/bin/true
${settings.map((line) => `${line}\n`).join('')}NodeName=${name} NodeAddr=127.0.0.1 CPUs=${availableParallelism()} RealMemory=${Math.floor(totalmem() / 2 ** 20)}
PartitionName=main Nodes=${name} Default=YES MaxTime=INFINITE State=UP
`;
}

async function until(holds: () => boolean, seconds = 60): Promise<void> {
  for (let tries = 0; tries < 5 * seconds; tries++) {
    if (holds()) return;
    await wait(200);
  }
  throw new Error(`not so after ${seconds} s: ${holds.toString()}`);
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** A process and all that it started. */
function killTree(pid: number): void {
  const children = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
  for (const [child] of children) killTree(child);
}

/** Of a process that may have ended. */
function words(pid: number, file: 'cmdline' | 'environ'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
