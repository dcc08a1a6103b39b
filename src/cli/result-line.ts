// The last line of `--json`: what a command that finished found.

/**
 * @param result SHA-256 over the results of its tasks, or of what it read
 * @param found keys of the command itself
 */
export function resultLine(result: string, found: object = {}): string {
  return `${JSON.stringify({ event: 'result', result, ...found })}\n`;
}
