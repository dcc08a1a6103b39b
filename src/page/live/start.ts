// Starts the live models of a page that has some.
import { liveData } from './blocks.ts';
import { Live, NO_SIMD } from './live.ts';
import { Models } from './models.ts';
import { livePartsOf } from './parts.ts';

/** Distance to the view at which the core is compiled, so that it is there when the reader is. */
const NEAR = '400px';

/** The stage begins at once; the core is compiled when the reader comes near, a model opened when it is to write. */
export function startLive(): void {
  const root = document.querySelector<HTMLElement>('[data-live]');
  if (root === null) return;
  const parts = livePartsOf(root);
  const models = new Models();
  const live = new Live(liveData(), models, parts);
  parts.missing.hidden = true;
  parts.body.hidden = false;
  const seen = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      seen.disconnect();
      void models.core().then((core) => {
        if (core === null) live.giveUp(NO_SIMD);
        else root.dataset.path = core.kernel_path;
      });
    },
    { rootMargin: NEAR },
  );
  seen.observe(root);
}
