// The blocks of data of a page with models (src/report/live/blocks.ts).
import { LIVE_DATA_ID } from '../../report/live/data.ts';
import type { LiveData } from '../../report/live/data.ts';

/** The models and mazes of the page. */
export function liveData(): LiveData {
  return JSON.parse(blockText(LIVE_DATA_ID)) as LiveData;
}

/** The bytes of a block that holds base64. */
export function blockBytes(id: string): Uint8Array<ArrayBuffer> {
  const text = atob(blockText(id));
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function blockText(id: string): string {
  const block = document.getElementById(id);
  if (block === null) throw new Error(`the page has no block ${id}`);
  return block.textContent;
}
