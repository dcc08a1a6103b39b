// Configuration files: defaults, refusals with their place, overrides, presets, the JSON Schema.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { TracelabError } from '../../src/base/errors.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { domainOf } from '../../src/domain/domains.ts';
import { drawSplits, testCount } from '../../src/domain/splits.ts';
import { countParameters } from '../../src/model/config.ts';
import { LOSSES, RL_DEFAULTS } from '../../src/rl/config.ts';
import { checkLater, checkRlCap } from '../../src/study/config-checks.ts';
import { configHash, configJsonSchema, configKeys, listKeys } from '../../src/study/config.ts';
import { rlSettings } from '../../src/study/config-sections.ts';
import { loadConfig, parseConfig } from '../../src/study/config-file.ts';

const CONFIGS = new URL('../../configs/', import.meta.url).pathname;

const TEXT = `study: s
data:
  size: 6
  train: 100
model:
  d_model: 96
  n_layer: 2
  n_head: 3
  d_ff: 64
train:
  epochs: 1
  batch_tokens: 2048
  lr: 1e-3
`;

const CHANGE = ' (hint: change it in the file, or with --set KEY=VALUE)';
const EXAMPLE = ' (hint: configs/quick.yaml is an example)';
const NOTHING = `, got nothing${EXAMPLE}`;

/** The message, without the hint that most have. */
function refusal(text: string, ...overrides: string[]): string {
  return wholeRefusal(text, ...overrides).replace(CHANGE, '');
}

function wholeRefusal(text: string, ...overrides: string[]): string {
  try {
    parseConfig(text, 's.yaml', overrides);
  } catch (error) {
    expect((error as TracelabError).exitCode).toBe(2);
    return (error as TracelabError).message;
  }
  return 'accepted';
}

describe('defaults', () => {
  it('fill in everything that is not given', () => {
    expect(parseConfig(TEXT, 's.yaml').config).toEqual({
      study: 's',
      seeds: [1],
      conditions: ['solution-only', 'correct', 'swapped'],
      data: {
        domain: 'maze',
        generator: 'wilson',
        size: 6,
        train: 100,
        dev: 1000,
        test: 1000,
        test_in_distribution: 1000,
        drunkard_coverage: 0.5,
        wall_jitter: 0,
        seed: 1,
        distributions: ['wilson', 'kruskal', 'dfs', 'drunkard', 'searchformer', 'free'],
      },
      model: {
        d_model: 96,
        n_layer: 2,
        n_head: 3,
        n_kv_head: 3,
        d_ff: 64,
        context: 1024,
        rope_base: 10_000,
        rms_norm_eps: 1e-6,
      },
      train: {
        epochs: 1,
        batch_tokens: 2048,
        lr: 1e-3,
        lr_min_ratio: 0.1,
        warmup_steps: 100,
        beta1: 0.9,
        beta2: 0.95,
        eps: 1e-8,
        weight_decay: 0.1,
        grad_clip: 1,
        init_std: 0.02,
        position_offset: 0,
        accumulators: 8,
        checkpoints: 8,
      },
      evaluate: { temperature: 0, dev_mazes: 200 },
    });
  });

  it('leave conditions in their shortest form, so that equal studies have equal cells', () => {
    const { config } = parseConfig(
      `${TEXT}conditions: [correct, swapped@1, thinned@0.50, thinned@0.250, reswapped]\n`,
      's.yaml',
    );
    expect(config.conditions).toEqual(['correct', 'swapped', 'thinned', 'thinned@0.25', 'reswapped']);
    expect(parseConfig(TEXT, 's.yaml', ['conditions=[bfs@0.5]']).config.conditions).toEqual(['bfs@0.5']);
  });

  it('follow other keys where that helps', () => {
    const { config } = parseConfig(TEXT, 's.yaml', ['model.n_head=6', 'data.dev=50']);
    expect(config.model.n_kv_head).toBe(6);
    expect(config.evaluate.dev_mazes).toBe(50);
  });
});

describe('errors of a file', () => {
  it.each([
    [
      'a misspelt key',
      TEXT.replace('d_model:', 'd_modle:'),
      'error[CONFIG_UNKNOWN_KEY] s.yaml:6:3: unknown key model.d_modle; expected a key of a configuration, got model.d_modle (hint: did you mean model.d_model?)',
    ],
    [
      'a key in the wrong section',
      TEXT.replace('  lr: 1e-3', '  d_ff: 3'),
      'error[CONFIG_UNKNOWN_KEY] s.yaml:13:3: unknown key train.d_ff; expected a key of a configuration, got train.d_ff (hint: did you mean model.d_ff?)',
    ],
    [
      'a strange key',
      `${TEXT}colour: red\n`,
      'error[CONFIG_UNKNOWN_KEY] s.yaml:14:1: unknown key colour; expected a key of a configuration, got colour (hint: known keys: study, seeds, conditions, ' +
        'data, model, train, evaluate, rl, interventions, information, phase, domain_module)',
    ],
    [
      'a key that is no plain name',
      `${TEXT}__proto__: {size: 3}\n`,
      'error[CONFIG_UNKNOWN_KEY] s.yaml:14:1: unknown key __proto__; expected a key of a configuration, got __proto__ (hint: known keys: study, seeds, conditions, ' +
        'data, model, train, evaluate, rl, interventions, information, phase, domain_module)',
    ],
    [
      'a text for a number',
      TEXT.replace('96', '"96"'),
      'error[CONFIG_VALUE] s.yaml:6:12: wrong value of model.d_model; expected a whole number from 2 to 16384, ' +
        'got the text "96"',
    ],
    [
      'a fraction for a whole number',
      TEXT.replace('epochs: 1', 'epochs: 1.5'),
      'error[CONFIG_VALUE] s.yaml:11:11: wrong value of train.epochs; expected a whole number from 1 to 10000, got 1.5',
    ],
    [
      'no length of training',
      TEXT.replace('  epochs: 1\n', ''),
      'error[CONFIG_MISSING_KEY] s.yaml:10:1: missing key train.epochs; expected train.epochs or train.tokens' +
        NOTHING,
    ],
    [
      'two lengths of training',
      TEXT.replace('  epochs: 1\n', '  epochs: 1\n  tokens: 500\n'),
      'error[CONFIG_VALUE] s.yaml:12:11: wrong value of train.tokens; expected nothing, because train.epochs is ' +
        'given (one of the two), got 500',
    ],
    [
      'a number that is none',
      TEXT.replace('1e-3', '.nan'),
      'error[CONFIG_VALUE] s.yaml:13:7: wrong value of train.lr; expected a number above 0, at most 1, got NaN',
    ],
    [
      'nothing',
      TEXT.replace('96', ''),
      'error[CONFIG_VALUE] s.yaml:6:12: wrong value of model.d_model; expected a whole number from 2 to 16384, ' +
        'got nothing',
    ],
    [
      'a list for a section',
      TEXT.replace(/model:[^]*train:\n/, 'model: [1]\ntrain:\n'),
      'error[CONFIG_VALUE] s.yaml:5:1: wrong value of model; expected a mapping of model settings, got the list [1]',
    ],
    [
      'an unknown condition',
      `${TEXT}conditions: [correct, swaped]\n`,
      'error[CONFIG_VALUE] s.yaml:14:23: wrong value of conditions; expected one of solution-only, correct, ' +
        'swapped, thinned, wrong-costs, shuffled, random-events, filler, filler-swapped, ' +
        'filler-constant, no-search, bfs, dfs, dijkstra, greedy, other-problem, reswapped, or one of them with a rate, as thinned@0.25, got the text "swaped" (hint: did you mean swapped?)',
    ],
    [
      'a rate above 1',
      `${TEXT}conditions: [thinned@1.5]\n`,
      'error[CONFIG_VALUE] s.yaml:14:14: wrong value of conditions; expected one of solution-only, correct, ' +
        'swapped, thinned, wrong-costs, shuffled, random-events, filler, filler-swapped, ' +
        'filler-constant, no-search, bfs, dfs, dijkstra, greedy, other-problem, reswapped, or one of them with a rate, as thinned@0.25, got the text "thinned@1.5"',
    ],
    [
      'a condition twice, in two spellings',
      `${TEXT}conditions: [swapped@1.0, swapped]\n`,
      'error[CONFIG_VALUE] s.yaml:14:1: wrong value of conditions; expected a list of at least one condition, ' +
        'each once, got the list ["swapped@1.0","swapped"]',
    ],
    [
      'a seed twice',
      `${TEXT}seeds: [1, 1]\n`,
      'error[CONFIG_VALUE] s.yaml:14:1: wrong value of seeds; expected a list of at least one seed, each once, ' +
        'got the list [1,1]',
    ],
    [
      'a name that leaves the folder',
      TEXT.replace('study: s', 'study: ../s'),
      'error[CONFIG_VALUE] s.yaml:1:8: wrong value of study; expected a name of 1 to 64 small letters, digits, ' +
        '-, _ or ., starting with a letter or digit, got the text "../s"',
    ],
    [
      'a missing key',
      TEXT.replace('  lr: 1e-3\n', ''),
      'error[CONFIG_MISSING_KEY] s.yaml:10:1: missing key train.lr; expected a number above 0, at most 1' + NOTHING,
    ],
    [
      'an empty file',
      '',
      'error[CONFIG_MISSING_KEY] s.yaml:1:1: missing key study; expected a name of 1 to 64 small letters, ' +
        'digits, -, _ or ., starting with a letter or digit' +
        NOTHING,
    ],
    [
      'a list of things',
      '- 1\n',
      'error[CONFIG_VALUE] s.yaml:1:1: wrong value of the file; expected a mapping of study settings, got the list [1]',
    ],
    [
      'a key twice',
      `${TEXT}study: t\n`,
      `error[CONFIG_SYNTAX] s.yaml:14:1: not valid YAML: Map keys must be unique; expected keys and values as YAML, got "study: t"${EXAMPLE}`,
    ],
    [
      'broken YAML',
      'study: [s',
      'error[CONFIG_SYNTAX] s.yaml:1:10: not valid YAML: Flow sequence in block collection must be sufficiently ' +
        `indented and end with a ]; expected keys and values as YAML, got "study: [s"${EXAMPLE}`,
    ],
  ])('%s', (_what, text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it.each([
    ['-1', '-1'],
    ['2.5', '2.5'],
    ['131073', '131073'],
    ['far', 'the text "far"'],
  ])('an offset of positions of %s', (value, got) => {
    const expected = `wrong value of train.position_offset; expected a whole number from 0 to 131072, got ${got}`;
    expect(refusal(`${TEXT}  position_offset: ${value}\n`)).toBe(`error[CONFIG_VALUE] s.yaml:14:20: ${expected}`);
    expect(refusal(TEXT, `train.position_offset=${value}`)).toBe(
      `error[CONFIG_VALUE] --set train.position_offset=${value}: ${expected}`,
    );
    expect(parseConfig(TEXT, 's.yaml', ['train.position_offset=131072']).config.train.position_offset).toBe(131_072);
  });

  it('refuses aliases that multiply without end', () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]\n${'bcdefg'
      .split('')
      .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdef'[i]}`).join(', ')}]`)
      .join('\n')}\n`;
    expect(wholeRefusal(TEXT, 'train.lr=7')).toBe(
      `error[CONFIG_VALUE] --set train.lr=7: wrong value of train.lr; expected a number above 0, at most 1, got 7${CHANGE}`,
    );
    expect(refusal(bomb)).toMatch(/^error\[CONFIG_SYNTAX\] s\.yaml: not valid YAML: Excessive alias count/);
  });

  it('names a file that is not there', async () => {
    await expect(loadConfig('/nowhere/x.yaml')).rejects.toThrow('error[FILE_MISSING] /nowhere/x.yaml: no such file');
  });
});

describe('impossible sizes', () => {
  it.each([
    [
      [],
      { 'd_model: 96': 'd_model: 97' },
      'error[CONFIG_IMPOSSIBLE] s.yaml:6:12: model.d_model must be a multiple of model.n_head; expected a ' +
        'multiple of 3, got 97 (hint: try 96 or 120)',
    ],
    [
      ['model.n_head=5'],
      {},
      'error[CONFIG_IMPOSSIBLE] --set model.n_head=5: model.d_model must be a multiple of model.n_head; expected ' +
        'a multiple of 5, got 96 (hint: try 80 or 120)',
    ],
    [
      ['model.n_head=32'],
      {},
      'error[CONFIG_IMPOSSIBLE] --set model.n_head=32: the head size model.d_model / model.n_head must be even ' +
        '(rotary positions turn pairs); expected an even head size, got 96 / 32 = 3 (hint: try 64 or 128)',
    ],
    [
      ['model.d_model=36'],
      {},
      'error[CONFIG_IMPOSSIBLE] --set model.d_model=36: model.d_model must be a multiple of 8 (the kernels go ' +
        'through a row in steps of 8 values); expected a multiple of 8, got 36 (hint: try 24 or 48)',
    ],
    [
      ['model.d_ff=60'],
      {},
      'error[CONFIG_IMPOSSIBLE] --set model.d_ff=60: model.d_ff must be a multiple of 8 (the kernels go through ' +
        'a row in steps of 8 values); expected a multiple of 8, got 60 (hint: try 56 or 64)',
    ],
    [
      ['model.n_kv_head=2'],
      {},
      'error[CONFIG_IMPOSSIBLE] --set model.n_kv_head=2: model.n_head must be a multiple of model.n_kv_head; ' +
        'expected a divisor of 3, got 2',
    ],
    [
      ['data.distributions=[free]'],
      {},
      'error[CONFIG_IMPOSSIBLE] --set data.distributions=[free]: data.distributions lacks data.generator, so ' +
        'nothing would be tested in distribution; expected a list with wilson, got [free]',
    ],
    [
      ['evaluate={dev_mazes: 1001}'],
      {},
      'error[CONFIG_IMPOSSIBLE] --set evaluate={dev_mazes: 1001}: evaluate.dev_mazes asks for more mazes than ' +
        'data.dev makes; expected at most 1000, got 1001',
    ],
  ])('%j %j', (overrides, replacements, message) => {
    const text = Object.entries(replacements).reduce((at, [from, to]) => at.replace(from, to), TEXT);
    expect(refusal(text, ...overrides)).toBe(message);
  });
});

describe('reinforcement learning', () => {
  const RL = `${TEXT}rl:\n  from: [correct]\n`;
  it('has the settings of the command line with the same defaults', () => {
    const { rl } = parseConfig(RL, 's.yaml').config;
    expect(rl).toEqual({ ...RL_DEFAULTS, from: ['correct'], starts: ['last'], curve_mazes: 200, curve_prompts: 64 });
    expect(rl && rlSettings(rl)).toEqual(RL_DEFAULTS);
    const capped = parseConfig(RL, 's.yaml', ['rl.cap=300', 'rl.kl=0.5']).config.rl;
    expect(capped && rlSettings(capped)).toEqual({ ...RL_DEFAULTS, cap: 300, kl: 0.5 });
    expect(refusal(RL, 'rl.cap=0')).toContain('expected a whole number from 1 to 100000, got 0');
    expect(refusal(RL, 'rl.cap=')).toContain('no key and value; expected KEY=VALUE');
  });

  it('refuses a penalty that could make a valid plan worth less than a wrong one', () => {
    expect(refusal(RL, 'rl.length_penalty=1.5')).toBe(
      'error[CONFIG_VALUE] --set rl.length_penalty=1.5: wrong value of rl.length_penalty; expected a number from ' +
        '0 to 1, got 1.5',
    );
  });

  it('starts from the last checkpoint, and from an early one where it is asked for, in one order', () => {
    const starts = (value: string) => parseConfig(RL, 's.yaml', [`rl.starts=${value}`]);
    expect(starts('[last, early]').config.rl?.starts).toEqual(['last', 'early']);
    expect(configHash(starts('[early, last]').config)).toBe(configHash(starts('[last, early]').config));
    expect(configHash(starts('[last]').config)).toBe(configHash(parseConfig(RL, 's.yaml').config));
    expect(refusal(RL, 'rl.starts=[last, last]')).toContain('expected a list of at least one start, each once');
    expect(refusal(RL, 'rl.starts=[]')).toContain('expected a list of at least one start, each once');
    expect(refusal(RL, 'rl.starts=[first]')).toContain('expected one of last, early, got the text "first"');
  });

  it('refuses an early start without an effect, and a condition without a start', () => {
    const check = (...overrides: string[]) => {
      const { config, where } = parseConfig(RL, 's.yaml', ['conditions=[correct, swapped]', ...overrides]);
      return (): void => {
        checkLater(config, where);
      };
    };
    for (const fits of [
      ['rl.starts=[last, early]'],
      ['rl.starts=[early]'],
      ['rl.starts=[last, early]', 'rl.from=[correct, swapped]'],
      ['train.checkpoints=1'],
    ])
      expect(check(...fits), fits.join(' ')).not.toThrow();
    expect(check('rl.from=[swapped]', 'rl.starts=[last, early]')).toThrow(
      'error[CONFIG_IMPOSSIBLE] --set rl.starts=[last, early]: rl.from names no condition that has an early start; ' +
        'expected rl.from with correct, or rl.starts without early, got swapped',
    );
    expect(check('rl.from=[correct, swapped]', 'rl.starts=[early]')).toThrow(
      'error[CONFIG_IMPOSSIBLE] --set rl.starts=[early]: rl.starts leaves a condition of rl.from without a start: only ' +
        'correct has an early one; expected rl.starts with last, got swapped',
    );
    expect(check('rl.starts=[last, early]', 'train.checkpoints=1')).toThrow(
      'error[CONFIG_IMPOSSIBLE] --set train.checkpoints=1: an early start is chosen among several kept checkpoints; ' +
        'expected at least 2, got 1',
    );
  });

  it('refuses a cap only from where the longest prompt leaves no room for it', () => {
    const {
      config: { model, rl },
      where,
    } = parseConfig(RL, 's.yaml', ['rl.cap=900']);
    expect(() => {
      checkRlCap({ model, rl }, where, model.context - 900);
    }).not.toThrow();
    expect(() => {
      checkRlCap({ model, rl }, where, model.context - 899);
    }).toThrow(
      'error[CONFIG_IMPOSSIBLE] --set rl.cap=900: rl.cap and the longest training prompt (125 tokens) do not fit ' +
        'into the context; expected at most 899, got 900',
    );
    expect(() => {
      checkRlCap({ model, rl: undefined }, where, model.context + 1);
    }).not.toThrow();
  });
});

describe('the hash of a preset', () => {
  it.each([
    ['smoke', '9ff848233a2009f3'],
    ['quick', '2bc9e84f5288fd14'],
    ['standard', '59b694bc8a7f58ba'],
    ['paper', '00769e4fec65331f'],
  ])('%s stays, so that its finished studies are found', async (name, hash) => {
    expect(configHash((await loadConfig(`${CONFIGS}${name}.yaml`)).config).slice(0, 16)).toBe(hash);
  });
});

describe('the layers of a phase diagram', () => {
  const layersOf = (...overrides: string[]): unknown =>
    parseConfig(TEXT, 's.yaml', ['phase={sizes: [6], tokens: [5000]}', ...overrides]).config.phase?.layers;

  it('are written out: those of the model, where none are given', () => {
    expect(layersOf()).toEqual([parseConfig(TEXT, 's.yaml').config.model.n_layer]);
    expect(layersOf('model.n_layer=7')).toEqual([7]);
    expect(layersOf('phase.layers=[8, 2, 4]')).toEqual([2, 4, 8]);
    expect(layersOf('phase.layers=[8, 2, 4]', 'phase.layers=null', 'model.n_layer=3')).toEqual([3]);
  });

  it.each([
    [
      '[]',
      /^error\[CONFIG_[A-Z]+\] --set phase\.layers=\[\]: .*expected a list of at least one number of layers, each once/,
    ],
    ['[2, 2]', /expected a list of at least one number of layers, each once/],
    ['[0]', /expected a whole number from 1 to 256, got 0/],
    ['[2.5]', /expected a whole number from 1 to 256, got 2\.5/],
  ])('%s is refused', (value, message) => {
    expect(() => layersOf(`phase.layers=${value}`)).toThrow(message);
  });
});

describe('--set', () => {
  it('reads values as YAML, makes missing sections, and the last one wins', () => {
    const { config } = parseConfig(TEXT, 's.yaml', [
      'seeds=[3, 4]',
      'train.lr=2e-4',
      'evaluate.temperature=0.5',
      'study=t',
      'study=u',
      'data.distributions=[wilson, free]',
    ]);
    expect(config).toMatchObject({
      study: 'u',
      seeds: [3, 4],
      train: { lr: 2e-4 },
      evaluate: { temperature: 0.5 },
      data: { distributions: ['wilson', 'free'] },
    });
  });

  it('null leaves a section or a key out, whose default then holds', () => {
    const text = `${TEXT}rl:\n  from: [correct]\n  steps: 7\ninterventions:\n  conditions: [correct]\n`;
    expect(
      parseConfig(text, 's.yaml', ['rl=null', 'interventions=null', 'information=null', 'phase=null', 'data.seed=null'])
        .config,
    ).toEqual(parseConfig(TEXT, 's.yaml').config);
    expect(parseConfig(text, 's.yaml', ['rl.steps=null']).config).toEqual(
      parseConfig(text, 's.yaml', ['rl.steps=150']).config,
    );
    expect(parseConfig(TEXT, 's.yaml', ['train.tokens=null']).config).toEqual(parseConfig(TEXT, 's.yaml').config);
    expect(parseConfig(TEXT, 's.yaml', ['rl.steps=null']).config).not.toHaveProperty('rl');
  });

  it('of one of two alternatives takes the place of the other', () => {
    expect(parseConfig(TEXT, 's.yaml', ['train.tokens=5000']).config.train).toMatchObject({ tokens: 5000 });
    expect(parseConfig(TEXT, 's.yaml', ['train.tokens=5000']).config.train).not.toHaveProperty('epochs');
    expect(parseConfig(TEXT, 's.yaml', ['train.tokens=5000', 'train.epochs=2']).config.train).toEqual({
      ...parseConfig(TEXT, 's.yaml').config.train,
      epochs: 2,
    });
  });

  it('data.test also replaces the number in distribution of the file', () => {
    const text = TEXT.replace('train: 100', 'train: 100\n  test_in_distribution: 3000');
    const data = (...overrides: string[]) => parseConfig(text, 's.yaml', overrides).config.data;
    expect(data()).toMatchObject({ test: 1000, test_in_distribution: 3000 });
    expect(data('data.test=20')).toMatchObject({ test: 20, test_in_distribution: 20 });
    // Other keys leave it alone.
    expect(data('data.dev=200')).toHaveProperty('test_in_distribution', 3000);
  });

  it.each([
    ['seeds=1,2,3', 'seeds=[1,2,3]'],
    ['seeds= 1, 2 ', 'seeds=[1,2]'],
    ['seeds=4', 'seeds=[4]'],
    ['conditions=correct,swapped@0.5', 'conditions=[correct,swapped@0.5]'],
    ['data.distributions=wilson,free', 'data.distributions=[wilson,free]'],
    ['data.distributions=null', 'data.dev=1000'],
    ['phase={sizes: [4], tokens: [16]}', 'phase={sizes: [4], tokens: [16]}'],
  ])('%s is a list without brackets', (given, plain) => {
    expect(parseConfig(TEXT, 's.yaml', [given]).config).toEqual(parseConfig(TEXT, 's.yaml', [plain]).config);
  });

  it('lists without brackets are refused as lists are', () => {
    expect(refusal(TEXT, 'seeds=1,1')).toContain('expected a list of at least one seed, each once, got the list [1,1]');
    expect(refusal(TEXT, 'seeds=1,-1')).toContain('a whole number from 0 to 4294967295, got -1');
    expect(refusal(TEXT, 'data.size=6,7')).toContain('got the text "6,7"');
    expect(listKeys()).toEqual([
      'seeds',
      'conditions',
      'data.distributions',
      'rl.from',
      'rl.starts',
      'interventions.conditions',
      'interventions.kinds',
      'interventions.distributions',
      'information.conditions',
      'information.distributions',
      'phase.sizes',
      'phase.tokens',
      'phase.layers',
      'phase.conditions',
    ]);
  });

  it.each([
    ['before', ['data.test_in_distribution=50', 'data.test=20']],
    ['after', ['data.test=20', 'data.test_in_distribution=50']],
    ['in a whole section before', ['data={size: 6, train: 100, test_in_distribution: 50}', 'data.test=20']],
  ])('data.test keeps a number in distribution that is set by an option %s it', (_, overrides) => {
    const { data } = parseConfig(TEXT, 's.yaml', overrides).config;
    expect(data).toMatchObject({ test: 20, test_in_distribution: 50 });
  });

  it('data.test makes every test set of quick as small as it says', async () => {
    const { data } = (await loadConfig(`${CONFIGS}quick.yaml`, ['data.test=20'])).config;
    expect(data.distributions.map((name) => testCount(data, name))).toEqual(data.distributions.map(() => 20));
  });

  it.each([
    [
      'train.lr',
      'error[OPTION_SET] --set train.lr: no key and value; expected KEY=VALUE, got "train.lr" (hint: for example ' +
        '--set train.lr=1e-3)',
    ],
    [
      'train.lrr=1',
      'error[CONFIG_UNKNOWN_KEY] --set train.lrr=1: unknown key train.lrr; expected a key of a configuration, got train.lrr (hint: did you mean train.lr?)',
    ],
    [
      'lr=1',
      'error[CONFIG_UNKNOWN_KEY] --set lr=1: unknown key lr; expected a key of a configuration, got lr (hint: did you mean train.lr?)',
    ],
    [
      '__proto__.polluted=1',
      'error[CONFIG_UNKNOWN_KEY] --set __proto__.polluted=1: unknown key __proto__.polluted; expected a key of a configuration, got __proto__.polluted (hint: known keys: ' +
        'study, seeds, conditions, data, model, train, evaluate, rl, interventions, information, phase, domain_module)',
    ],
    [
      'train.lr=high',
      'error[CONFIG_VALUE] --set train.lr=high: wrong value of train.lr; expected a number above 0, at most 1, ' +
        'got the text "high"',
    ],
    [
      'train.lr=null',
      'error[CONFIG_MISSING_KEY] --set train.lr=null: missing key train.lr; expected a number above 0, at most 1' +
        NOTHING,
    ],
    [
      'train.lr=',
      'error[OPTION_SET] --set train.lr=: no key and value; expected KEY=VALUE, got "train.lr=" (hint: for example ' +
        '--set train.lr=1e-3)',
    ],
    [
      'rl=',
      'error[OPTION_SET] --set rl=: no key and value; expected KEY=VALUE, got "rl=" (hint: for example ' +
        '--set train.lr=1e-3)',
    ],
    [
      'seeds=[1, -1]',
      'error[CONFIG_VALUE] --set seeds=[1, -1]: wrong value of seeds; expected a whole number from 0 to ' +
        '4294967295, got -1',
    ],
    [
      'train={epochs: 1, batch_tokens: 99}',
      'error[CONFIG_MISSING_KEY] --set train={epochs: 1, batch_tokens: 99}: missing key train.lr; expected a ' +
        'number above 0, at most 1' +
        NOTHING,
    ],
    [
      'data.size=[',
      'error[OPTION_SET] --set data.size=[: the value is not valid YAML: Flow sequence must end with a ]; expected a ' +
        'value as YAML writes it, got "[" (hint: put a text with signs of YAML in quotes)',
    ],
  ])('%s is refused by name', (override, message) => {
    expect(refusal(TEXT, override)).toBe(message);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('presets', () => {
  const load = async (name: string) => (await loadConfig(`${CONFIGS}${name}.yaml`)).config;
  const parameters = async (name: string): Promise<number> => {
    const { model, data } = await load(name);
    return countParameters(model, createVocabulary(data.size).length);
  };

  it('each carry their own name and point editors to the schema', async () => {
    const names = readdirSync(CONFIGS)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => name.replace('.yaml', ''));
    expect(names.sort()).toEqual([
      'dose-response',
      'matched',
      'paper',
      'phase',
      'phase-small',
      'quick',
      'smoke',
      'sokoban',
      'standard',
    ]);
    for (const name of names) {
      expect((await load(name)).study).toBe(name);
      expect(readFileSync(`${CONFIGS}${name}.yaml`, 'utf8')).toMatch(
        /^# yaml-language-server: \$schema=\.\/schema\.json\n/,
      );
    }
  });

  it.each(['dose-response', 'paper', 'phase', 'quick', 'smoke', 'sokoban'])(
    '%s with every default filled in is read as the same study',
    async (name) => {
      const config = await load(name);
      expect(parseConfig(stringify(config), 'config.yaml').config).toEqual(config);
    },
  );

  it.each(['quick', 'dose-response', 'matched', 'phase', 'phase-small', 'smoke'])(
    '%s can be drawn: 6x6 is small',
    async (name) => {
      const { data } = await load(name);
      const { train, dev, test } = drawSplits(data, domainOf(data.domain));
      expect([train, dev, ...test].map(({ problems }) => problems.length)).toEqual([
        data.train,
        data.dev,
        ...data.distributions.map((distribution) => testCount(data, distribution)),
      ]);
      if (name === 'quick') expect(train.problems.at(-1)?.index).toBe(56_351 - 1);
    },
  );

  it('have the sizes that their comments tell', async () => {
    expect(await parameters('quick')).toBe(449_760);
    expect(await parameters('standard')).toBe(767_360);
    expect(await parameters('paper')).toBe(14_136_704);
    const { config } = await loadConfig(`${CONFIGS}paper.yaml`, [
      'model.d_model=896',
      'model.n_layer=24',
      'model.n_head=14',
      'model.d_ff=4864',
    ]);
    expect(Math.round(countParameters(config.model, createVocabulary(30).length) / 1e6)).toBe(359);
  });
});

describe('the JSON Schema', () => {
  it('in configs/ is the one of the code (tracelab study --schema > configs/schema.json)', () => {
    expect(JSON.parse(readFileSync(`${CONFIGS}schema.json`, 'utf8'))).toEqual(configJsonSchema());
  });

  it('has type, range, default and description of a setting of reinforcement learning', () => {
    const { properties } = configJsonSchema() as {
      properties: { rl: { properties: Record<string, unknown>; required: string[] } };
    };
    expect(properties.rl.properties.group).toEqual({
      type: 'integer',
      minimum: 2,
      maximum: 1024,
      default: 8,
      description: expect.stringMatching(/^Completions per prompt/) as unknown,
    });
    expect(properties.rl.properties.loss).toMatchObject({ type: 'string', enum: [...LOSSES], default: 'token' });
    expect(properties.rl.properties.cap).toMatchObject({
      anyOf: [{ type: 'integer', minimum: 1, maximum: 100_000 }, { type: 'null' }],
      default: null,
    });
    expect(properties.rl.required).toEqual(['from']);
  });

  it('describes every key', () => {
    const { properties } = configJsonSchema() as {
      properties: Record<string, { properties?: Record<string, { description?: string }>; description?: string }>;
    };
    for (const key of configKeys()) {
      const [first, second] = key.split('.');
      const node =
        (second as string | undefined) === undefined ? properties[first] : properties[first].properties?.[second];
      expect(node?.description ?? (node && 'properties' in node ? 'section' : undefined), key).toBeDefined();
    }
  });
});

describe('a text that is no configuration is refused before it is parsed', () => {
  it.each([
    ['lines', Array.from({ length: 40_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['a flow', `{${Array.from({ length: 40_000 }, (_, i) => `k${i}`).join(',')}}`],
    ['explicit keys', Array.from({ length: 40_000 }, (_, i) => `? k${i}`).join('\n')],
    ['one long line', `study: ${'x'.repeat(1 << 20)}`],
  ])('%s', (_, text) => {
    expect(() => parseConfig(text, 'big.yaml')).toThrow(
      /^error\[CONFIG_SIZE\] big\.yaml: too large for a configuration; expected at most 2000 keys and values in 1048576 bytes, got \d+ or more \(hint: /,
    );
  });
});
