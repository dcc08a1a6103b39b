// Shows a completion as it was after some of its words: search, verdict, text and the choice of the last word.
import type { Cell } from '../../domain/maze/types.ts';
import { judge } from '../../domain/maze/verdict/judge.ts';
import { wholeRecords } from '../../domain/maze/verdict/parse.ts';
import { playerData } from '../../report/player/data.ts';
import type { PlayerData } from '../../report/player/data.ts';
import { verdictRows } from '../../report/verdict-words.ts';
import { UNIT } from '../player/maze.ts';
import { showStep } from '../player/show.ts';
import type { Board } from './board.ts';
import type { LiveParts } from './parts.ts';
import type { WrittenText } from './text.ts';
import type { WrittenToken, Writing } from './writing.ts';

/** Shows the first `count` words of what is written. */
export function showWriting(parts: LiveParts, board: Board, text: WrittenText, writing: Writing, count: number): void {
  const { tokens, maze } = writing;
  const words = tokens.slice(0, count).map(({ word }) => word);
  const isWhole = writing.isEnded && count === tokens.length;
  const judged = (isWhole ? words : wholeRecords(words)).join(' ');
  const data = playerData(maze, judged);
  // The last step judges the end of the trace: not before it has ended.
  const last = data.steps.length - 1;
  const step = isWhole || last === 0 ? last : last - 1;
  showStep({ data, maze: board.drawn, parts }, step);
  showPlan(parts, board, data);
  const error = data.error >= 0 && data.error <= step && !(last === 0 && !isWhole) ? data.error : -1;
  text.show(count);
  showBreak(board, text, data, error, isWhole);
  if (isWhole) showVerdict(parts, maze, judged);
  else if (last === 0) showNothing(parts);
  showChoice(parts, count === 0 ? undefined : tokens[count - 1]);
  parts.place.textContent = placeWords(writing, count, data.records);
}

function placeWords(writing: Writing, count: number, records: number): string {
  const place = `Token ${count} of ${writing.tokens.length}, ${records} ${records === 1 ? 'event' : 'events'}`;
  const written = writing.tokens.length - writing.given;
  if (!writing.isEnded || writing.seconds === 0 || written === 0) return `${place}.`;
  const speed = Math.round(written / writing.seconds).toLocaleString('en-US');
  return `${place}. Written at ${speed} tokens a second.`;
}

function showPlan({ plan }: LiveParts, { drawn }: Board, { plan: cells, start }: PlayerData): void {
  const points = cells.map(([x, y]) => `${(x + 0.5) * UNIT} ${(y + 0.5) * UNIT}`);
  drawn.plan.setAttribute('points', points.join(' '));
  drawn.plan.setAttribute('class', points.length > 0 ? 'plan-core' : 'now-unseen');
  plan.className = 'tone-behind';
  plan.textContent =
    cells.length === 0
      ? 'none yet'
      : `${cells.length} ${cells.length === 1 ? 'cell' : 'cells'} so far from (${start.join(', ')})`;
}

function showBreak(
  board: Board,
  text: WrittenText,
  { steps, lines, records }: PlayerData,
  error: number,
  isWhole: boolean,
): void {
  if (error < 0) {
    board.markFirstBreak(null);
    text.markBroken(-1, '');
    return;
  }
  const [, , x, y, , , strict, paper] = steps[error];
  const [tone, words] = lines[strict];
  text.markBroken(error, tone === 'broken' ? words : lines[paper][1]);
  const cell: Cell | null = error < records ? { x, y } : null;
  board.markFirstBreak(cell);
  // What is still missing at the end follows from the first break.
  if (isWhole && cell !== null) board.drawn.mark.setAttribute('class', 'now-unseen');
}

/** The whole verdict, once the completion has ended. */
function showVerdict({ strict, paper, plan }: LiveParts, maze: Writing['maze'], completion: string): void {
  const verdict = judge(maze, completion);
  const elements = { 'Strict trace': strict, 'Lenient trace': paper, Plan: plan, Format: null };
  let before = '';
  for (const { name, words, broken } of verdictRows(maze, completion, verdict)) {
    const element = elements[name];
    if (element === null) continue;
    const isNone = name !== 'Plan' && verdict.records === 0;
    element.textContent = isNone ? 'no trace' : words === before ? 'the same' : words;
    element.className = isNone ? 'tone-behind' : broken ? 'tone-broken' : 'tone-valid';
    before = words;
  }
}

/** Nothing is written yet. */
export function showNothing({ strict, paper, plan, effect, event, open, count, bars }: LiveParts): void {
  for (const element of [strict, paper]) {
    element.textContent = 'no event yet';
    element.className = 'tone-behind';
  }
  plan.textContent = 'none yet';
  plan.className = 'tone-behind';
  effect.textContent = '';
  event.hidden = true;
  open.replaceChildren();
  count.textContent = '';
  showChoice({ bars }, undefined);
}

/** The likeliest tokens in the place of a word, and which of them it is. */
function showChoice({ bars }: Pick<LiveParts, 'bars'>, token: WrittenToken | undefined): void {
  if (token === undefined || token.likeliest.length === 0) {
    const row = document.createElement('tr');
    row.insertCell().textContent = token === undefined ? 'Nothing is written yet.' : 'This word was given, not chosen.';
    bars.replaceChildren(row);
    return;
  }
  const rows = token.likeliest.map(({ word, probability }) => {
    const row = document.createElement('tr');
    if (word === token.word) row.className = 'chosen';
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = word;
    const bar = document.createElement('span');
    bar.className = 'bar';
    bar.style.width = `${Math.max(0.5, 100 * probability)}%`;
    const share = document.createElement('td');
    share.textContent = `${(100 * probability).toFixed(1)} %`;
    const cell = document.createElement('td');
    cell.append(bar);
    row.append(name, cell, share);
    return row;
  });
  bars.replaceChildren(...rows);
}
