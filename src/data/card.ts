// The card of a dataset: the README.md with its files, for whoever finds them later. Equal datasets get equal cards.
import type { DomainWords } from '../domain/domain.ts';
import { DEFAULT_DOMAIN, domainOf } from '../domain/domains.ts';
import type { SplitRequest } from '../domain/split-request.ts';
import type { GeneratorName } from '../domain/types.ts';
import { cardHeader } from './card-header.ts';
import type { DataFormat } from './data-format.ts';
import type { WordLengths } from './word-lengths.ts';

export interface CardFile {
  readonly generator: GeneratorName;
  /** Rows. */
  readonly count: number;
  readonly sha256: string;
  readonly prompt_words: WordLengths;
  readonly completion_words: WordLengths;
  /** Random stream; absent for mazes that were not drawn. */
  readonly stream?: number;
  /** Rows whose walls occur in the training file; absent or null where there is none to compare with. */
  readonly walls_seen?: number | null;
  /** Rows whose problem an earlier row has, and verdicts; of files from elsewhere. */
  readonly duplicates?: number;
  readonly plans_valid?: number;
  /** At the strict level. */
  readonly traces_valid?: number;
}

export interface Card {
  readonly domain: string;
  /** `6x6`, or what else the mazes are. */
  readonly mazes: string;
  readonly format: DataFormat;
  /** How the mazes were drawn; absent for mazes from elsewhere. */
  readonly config?: SplitRequest;
  readonly files: Readonly<Record<string, CardFile>>;
}

/** Name of a card in its folder. */
export const CARD_FILE = 'README.md';

function formatWords(format: DataFormat, { grammar, pictures }: DomainWords, domain: string): string {
  const fields =
    domain === DEFAULT_DOMAIN
      ? 'id, generator, size, prompt, completion'
      : 'id, domain, generator, size, prompt, completion';
  switch (format) {
    case 'jsonl':
      return `One JSON object a line: \`{${fields}}\`.`;
    case 'text':
      return `One JSON object a line with one field, \`text\`: ${grammar}.`;
    case 'searchformer':
      return (
        "One text a line in Searchformer's word order: `start X Y goal X Y { wall X Y }`, a trace that begins " +
        'with `create` of the start, the plan. No `query`, `reasoning`, `solution`, `end`.'
      );
    case 'ascii':
      return `Pictures, an empty line after each: ${pictures} Traces are not in them.`;
    case 'parquet':
      return `Parquet with the columns ${fields}.`;
    default:
      return format satisfies never;
  }
}

/** Markdown, under a header in YAML. */
export function cardText(card: Card): string {
  const { mazes, domain, format, config, files } = card;
  const { words } = domainOf(domain);
  const rows = Object.entries(files).map(
    ([
      name,
      {
        generator,
        count,
        stream,
        prompt_words,
        completion_words,
        walls_seen,
        duplicates,
        plans_valid,
        traces_valid,
        sha256,
      },
    ]) => [
      `\`${name}\``,
      generator,
      String(count),
      stream === undefined ? '-' : String(stream),
      lengths(prompt_words),
      lengths(completion_words),
      walls_seen === undefined || walls_seen === null ? '-' : String(walls_seen),
      // Of rows that were drawn no two are equal, and all are correct.
      ...(config === undefined
        ? [duplicates, plans_valid, traces_valid].map((rows) => (rows === undefined ? '-' : String(rows)))
        : []),
      `\`${sha256}\``,
    ],
  );
  const origin =
    config === undefined
      ? `The ${words.problems} are from elsewhere and keep their order. Traces and plans are those of the file; ` +
        'where it had pictures, they are ours.'
      : `Every ${words.problem} is a function of the seed (${config.seed}), the stream of its file and an index, ` +
        `which ends its id. A hash of seed and ${words.problem} says which split it belongs to: a third of all ` +
        `${words.problems} is held out for tests, a sixteenth for dev. So no two rows share ${words.identity}, ` +
        `neither within a file nor between train, dev and test, and train is an unbiased sample of its distribution.${
          config.distributions.includes('drunkard') || config.generator === 'drunkard'
            ? ` Drunkard mazes are floor to ${100 * (config.drunkard_coverage ?? 0)} %.`
            : ''
        }${
          config.wall_jitter
            ? ` Training mazes have up to ${config.wall_jitter} dead-end cells more or fewer than their generator draws.`
            : ''
        }`;
  return [
    ...cardHeader(card),
    `# ${words.problems[0].toUpperCase()}${words.problems.slice(1)} with ${words.search} traces, ${mazes}`,
    '',
    formatWords(format, words, domain),
    '',
    `${words.notation === undefined ? '' : `${words.notation} `}A completion is ` +
      `${config === undefined ? 'a' : 'the'} trace of ${words.search} with ${words.heuristic} (${words.events}), ` +
      `then a ${config === undefined ? 'plan; the table says how many are valid' : 'shortest plan'}.`,
    '',
    origin,
    '',
    `| file | generator | ${words.problems} | stream | prompt words, mean / max | completion words, mean / max ` +
      `| layouts seen in train ${config === undefined ? '| duplicates | valid plans | valid traces (strict) ' : ''}` +
      '| SHA-256 |',
    `|${'---|'.repeat(config === undefined ? 11 : 8)}`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    ...(config === undefined ? [] : ['Settings:', '', '```json', JSON.stringify(config, null, 2), '```', '']),
  ].join('\n');
}

function lengths({ mean, max }: WordLengths): string {
  return `${mean.toFixed(1)} / ${max}`;
}
