// Parts of a study with all of their cells finished, and where those are: what results are collected from.
import type { Condition } from '../domain/conditions/condition.ts';
import type { FinishedCell } from '../run/cell.ts';
import type { PhasePoint } from './phase.ts';
import type { DatasetManifest } from '../data/dataset.ts';
import type {
  Arm,
  CurveSummary,
  InterventionsSummary,
  LengthsSummary,
  RlCellSummary,
  RlCurveSummary,
  TestSummary,
  TrainingSummary,
} from './cells.ts';

/** An arm with all of its cells finished, and where they are. */
export interface CompleteArm extends Arm {
  readonly training: FinishedCell<TrainingSummary>;
  readonly curve: FinishedCell<CurveSummary>;
  readonly test: FinishedCell<TestSummary>;
  readonly trainingDirectory: string;
  readonly testDirectory: string;
}

/** Data, and every arm trained and tested on them. */
export interface CompleteTests {
  readonly data: FinishedCell<DatasetManifest>;
  readonly dataDirectory: string;
  readonly arms: readonly CompleteArm[];
}

export interface CompleteLengths {
  readonly arm: CompleteArm;
  readonly lengths: FinishedCell<LengthsSummary>;
  readonly lengthsDirectory: string;
}

/** Reinforcement learning from an arm with all of its cells finished, and where they are. */
export interface CompleteRl {
  readonly arm: CompleteArm;
  readonly rl: FinishedCell<RlCellSummary>;
  readonly curve: FinishedCell<RlCurveSummary>;
  readonly test: FinishedCell<TestSummary>;
  readonly rlDirectory: string;
  readonly testDirectory: string;
}

export interface CompleteInterventions {
  readonly arm: CompleteArm;
  readonly other: Condition | null;
  readonly interventions: FinishedCell<InterventionsSummary>;
}

/** A square of a phase diagram. */
export interface CompletePoint {
  readonly point: PhasePoint;
  readonly tests: CompleteTests;
}
