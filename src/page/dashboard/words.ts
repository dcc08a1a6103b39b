// States and numbers of the dashboard in words.
import type { ShownState, TaskNow } from '../../dashboard/protocol.ts';

export const STATE_WORDS: Readonly<Record<ShownState, string>> = {
  running: 'running',
  ready: 'ready',
  waiting: 'waiting',
  finished: 'finished',
  reused: 'reused',
  set_aside: 'failed',
  blocked: 'blocked',
  cancelled: 'cancelled',
};

/** 1,234 */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Four significant digits. */
export function brief(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return value.toExponential(2);
  return size >= 10_000 ? whole(value) : String(Number(value.toPrecision(4)));
}

/** 42 % */
export function percent(share: number): string {
  return `${Math.floor(100 * share)} %`;
}

/** What a task is at: `running, 42 %, loss 0.312`. */
export function nowWords({ state, share, words }: TaskNow): string {
  return [STATE_WORDS[state], ...(share === null ? [] : [percent(share)]), ...(words === '' ? [] : [words])].join(', ');
}

/** 75 s, 12 min, 3.4 h */
export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** A new element with a text. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  text = '',
  className = '',
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (text !== '') made.textContent = text;
  if (className !== '') made.className = className;
  return made;
}
