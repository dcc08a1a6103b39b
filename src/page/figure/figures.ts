// Figures under a pointer and the keyboard: the words of the nearest mark, and buttons that save a figure's numbers and
// its drawing. Without this script a browser shows the titles of marks, and a screen reader reads the figure's words.

/** Pixels around a mark in which it is meant. */
const REACH = 24;

interface Mark {
  readonly element: SVGGraphicsElement;
  readonly words: string;
}

/** What a figure's data block has: fields that all rows share, and the others by row. */
interface FigureData {
  readonly same: Readonly<Record<string, string | number | null>>;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** Makes the figures of the page readable by pointer and keyboard, and savable. */
export function startFigures(): void {
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.setAttribute('role', 'status');
  tip.hidden = true;
  document.body.append(tip);
  for (const figure of document.querySelectorAll<HTMLElement>('.figure')) {
    const chart = figure.querySelector<HTMLElement>('.chart');
    if (chart === null) continue;
    if (chart.querySelector('title') !== null) new ReadableChart(chart, tip).listen();
    addSaveButtons(figure, chart);
  }
}

/** A chart whose marks have words. */
class ReadableChart {
  private readonly chart: HTMLElement;
  private readonly tip: HTMLElement;
  private readonly words = new Map<SVGGraphicsElement, string>();
  /** Index among the visible marks; -1 = none. */
  private shown = -1;

  constructor(chart: HTMLElement, tip: HTMLElement) {
    this.chart = chart;
    this.tip = tip;
  }

  listen(): void {
    const { chart } = this;
    chart.tabIndex = 0;
    chart.addEventListener('pointermove', (event) => {
      this.showNearest(event.clientX, event.clientY);
    });
    chart.addEventListener('pointerdown', (event) => {
      this.showNearest(event.clientX, event.clientY);
    });
    chart.addEventListener('pointerleave', () => {
      this.hide();
    });
    chart.addEventListener('blur', () => {
      this.hide();
    });
    chart.addEventListener('keydown', (event) => {
      this.press(event);
    });
  }

  private press(event: KeyboardEvent): void {
    const { length } = this.marks();
    const steps: Partial<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const step = steps[event.key];
    if (event.key === 'Escape') this.hide();
    if (step === undefined || length === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.show(this.shown < 0 ? (step > 0 ? 0 : length - 1) : (this.shown + step + length) % length);
  }

  /** The titles of the visible drawing are taken over, so that the browser does not show them a second time. */
  private marks(): Mark[] {
    for (const title of this.chart.querySelectorAll('title')) {
      this.words.set(title.parentElement as unknown as SVGGraphicsElement, title.textContent);
      title.remove();
    }
    return [...this.words]
      .filter(([element]) => element.getBoundingClientRect().width > 0)
      .map(([element, words]) => ({ element, words }));
  }

  private showNearest(x: number, y: number): void {
    let nearest = -1;
    let least = REACH;
    this.marks().forEach(({ element }, index) => {
      const at = middleOf(element);
      const distance = Math.hypot(at.x - x, at.y - y);
      if (distance >= least) return;
      least = distance;
      nearest = index;
    });
    if (nearest < 0) this.hide();
    else this.show(nearest);
  }

  private show(index: number): void {
    const { element, words } = this.marks()[index];
    this.clear();
    this.shown = index;
    element.classList.add('lit');
    const { tip } = this;
    const [head, ...rest] = words.split('; ');
    const strong = document.createElement('strong');
    strong.textContent = head;
    tip.replaceChildren(strong, ...rest.flatMap((line) => [document.createElement('br'), line]));
    tip.hidden = false;
    const at = middleOf(element);
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(window.innerWidth - width - 8, at.x - width / 2));
    const above = at.y - height - 14;
    tip.style.left = `${left + window.scrollX}px`;
    tip.style.top = `${(above < 4 ? at.y + 16 : above) + window.scrollY}px`;
  }

  private hide(): void {
    this.clear();
    this.tip.hidden = true;
    this.shown = -1;
  }

  private clear(): void {
    for (const lit of this.chart.querySelectorAll('.lit')) lit.classList.remove('lit');
  }
}

function middleOf(element: SVGGraphicsElement): { readonly x: number; readonly y: number } {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}

function addSaveButtons(figure: HTMLElement, chart: HTMLElement): void {
  const name = figure.id.replace(/^figure-/, '');
  const data = figure.querySelector('.figure-data')?.textContent;
  const title = figure.querySelector('h3')?.textContent ?? name;
  const saves = document.createElement('p');
  saves.className = 'saves';
  const button = (label: string, text: () => string, type: string): void => {
    const element = document.createElement('button');
    element.type = 'button';
    element.textContent = label;
    element.setAttribute('aria-label', `Save ${label} of the figure: ${title}`);
    element.addEventListener('click', () => {
      save(`${name}.${label.toLowerCase()}`, new Blob([text()], { type }));
    });
    saves.append(element);
  };
  if (data !== undefined && data !== '') button('CSV', () => csvOf(JSON.parse(data) as FigureData), 'text/csv');
  button('SVG', () => svgOf(chart), 'image/svg+xml');
  figure.append(saves);
}

function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 1000);
}

/** All fields of all rows, those that the rows share first. */
function csvOf({ same, columns, rows }: FigureData): string {
  const line = (cells: readonly (string | number | null)[]): string => cells.map(csvCell).join(',');
  const shared = Object.values(same);
  return `${[line([...Object.keys(same), ...columns]), ...rows.map((row) => line([...shared, ...row]))].join('\n')}\n`;
}

function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The visible drawing as a file of its own, in light colours. */
function svgOf(chart: HTMLElement): string {
  const drawings = [...chart.querySelectorAll('svg')];
  const shown = drawings.find((drawing) => drawing.getBoundingClientRect().width > 0) ?? drawings[0];
  const copy = shown.cloneNode(true) as SVGSVGElement;
  for (const lit of copy.querySelectorAll('.lit')) lit.removeAttribute('class');
  copy.setAttribute('font-family', 'sans-serif');
  return new XMLSerializer().serializeToString(copy);
}
