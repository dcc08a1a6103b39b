// What a stopped run goes on from: parameters and both moments of AdamW, and the step, in one safetensors file that knows whose it is.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { loadTensors, namedTensors } from './checkpoint.ts';
import type { ModelLayout } from './layout.ts';
import type { UpdateMemory } from './parallel-update.ts';
import { encodeSafetensors, readSafetensors, type TensorFile } from './safetensors.ts';

/** Its name in a run directory. */
export const STATE_FILE = 'resume.safetensors';

/** Copies of the three blocks. */
export interface StateBlocks {
  readonly parameters: ArrayBuffer;
  readonly firstMoments: ArrayBuffer;
  readonly secondMoments: ArrayBuffer;
}

export interface RunState {
  readonly file: TensorFile;
  /** Updates done. */
  readonly step: number;
  /** Wall time so far. */
  readonly seconds: number;
}

const BLOCKS = { parameters: '', firstMoments: 'adamw.first_moment.', secondMoments: 'adamw.second_moment.' } as const;
const NAMES = ['parameters', 'firstMoments', 'secondMoments'] as const;

/** Copies of the blocks, and the list of them for a transfer between threads. */
export function copyState(memory: WebAssembly.Memory, map: UpdateMemory): StateBlocks {
  const copy = (name: (typeof NAMES)[number]): ArrayBuffer => copyBlock(memory, map[name], map.layout);
  return { parameters: copy('parameters'), firstMoments: copy('firstMoments'), secondMoments: copy('secondMoments') };
}

export function copyBlock(memory: WebAssembly.Memory, block: number, layout: ModelLayout): ArrayBuffer {
  return Uint8Array.from(new Uint8Array(memory.buffer, block, layout.bytes)).buffer;
}

/** @param key names the run: settings, data, core */
export async function writeState(
  path: string,
  layout: ModelLayout,
  blocks: StateBlocks,
  key: string,
  step: number,
  seconds: number,
): Promise<void> {
  const tensors = NAMES.flatMap((name) => namedTensors(blocks[name], layout, BLOCKS[name]));
  await writeFileAtomic(path, encodeSafetensors(tensors, { key, step: String(step), seconds: String(seconds) }));
}

/** The state of a stopped run, or null. @throws TracelabError RUN_MISMATCH when it belongs to other settings, FILE_READ, CHECKPOINT_DAMAGED */
export async function readState(path: string, key: string): Promise<RunState | null> {
  let file: TensorFile;
  try {
    file = await readSafetensors(path);
  } catch (error) {
    if (error instanceof TracelabError && error.code === 'CHECKPOINT_MISSING') return null;
    throw error;
  }
  if (file.metadata.key !== key) {
    throw new TracelabError({
      code: 'RUN_MISMATCH',
      kind: 'refused_input',
      where: path,
      what: 'this directory holds a run with other settings, data or core',
      expected: key.slice(0, 12),
      got: String(file.metadata.key).slice(0, 12),
      hint: 'use another run directory, or delete this one',
    });
  }
  return { file, step: Number(file.metadata.step), seconds: Number(file.metadata.seconds) };
}

/** Puts a state into the shared memory. @throws TracelabError CHECKPOINT_DAMAGED */
export function loadState({ file }: RunState, memory: WebAssembly.Memory, map: UpdateMemory, where: string): void {
  for (const name of NAMES) loadTensors(file, map.layout, memory, map[name], where, BLOCKS[name]);
}

/** Deletes what only a resume needs; for finished runs. */
export async function dropState(runDir: string): Promise<void> {
  await rm(join(runDir, STATE_FILE), { force: true });
}
