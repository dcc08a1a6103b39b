// The named parts of the markup of live models (src/report/live/section.ts).
import { partOf } from '../player/parts.ts';
import type { StepParts } from '../player/show.ts';

export interface LiveParts extends StepParts {
  readonly missing: HTMLElement;
  readonly body: HTMLElement;
  readonly model: HTMLSelectElement;
  readonly problem: HTMLSelectElement;
  readonly trace: HTMLSelectElement;
  readonly otherLabel: HTMLElement;
  readonly other: HTMLSelectElement;
  readonly otherFigure: HTMLElement;
  readonly otherBoard: HTMLElement;
  readonly about: HTMLElement;
  readonly fault: HTMLElement;
  readonly board: HTMLElement;
  readonly cursor: HTMLElement;
  readonly clear: HTMLButtonElement;
  readonly restore: HTMLButtonElement;
  readonly write: HTMLButtonElement;
  readonly step: HTMLButtonElement;
  readonly again: HTMLButtonElement;
  readonly speed: HTMLSelectElement;
  readonly slider: HTMLInputElement;
  readonly conclusion: HTMLElement;
  readonly text: HTMLElement;
  readonly bars: HTMLElement;
  readonly plan: HTMLElement;
}

/** All parts of the stage. */
export function livePartsOf(root: HTMLElement): LiveParts {
  const part = (name: string): HTMLElement => partOf(root, name);
  const select = (name: string): HTMLSelectElement => part(name) as HTMLSelectElement;
  const button = (name: string): HTMLButtonElement => part(name) as HTMLButtonElement;
  return {
    missing: part('missing'),
    body: part('body'),
    model: select('model'),
    problem: select('problem'),
    trace: select('trace'),
    otherLabel: part('other-label'),
    other: select('other'),
    otherFigure: part('other-figure'),
    otherBoard: part('other-board'),
    about: part('about'),
    fault: part('fault'),
    board: part('board'),
    cursor: part('cursor'),
    clear: button('clear'),
    restore: button('restore'),
    write: button('write'),
    step: button('step'),
    again: button('again'),
    speed: select('speed'),
    slider: part('slider') as HTMLInputElement,
    place: part('place'),
    conclusion: part('conclusion'),
    text: part('text'),
    bars: part('bars'),
    plan: part('plan'),
    event: part('event'),
    effect: part('effect'),
    strict: part('strict'),
    paper: part('paper'),
    open: part('open'),
    count: part('count'),
  };
}
