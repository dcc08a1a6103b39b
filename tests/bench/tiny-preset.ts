// A preset that is measured in no time, of the first peer's family.
import { PEER_PRESETS, type Preset } from '../../bench/presets.ts';

export const TINY: Preset = {
  ...PEER_PRESETS[0],
  vocab: 21,
  sequence: 12,
  lengths: [12, 12, 12, 12],
  accumulators: 2,
  model: { ...PEER_PRESETS[0].model, d_model: 32, n_layer: 1, n_kv_head: 2, d_ff: 40, context: 13 },
};
