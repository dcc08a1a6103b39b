// Generation with drafts against plain generation. Both give the same completions, which is checked before anything is
// timed; then they alternate, and their times are compared round by round.
// node scripts/measure-drafts.ts [--only quick|paper] [--threads N] [--rounds N] [--completion TOKENS]
//   models of the presets quick (6x6) and paper (30x30) with made-up weights
// node scripts/measure-drafts.ts --checkpoint DIR --tests FILE [--limit N] [--temperature T] [--samples K] ...
//   a trained model on the first problems of a test file, whose completions are a third kind of draft
// Recorded completions are the best drafts that there are, wrong words the worst.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../src/base/package-root.ts';
import { readExamples } from '../src/data/dataset.ts';
import { madeUpCheckpoint, madeUpPrompt } from '../src/evaluation/speed.ts';
import { completionCap } from '../src/model/completion-cap.ts';
import type { Completion, GenerateRequest } from '../src/model/generate.ts';
import { Model } from '../src/model/model.ts';
import { sampleLoad } from '../src/host/load.ts';
import { loadConfig } from '../src/study/config-file.ts';
import { loadWarnings } from '../bench/load.ts';
import { summarizeTiming } from '../bench/timing.ts';

/** A model and what it completes. */
interface Work {
  readonly name: string;
  readonly model: Model;
  readonly request: Omit<GenerateRequest, 'drafts'>;
  /** Texts of the test file, one a prompt. */
  readonly known: readonly string[] | null;
}

/** Prompts and completions about as long as those of a 6x6 and of a 30x30 maze with its trace. */
const SHAPES = [
  { preset: 'quick', prompts: 128, prompt: 66, completion: 96 },
  { preset: 'paper', prompts: 8, prompt: 1200, completion: 3000 },
] as const;

const { values } = parseArgs({
  options: {
    checkpoint: { type: 'string' },
    tests: { type: 'string' },
    limit: { type: 'string', default: '256' },
    temperature: { type: 'string', default: '0' },
    samples: { type: 'string', default: '1' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    completion: { type: 'string' },
  },
});
const [threads, rounds] = [Number(values.threads), Number(values.rounds)];
const load = await sampleLoad(1);
for (const warning of loadWarnings({ before: load, during: load })) console.log(`warning: ${warning}`);
console.log(`${threads} threads, ${rounds} rounds; plain time over time with drafts: median (lowest to highest)`);
if (values.checkpoint !== undefined && values.tests !== undefined)
  await measure(await trainedWork(values.checkpoint, values.tests));
else
  for (const shape of SHAPES)
    if (values.only === undefined || values.only === shape.preset) await measure(await madeUpWork(shape));

/** The model of a preset with weights that nobody trained. */
async function madeUpWork({ preset, prompts, prompt, completion }: (typeof SHAPES)[number]): Promise<Work> {
  const { config } = await loadConfig(join(packageRoot(), 'configs', `${preset}.yaml`));
  const checkpoint = madeUpCheckpoint(config.model, config.data.size);
  return {
    name: `${preset}, made-up weights`,
    model: Model.of(checkpoint, threads),
    request: {
      prompts: Array.from({ length: prompts }, (_, i) => madeUpPrompt(checkpoint, prompt, i)),
      maxNewTokens: Number(values.completion ?? completion),
      temperature: Number(values.temperature),
      seed: 0,
    },
    known: null,
  };
}

/** A trained model on the first problems of a test file. */
async function trainedWork(folder: string, tests: string): Promise<Work> {
  const model = await Model.open(folder, threads);
  const examples = (await readExamples(tests)).slice(0, Number(values.limit));
  return {
    name: `${model.checkpoint.origin.condition} at step ${model.checkpoint.origin.step}`,
    model,
    request: {
      prompts: examples.map(({ prompt }) => prompt),
      maxNewTokens: completionCap(examples, model.checkpoint, tests),
      temperature: Number(values.temperature),
      seed: 0,
      samples: Number(values.samples),
    },
    known: examples.map(({ completion }) => completion),
  };
}

async function measure({ name, model, request, known }: Work): Promise<void> {
  await using opened = model;
  const { words } = opened.checkpoint.vocabulary;
  const complete = async (drafts?: readonly string[]): Promise<readonly Completion[]> =>
    (await opened.generate({ ...request, drafts })) ?? [];
  const plain = await complete();
  const tokens = plain.reduce((sum, completion) => sum + completion.tokens, 0);
  const first = plain.slice(0, request.prompts.length);
  const kinds = [
    ...(request.samples === undefined || request.samples === 1
      ? [['recorded', first.map(({ text }) => text)] as const]
      : []),
    ...(known === null ? [] : [['test file', known] as const]),
    ['wrong words', first.map(({ ids }) => Array.from(ids, (id) => words[(id + 1) % words.length]).join(' '))] as const,
  ];
  for (const [kind, drafts] of kinds) {
    const before = opened.draftCounts;
    if (JSON.stringify(await complete(drafts)) !== JSON.stringify(plain))
      throw new Error(`${name}, ${kind}: completions with drafts differ from plain ones`);
    const { drafted, accepted } = opened.draftCounts;
    const wall: number[] = [],
      processor: number[] = [],
      seconds: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const without = await timed(() => complete()),
        within = await timed(() => complete(drafts));
      seconds.push(without.wall);
      wall.push(without.wall / within.wall);
      processor.push(without.processor / within.processor);
    }
    console.log(
      `${name}, drafts: ${kind}: ${tokens} tokens, plain ${Math.round(tokens / summarizeTiming(seconds, 1).median)} ` +
        `tokens/s; wall time ${range(wall)}; processor time ${range(processor)}; ` +
        `${accepted - before.accepted} of ${drafted - before.drafted} draft tokens accepted`,
    );
  }
}

async function timed(work: () => Promise<unknown>): Promise<{ readonly wall: number; readonly processor: number }> {
  const started = performance.now(),
    before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - started) / 1000, processor: (user + system) / 1e6 };
}

function range(ratios: readonly number[]): string {
  const { median, fastest, slowest } = summarizeTiming(ratios, 1);
  return `${median.toFixed(2)} (${fastest.toFixed(2)} to ${slowest.toFixed(2)})`;
}
