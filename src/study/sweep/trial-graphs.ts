// Graphs of studies that differ in little: tasks that are equal in two of them are the same value.
import { Remembered } from '../../base/remembered.ts';
import type { SharedSettings } from '../../work/shared-settings.ts';
import type { Task } from '../../work/task.ts';
import type { StudyConfig } from '../config.ts';
import { studyGraph } from '../graph.ts';
import type { StudyGraph } from '../graph.ts';

/** Makes the graphs of trials. Most sweeps vary recipes, which only change the settings of tasks. */
export class TrialGraphs {
  private readonly shared: SharedSettings;
  /** A graph for each configuration without its recipe. */
  private readonly graphs = new Remembered();

  /** @param shared settings of all of them */
  constructor(shared: SharedSettings) {
    this.shared = shared;
  }

  /** Equal to studyGraph(). */
  of(config: StudyConfig): StudyGraph {
    // The points of a phase diagram have recipes of their own.
    if (config.phase) return studyGraph(config, this.shared);
    const { train, ...others } = { ...config, study: null };
    const sections = Object.entries(others).flatMap(([name, section]) => [name, this.shared.of(section)]);
    const like = this.graphs.of(sections, () => ({ ...studyGraph(config, this.shared), train }));
    if (like.train === train) return like;
    const { graph, tasks } = like;
    const before = this.shared.of(like.train);
    const withRecipe = (task: Task): Task => {
      const settings = task.config as { readonly train?: unknown };
      return settings.train === before ? { ...task, config: this.shared.of({ ...settings, train }) } : task;
    };
    return { graph: { ...graph, tasks: graph.tasks.map(withRecipe) }, tasks };
  }
}
