// One task: its state, settings, curves, completions and log. What changes often comes with the events; the rest is
// asked for when the task is chosen, when its state changes, and now and then while it runs.
import { CURVES } from '../../dashboard/protocol.ts';
import type { Curve, GraphShape, TaskDetail, TaskNow } from '../../dashboard/protocol.ts';
import { CurveView } from './curve.ts';
import type { Place } from './curve.ts';
import { duration, element, nowWords, percent, STATE_WORDS, whole } from './words.ts';

/** Between two questions for a task that runs. */
const AGAIN_MS = 10_000;

/** A task of a graph. */
export interface Chosen {
  readonly graph: number;
  readonly place: number;
  readonly shape: GraphShape;
}

/** Shows the task that was chosen last. */
export class DetailView {
  private readonly title: HTMLElement;
  private readonly body: HTMLElement;
  private readonly choose: (place: number) => void;
  private chosen: Chosen | undefined;
  private now: TaskNow | undefined;
  private readonly state = element('p', '', 'state');
  private readonly bar = element('progress');
  private readonly asked = element('div');
  private curves = new Map<string, CurveView>();
  private x: Curve['x'] = 'step';
  private timer = 0;
  private samples: HTMLElement | undefined;

  /** @param choose another task by its place */
  constructor(title: HTMLElement, body: HTMLElement, choose: (place: number) => void) {
    this.title = title;
    this.body = body;
    this.choose = choose;
    this.bar.max = 1;
    this.bar.setAttribute('aria-label', 'Progress');
  }

  /** Shows a task; undefined for none. */
  show(chosen: Chosen | undefined, now: TaskNow | undefined): void {
    this.chosen = chosen;
    this.now = now;
    this.samples = undefined;
    clearTimeout(this.timer);
    if (chosen === undefined || now === undefined) {
      this.title.textContent = 'Task';
      this.body.replaceChildren(
        element('p', 'Choose a task: with the pointer, or with Tab and the arrow keys.', 'note'),
      );
      return;
    }
    const task = chosen.shape.tasks[chosen.place];
    this.title.textContent = task.id;
    this.asked.replaceChildren();
    this.body.replaceChildren(this.state, this.bar, this.relatives(chosen), this.asked);
    this.paint();
    void this.ask();
  }

  /** Takes over what changed of the chosen task. */
  update(now: TaskNow): void {
    const before = this.now;
    this.now = now;
    this.paint();
    const { point } = now;
    const x = point?.[this.x];
    if (point !== null && x !== undefined)
      for (const [name, curve] of this.curves) if (name in point) curve.add([x, point[name]]);
    if (before?.state !== now.state || (point !== null && this.curves.size === 0)) this.askSoon(300);
  }

  private paint(): void {
    const { now } = this;
    if (now === undefined) return;
    const rate = now.rate === null ? '' : `, ${whole(now.rate)} tokens a second`;
    const worker = now.worker === null ? '' : `, on ${now.worker}`;
    const badge = element('span', STATE_WORDS[now.state], `badge is-${now.state}`);
    const rest = nowWords(now).slice(STATE_WORDS[now.state].length).replace(/^, /, '');
    this.state.replaceChildren(badge, ` ${rest}${rate}${worker}`);
    this.bar.hidden = now.share === null;
    this.bar.value = now.share ?? 0;
    this.bar.textContent = percent(now.share ?? 0);
  }

  private relatives({ place, shape }: Chosen): HTMLElement {
    const made = element('p', '', 'relatives');
    const list = (words: string, places: readonly number[]): void => {
      if (places.length === 0) return;
      made.append(words);
      places.slice(0, 12).forEach((each) => {
        const button = element('button', shape.tasks[each].id, 'relative');
        button.type = 'button';
        button.addEventListener('click', () => {
          this.choose(each);
        });
        made.append(' ', button);
      });
      made.append(places.length > 12 ? ` and ${places.length - 12} more. ` : ' ');
    };
    list('Needs', shape.tasks[place].needs);
    list(
      'Needed by',
      shape.tasks.flatMap(({ needs }, each) => (needs.includes(place) ? [each] : [])),
    );
    return made;
  }

  private askSoon(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(), milliseconds);
  }

  private async ask(): Promise<void> {
    const { chosen } = this;
    if (chosen === undefined) return;
    const detail = await fetch(`/task?graph=${chosen.graph}&task=${chosen.place}`)
      .then(async (answer) => (answer.ok ? ((await answer.json()) as TaskDetail) : undefined))
      .catch(() => undefined);
    if (chosen !== this.chosen) return;
    // Another task may have its place since.
    if (detail?.id === chosen.shape.tasks[chosen.place].id) this.fill(chosen, detail);
    if (this.now?.state === 'running') this.askSoon(AGAIN_MS);
  }

  private fill(chosen: Chosen, detail: TaskDetail): void {
    const { hash, config, seconds, failure, log, curve, hasSamples } = detail;
    const facts = element('dl', '', 'facts');
    const fact = (name: string, value: string): void => {
      facts.append(element('dt', name), element('dd', value));
    };
    fact('Kind', chosen.shape.tasks[chosen.place].kind);
    if (hash !== null) fact('Key', hash.slice(0, 16));
    if (seconds !== null) fact('Work', duration(seconds));
    if (failure !== null) fact('Failure', failure);
    const parts: HTMLElement[] = [facts, this.curvesOf(curve)];
    if (hasSamples) parts.push((this.samples ??= samplesOf(chosen)));
    if (log !== '') parts.push(fold('Log', pre(log), true));
    parts.push(fold('Settings', pre(config), false));
    // Folds stay as the reader left them.
    const open = new Map(
      [...this.asked.querySelectorAll('details')].map((each) => [each.dataset.name ?? '', each.open] as const),
    );
    for (const each of parts.flatMap((part) => (part instanceof HTMLDetailsElement ? [part] : [])))
      each.open = open.get(each.dataset.name ?? '') ?? each.open;
    const kept = parts.filter((part) => part !== this.samples || part.parentElement !== this.asked);
    // A frame that is moved loads again.
    if (this.samples?.parentElement === this.asked) {
      for (const child of [...this.asked.children]) if (child !== this.samples) child.remove();
      const at = parts.indexOf(this.samples);
      this.samples.before(...parts.slice(0, at));
      this.samples.after(...parts.slice(at + 1));
    } else this.asked.replaceChildren(...kept);
  }

  private curvesOf(curve: Curve | null): HTMLElement {
    const made = element('div', '', 'curves');
    this.curves = new Map();
    if (curve === null) return made;
    this.x = curve.x;
    curve.names.forEach((name, i) => {
      const places = curve.rows.flatMap((row): Place[] => {
        const [x, y] = [row[0], row[i + 1]];
        return x === null || y === null ? [] : [[x, y]];
      });
      if (places.length === 0) return;
      const view = new CurveView(CURVES[name], curve.x === 'step' ? 'step' : 'token', places);
      this.curves.set(name, view);
      made.append(view.root);
    });
    return made;
  }
}

/** The completions load when they are asked for. */
function samplesOf({ graph, place }: Chosen): HTMLElement {
  const frame = element('iframe');
  frame.title = 'Completions';
  const made = fold('Completions', frame, false);
  made.addEventListener('toggle', () => {
    if (made.open && frame.src === '') frame.src = `/samples?graph=${graph}&task=${place}`;
  });
  return made;
}

function pre(text: string): HTMLElement {
  const made = element('pre', text, 'wrap');
  made.tabIndex = 0;
  return made;
}

function fold(name: string, content: HTMLElement, isOpen: boolean): HTMLDetailsElement {
  const made = element('details');
  made.dataset.name = name;
  made.open = isOpen;
  made.append(element('summary', name), content);
  return made;
}
