// Makes models/ of the package from a finished study: the last checkpoints of `correct` and `swapped` of one seed, with
// every hash checked; a card with sizes, hashes, the command that made them and what the study measured; and the
// measured numbers as JSON, for pages. Nothing in models/ is written by hand.
//
//   node scripts/ship-models.ts STUDY_FOLDER [--seed N]
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { hashFile } from '../src/base/hash.ts';
import { sealed } from '../src/base/sealed.ts';
import { presetNames, resolveConfig } from '../src/cli/presets.ts';
import { readCheckpoint } from '../src/model/checkpoint.ts';
import { withValidity } from '../src/model/model-card.ts';
import { loadConfig } from '../src/study/config-file.ts';
import type { StudyConfig } from '../src/study/config.ts';
import { readResults, RESULTS_FILE } from '../src/study/results-file.ts';
import type { ConditionResult } from '../src/study/results.ts';
import { distributionLabel, integer, interval, share, shareOfCounts } from '../src/tables/format.ts';
import { checkRecorded } from '../src/work/recorded-files.ts';

const OUT = join(import.meta.dirname, '../models');
const CONDITIONS = ['correct', 'swapped'];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' } } });
if (positionals.length !== 1) {
  console.error('usage: node scripts/ship-models.ts STUDY_FOLDER [--seed N]');
  process.exit(2);
}
const [study] = positionals;
const results = await readResults(join(study, RESULTS_FILE));
const seed = values.seed === undefined ? firstSeed() : Number(values.seed);
const models = CONDITIONS.map((condition) => resultOf(condition));

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT);
const measured: Record<string, unknown> = {};
const cards: string[] = [];
for (const model of models) {
  const folder = await copied(model);
  cards.push(cardOf(model, await hashFile(join(folder, 'model.safetensors')), folder));
  measured[model.condition] = model.evaluation.map(({ distribution, plan_valid, trace_valid: { strict } }) => ({
    distribution,
    plan_valid: counted(plan_valid),
    trace_valid_strict: counted(strict),
  }));
}
writeFileSync(join(OUT, 'measured.json'), `${JSON.stringify(sealed(measured), null, 2)}\n`);
writeFileSync(join(OUT, 'README.md'), [await head(), ...cards].join('\n'));
console.log(`models of seed ${seed} in ${OUT}`);

/** The first seed of which the study has all conditions. */
function firstSeed(): number {
  const seeds = results.config.seeds.filter((each) =>
    CONDITIONS.every((condition) => results.conditions.some((one) => one.condition === condition && one.seed === each)),
  );
  if (seeds.length === 0) throw new Error(`${study}: no seed with the conditions ${CONDITIONS.join(', ')}`);
  return seeds[0];
}

function resultOf(condition: string): ConditionResult {
  const found = results.conditions.find((one) => one.condition === condition && one.seed === seed);
  if (found === undefined) throw new Error(`${study}: no model of ${condition}, seed ${seed}`);
  return found;
}

/** Copies the last checkpoint of a training, and compares it with the record of its cell and with the results. */
async function copied({ condition, cell, steps, weights_sha256, evaluation }: ConditionResult): Promise<string> {
  const from = join(dirname(study), 'cells', cell, 'checkpoints', `step-${steps}`);
  await checkRecorded(from, /./);
  const to = join(OUT, condition);
  cpSync(from, to, { recursive: true });
  // Reads all of it, each file against its hash.
  const { origin } = await readCheckpoint(to);
  const hash = await hashFile(join(to, 'model.safetensors'));
  if (hash !== weights_sha256 || origin.condition !== condition || origin.seed !== seed)
    throw new Error(`${from} is not the model that the study has tested`);
  const sets = evaluation.map(({ distribution, plan_valid, trace_valid: { strict } }) => ({
    distribution,
    plan: plan_valid,
    trace: strict,
  }));
  const card = withValidity(readFileSync(join(to, 'README.md'), 'utf8'), {
    temperature: results.config.evaluate.temperature,
    seed: results.config.data.seed,
    sets,
  });
  if (card === null) throw new Error(`${from}: README.md is no card`);
  writeFileSync(join(to, 'README.md'), card);
  return to;
}

/** Counts alone: shares and intervals follow from them. */
function counted({ count, n }: { readonly count: number; readonly n: number }): {
  readonly count: number;
  readonly n: number;
} {
  return { count, n };
}

async function head(): Promise<string> {
  const { config, version, config_hash } = results;
  const sets = [`seeds=[${seed}]`, `conditions=[${CONDITIONS.join(', ')}]`].map((set) => `--set '${set}'`).join(' ');
  return `# Models of the package

Two small transformers for ${config.data.size}x${config.data.size} mazes. They have the same size, the same training mazes and the same number of training tokens. Only the traces differ: \`correct\` was trained on A*'s trace of each maze, \`swapped\` on A*'s trace of another maze. Each folder is a checkpoint as every training writes it. A command takes the name where it takes a checkpoint: \`tracelab solve swapped\`. A folder of this name in the working directory comes first.

Each row is a test set of mazes that were not trained on; the training mazes are Wilson. The last column is the share of mazes whose walls occur in training with another start or goal. Completions are greedy. Brackets are 95 % intervals (Wilson) over mazes, in percent. They do not cover training runs: another seed can move a result by more.

This command made them, with tracelab ${version}, and measured them:

\`\`\`sh
tracelab study ${await presetOf(config)} ${sets}
\`\`\`

The study had more seeds and conditions (configuration \`${config_hash.slice(0, 12)}\`, result \`${results.result.slice(0, 12)}\`); they change no model. \`scripts/ship-models.ts\` wrote this folder. License: that of the package, MIT.
`;
}

/** The preset that makes these models: its data, model and training are those of the study. */
async function presetOf(config: StudyConfig): Promise<string> {
  const parts = ({ data, model, train }: StudyConfig): string => JSON.stringify([data, model, train]);
  for (const name of presetNames()) {
    const preset = await loadConfig(resolveConfig(name));
    if (parts(preset.config) === parts(config)) return name;
  }
  throw new Error(`${study}: no preset has the data, model and training of this study`);
}

function cardOf(
  { condition, parameters, steps, tokens, evaluation, ...rest }: ConditionResult,
  hash: string,
  folder: string,
): string {
  const rows = evaluation.map(({ distribution, plan_valid, trace_valid: { paper, strict }, walls_seen }) =>
    [
      distributionLabel(distribution),
      ...[plan_valid, strict, paper].map((each) => `${shareOfCounts(each)} ${interval(each.low, each.high)}`),
      share(walls_seen),
    ].join(' | '),
  );
  const verdict = rest.training_verdict;
  return `## ${condition}

${integer(parameters)} parameters; seed ${seed}, ${integer(steps)} steps, ${integer(tokens)} tokens${verdict.undertrained ? '; undertrained' : ''}: ${verdict.reason}.

\`${condition}/model.safetensors\`: ${integer(statSync(join(folder, 'model.safetensors')).size)} bytes, SHA-256 \`${hash}\`.

| test set | valid plans | valid traces, strict | valid traces, lenient | layouts seen in training |
|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join('\n')}
`;
}
