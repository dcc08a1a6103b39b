// A line of numbers as a small drawing with its newest value, and with the value under the pointer.
import type { CurveName } from '../../dashboard/protocol.ts';
import { brief, element, percent, whole } from './words.ts';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT, EDGE] = [320, 90, 4];

export type Place = readonly [x: number, y: number];

/** One curve; further points can be added. */
export class CurveView {
  readonly root = element('figure', '', 'curve');
  private readonly name: CurveName;
  private readonly xWords: string;
  private readonly places: Place[];
  private readonly value = element('span', '', 'value');
  private readonly line = document.createElementNS(SVG, 'polyline');
  private readonly mark = document.createElementNS(SVG, 'circle');
  private readonly picture = document.createElementNS(SVG, 'svg');
  private readonly low = element('span');
  private readonly high = element('span');

  /** @param x name of a place: `token`, `step` */
  constructor(name: CurveName, x: string, places: readonly Place[]) {
    this.name = name;
    this.xWords = x;
    this.places = [...places];
    const caption = element('figcaption', name.label);
    caption.append(' ', this.value);
    const { picture } = this;
    picture.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    picture.setAttribute('preserveAspectRatio', 'none');
    picture.setAttribute('role', 'img');
    this.line.setAttribute('fill', 'none');
    this.line.setAttribute('vector-effect', 'non-scaling-stroke');
    this.mark.setAttribute('r', '3');
    this.mark.setAttribute('visibility', 'hidden');
    picture.append(this.line, this.mark);
    const axis = element('p', '', 'axis');
    axis.append(this.low, this.high);
    this.root.append(caption, picture, axis);
    picture.addEventListener('pointermove', ({ clientX }) => {
      this.point(clientX);
    });
    picture.addEventListener('pointerleave', () => {
      this.draw();
    });
    this.draw();
  }

  /** Adds the newest point; one at or before the last place is known already. */
  add(place: Place): void {
    if (place[0] <= (this.places.at(-1)?.[0] ?? -Infinity)) return;
    this.places.push(place);
    this.draw();
  }

  private draw(): void {
    const { places } = this;
    const last = places.at(-1);
    if (last === undefined) return;
    const at = this.scale();
    const points = places.map((place) =>
      at(place)
        .map((each) => each.toFixed(1))
        .join(),
    );
    this.line.setAttribute('points', points.join(' '));
    this.mark.setAttribute('visibility', 'hidden');
    this.value.textContent = this.say(last[1]);
    this.low.textContent = `${this.xWords} ${whole(places[0][0])}`;
    this.high.textContent = whole(last[0]);
    const { low, high } = extremes(places);
    const words = `${this.name.label}: now ${this.say(last[1])}, from ${this.say(low)} to ${this.say(high)}`;
    this.picture.setAttribute('aria-label', words);
  }

  private point(clientX: number): void {
    const { left, width } = this.picture.getBoundingClientRect();
    const wanted = ((clientX - left) / Math.max(1, width)) * WIDTH;
    const at = this.scale();
    let nearest = this.places[0];
    for (const place of this.places)
      if (Math.abs(at(place)[0] - wanted) < Math.abs(at(nearest)[0] - wanted)) nearest = place;
    const [x, y] = at(nearest);
    this.mark.setAttribute('cx', String(x));
    this.mark.setAttribute('cy', String(y));
    this.mark.setAttribute('visibility', 'visible');
    this.value.textContent = `${this.say(nearest[1])} at ${whole(nearest[0])}`;
  }

  /** Where a place is in the drawing. Shares have the whole axis, and rates begin at 0. */
  private scale(): (place: Place) => Place {
    const { places, name } = this;
    const [first, last] = [places[0][0], places[places.length - 1][0]];
    const found = extremes(places);
    const low = name.unit === 'number' ? found.low : 0;
    const high = name.unit === 'share' ? 1 : found.high;
    return ([x, y]) => [
      EDGE + ((x - first) / (last - first || 1)) * (WIDTH - 2 * EDGE),
      HEIGHT - EDGE - ((y - low) / (high - low || 1)) * (HEIGHT - 2 * EDGE),
    ];
  }

  private say(value: number): string {
    return this.name.unit === 'share' ? percent(value) : brief(value);
  }
}

function extremes(places: readonly Place[]): { readonly low: number; readonly high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const [, y] of places) {
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  return { low, high };
}
