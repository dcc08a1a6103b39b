// The files that each kind of task leaves, by their real names: which are decided to the bit by the key, which hold
// times, which only an unfinished task needs, and that no other file is taken for a result.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CARD_FILE } from '../../src/data/card.ts';
import { datasetFileName } from '../../src/data/dataset.ts';
import { DOMAINS } from '../../src/domain/domains.ts';
import { INFORMATION_SOURCES } from '../../src/evaluation/information.ts';
import { INTERVENTION_FAMILIES, interventionName, readInterventions } from '../../src/evaluation/interventions.ts';
import { CHECKPOINT_FILES } from '../../src/model/checkpoint.ts';
import { METRICS_FILE } from '../../src/model/metrics-file.ts';
import { STATE_LINES } from '../../src/model/run-state.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { FolderStore } from '../../src/work/folder-store.ts';
import type { CellKey } from '../../src/work/key.ts';
import type { Kind } from '../../src/work/kind.ts';

/** Paths in the folder of a task by what they are. */
interface Left {
  readonly exact: readonly string[];
  readonly timed: readonly string[];
  readonly state: readonly string[];
  /** Of another kind, or like a name of this one. */
  readonly strange: readonly string[];
}

const DISTRIBUTIONS = DOMAINS.flatMap(({ distributions }) => distributions.map(({ name }) => name));
const FORCED = [...Object.keys(INTERVENTION_FAMILIES), 'truncated@0.125', 'corrupted-kept@1', 'early@10000']
  .flatMap((name) => readInterventions(name) ?? [])
  .map(interventionName);

const completions = DISTRIBUTIONS.map((name) => `completions-${name}.jsonl`);
const samples = DISTRIBUTIONS.map((name) => `samples-${name}.jsonl`);
const information = DISTRIBUTIONS.flatMap((name) => [
  `own-${name}.jsonl`,
  ...INFORMATION_SOURCES.map((source) => `information-${name}-${source}.jsonl`),
]);
const keys = (paths: readonly string[]): string[] => paths.map((path) => `${path}.key`);
const steps = (...names: readonly string[]): string[] =>
  ['step-0', 'step-1024'].flatMap((step) => names.map((name) => `${step}/${name}`));
const weights = (name: string): boolean => name === 'model.safetensors';

const DATASET: Left = {
  exact: [
    datasetFileName('train', 'wilson'),
    datasetFileName('dev', 'wilson'),
    ...DISTRIBUTIONS.map((name) => datasetFileName('test', name)),
  ],
  timed: ['dataset.json', CARD_FILE],
  state: [],
  strange: ['test.jsonl', 'training.jsonl', 'test-wilson.json', 'test-wilson.jsonl.bak', 'old/train.jsonl'],
};
const RUN: Left = {
  exact: ['checkpoints/step-0/model.safetensors', 'checkpoints/step-1024/model.safetensors'],
  timed: [
    ...CHECKPOINT_FILES.filter((name) => !weights(name)).map((name) => `checkpoints/step-1024/${name}`),
    METRICS_FILE,
  ],
  state: [STATE_LINES, 'resume-500.safetensors'],
  strange: ['model.safetensors', 'resume.safetensors', 'checkpoints/last/model.safetensors', 'core.1234'],
};
const EVALUATION: Left = {
  exact: completions,
  timed: ['evaluation.json', ...keys(completions)],
  state: [],
  strange: ['completions.jsonl', 'completions-wilson.json', 'completions-wilson.jsonl.key.old', 'last/evaluation.json'],
};
const LEFT: Readonly<Record<string, Left>> = {
  data: DATASET,
  'own-data': DATASET,
  train: RUN,
  'train-part': { ...RUN, timed: [...RUN.timed, 'state.safetensors', 'state.json'] },
  rl: RUN,
  curve: { ...EVALUATION, exact: steps(...completions), timed: steps('evaluation.json', ...keys(completions)) },
  test: EVALUATION,
  samples: {
    exact: samples,
    timed: ['samples.json', ...keys(samples)],
    state: [],
    strange: ['samples.jsonl', 'samples-wilson.json', 'completions-wilson.jsonl', 'evaluation.json'],
  },
  'rl-curve': {
    ...EVALUATION,
    exact: steps(...completions, ...DISTRIBUTIONS.map((name) => `sampled-${name}.json`)),
    timed: steps('evaluation.json', ...keys(completions)),
  },
  lengths: {
    exact: DISTRIBUTIONS.map((name) => `lengths-${name}.jsonl`),
    timed: [],
    state: [],
    strange: ['lengths.jsonl', 'lengths-wilson.json', 'completions-wilson.jsonl'],
  },
  interventions: {
    exact: [...completions, ...DISTRIBUTIONS.flatMap((name) => FORCED.map((each) => `forced-${name}-${each}.jsonl`))],
    timed: [
      'interventions.json',
      ...keys([
        ...completions,
        ...DISTRIBUTIONS.flatMap((name) => FORCED.map((each) => `forced-${name}-${each}.jsonl`)),
      ]),
    ],
    state: [],
    strange: ['forced.jsonl', 'forced-wilson-gold.json', 'forced-wilson/gold.jsonl', 'evaluation.json'],
  },
  information: {
    exact: information,
    timed: ['information.json', ...keys(information)],
    state: [],
    strange: ['own.jsonl', 'information-wilson-own.json', 'forced-wilson-own.jsonl', 'interventions.json'],
  },
};

function kindOf(name: string): Kind {
  const kind = KINDS.get(name);
  if (!kind) throw new Error(`no kind ${name}`);
  return kind;
}

/** What the patterns of a kind say of a path; all of them, so that none is left to the order of patterns. */
function sortsOf({ outputs, state }: Kind, path: string): string[] {
  return [
    ...outputs.filter(({ pattern }) => pattern.test(path)).map(({ exact }) => (exact ? 'exact' : 'timed')),
    ...state.filter((pattern) => pattern.test(path)).map(() => 'state'),
  ];
}

it('has names for every kind, and the hardest names among them', () => {
  expect(Object.keys(LEFT).sort()).toEqual([...KINDS.keys()].sort());
  expect(LEFT.interventions.exact).toContain('forced-wilson-corrupted-kept@0.25.jsonl');
  expect(DISTRIBUTIONS).toContain('sokoban-open');
});

describe.each(Object.entries(LEFT))('a task of kind %s', (name, left) => {
  it.each(['exact', 'timed', 'state'] as const)('has %s files by one pattern each', (sort) => {
    for (const path of left[sort]) expect([path, sortsOf(kindOf(name), path)]).toEqual([path, [sort]]);
  });

  it('has no pattern for any other file', () => {
    for (const path of left.strange) expect([path, sortsOf(kindOf(name), path)]).toEqual([path, []]);
  });
});

describe('at commit', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tracelab-outputs-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  async function commit(name: string, paths: readonly string[], text = 'as it was'): Promise<{ result: string }> {
    const { outputs, state } = kindOf(name);
    const store = new FolderStore(mkdtempSync(join(root, 'store-')), { patienceSeconds: 0 });
    const key: CellKey = { kind: name, version: 1, config: {}, inputs: {}, core: null, numeric_version: 1 };
    const lease = await store.lease(key);
    try {
      for (const path of paths) {
        mkdirSync(dirname(join(lease.directory, path)), { recursive: true });
        writeFileSync(join(lease.directory, path), path.endsWith('.json') || path === METRICS_FILE ? text : 'the same');
      }
      return await lease.commit(outputs, state, {}, 1);
    } finally {
      lease.release();
    }
  }

  it.each(Object.entries(LEFT))(
    'a task of kind %s leaves all of its files, and no file that fits none',
    async (name, left) => {
      const { exact, timed, state, strange } = left;
      const { outputs } = (await commit(name, [...exact, ...timed, ...state])) as unknown as { outputs: object };
      expect(Object.keys(outputs).sort()).toEqual([...exact, ...timed].sort());
      for (const path of strange)
        await expect(commit(name, [...exact, path]), path).rejects.toMatchObject({
          code: 'CELL_DAMAGED',
          where: expect.stringContaining(path) as string,
        });
    },
  );

  it('times change no result', async () => {
    const paths = [...RUN.exact, ...RUN.timed];
    expect((await commit('train', paths, 'other times')).result).toBe((await commit('train', paths)).result);
  });
});
