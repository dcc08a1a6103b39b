// The page's style sheet: one text column, wider figures, light and dark, phone and paper. No external fonts, no
// scripts.
import { trusted } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { darkChartRules } from './palette.ts';

const LIGHT = `
  --page: #ffffff; --ink: #23211d; --soft: #625e56; --line: #dcd8ce; --wash: #f6f4ee; --link: #1d5d9b;
  --yes: #1b6b3a; --no: #a3261d; --open: #6b5b14; --none: #625e56; --warn-wash: #fdf3dc; --warn-line: #d9a520;
  --wall: #4a4741; --wall-line: #5e5b54; --floor: #fbfaf6; --grid: #e2ded4; --trace: #2a78b8; --trace-text: #10324f;
    --plan: #23211d; --broken: #c2281c; --goal: #1b6b3a; --object: #b5803a;`;

const DARK = `
  --page: #171613; --ink: #e6e2d8; --soft: #a8a398; --line: #3a3832; --wash: #211f1b; --link: #7db7ee;
  --yes: #76c893; --no: #f2877c; --open: #dcc365; --none: #a8a398; --warn-wash: #322a14; --warn-line: #a5801f;
  --wall: #6d685e; --wall-line: #7d786d; --floor: #201e1a; --grid: #35322c; --trace: #5fa8e6; --trace-text: #dcecfa;
    --plan: #f4f0e6; --broken: #ff6f61; --goal: #76c893; --object: #d9a860;`;

const PAGE = `
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Iowan Old Style", Georgia, "DejaVu Serif", serif; }
main, header, footer { max-width: 71rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 3.5rem; }
footer { padding-bottom: 4rem; }
h1 { font-size: 2.1rem; line-height: 1.2; margin: .2rem 0 .4rem; font-weight: 600; letter-spacing: -.01em; }
h2 { font-size: 1.4rem; line-height: 1.3; margin: 3.2rem 0 .6rem; padding-top: .9rem; border-top: 1px solid var(--line);
  font-weight: 600; }
h3 { font-size: 1.08rem; line-height: 1.4; margin: 1.9rem 0 .4rem; font-weight: 600; }
p, .prose { max-width: 44rem; margin: .7rem 0; }
a { color: var(--link); }
.overline, .contents, .key, table, figcaption, caption, dl, .badge, summary, .note, .chart, .sample, pre, code {
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
.overline { color: var(--soft); font-size: .85rem; margin: 0; }
.lead { font-size: 1.12rem; }
.note, figcaption, caption { color: var(--soft); font-size: .85rem; line-height: 1.5; }
.contents { font-size: .88rem; padding: 0; margin: 1.2rem 0 0; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem;
  list-style: none; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font-size: .86em; }
pre { max-width: 50rem; font-size: .76rem; line-height: 1.5; background: var(--wash); padding: .8rem .9rem;
  overflow-x: auto; margin: .6rem 0; border-radius: 3px; }
pre.wrap { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 22rem; overflow-y: auto; }
.hash { overflow-wrap: anywhere; }
.banner { border: 1px solid var(--warn-line); border-left-width: 5px; background: var(--warn-wash);
  padding: .8rem 1.1rem; margin: 1.4rem 0; max-width: 44rem; }
.banner h2 { border: 0; padding: 0; margin: 0 0 .2rem; font-size: 1.08rem; }
.banner p, .banner ul { margin: .3rem 0; }
figure { margin: 1.2rem 0; }
figcaption, .note { max-width: 50rem; margin: .5rem 0; }
summary { cursor: pointer; font-size: .88rem; color: var(--link); }
`;

const FINDINGS = `
.findings { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1rem 1.5rem;
  margin: 1.2rem 0; }
.finding { border-top: 3px solid var(--tone); background: var(--wash); padding: .9rem 1.1rem 1rem; break-inside: avoid;
}
.finding h3 { margin: 0 0 .35rem; }
.finding p { margin: .3rem 0 .6rem; } .finding p.note { margin: .6rem 0 0; }
.finding-id { color: var(--soft); margin-right: .15rem; }
#table-findings tbody th { min-width: 2.6rem; }
.finding th { background: var(--wash); } .finding tbody th { min-width: 5rem; }
.finding .scroll { margin: .6rem 0 .3rem; }
.badge::first-letter { text-transform: uppercase; }
.badge { display: inline-block; color: var(--tone); font-size: .85rem; font-weight: 650; letter-spacing: .01em; }
.supported { --tone: var(--yes); } .contradicted { --tone: var(--no); } .undecided, .observed { --tone: var(--open); }
.undertrained, .not-tested { --tone: var(--none); }
.finding dl, .facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .9rem; margin: 0;
  font-size: .86rem; line-height: 1.45; }
dt { color: var(--soft); } dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.facts { max-width: 50rem; margin: .8rem 0; }
`;

const TABLES = `
.scroll { overflow-x: auto; margin: .8rem 0 1.2rem; }
.scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: separate; border-spacing: 0; font-size: .86rem; line-height: 1.35;
  font-variant-numeric: tabular-nums; }
.scroll > table { min-width: 100%; }
caption { caption-side: top; text-align: left; padding-bottom: .6rem; }
caption > span { display: inline-block; position: sticky; left: 0; max-width: min(52rem, calc(100vw - 2.5rem)); }
caption strong { color: var(--ink); font-weight: 600; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 1.5px solid var(--ink); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 500; min-width: 7.5rem; position: sticky; left: 0; background: var(--page); z-index: 1; }
tbody th .note { display: block; font-weight: 400; margin: 0; font-size: .78rem; max-width: 13rem; }
thead .note, td .note { display: block; font-weight: 400; margin: 0; font-size: .78rem; }
.compact tbody th .note { max-width: 19rem; }
tbody.group > tr:first-child > th[colspan] { position: static; padding-top: 1.1rem; color: var(--soft);
  font-weight: 600; }
tbody.group > tr:first-child > th[colspan] > span { position: sticky; left: 0; display: inline-block;
  max-width: min(60rem, 84vw); }
td { white-space: nowrap; }
td .v { display: block; font-weight: 600; } td .i, td .n { display: block; font-size: .78rem; color: var(--soft); }
tr.paper td, tr.paper th { color: var(--soft); font-style: italic; }
td.none { color: var(--soft); }
td.text { white-space: normal; min-width: 12rem; max-width: 30rem; }
.compact th, .compact td { padding-top: .22rem; padding-bottom: .22rem; }
`;

const FIGURES = `
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21.75rem), 1fr)); gap: 1.3rem 1.2rem;
}
.charts h3, .sample h3 { margin: 0 0 .2rem;
  font: 600 .88rem/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
.charts .note { margin: 0 0 .3rem; }
.charts > div { break-inside: avoid; min-width: 0; }
.chart svg, svg.chart { max-width: 100%; height: auto; }
.chart text { font-family: inherit; }
.key { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.3rem; padding: 0; margin: .6rem 0 .8rem;
  font-size: .85rem; color: var(--soft); }
.key svg { vertical-align: -.12em; margin-right: .25rem; }
.quadrants td, .quadrants th { border-bottom: 0; padding: .3rem .9rem .3rem 0; }
.quadrants svg { display: block; }
.quadrant-cell { fill: var(--trace); } .quadrant-frame { fill: none; stroke: var(--line); }
.quadrants svg text, .legend-quadrants text {
  font: 500 11px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; fill: var(--ink); }
.legend-quadrants .quadrant-cell { fill: none; }
`;

const PICTURES = `
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19.5rem), 1fr)); gap: 1.6rem 1.6rem;
  margin: 1rem 0 1.6rem; }
.sample { margin: 0; font-size: .84rem; line-height: 1.45; break-inside: avoid; min-width: 0; }
.sample .maze { display: block; width: 100%; max-width: 17rem; height: auto; margin: .35rem 0 .5rem; }
.sample .maze.large { max-width: 100%; }
.sample p { margin: .3rem 0; font-size: inherit; }
.sample figcaption { color: var(--ink); }
.broken-word { color: var(--broken); font-weight: 600; }
.distribution > summary { font-size: 1rem; font-weight: 600; color: var(--ink); padding: .55rem 0;
  border-bottom: 1px solid var(--line); }
.maze .floor { fill: var(--floor); stroke: var(--grid); } .maze .wall { fill: var(--wall); stroke: var(--wall-line); }
.maze .closed { fill: var(--trace); stroke: var(--trace); stroke-opacity: .55; }
.maze .created { fill: none; stroke: var(--trace); stroke-dasharray: 3 2; }
.maze .order { font: 500 7.5px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  fill: var(--trace-text); }
.maze .on-wall { fill: #fff; }
.maze polyline { fill: none; stroke-linejoin: round; stroke-linecap: round; }
.maze .plan { stroke: var(--page); stroke-width: 5; stroke-opacity: .7; }
.maze .plan-core { stroke: var(--plan); stroke-width: 2.6; }
.maze .plan-rest { stroke: var(--plan); stroke-width: 1.4; stroke-dasharray: 1.5 4; }
.maze .start { fill: var(--plan); stroke: var(--page); stroke-width: 1.5; }
.maze .goal { fill: var(--page); stroke: var(--goal); stroke-width: 2.6; } .maze .goal-core { fill: var(--goal); }
.maze .mark-actor { fill: var(--plan); stroke: var(--page); stroke-width: 1.5; }
.maze .mark-object { fill: var(--object); stroke: var(--page); stroke-width: 1.5; }
.maze .mark-target { fill: var(--goal); } .maze .mark-ring { fill: none; stroke-width: 2.6; }
.maze .mark-ring.mark-target { stroke: var(--goal); }
.maze .bad-move { stroke: var(--broken); stroke-width: 2.6; stroke-dasharray: 4 4; }
.maze .broken { fill: none; stroke: var(--broken); stroke-width: 2.6; }
.maze .broken-plan { stroke-width: 3.4; stroke-linecap: round; }
.maze.large .floor, .maze.large .wall { stroke: none; }
.maze.large .plan { stroke-width: 12; } .maze.large .plan-core { stroke-width: 7; }
.maze.large .plan-rest { stroke-width: 4; stroke-dasharray: 4 9; }
.maze.large .broken { stroke-width: 8; } .maze.large .bad-move { stroke-width: 7; stroke-dasharray: none; }
.maze.large .goal { stroke-width: 5; } .maze.large .start { stroke-width: 3; }
.remarks { display: grid; grid-template-columns: 5.6rem 1fr; gap: .15rem .7rem; margin: .3rem 0; }
.key svg.maze { width: 1.15rem; height: 1.15rem; margin: 0 .2rem 0 0; vertical-align: -.25em; }
`;

const PRINT = `
@media (max-width: 34rem) {
  body { font-size: 1rem; } h1 { font-size: 1.65rem; } main, header, footer { padding: 0 1rem; }
  header { padding-top: 1.8rem; }
  .finding { padding: .8rem .9rem; }
  [id^="table-first-errors"] tbody th { min-width: 9.5rem; }
  .finding table { font-size: .76rem; } .finding tbody th { min-width: 4rem; } .finding td { white-space: normal; }
  .finding th, .finding td { padding-right: .5rem; }
}
@media print {
  body { font-size: 9.5pt; } h2 { break-after: avoid; } .contents, .texts { display: none; }
  .scroll { overflow: visible; } table { font-size: 7.5pt; } tr { break-inside: avoid; }
  .key, summary, h3 { break-after: avoid; } .findings { grid-template-columns: 1fr 1fr; }
  .samples { grid-template-columns: repeat(3, 1fr); gap: 1rem; } .sample { font-size: 7pt; }
  .remarks { display: block; } .sample .note { font-size: 7pt; }
  .finding, .banner { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  details::details-content { content-visibility: visible; display: block; }
}
`;

/** The <style> element. Dark colours come from prefers-color-scheme; paper is always light. */
export function styleSheet(): Html {
  return trusted(`<style>
:root { color-scheme: light dark; ${LIGHT}
}
@media screen and (prefers-color-scheme: dark) {
:root { ${DARK}
}
${darkChartRules()}
}
${PAGE}${FINDINGS}${TABLES}${FIGURES}${PICTURES}${PRINT}</style>`);
}
