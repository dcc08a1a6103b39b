// A short run of reinforcement learning in its own process, which alone can choose the kernel path: node run-once.ts
// <run directory> <checkpoint> <train.jsonl>. Prints the path it ran on and the rows of its steps as JSON.
import { loadCore } from '../../src/core/module.ts';
import { RL_DEFAULTS } from '../../src/rl/config.ts';
import { rl } from '../../src/rl/rl.ts';
import type { StepRow } from '../../src/rl/step-row.ts';

const [runDir, checkpoint, trainFile] = process.argv.slice(2);
const rows: StepRow[] = [];
await rl(
  {
    runDir,
    checkpoint,
    trainFile,
    seed: 2,
    threads: 2,
    rl: { ...RL_DEFAULTS, steps: 3, prompts: 8, group: 4, kl: 0.04, lr: 1e-3, warmup_steps: 0, cap: 40 },
  },
  {
    progress: (row) => {
      rows.push(row);
    },
  },
);
process.stdout.write(JSON.stringify({ kernel_path: loadCore().kernel_path, rows }));
