// Largest inputs: one table that readers import, docs/limits.md shows and tests/base/limits.test.ts drives. Ranges of
// settings are in the schemas of their sections. Limits of speed, of memory plans and of waiting are not in it.

export interface Limit {
  /** What is bounded, in words. */
  readonly of: string;
  /** Largest value that is accepted. */
  readonly most: number;
  readonly unit: string;
  /** What happens beyond: the refusal with its codes, or what is done instead. */
  readonly beyond: Refused | Instead;
}

/** Exit code 2 for a user's input, 3 for a damaged artefact. */
interface Refused {
  readonly exit: 2 | 3;
  readonly codes: readonly string[];
}

interface Instead {
  readonly instead: string;
}

const refused = (exit: 2 | 3, ...codes: readonly string[]): Refused => ({ exit, codes });
const option = (of: string, most: number, unit: string): Limit => ({
  of: `option ${of}`,
  most,
  unit,
  beyond: refused(2, 'COMMAND_LINE'),
});

export const LIMITS = {
  // Configurations.
  configBytes: {
    of: 'configuration, or the value of one --set',
    most: 1 << 20,
    unit: 'bytes',
    beyond: refused(2, 'CONFIG_SIZE'),
  },
  // The YAML library compares every key with all others of its mapping. A configuration has some hundred keys.
  configKeys: {
    of: 'keys and values of a configuration',
    most: 2000,
    unit: 'keys and values',
    beyond: refused(2, 'CONFIG_SIZE'),
  },
  // The YAML library calls itself for every level; its stack holds some 700.
  configDepth: {
    of: 'nesting of a configuration: open brackets, and columns of indentation',
    most: 200,
    unit: 'levels',
    beyond: refused(2, 'CONFIG_SIZE'),
  },
  studyName: { of: 'name of a study', most: 64, unit: 'characters', beyond: refused(2, 'CONFIG_VALUE') },
  ownName: { of: 'name of own traces', most: 32, unit: 'characters', beyond: refused(2, 'CONFIG_VALUE') },
  trainings: {
    of: 'training runs of a study, phase diagram included',
    most: 100_000,
    unit: 'runs',
    beyond: refused(2, 'CONFIG_IMPOSSIBLE'),
  },
  sweepTrials: {
    of: 'trials of a sweep',
    most: 100_000,
    unit: 'trials',
    beyond: refused(2, 'CONFIG_VALUE', 'CONFIG_IMPOSSIBLE'),
  },
  // Keeps the table of seen problems well inside memory.
  problems: {
    of: 'problems of all sets of a dataset',
    most: 10_000_000,
    unit: 'problems',
    beyond: refused(2, 'SPLIT_REQUEST'),
  },
  // Their order takes 1 GiB.
  examplesRead: {
    of: 'examples that a training reads in all its passes',
    most: 2 ** 28,
    unit: 'examples',
    beyond: refused(2, 'RUN_TOO_LONG'),
  },

  // Rows of other people's files.
  // A longer row is no completion, and would not fit into a thread's memory.
  rowBytes: {
    of: 'one row: a line, an element of a JSON array, a picture, or a text of a table',
    most: 64 << 20,
    unit: 'bytes',
    beyond: refused(2, 'LINE_TOO_LONG', 'JSON_SYNTAX', 'ROW'),
  },
  // JSON.stringify and schemas call themselves for every level.
  rowDepth: { of: 'nesting of a row in JSON', most: 256, unit: 'levels', beyond: refused(2, 'JSON_SYNTAX') },
  mazeSide: {
    of: 'side of a maze',
    most: 100,
    unit: 'cells',
    beyond: refused(2, 'PROMPT_SIZE', 'ASCII_MAZE', 'GRID_SIZE'),
  },
  sokobanSide: { of: 'side of a Sokoban board', most: 10, unit: 'cells', beyond: refused(2, 'GRID_SIZE') },
  compressions: {
    of: 'compressions of a file, one within the other',
    most: 8,
    unit: 'times',
    beyond: refused(2, 'FILE_FORMAT'),
  },
  groups: {
    of: 'labels that `verify` counts apart',
    most: 200,
    unit: 'labels',
    beyond: { instead: 'all later labels are counted together as `(other)`' },
  },

  // Parquet.
  parquetFooterBytes: {
    of: 'footer of a Parquet file',
    most: 64 << 20,
    unit: 'bytes',
    beyond: refused(2, 'PARQUET_READ'),
  },
  parquetGroups: {
    of: 'row groups of a Parquet file',
    most: 100_000,
    unit: 'row groups',
    beyond: refused(2, 'PARQUET_READ'),
  },
  parquetColumns: {
    of: 'columns of a Parquet file, groups of columns included',
    most: 10_000,
    unit: 'columns',
    beyond: refused(2, 'PARQUET_READ'),
  },
  // What is decoded in one piece.
  parquetRows: {
    of: 'rows of one row group of a Parquet file',
    most: 1 << 24,
    unit: 'rows',
    beyond: refused(2, 'PARQUET_READ'),
  },
  parquetColumnBytes: {
    of: 'one column of one row group of a Parquet file, unpacked',
    most: 2 ** 32,
    unit: 'bytes',
    beyond: refused(2, 'PARQUET_READ'),
  },

  // Artefacts.
  artefactDepth: {
    of: 'nesting of the JSON of an artefact',
    most: 256,
    unit: 'levels',
    beyond: refused(3, 'JSON_SYNTAX', 'JSONL_SYNTAX'),
  },
  // A text of the engine has at most 2^29 - 24 characters.
  textBytes: {
    of: 'JSON file of an artefact',
    most: 2 ** 29 - 24,
    unit: 'bytes',
    beyond: refused(3, 'FILE_TOO_LARGE'),
  },
  metricsBytes: {
    of: 'metrics.jsonl of a run that resumes',
    most: 2 ** 29 - 24,
    unit: 'bytes',
    beyond: refused(3, 'METRICS_DAMAGED'),
  },
  // A model with its optimizer fits into 4 GiB of memory.
  weightsBytes: {
    of: 'file of weights or of saved state',
    most: 2 ** 33,
    unit: 'bytes',
    beyond: refused(3, 'FILE_TOO_LARGE'),
  },
  weightsHeaderBytes: {
    of: 'header of a safetensors file',
    most: 16 << 20,
    unit: 'bytes',
    beyond: refused(3, 'CHECKPOINT_DAMAGED'),
  },
  artefactLineBytes: {
    of: 'one line of a JSONL file of an artefact',
    most: 64 << 20,
    unit: 'bytes',
    beyond: refused(3, 'JSONL_SYNTAX'),
  },
  archiveEntries: {
    of: 'entries of an archive of cells',
    most: 1_000_000,
    unit: 'entries',
    beyond: refused(3, 'ARCHIVE_DAMAGED'),
  },
  archivePath: {
    of: 'path of an entry of an archive',
    most: 1024,
    unit: 'characters',
    beyond: refused(3, 'ARCHIVE_DAMAGED'),
  },

  // Requests to `serve`.
  requestBytes: {
    of: 'body of a request to `serve`',
    most: 1 << 20,
    unit: 'bytes',
    beyond: { instead: 'the answer is 413' },
  },
  requestsBytes: {
    of: 'bodies of all requests that `serve` has at once',
    most: 64 << 20,
    unit: 'bytes',
    beyond: { instead: 'the answer is 429' },
  },
  requestDepth: {
    of: 'nesting of a request to `serve`',
    most: 64,
    unit: 'levels',
    beyond: { instead: 'the answer is 400' },
  },
  waitingRequests: {
    of: 'requests that wait for the model of `serve`',
    most: 512,
    unit: 'requests',
    beyond: { instead: 'the answer is 429' },
  },
  // More than one request waits on a connection only if its client sends ahead.
  connections: {
    of: 'connections to `serve`',
    most: 512,
    unit: 'connections',
    beyond: { instead: 'the connection is closed' },
  },
  choices: {
    of: 'completions of one request: prompts times `n`',
    most: 256,
    unit: 'completions',
    beyond: { instead: 'the answer is 400' },
  },
  // Their log-probabilities are some 12 MiB of JSON.
  requestTokens: {
    of: 'tokens of one request: prompts and new tokens of all completions',
    most: 65_536,
    unit: 'tokens',
    beyond: { instead: 'the answer is 400' },
  },
  stops: { of: '`stop` of a request', most: 16, unit: 'texts', beyond: { instead: 'the answer is 400' } },
  logprobs: { of: '`logprobs` of a request', most: 5, unit: 'tokens', beyond: { instead: 'the answer is 400' } },

  // `dashboard`.
  // A page of a browser has one; each holds the changes that its reader has not taken yet.
  dashboardPages: {
    of: 'open pages of `dashboard`',
    most: 16,
    unit: 'pages',
    beyond: { instead: 'the answer is 503' },
  },
  dashboardConnections: {
    of: 'connections to `dashboard`',
    most: 128,
    unit: 'connections',
    beyond: { instead: 'the connection is closed' },
  },
  // A browser draws more squares in over 100 ms.
  dashboardTasks: {
    of: 'tasks of a graph that `dashboard` draws',
    most: 2000,
    unit: 'tasks',
    beyond: { instead: 'later ones are counted, not drawn' },
  },
  dashboardLog: {
    of: 'log of a task in `dashboard`',
    most: 32 << 10,
    unit: 'bytes',
    beyond: { instead: 'its end is shown' },
  },
  dashboardCurve: {
    of: 'points of a curve in `dashboard`',
    most: 400,
    unit: 'points',
    beyond: { instead: 'each point is the mean of its window' },
  },

  // Options.
  threads: option('--threads', 256, 'threads'),
  jobs: option('--jobs', 256, 'tasks'),
  shards: option('--shard', 999, 'parts'),
  workers: option('--workers', 10_000, 'pods'),
  fleetCores: option('--cores', 10_000_000, 'cores'),
  mazes: option('--limit, --mazes, --eval-mazes', 10_000_000, 'mazes'),
  events: option('--events', 1000, 'events'),
  evalPrompts: option('--eval-prompts', 65_536, 'mazes'),
  samples: option('--samples', 1024, 'completions'),
  temperature: option('--temperature', 10, ''),
  playModels: option('--models', 64, 'models'),
  port: option('--port', 65_535, ''),
  preview: option('--preview', 200, 'examples'),
  seed: option('--seed', 2 ** 32 - 1, ''),

  // What is shown.
  // A browser reads a page of some 200 MB in seconds. Base64 makes a third more of the weights.
  playBytes: {
    of: 'weights of all models in a page of `play`',
    most: 128 << 20,
    unit: 'bytes',
    beyond: refused(2, 'PLAY_SIZE'),
  },
  // A path of the system is at most 4096 bytes.
  messagePart: {
    of: 'part of a message',
    most: 4096,
    unit: 'characters',
    beyond: { instead: 'its first 200 characters, its length and its last 100 are shown' },
  },
  // More than a faithful A* has records on the largest grid: each of 100 x 100 cells is created by at most four
  // neighbours and closed once.
  playerSteps: {
    of: 'steps of a completion in a player',
    most: 50_001,
    unit: 'steps',
    beyond: { instead: 'the page ends there with a note' },
  },
  curvePoints: {
    of: 'points of a training curve in results.json',
    most: 400,
    unit: 'points',
    beyond: { instead: 'each point is the mean of its window' },
  },
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitName = keyof typeof LIMITS;
