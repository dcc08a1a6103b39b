// The page of the dashboard: what the events say is kept here, and drawn once a frame, however many events come.
import { SHOWN_STATES } from '../../dashboard/protocol.ts';
import type { Delta, GraphHead, Snapshot, TaskNow, Worker } from '../../dashboard/protocol.ts';
import { partOf } from '../player/parts.ts';
import { DetailView } from './detail.ts';
import { GraphView } from './graph.ts';
import { Link } from './link.ts';
import { element, percent, STATE_WORDS, whole } from './words.ts';
import { workersTable } from './workers.ts';

/** Parts of the page that events can change. */
type Part = 'graphs' | 'workers' | 'alarms' | 'graph';

/** Keeps and draws everything. */
class Dashboard {
  private readonly heads = new Map<number, GraphHead>();
  private readonly dirty = new Set<Part>();
  private readonly changed = new Set<number>();
  private readonly graphView: GraphView;
  private readonly detail: DetailView;
  private readonly link: Link;
  private workers: readonly Worker[] = [];
  private alarms: readonly string[] = [];
  private graph: Snapshot['graph'] = null;
  private now: TaskNow[] = [];
  private frame = 0;
  /** Name of the graph that the reader wants: another server may give it another key. */
  private wanted = placeInAddress().get('graph');
  private chosen = -1;
  private reportOf = '';

  constructor() {
    this.graphView = new GraphView(part('graph'), (place) => {
      this.choose(place);
    });
    this.detail = new DetailView(part('title'), part('body'), (place) => {
      this.graphView.select(place, true);
    });
    this.link = new Link({
      snapshot: (snapshot) => {
        this.take(snapshot);
      },
      delta: (delta) => {
        this.apply(delta);
      },
      state: (isOpen) => {
        const words = isOpen ? 'live' : 'connection lost, trying again';
        const shown = part('link');
        if (shown.textContent !== words) shown.textContent = words;
        shown.classList.toggle('lost', !isOpen);
      },
    });
    this.link.open(null);
  }

  private take(snapshot: Snapshot): void {
    part('place').textContent = snapshot.place;
    this.heads.clear();
    for (const head of snapshot.graphs) this.heads.set(head.key, head);
    this.workers = snapshot.workers;
    this.alarms = snapshot.alarms;
    const other = snapshot.graphs.find(({ name, key }) => name === this.wanted && key !== snapshot.graph?.key);
    if (other !== undefined) {
      this.link.open(other.key);
      return;
    }
    const isSame = isSameGraph(this.graph, snapshot.graph);
    if (!isSame) this.graph = snapshot.graph;
    this.now = [...(snapshot.graph?.now ?? [])];
    // After a new connection the reader goes on with the same page.
    if (isSame) for (const place of this.now.keys()) this.changed.add(place);
    this.mark('graphs', 'workers', 'alarms', ...(isSame ? [] : ['graph' as const]));
  }

  private apply({ graphs = [], gone = [], workers, alarms, now = [] }: Delta): void {
    for (const head of graphs) this.heads.set(head.key, head);
    for (const key of gone) this.heads.delete(key);
    if (graphs.length + gone.length > 0) this.mark('graphs');
    if (workers) {
      this.workers = workers;
      this.mark('workers');
    }
    if (alarms) {
      this.alarms = alarms;
      this.mark('alarms');
    }
    for (const [place, task] of now) {
      this.now[place] = task;
      this.changed.add(place);
    }
    if (now.length > 0) this.mark();
  }

  private mark(...parts: readonly Part[]): void {
    for (const each of parts) this.dirty.add(each);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private draw(): void {
    const { dirty, changed, graph } = this;
    if (dirty.has('graph')) {
      this.graphView.show(graph?.shape ?? { tasks: [], columns: [], rows: [], left: 0 }, this.now);
      const left = graph?.shape.left ?? 0;
      part('left').textContent = left > 0 ? `${whole(left)} more tasks are counted, not drawn.` : '';
      this.chooseWanted();
    } else {
      this.graphView.update(changed, this.now);
      if (changed.has(this.chosen)) this.detail.update(this.now[this.chosen]);
    }
    if (dirty.has('graphs')) this.drawHeads();
    if (dirty.has('workers')) part('workers').replaceChildren(workersTable(this.workers));
    if (dirty.has('alarms')) part('alarms').replaceChildren(...this.alarms.map((words) => element('p', words)));
    dirty.clear();
    changed.clear();
  }

  private drawHeads(): void {
    const list = part('graphs');
    const focused = list.contains(document.activeElement) ? document.activeElement?.getAttribute('data-key') : null;
    list.replaceChildren(...[...this.heads.values()].map((head) => this.headItem(head)));
    list.querySelector<HTMLElement>(`[data-key="${focused ?? ''}"]`)?.focus();
    const head = this.graph === null ? undefined : this.heads.get(this.graph.key);
    part('legend').replaceChildren(
      ...SHOWN_STATES.flatMap((state) => {
        const count = head?.counts[state] ?? 0;
        if (count === 0) return [];
        const item = element('li');
        item.append(element('span', '', `square is-${state}`), ` ${whole(count)} ${STATE_WORDS[state]}`);
        return [item];
      }),
    );
    this.drawReport(head);
  }

  private headItem(head: GraphHead): HTMLElement {
    const { key, name, counts } = head;
    const all = SHOWN_STATES.reduce((sum, state) => sum + counts[state], 0);
    const done = counts.finished + counts.reused;
    const button = element('button', name, 'graph-name');
    button.type = 'button';
    button.dataset.key = String(key);
    if (key === this.graph?.key) button.setAttribute('aria-current', 'true');
    const words = [
      `${whole(done)}/${whole(all)}`,
      ...(counts.running > 0 ? [`${whole(counts.running)} running`] : []),
      ...(counts.set_aside > 0 ? [`${whole(counts.set_aside)} failed`] : []),
      ...(counts.blocked > 0 ? [`${whole(counts.blocked)} blocked`] : []),
      all === done ? 'finished' : percent(done / all),
    ];
    button.append(' ', element('span', words.join(', '), 'count'));
    button.addEventListener('click', () => {
      this.wanted = name;
      this.link.open(key);
    });
    const item = element('li');
    item.append(button);
    return item;
  }

  /** The report is loaded when it is asked for. */
  private drawReport(head: GraphHead | undefined): void {
    const section = part('report');
    section.hidden = head?.hasReport !== true;
    const address = head?.hasReport === true ? `/report?graph=${head.key}` : '';
    if (address === this.reportOf) return;
    this.reportOf = address;
    if (address === '') return;
    const link = element('a', 'Open the report in its own page');
    link.href = address;
    link.target = '_blank';
    link.rel = 'noopener';
    const line = element('p');
    line.append(link);
    const fold = element('details');
    const frame = element('iframe');
    frame.title = 'Report';
    fold.append(element('summary', 'Show the report here'), frame);
    fold.addEventListener('toggle', () => {
      if (fold.open && frame.src === '') frame.src = address;
    });
    part('report-body').replaceChildren(line, fold);
  }

  private choose(place: number): void {
    this.chosen = place;
    const { graph } = this;
    const task = graph?.shape.tasks.at(place < 0 ? Infinity : place);
    if (graph === null || task === undefined) {
      this.detail.show(undefined, undefined);
      return;
    }
    this.detail.show({ graph: graph.key, place, shape: graph.shape }, this.now[place]);
    const name = this.heads.get(graph.key)?.name ?? '';
    history.replaceState(null, '', `#${new URLSearchParams({ graph: name, task: task.id }).toString()}`);
  }

  private chooseWanted(): void {
    const { graph } = this;
    // After a new connection the same task stays chosen.
    const id = placeInAddress().get('task');
    const tasks = graph?.shape.tasks ?? [];
    const found = tasks.findIndex((task) => task.id === id);
    const running = this.now.findIndex(({ state }) => state === 'running');
    this.graphView.select(-1, false);
    this.graphView.select(found >= 0 ? found : running, false);
  }
}

function isSameGraph(a: Snapshot['graph'], b: Snapshot['graph']): boolean {
  if (a === null || b === null || a.key !== b.key) return false;
  const [before, after] = [a.shape.tasks, b.shape.tasks];
  return before.length === after.length && before.every(({ id }, place) => id === after[place].id);
}

/** Names of the graph and of the task in the fragment of the address. */
function placeInAddress(): URLSearchParams {
  return new URLSearchParams(location.hash.slice(1));
}

const page = document.body;

function part(name: string): HTMLElement {
  return partOf(page, name);
}

/** Starts the page: the events that it gets are all that it knows. */
export function startDashboard(): void {
  new Dashboard();
}
