// The card of a model: README.md of a checkpoint folder, as the Hub of Hugging Face shows it. Equal runs get equal
// cards; what is measured after a run is not in it, but in the card that its test writes.
import type { Proportion } from '../base/statistics.ts';
import { conditionLabel, conditionMeaning, readCondition } from '../domain/conditions/condition.ts';
import { domainOf, sizeWords } from '../domain/domains.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import { countParameters, type ModelConfig } from './config.ts';
import type { CheckpointOrigin } from './origin.ts';

/** What a run did, for its card. */
export interface Recipe {
  /** Section of a configuration: `train` or `rl`. */
  readonly section: 'train' | 'rl';
  readonly settings: object;
  /** SHA-256 of the file that it learnt from. */
  readonly data_sha256: string;
}

/** Valid completions of one test set. */
export interface TestedValidity {
  readonly distribution: string;
  readonly plan: Proportion;
  /** Traces valid by the strict rules, of all completions. */
  readonly trace: Proportion;
}

/** How completions were made. */
export interface Tested {
  /** 0 = greedy. */
  readonly temperature: number;
  readonly seed: number;
  readonly sets: readonly TestedValidity[];
}

const VALIDITY = '## Validity';
const USE = '## Use';

/**
 * A card with the validity that a test found.
 * @param card README.md of a checkpoint folder
 * @returns null for a text that is no card of tracelab
 */
export function withValidity(card: string, { temperature, seed, sets }: Tested): string | null {
  const [from, to] = [card.indexOf(`\n${VALIDITY}\n`), card.indexOf(`\n${USE}\n`)];
  if (from < 0 || to < from) return null;
  const how = temperature === 0 ? 'Greedy completions' : `Completions at temperature ${temperature}, seed ${seed}`;
  const lines = [
    VALIDITY,
    '',
    `${how}, one for each problem. Shares in %, with 95 % intervals (Wilson) over problems.`,
    '',
    '| test set | problems | valid plans | valid traces (strict) |',
    '|---|---|---|---|',
    ...sets.map(
      ({ distribution, plan, trace }) =>
        `| ${[distribution, grouped(plan.n), ...[plan, trace].map(share)].join(' | ')} |`,
    ),
  ];
  return `${card.slice(0, from + 1)}${lines.join('\n')}\n${card.slice(to)}`;
}

function share({ count, n, low, high }: Proportion): string {
  const [value, ...interval] = [count / n, low, high].map((part) => (100 * part).toFixed(1));
  return n === 0 ? '-' : `${value} [${interval.join(', ')}]`;
}

/** Markdown. */
export function modelCard(
  model: ModelConfig,
  vocabulary: Vocabulary,
  origin: CheckpointOrigin,
  { section, settings, data_sha256 }: Recipe,
): string {
  const { size, seed, step, tokens, rl } = origin;
  const { name, words } = domainOf(origin.domain);
  // A folder that was saved again may say anything.
  const condition = readCondition(origin.condition);
  const label = condition === null ? 'unknown traces' : conditionLabel(condition).toLowerCase();
  const trainedOn = condition === null ? [] : [` It was trained on ${conditionMeaning(condition, words)}.`];
  const parameters = grouped(countParameters(model, vocabulary.length));
  const rows = [
    ['domain', `${name}, ${sizeWords(name, size, 'x')}`],
    ['condition', condition === null ? 'unknown' : `\`${condition}\``],
    ['parameters', parameters],
    ['context', `${grouped(model.context)} tokens`],
    ['training', `seed ${seed}, step ${grouped(step)}, ${grouped(tokens)} tokens`],
    ...(rl ? [['reinforcement learning', `seed ${rl.seed}, step ${grouped(rl.step)}`]] : []),
    ...(rl ? [['started from weights', `SHA-256 \`${rl.start_sha256}\``]] : []),
    [rl ? 'prompts' : 'training data', `SHA-256 \`${data_sha256}\``],
  ];
  return [
    '---',
    'library_name: transformers',
    'pipeline_tag: text-generation',
    'tags:',
    ...['tracelab', 'reasoning-traces', ...(words.search === 'A*' ? ['a-star'] : []), name].map((tag) => `- ${tag}`),
    '---',
    '',
    `# ${sizeWords(name, size, 'x')} ${words.problems}, ${label}${rl ? ', after reinforcement learning' : ''}`,
    '',
    `A transformer with ${parameters} parameters, trained from scratch by tracelab. It is given a ${words.problem} ` +
      `and writes a trace of a search and a plan.${trainedOn.join('')}`,
    '',
    '| | |',
    '|---|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    'Settings:',
    '',
    '```json',
    JSON.stringify({ model, [section]: settings }, null, 2),
    '```',
    '',
    VALIDITY,
    '',
    'Not known when this folder was written: a model is tested after its training. This command judges its ' +
      'completions, and writes this card with what it found as `RESULTS/model-card.md`:',
    '',
    '```sh',
    'tracelab evaluate --checkpoint FOLDER --data DATASET --out RESULTS',
    '```',
    '',
    USE,
    '',
    'transformers 5 loads this folder without remote code:',
    '',
    '```python',
    'from transformers import AutoModelForCausalLM, AutoTokenizer',
    '',
    'tokenizer = AutoTokenizer.from_pretrained("FOLDER")',
    'model = AutoModelForCausalLM.from_pretrained("FOLDER")',
    'inputs = tokenizer("query ... reasoning", return_tensors="pt")',
    'print(tokenizer.decode(model.generate(**inputs)[0], skip_special_tokens=True))',
    '```',
    '',
    `Prompt and completion: ${words.grammar}. Words are separated by blanks. Completions are greedy and end with ` +
      '`end`.',
    '',
    'The biases `o_proj.bias` are zero, and tracelab reads the model again only if they are. Freeze them when you ' +
      'train the model with another program.',
    '',
  ].join('\n');
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
