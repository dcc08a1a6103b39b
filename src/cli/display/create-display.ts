// What a command shows while its tasks run: a live view on a terminal, plain lines elsewhere, or JSON lines. Each mode
// has its own file.
import type { Display, DisplayMode, DisplayOptions, DisplayStream } from './display.ts';
import { jsonDisplay } from './json.ts';
import { linesDisplay } from './lines.ts';
import { liveDisplay } from './live.ts';

/** The display of a mode, which writes to `options.out`. */
export function createDisplay(options: DisplayOptions): Display {
  switch (options.mode) {
    case 'live':
      return liveDisplay(options);
    case 'lines':
      return linesDisplay(options);
    case 'json':
      return jsonDisplay(options);
    default:
      return options.mode satisfies never;
  }
}

/**
 * The mode that fits a stream: a live view needs a terminal that can move its cursor.
 * @param json whether the user asked for JSON
 */
export function chooseMode(
  json: boolean,
  out: Pick<DisplayStream, 'isTTY' | 'columns' | 'rows'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): DisplayMode {
  if (json) return 'json';
  // A terminal that nobody gave a size says 0.
  const canDraw = out.isTTY === true && out.columns !== 0 && out.rows !== 0 && env.TERM !== 'dumb';
  return canDraw ? 'live' : 'lines';
}
