// The blocks of data that live models need in a page. A block never executes: its type is no script's.
import { html, join, trusted } from '../../render/markup.ts';
import type { Html } from '../../render/markup.ts';
import { pageCoreBytes } from '../page-assets.ts';
import { coreBlockId, LIVE_DATA_ID, weightsBlockId } from './data.ts';
import type { LiveData, LiveProblem } from './data.ts';
import type { LiveModel } from './read-model.ts';

/**
 * All blocks: a page has them once.
 * @throws TracelabError PAGE_MISSING (environment) when the package is not built
 */
export function liveBlocks(models: readonly LiveModel[], problems: readonly LiveProblem[]): Html {
  const data: LiveData = {
    models: models.map(({ id, label, step, size, hash, model, validity }) => ({
      id,
      label,
      step,
      size,
      hash,
      model,
      validity,
    })),
    problems,
  };
  const blocks = [
    block('application/json', LIVE_DATA_ID, json(data)),
    ...(['fused', 'portable'] as const).map((path) =>
      block('application/wasm', coreBlockId(path), pageCoreBytes(path).toString('base64')),
    ),
    ...models.map(({ id, weights }) => block('application/octet-stream', weightsBlockId(id), base64(weights))),
  ];
  return join(blocks, '\n');
}

/** @param text without `<` */
function block(type: string, id: string, text: string): Html {
  return html`<script type="${type}" id="${id}">${trusted(text)}</script>`;
}

/** JSON in which nothing ends the block: a `<` is written as its code. */
function json(value: object): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function base64(weights: Float32Array): string {
  return Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength).toString('base64');
}

/** Characters of a model's block. */
export function weightsBlockLength(weights: number): number {
  return 4 * Math.ceil((4 * weights) / 3);
}
