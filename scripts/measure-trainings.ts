// Tokens a second of quick's trainings side by side, without what follows them: how well the executor fills a machine.
// node scripts/measure-trainings.ts <singles|seeds> <count> <tokens> [threads]
//   singles: `count` trainings on correct traces, one thread each: what the machine can do at most
//   seeds:   quick's three conditions in `count` seeds; solution-only has its share of the tokens, as in quick
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../src/base/clock.ts';
import { studyExecutor } from '../src/cli/study-executor.ts';
import { usableCores, usableMemory } from '../src/host/machine.ts';
import { loadConfig } from '../src/study/config-file.ts';
import { studyGraph } from '../src/study/graph.ts';
import { makeFacts, withSpeeds } from '../src/tasks/facts.ts';
import { KINDS } from '../src/tasks/kinds.ts';
import { measureSpeed } from '../src/tasks/speed.ts';
import type { TrainingSummary, TrainTask } from '../src/tasks/train.ts';
import { FolderStore } from '../src/work/folder-store.ts';
import { nodesOf } from '../src/work/nodes.ts';
import type { Graph, Task } from '../src/work/task.ts';
import { plain } from '../src/work/task.ts';

/** Tokens of solution-only for each token with traces, in quick. */
const WITHOUT_TRACES = 17.6 / 32.3;

const [mode = 'seeds', count = '3', tokens = '2e6', threads = String(usableCores().count)] = process.argv.slice(2);
const seeds = Array.from({ length: Number(count) }, (_, i) => i + 1);
const { config } = await loadConfig(join(import.meta.dirname, '../configs/quick.yaml'), [
  'data.train=8000',
  `seeds=[${seeds.join(', ')}]`,
  'rl=null',
  'interventions=null',
  ...(mode === 'singles' ? ['conditions=[correct]'] : []),
]);
const graph = trainingsOf(studyGraph(config).graph);
const facts = makeFacts(SYSTEM_CLOCK);
const lengths = facts.lengths(config.data, config.data.generator);
const speeds = [];
for (const traces of [true, false]) speeds.push(await measureSpeed({ ...config, lengths }, traces));
const known = withSpeeds(facts, speeds);
const estimates = new Map(
  nodesOf(graph).flatMap((node) => {
    const kind = KINDS.get(node.task.kind);
    return kind ? [[node.task.id, kind.estimate(node, known)] as const] : [];
  }),
);
const runs = mkdtempSync(join(tmpdir(), 'tracelab-trainings-'));
try {
  const executor = studyExecutor({
    graphFile: join(runs, 'study', 'graph.json'),
    killed: new AbortController().signal,
  });
  const slots = { threads: Number(threads), jobs: Number(threads), bytes: usableMemory().bytes };
  let [first, last, total] = [Infinity, 0, 0];
  for await (const event of executor.run(
    graph,
    new FolderStore(runs),
    estimates,
    slots,
    new AbortController().signal,
  )) {
    if (event.event === 'set_aside') throw new Error(event.failure.message);
    if (!('id' in event) || event.id === 'data') continue;
    const now = SYSTEM_CLOCK.seconds();
    if (event.event === 'started') {
      first = Math.min(first, now);
      console.log(`${(now - first).toFixed(0)} s: ${event.id} on ${event.threads}`);
    } else if (event.event === 'finished') {
      last = now;
      total += (event.finished.summary as TrainingSummary).tokens;
    }
  }
  const seconds = last - first;
  console.log(
    `${total} tokens in ${seconds.toFixed(1)} s: ${Math.round(total / seconds)} tokens/s on ${threads} threads`,
  );
} finally {
  rmSync(runs, { recursive: true, force: true });
}

/** Data and trainings alone, with as many tokens as asked for. */
function trainingsOf({ tasks, ...rest }: Graph): Graph {
  const wanted = tasks.filter(({ kind }) => kind === 'data' || kind === 'train');
  return { ...rest, tasks: wanted.map((task) => (task.kind === 'train' ? shortened(task) : task)) };
}

function shortened(task: Task): Task {
  const settings = task.config as unknown as TrainTask;
  const share = settings.condition === 'solution-only' ? WITHOUT_TRACES : 1;
  const length = { epochs: undefined, tokens: Math.round(share * Number(tokens)), checkpoints: 1 };
  return { ...task, config: plain({ ...settings, train: { ...settings.train, ...length } }) };
}
