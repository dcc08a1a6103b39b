// What a page's live models are, as plain data: the page's script reads it from a block of JSON, and the bytes of the
// core and of each model's weights from blocks of their own.
import type { KernelPath } from '../../core/exports.ts';
import type { ModelConfig } from '../../model/config.ts';

/** A measured share of valid plans. */
export interface LiveValidity {
  /** Of test problems: a distribution as people call it. */
  readonly label: string;
  readonly valid: number;
  readonly of: number;
}

export interface LiveModelData {
  /** Unique in the page; letters, digits and hyphens. */
  readonly id: string;
  /** What it was trained on, in words: `swapped, seed 1`. */
  readonly label: string;
  readonly step: number;
  /** Cells per side of the mazes that it was trained on. */
  readonly size: number;
  /** SHA-256 of its model.safetensors. */
  readonly hash: string;
  readonly model: ModelConfig;
  /** Empty when nothing was measured. */
  readonly validity: readonly LiveValidity[];
}

export interface LiveProblem {
  /** `wilson-6-test-5` */
  readonly id: string;
  /** The distribution as people call it. */
  readonly group: string;
  readonly size: number;
  readonly prompt: string;
  /** By the id of a model: what it wrote when it was tested, greedily. */
  readonly recorded: Readonly<Record<string, RecordedCompletion>>;
}

export interface RecordedCompletion {
  readonly text: string;
  /** Cut at the cap of the test. */
  readonly truncated: boolean;
}

export interface LiveData {
  readonly models: readonly LiveModelData[];
  readonly problems: readonly LiveProblem[];
}

/** Ids of the blocks. */
export const LIVE_DATA_ID = 'live-data';

/** The block of a module of the core, base64. */
export function coreBlockId(path: KernelPath): string {
  return `live-core-${path}`;
}

/** The block of a model's weights: numbers of 32 bits, little endian, in the order of tensorShapes(), base64. */
export function weightsBlockId(model: string): string {
  return `live-weights-${model}`;
}

/** What is put in the place of a model's own trace. `own`: nothing. */
export const TRACE_KINDS = ['own', 'reference', 'other', 'filler', 'empty'] as const;
export type TraceKind = (typeof TRACE_KINDS)[number];
