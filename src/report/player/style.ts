// The player's style, for pages that have the style sheet of style.ts: its colours are used here.
import { trusted } from '../../render/markup.ts';
import type { Html } from '../../render/markup.ts';

const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';

const PLAYER = `
.player { font-family: ${SANS}; }
.player .live { display: none; }
.player.ready .live { display: block; } .player.ready .still { display: none; }
.begin { margin: .3rem 0; } .begin button { padding: .25rem .7rem; }
.player button, .player select { font: 500 .88rem/1.4 ${SANS}; color: var(--ink); background: var(--wash);
  border: 1px solid var(--line); border-radius: 4px; padding: .35rem .7rem; min-height: 2.2rem; cursor: pointer; }
.player button:hover { border-color: var(--soft); }
.player button:focus-visible, .player select:focus-visible, .player input:focus-visible, .open-list:focus-visible {
  outline: 2px solid var(--link); outline-offset: 2px; }
.player [hidden] { display: none; }
.player [data-part="play"] { min-width: 4.6rem; background: var(--ink); color: var(--page); border-color: var(--ink); }
.player [data-part="error"] { color: var(--broken); border-color: var(--broken); }
.controls { margin: .6rem 0 .4rem; }
.controls input { width: 100%; margin: .3rem 0 .5rem; accent-color: var(--link); }
.buttons { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; font-size: .88rem; color: var(--soft); }
.told { min-width: 0; font-size: .92rem; line-height: 1.45; }
.told p { margin: 0 0 .35rem; max-width: none; }
.place { color: var(--soft); }
.event { font-size: 1.2rem; font-weight: 600; overflow-wrap: anywhere; }
.levels { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .8rem; margin: .5rem 0 .8rem; }
.levels .tone-valid { color: var(--yes); } .levels .tone-broken { color: var(--broken); font-weight: 600; }
.levels .tone-behind { color: var(--soft); }
.open-list { overflow-y: auto; max-height: 17rem; border: 1px solid var(--line); border-radius: 4px; }
.open-list table { width: 100%; }
.open-list caption { padding: .4rem .6rem; }
.open-list th, .open-list td { padding: .2rem .6rem; text-align: right; }
.open-list th:first-child, .open-list td:first-child { text-align: left; }
.open-list thead th { position: sticky; top: 0; background: var(--page); border-bottom-width: 1px; }
.open-list .touched td { background: var(--wash); font-weight: 700; }
.maze .now-unseen { fill: none; stroke: none; }
.maze .now-open { fill: none; stroke: var(--trace); stroke-width: 1.6; stroke-dasharray: 4 3; }
.maze .now-closed { fill: var(--trace); fill-opacity: .3; stroke: var(--trace); stroke-opacity: .6; }
.maze .cost-g, .maze .cost-h { font: 500 9.5px ${SANS}; fill: var(--soft); } .maze .cost-h { text-anchor: end; }
.maze .cost-f { font: 650 13px ${SANS}; fill: var(--ink); text-anchor: middle; }
.maze .start-ring, .maze .goal-ring { fill: none; stroke-width: 3; stroke: var(--plan); }
.maze .goal-ring { stroke: var(--goal); stroke-width: 5; }
.maze .mark { fill: none; stroke: #d9a520; stroke-width: 4; }
.maze .mark.broken { stroke: var(--broken); stroke-width: 5; }
.maze.large .mark { stroke-width: 10; } .maze.large .start-ring, .maze.large .goal-ring { stroke-width: 9; }
.maze.large .now-open { stroke-dasharray: none; stroke-width: 5; }
`;

const WHOLE = `
.whole .stage { display: grid; grid-template-columns: minmax(0, 34rem) minmax(16rem, 1fr); gap: 1.2rem 2rem;
  align-items: start; }
.whole .board .maze, .whole .still .maze { display: block; width: 100%; height: auto; max-height: 34rem; }
.whole .controls { max-width: 34rem; }
.small .board .maze { display: block; width: 100%; max-width: 22rem; height: auto; margin: .35rem 0 .5rem; }
.small .told { font-size: .84rem; } .small .event { font-size: 1rem; } .small .open-list { max-height: 9rem; }
.small button, .small select { padding: .2rem .45rem; min-height: 2rem; font-size: .8rem; }
.small [data-part="play"] { min-width: 3.6rem; }
@media (max-width: 52rem) { .whole .stage { grid-template-columns: minmax(0, 1fr); }
.whole .controls { max-width: none; } .whole .open-list { max-height: 12rem; } }
@media (max-width: 52rem) and (min-height: 40rem) {
.whole .controls { position: sticky; bottom: 0; background: var(--page); border-top: 1px solid var(--line);
  padding: .3rem 0 .6rem; } }
@media print {
  .controls, .begin { display: none; }
  .player.small.ready .live { display: none; } .player.small.ready .still { display: block; }
  .whole .stage { grid-template-columns: 9cm 1fr; } .open-list { max-height: none; overflow: visible; border: 0; }
  .maze * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
`;

/** The style sheet of the player. */
export function playerStyle(): Html {
  return trusted(`<style>${PLAYER}${WHOLE}</style>`);
}
