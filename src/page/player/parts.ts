// The named parts of a player's markup (src/report/player/markup.ts).

/** Buttons, each with what it does as its name. */
export const BUTTONS = ['first', 'back', 'play', 'forward', 'last', 'error'] as const;
export type ButtonName = (typeof BUTTONS)[number];

/** Elements by the name in their `data-part`. */
export interface PlayerParts extends Readonly<Record<ButtonName, HTMLElement>> {
  readonly maze: HTMLElement;
  readonly status: HTMLElement;
  readonly place: HTMLElement;
  readonly event: HTMLElement;
  readonly effect: HTMLElement;
  readonly strict: HTMLElement;
  readonly paper: HTMLElement;
  readonly open: HTMLElement;
  readonly count: HTMLElement;
  readonly slider: HTMLInputElement;
  readonly speed: HTMLSelectElement;
}

/**
 * The part of that name.
 * @throws Error when the markup has none
 */
export function partOf(root: HTMLElement, name: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(`[data-part="${name}"]`);
  if (found === null) throw new Error(`the player has no part ${name}`);
  return found;
}

/** All parts of a player. */
export function partsOf(root: HTMLElement): PlayerParts {
  const part = (name: string): HTMLElement => partOf(root, name);
  return {
    first: part('first'),
    back: part('back'),
    play: part('play'),
    forward: part('forward'),
    last: part('last'),
    error: part('error'),
    maze: part('maze'),
    status: part('status'),
    place: part('place'),
    event: part('event'),
    effect: part('effect'),
    strict: part('strict'),
    paper: part('paper'),
    open: part('open'),
    count: part('count'),
    slider: part('slider') as HTMLInputElement,
    speed: part('speed') as HTMLSelectElement,
  };
}
