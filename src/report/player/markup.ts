// The player's markup. Its script is src/page/player.
import { html, join } from '../../render/markup.ts';
import type { Html } from '../../render/markup.ts';
import type { PlayerData } from './data.ts';

export interface PlayerMarkup {
  /** Unique in the page; letters, digits and hyphens. */
  readonly id: string;
  readonly data: PlayerData;
  /** Shown instead of the player if no script runs. */
  readonly still: Html;
  /**
   * `page`: begins at once, and the keys of the whole page are its own. `load`: begins at once, with its own keys.
   * `button`: begins on request. On paper the still picture of the last two stays.
   */
  readonly begins: 'page' | 'load' | 'button';
}

/** Steps a second. */
const SPEEDS = [1, 2, 5, 10, 30];
const USUAL_SPEED = 2;

const CONTROLS = [
  ['first', '|◀', 'First step (Home)'],
  ['back', '◀', 'One step back (left arrow)'],
  ['play', 'Play', 'Play or pause (space bar)'],
  ['forward', '▶', 'One step forward (right arrow)'],
  ['last', '▶|', 'Last step (End)'],
  ['error', 'First error', 'Jump to the first error (e)'],
] as const;

/** Everything from the completion is in one attribute, escaped; the script sets it as text. */
export function playerMarkup({ id, data, still, begins }: PlayerMarkup): Html {
  const buttons = CONTROLS.map(
    ([name, label, title]) =>
      html`<button type="button" data-part="${name}" title="${title}"${
        name === 'play' || name === 'error' ? html`` : html` aria-label="${title}"`
      }>${label}</button>`,
  );
  const speeds = SPEEDS.map(
    (speed) =>
      html`<option value="${speed}"${speed === USUAL_SPEED ? html` selected` : html``}>${speed} a second</option>`,
  );
  const begin =
    begins !== 'button'
      ? html``
      : html`<p class="begin"><button type="button" data-part="begin" hidden>Step through ${data.records} events</button></p>`;
  return html`<div class="player ${begins === 'page' ? 'whole' : 'small'}" id="${id}"${
    begins === 'page' ? html` data-keys="page"` : html``
  } data-replay="${JSON.stringify(data)}">
<div class="still">${still}</div>
${begin}<div class="live" role="group" aria-label="The trace step by step">
<div class="stage"><div class="board" data-part="maze"></div>
<div class="told"><div data-part="status" aria-live="polite"><p class="place" data-part="place"></p>
<p><code class="event" data-part="event"></code></p>
<p class="effect" data-part="effect"></p>
<dl class="levels"><dt>Strict</dt><dd data-part="strict"></dd><dt>Lenient</dt><dd data-part="paper"></dd></dl></div>
<div class="open-list" role="region" aria-label="Open list" tabindex="0"><table><caption>Open list before the event: <span data-part="count"></span></caption>
<thead><tr><th scope="col">cell (x, y)</th><th scope="col">g</th><th scope="col">h</th><th scope="col">f</th></tr></thead><tbody data-part="open"></tbody></table></div></div></div>
<div class="controls"><input type="range" min="0" max="0" value="0" step="1" data-part="slider" aria-label="Step"/>
<div class="buttons">${join(buttons)}<label>Speed <select data-part="speed">${join(speeds)}</select></label></div></div>
</div></div>`;
}

/** What the squares and marks of the player mean. */
export function playerKey(numbered: boolean): Html {
  const square = (name: string): Html =>
    html`<svg class="maze" viewBox="0 0 40 40" width="20" height="20" aria-hidden="true"><rect class="floor" width="40" height="40"/><rect class="${name}" x="2" y="2" width="36" height="36" rx="4"/></svg>`;
  const items: readonly (readonly [string, string])[] = [
    ['start-ring', 'start'],
    ['goal-ring', 'goal'],
    ['wall', 'wall'],
    ['now-open', 'open'],
    ['now-closed', 'closed'],
    ['mark', 'the event’s cell'],
    ['mark broken', 'a rule is broken here'],
  ];
  return html`<ul class="key">${join(items.map(([name, words]) => html`<li>${square(name)} ${words}</li>`))}</ul>
<p class="note">${
    numbered
      ? 'In a cell: g, its cost from the start, top left; h, its distance to the goal, top right; f = g + h below. '
      : ''
  }After the first strict error the open list shown follows the lenient rules, which skip broken steps.</p>`;
}
