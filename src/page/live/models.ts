// The models of the page: the core is compiled and a model opened when they are first asked for.
import { loadPageCore } from '../../core/page-core.ts';
import type { PageCore } from '../../core/page-core.ts';
import { createVocabulary } from '../../domain/maze/vocabulary.ts';
import { StepDecoder } from '../../model/step-decoder.ts';
import { coreBlockId, weightsBlockId } from '../../report/live/data.ts';
import type { LiveModelData } from '../../report/live/data.ts';
import { blockBytes } from './blocks.ts';

/** Opens models, one at a time: a page holds the memory of one. */
export class Models {
  private loading: Promise<PageCore | null> | undefined;
  private open: { readonly id: string; readonly decoder: StepDecoder } | undefined;

  /** The core; null where this browser cannot run it. */
  async core(): Promise<PageCore | null> {
    this.loading ??= loadPageCore({
      fused: blockBytes(coreBlockId('fused')),
      portable: blockBytes(coreBlockId('portable')),
    }).catch(() => null);
    return this.loading;
  }

  /** @returns null where this browser runs no models */
  async decoder({ id, model, size }: LiveModelData): Promise<StepDecoder | null> {
    const core = await this.core();
    if (core === null) return null;
    if (this.open?.id === id) return this.open.decoder;
    this.open = undefined;
    const weights = new Float32Array(blockBytes(weightsBlockId(id)).buffer);
    this.open = { id, decoder: StepDecoder.load(core, { model, vocabulary: createVocabulary(size), weights }) };
    return this.open.decoder;
  }
}
