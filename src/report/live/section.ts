// The markup of live models; src/page/live fills it. Without a script, or without WebAssembly SIMD, it says so in one
// line.
import { html, join } from '../../render/markup.ts';
import type { Html } from '../../render/markup.ts';
import { playerKey } from '../player/markup.ts';
import type { TraceKind } from './data.ts';

const TRACES: readonly (readonly [TraceKind, string])[] = [
  ['own', 'its own'],
  ['reference', 'A*’s trace of this maze'],
  ['other', 'A*’s trace of another maze'],
  ['filler', 'filler, as long as A*’s trace'],
  ['empty', 'nothing'],
];

/** Tokens a second; 0: as fast as the model writes. */
const SPEEDS = [2, 10, 30, 100, 0];
const USUAL_SPEED = 30;
/** Cells of larger mazes have no numbers in them. */
const MOST_NUMBERED = 12;

/**
 * The stage: editor, controls, text, verdict. A page has it once.
 * @param size largest maze, in cells per side
 */
export function liveStage(size: number): Html {
  const speeds = SPEEDS.map(
    (speed) =>
      html`<option value="${speed}"${speed === USUAL_SPEED ? html` selected` : html``}>${
        speed === 0 ? 'as fast as it can' : `${speed} tokens a second`
      }</option>`,
  );
  const traces = TRACES.map(([kind, words]) => html`<option value="${kind}">${words}</option>`);
  return html`<div class="live-models" data-live>
<p class="live-fault" data-part="missing">The models run by a script, which this reader of the page does not run.</p>
<div class="live-body" data-part="body" hidden>
<div class="live-choices">
<label>Model <select data-part="model"></select></label>
<label>Maze <select data-part="problem"></select></label>
<label>Trace <select data-part="trace">${join(traces)}</select></label>
<label data-part="other-label" hidden>Other maze <select data-part="other"></select></label>
</div>
<p class="note" data-part="about"></p>
<p class="live-fault" data-part="fault" role="status"></p>
<div class="live-stage">
<div class="live-maze">
<div class="board live-board" data-part="board" role="application" tabindex="0" aria-roledescription="maze editor" aria-label="Maze" aria-describedby="live-hint"></div>
<p class="note" id="live-hint">Press or drag in the maze to draw and erase walls; drag the rings to move start and goal. Keys: arrows move, space draws or erases, s sets the start, g the goal.</p>
<p class="note" data-part="cursor" role="status"></p>
<div class="buttons"><button type="button" data-part="clear">Erase all walls</button><button type="button" data-part="restore">Restore the maze</button></div>
<figure class="live-other" data-part="other-figure" hidden><figcaption>The other maze, with A*’s plan</figcaption><div class="board" data-part="other-board"></div></figure>
</div>
<div class="live-told">
<div class="buttons"><button type="button" data-part="write">Write</button><button type="button" data-part="step">One token</button><button type="button" data-part="again">Start over</button><label>Speed <select data-part="speed">${join(speeds)}</select></label></div>
<input type="range" min="0" max="0" value="0" step="1" data-part="slider" aria-label="Token" disabled>
<p class="live-place" data-part="place" aria-live="off"></p>
<p class="live-conclusion" data-part="conclusion" role="status"></p>
<h3>What the model wrote <span class="note">words in italics were given</span></h3>
<div class="live-text" data-part="text" role="region" aria-label="What the model wrote" tabindex="0"></div>
<div class="live-columns">
<div><h3>Likeliest tokens at this step</h3>
<table class="live-bars"><tbody data-part="bars"></tbody></table></div>
<div><h3>Verdict so far</h3>
<dl class="levels"><dt>Strict</dt><dd data-part="strict"></dd><dt>Lenient</dt><dd data-part="paper"></dd><dt>Plan</dt><dd data-part="plan"></dd></dl>
<p class="effect" data-part="effect"></p><p><code class="event" data-part="event"></code></p></div>
</div>
<div class="open-list" role="region" aria-label="Open list" tabindex="0"><table><caption>Open list before the event: <span data-part="count"></span></caption>
<thead><tr><th scope="col">cell (x, y)</th><th scope="col">g</th><th scope="col">h</th><th scope="col">f</th></tr></thead><tbody data-part="open"></tbody></table></div>
</div>
</div>
${playerKey(size <= MOST_NUMBERED)}
<p class="note">The dashed frame marks the first broken rule of the trace.</p>
</div>
</div>`;
}
