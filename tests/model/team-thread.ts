// One member of a team on one micro-batch.
import { parentPort, workerData } from 'node:worker_threads';
import type { CoreExports } from '../../src/core/exports.ts';
import { type CoreHandle, instantiateCore } from '../../src/core/module.ts';
import { configureModel, type PlacedModel } from '../../src/model/place.ts';
import { Team } from '../../src/model/teams.ts';

/** What a member is to do. */
export interface MemberWork {
  readonly handle: CoreHandle;
  readonly memory: WebAssembly.Memory;
  readonly placed: PlacedModel;
  readonly team: number;
  readonly rank: number;
  readonly size: number;
  /** Where the activations begin, and the most tokens of a micro-batch. */
  readonly workspace: number;
  readonly tokens: number;
  /** Packed weights, or zeros. */
  readonly packed: readonly [forward: number, backward: number];
  readonly call:
    | { readonly name: 'train_microbatch'; readonly values: Parameters<CoreExports['train_microbatch']> }
    | { readonly name: 'policy_microbatch'; readonly values: Parameters<CoreExports['policy_microbatch']> };
}

const { handle, memory, placed, team, rank, size, workspace, tokens, packed, call } = workerData as MemberWork;
const core = instantiateCore(handle, memory);
configureModel(core, placed);
const map = { split: { teams: 1, size }, words: [team], workspaces: [workspace], microTokens: tokens, longest: tokens };
const member = Team.join(core, memory, map, rank);
if (member === null) throw new Error('a team has room for all its members');
core.use_packed_weights(...packed);
// Every member takes part in two micro-batches, so that the second finds what the first left behind.
if (member.agree(() => 7) !== 7 || member.agree(() => 8) !== 8) throw new Error('the members do not agree');
for (let i = 0; i < 2; i++) {
  if (call.name === 'train_microbatch') core.train_microbatch(...call.values);
  else core.policy_microbatch(...call.values);
}
parentPort?.postMessage('done');
