// Shows one step of a trace: words, maze and open list. All that comes from a completion is set as text.
import type { PlayerData } from '../../report/player/data.ts';
import type { Maze } from './maze.ts';
import { UNIT } from './maze.ts';
import type { PlayerParts } from './parts.ts';
import { stateBefore } from './search-state.ts';
import type { SearchState } from './search-state.ts';

/** Rows of the open list that are shown at once. */
const MOST_ROWS = 200;

/** Where a step is shown. */
export type StepParts = Pick<PlayerParts, 'place' | 'event' | 'effect' | 'strict' | 'paper' | 'open' | 'count'>;

/** What a player shows, and where. */
export interface Stage {
  readonly data: PlayerData;
  readonly maze: Maze;
  readonly parts: StepParts;
}

/**
 * Shows a step.
 * @param step index in `data.steps`
 * @returns its place in words
 */
export function showStep(stage: Stage, step: number): string {
  const { data, parts } = stage;
  const [text, effect, , , , , strict, paper] = data.steps[step];
  const state = stateBefore(data, step);
  const place =
    effect === 'end' ? `End of the trace, after ${data.records} events` : `Event ${step + 1} of ${data.records}`;
  parts.place.textContent = place;
  parts.event.textContent = text;
  parts.event.hidden = text === '';
  parts.effect.textContent = data.effects[effect];
  showLine(parts.strict, data.lines[strict]);
  showLine(parts.paper, data.lines[paper]);
  const event = text === '' ? '' : `: ${text}`;
  const cells = `${state.open.size} cells open, ${state.closed.size} closed`;
  showMaze(stage, step, state, `${data.size} by ${data.size} maze. ${place}${event}. ${cells}.`);
  showOpenList(stage, step, state);
  return place;
}

function showLine(element: HTMLElement, [tone, words]: PlayerData['lines'][number]): void {
  element.textContent = words;
  element.setAttribute('class', `tone-${tone}`);
}

function showMaze({ data, maze }: Stage, step: number, { open, closed }: SearchState, label: string): void {
  const [, effect, x, y, , , strict, paper] = data.steps[step];
  const broken = data.lines[strict][0] === 'broken' || data.lines[paper][0] === 'broken';
  maze.picture.setAttribute('aria-label', label);
  maze.squares.forEach((square, index) => {
    square.setAttribute('class', open.has(index) ? 'now-open' : closed.has(index) ? 'now-closed' : 'now-unseen');
    const costs = open.get(index) ?? closed.get(index);
    const words = costs === undefined ? ['', '', ''] : [costs[0], costs[1], costs[0] + costs[1]].map(String);
    maze.numbers[index].forEach((element, i) => (element.textContent = words[i]));
  });
  const missed = effect === 'end' && !closed.has(data.goal[1] * data.size + data.goal[0]);
  const at = missed ? data.goal : [Math.min(x, data.size), Math.min(y, data.size)];
  maze.mark.setAttribute('class', at[0] < 0 ? 'now-unseen' : broken ? 'mark broken' : 'mark');
  maze.mark.setAttribute('x', String(at[0] * UNIT));
  maze.mark.setAttribute('y', String(at[1] * UNIT));
  maze.plan.setAttribute('class', effect === 'end' ? 'plan-core' : 'now-unseen');
}

/** The entries with the least f first, as A* takes them; of equal ones the older first. */
function showOpenList({ data, parts }: Stage, step: number, { open }: SearchState): void {
  const [, effect, x, y] = data.steps[step];
  const touched = effect === 'end' ? -1 : y * data.size + x;
  const entries = [...open].map(([index, [g, h]]) => ({ index, g, h, f: g + h })).sort((a, b) => a.f - b.f);
  const rows = entries.slice(0, MOST_ROWS).map(({ index, g, h, f }) => {
    const row = document.createElement('tr');
    if (index === touched) row.setAttribute('class', 'touched');
    for (const text of [`(${index % data.size}, ${Math.floor(index / data.size)})`, g, h, f])
      row.insertCell().textContent = String(text);
    return row;
  });
  parts.open.replaceChildren(...rows);
  const entryWord = open.size === 1 ? 'entry' : 'entries';
  parts.count.textContent =
    open.size > MOST_ROWS ? `${open.size} entries, the first ${MOST_ROWS} shown` : `${open.size} ${entryWord}`;
}
