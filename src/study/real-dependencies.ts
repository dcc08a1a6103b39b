// The functions that a real study calls.
import { readLengths } from '../analysis/read-lengths.ts';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { loadCore } from '../core/module.ts';
import { writeDataset } from '../data/dataset.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import { intervene } from '../evaluation/intervene.ts';
import { measureDecodeSpeed } from '../evaluation/speed.ts';
import { dropState } from '../model/run-state.ts';
import { planRl } from '../rl/memory.ts';
import { observe } from '../rl/observe.ts';
import { rl } from '../rl/rl.ts';
import { planMemory } from '../training/memory.ts';
import { measureTrainingSpeed } from '../training/speed.ts';
import { train } from '../training/train.ts';
import type { StudyDependencies } from './dependencies.ts';

export const REAL_DEPENDENCIES: StudyDependencies = {
  writeDataset,
  train,
  dropState,
  evaluate,
  readLengths,
  rl,
  observe,
  intervene,
  loadCore,
  planMemory,
  planRl,
  measureTrainingSpeed,
  measureDecodeSpeed,
  clock: SYSTEM_CLOCK,
};
