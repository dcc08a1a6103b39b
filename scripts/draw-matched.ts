// The figure of docs/results/matched.md, drawn from its two tables of valid plans: four test sets, three conditions,
// mean and interval. Usage: node scripts/draw-matched.ts PAGE FIGURE
import { readFileSync, writeFileSync } from 'node:fs';

const [page, figure] = process.argv.slice(2);
const sections = readFileSync(page, 'utf8').split(/^## /m);

const PANELS = [
  { heading: 'Valid plans: one length', title: 'Trained on prompts of one length (5 seeds)' },
  { heading: 'Valid plans: several lengths', title: 'Trained on prompts of several lengths (5 seeds)' },
];
const TESTS = [
  { row: 'Wilson', label: 'Wilson (in distribution)' },
  { row: 'Wilson, one dead end more', label: 'Wilson, three words shorter' },
  { row: 'Drunkard', label: 'Drunkard, three words shorter' },
  { row: "Drunkard, Wilson's prompt length", label: 'Drunkard, same prompt length' },
];
const CONDITIONS = ['solution-only', 'correct', 'swapped'];
const WIDTH = 880;
const LEFT = 250;
const RIGHT = 50;
const ROW = 58;
const TOP = 56;
const PANEL = TOP + TESTS.length * ROW + 34;

const x = (percent: number): number => LEFT + (percent / 100) * (WIDTH - LEFT - RIGHT);

/** `96.2 [94.1, 98.3]; ...` */
function numbers(cell: string): { mean: number; low: number; high: number } {
  const found = /^ ?([\d.]+) \[([\d.]+), ([\d.]+)\]/.exec(cell);
  if (found === null) throw new Error(`no mean with its interval: ${cell}`);
  const [mean, low, high] = found.slice(1).map(Number);
  return { mean, low, high };
}

function cellsOf(heading: string, row: string): string[] {
  const lines = sections.find((section) => section.startsWith(`${heading}\n`))?.split('\n') ?? [];
  const line = lines.find((each) => each.startsWith(`| ${row} |`));
  if (line === undefined) throw new Error(`${page} has no row ${row} below ${heading}`);
  return line.split('|').slice(3, 6);
}

function panel({ heading, title }: (typeof PANELS)[number], top: number): string {
  const bottom = top + TOP + TESTS.length * ROW;
  const ticks = [0, 20, 40, 60, 80, 100].map(
    (tick) =>
      `<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${top + TOP - 14}" y2="${bottom}"/>` +
      `<text class="tick" x="${x(tick)}" y="${bottom + 18}">${tick}${tick === 100 ? ' %' : ''}</text>`,
  );
  const rows = TESTS.map(({ row, label }, i) => {
    const middle = top + TOP + i * ROW + ROW / 2 - 8;
    const dots = cellsOf(heading, row).map((cell, k) => {
      const { mean, low, high } = numbers(cell);
      const y = middle + (k - 1) * 15;
      return (
        `<g class="c${k}"><line x1="${x(low).toFixed(1)}" x2="${x(high).toFixed(1)}" y1="${y}" y2="${y}"/>` +
        `<circle cx="${x(mean).toFixed(1)}" cy="${y}" r="5"/>` +
        `<title>${CONDITIONS[k]}, ${label}: ${mean} % [${low}, ${high}]</title></g>`
      );
    });
    return `<text class="label" x="${LEFT - 14}" y="${middle + 4}">${label}</text>${dots.join('')}`;
  });
  return `<text class="title" x="${LEFT}" y="${top + 24}">${title}</text>${ticks.join('')}${rows.join('\n')}`;
}

const height = PANELS.length * PANEL + 40;
const key = CONDITIONS.map(
  (name, k) =>
    `<g class="c${k}"><circle cx="${LEFT + 10 + k * 170}" cy="${height - 18}" r="5"/></g>` +
    `<text class="key" x="${LEFT + 22 + k * 170}" y="${height - 13}">${name}</text>`,
);
writeFileSync(
  figure,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="t">
<title id="t">Valid plans in percent, with 95 % intervals, by test set and condition</title>
<style>
text{font:14px system-ui,sans-serif;fill:#1c2430}.title{font-weight:600;font-size:16px}.label{text-anchor:end}
.tick{text-anchor:middle;font-size:12px;fill:#5b6675}.grid{stroke:#d5dae1}
g line{stroke-width:2.5}.c0{stroke:#777f8b;fill:#777f8b}.c1{stroke:#1f6fd1;fill:#1f6fd1}.c2{stroke:#d1661f;fill:#d1661f}
@media (prefers-color-scheme:dark){text{fill:#e6e9ee}.tick{fill:#a3adbb}.grid{stroke:#39424f}
.c0{stroke:#a8b0bc;fill:#a8b0bc}.c1{stroke:#6aa9f7;fill:#6aa9f7}.c2{stroke:#f2985a;fill:#f2985a}}
</style>
${PANELS.map((each, i) => panel(each, i * PANEL)).join('\n')}
${key.join('')}
</svg>
`,
);
