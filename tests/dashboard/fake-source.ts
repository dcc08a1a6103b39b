// A source of the dashboard that is made up: a graph of many tasks whose states a test changes.
import type { Curve, GraphHead, Point, ShownState, TaskDetail, TaskNow } from '../../src/dashboard/protocol.ts';
import { shapeOf } from '../../src/dashboard/shape.ts';
import { countStates, onlyState } from '../../src/dashboard/source.ts';
import type { Look, Source } from '../../src/dashboard/source.ts';

/** Markup, a script, a character that turns the line around, and one that is not seen. */
export const HOSTILE = '<img src=x onerror=alert(1)>\u202e\u0007"\'&';

const KINDS = ['train', 'curve', 'test', 'lengths', 'rl'] as const;

export interface FakeOptions {
  readonly tasks: number;
  /** A name for a task, a worker and an alarm. */
  readonly hostile?: string;
}

/** Tasks of several arms that pass through all states. */
export class FakeSource implements Source {
  readonly place = 'made up';
  now: TaskNow[];
  alarms: string[] = [];
  private readonly tasks: { readonly id: string; readonly kind: string }[];
  private readonly shape;
  private readonly hostile: string;
  private ticks = 0;

  constructor({ tasks, hostile = '' }: FakeOptions) {
    this.hostile = hostile;
    this.tasks = Array.from({ length: tasks }, (_, i) => {
      const kind = KINDS[i % KINDS.length];
      return { id: `${kind}-arm${Math.floor(i / KINDS.length)}${i === 1 ? hostile : ''}`, kind };
    });
    this.shape = shapeOf(
      this.tasks.map(({ id, kind }, i) => ({
        id,
        kind,
        config: {},
        needs: Object.fromEntries(i % KINDS.length === 0 ? [] : [['model', this.tasks[i - (i % KINDS.length)].id]]),
      })),
    );
    this.now = this.tasks.map(() => onlyState('waiting'));
    if (hostile !== '') this.alarms = [hostile];
  }

  /** Moves some running tasks on, finishes one, and starts one. */
  tick(): void {
    this.ticks += 1;
    const at = this.ticks % this.now.length;
    this.now[at] = onlyState('finished');
    for (let i = 1; i <= 8; i++) this.now[(at + i) % this.now.length] = this.running(this.ticks);
  }

  /** A task that runs at a step. */
  running(step: number): TaskNow {
    const point: Point = { step, tokens: 4096 * step, loss: 4 / (1 + step / 100), lr: 0.001, rate: 12_000 };
    const words = `loss ${point.loss.toFixed(3)}${this.hostile}`;
    return { state: 'running', share: (step % 100) / 100, rate: 12_000, words, worker: 'atlas 12', point };
  }

  /** Sets the state of a task. */
  set(place: number, state: ShownState): void {
    this.now[place] = onlyState(state);
  }

  /** As the interface says. */
  async look(): Promise<Look> {
    const now = [...this.now];
    const head: GraphHead = { key: 0, name: 'ladder', counts: countStates(now), hasReport: true };
    const running = now.filter(({ state }) => state === 'running').length;
    const workers = [
      {
        id: 'atlas 12',
        host: `atlas${this.hostile}`,
        pid: 12,
        threads: 8,
        silent: 0,
        tasks: [`train-arm0${this.hostile}`],
        rate: 12_000 * running,
        rates: [1, 2, 3],
      },
    ];
    return Promise.resolve({ graphs: new Map([[0, { head, shape: this.shape, now }]]), workers, alarms: this.alarms });
  }

  /** As the interface says. */
  async detail(graph: number, place: number): Promise<TaskDetail | undefined> {
    const task = graph === 0 ? this.tasks.at(place) : undefined;
    const curve: Curve = {
      x: 'tokens',
      names: ['loss', 'lr'],
      rows: Array.from({ length: 50 }, (_, i) => [100 * i, 4 - i / 20, i / 1000]),
    };
    return Promise.resolve(
      task && {
        id: task.id,
        hash: '0123456789abcdef'.repeat(4),
        config: `{"name": "${this.hostile}"}`,
        seconds: 12,
        failure: null,
        log: `try 1: ${this.hostile}\n`,
        curve,
        hasSamples: true,
      },
    );
  }

  /** As the interface says. */
  async samplesPage(): Promise<string> {
    return Promise.resolve(
      '<!doctype html><html lang="en"><title>samples</title><body><p>completions</p></body></html>',
    );
  }

  /** As the interface says. */
  async reportPage(): Promise<string> {
    return Promise.resolve('<!doctype html><html lang="en"><title>report</title><body><p>the report</p></body></html>');
  }

  /** Nothing is open. */
  async close(): Promise<void> {
    return Promise.resolve();
  }
}
