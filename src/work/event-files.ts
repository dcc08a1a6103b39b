// Event files of TensorBoard (src/cli/event-log.ts) in a folder: a view of metrics.jsonl that nobody needs. They are no
// outputs of a cell: its record does not name them, and checks of a folder skip them.

const EVENT_FILE = /^events\.out\.tfevents\.[\w.-]+$/;

/** @param path in a folder */
export function isEventFile(path: string): boolean {
  return EVENT_FILE.test(path);
}
