// Every command as a user meets it: help, refusals on one line with their exit codes, and the commands alone on files.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sealed } from '../../src/base/sealed.ts';
import { RESULTS_FORMAT } from '../../src/study/results.ts';
import { smokeResults } from '../report/fixture.ts';
import { runCli, startCli } from './run-cli.ts';

// Processes and disks of a busy machine are slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cli-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Small enough for seconds; the real thing in every part. */
const TINY = [
  '--set',
  'data.train=40',
  '--set',
  'data.dev=4',
  '--set',
  'data.test=4',
  '--set',
  'model.d_model=16',
  '--set',
  'train.checkpoints=1',
];

describe('help', () => {
  it('of the program lists the commands; the version is that of the package', async () => {
    const { code, out } = await runCli(['--help'], folder);
    expect(code).toBe(0);
    for (const name of [
      'study',
      'runs',
      'task',
      'generate',
      'train',
      'rl',
      'evaluate',
      'analyse',
      'intervene',
      'verify',
      'explain',
      'solve',
      'play',
      'report',
      'doctor',
      'bench',
    ])
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect((await runCli(['--version'], folder)).out).toBe(`${version}\n`);
  });

  it.each([
    'study',
    'runs',
    'task',
    'generate',
    'train',
    'rl',
    'evaluate',
    'analyse',
    'intervene',
    'verify',
    'explain',
    'sweep',
    'solve',
    'play',
    'report',
    'doctor',
    'bench',
  ])('of %s fits 80 columns and has examples that begin with it', async (name) => {
    const { code, out } = await runCli([name, '--help'], folder);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`\nExamples:\n(?:  # .*\n)*  tracelab ${name}[ \n]`));
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('refusals are one line, exit 2 and leave nothing behind', () => {
  it('an unknown key in a file names file, line and column', async () => {
    writeFileSync(join(folder, 'typo.yaml'), 'study: typo\ndata:\n  size: 6\n  trian: 5\n');
    const { code, error } = await runCli(['study', 'typo.yaml'], folder);
    expect([code, error]).toEqual([
      2,
      'error[CONFIG_UNKNOWN_KEY] typo.yaml:4:3: unknown key data.trian; expected a key of a configuration, got data.trian (hint: did you mean data.train?)\n',
    ]);
  });

  it('the 359 M model of the paper, with its memory plan', async () => {
    const sizes = { d_model: 896, n_layer: 24, n_head: 14, d_ff: 4864 };
    const { code, error } = await runCli(
      [
        'study',
        'paper',
        '--plan',
        ...Object.entries(sizes).flatMap(([key, value]) => ['--set', `model.${key}=${value}`]),
      ],
      folder,
    );
    expect(error).toMatch(
      /^error\[MEMORY_PLAN\] --set model\.d_model=896: a model of 358,\d{3},\d{3} parameters does not fit one WebAssembly memory; expected at most 4\.00 GiB, got [\d.]+ GiB \(.*gradient accumulators [\d.]+ GiB.*\) \(hint: .*\)\n$/,
    );
    expect(code).toBe(2);
  });

  it('a Node that is too old, before anything else is loaded', async () => {
    const older = `data:text/javascript,${encodeURIComponent("Object.defineProperty(process.versions, 'node', { value: '22.11.0' })")}`;
    const { code, error } = await runCli(['--version'], folder, ['--import', older]);
    expect(error).toContain(
      'error[NODE_VERSION] node: tracelab needs a newer Node.js; expected 22.12 or newer, got 22.11.0',
    );
    expect(code).toBe(4);
  });
});

it('report refuses results of another version in one line that says how to make them again', async () => {
  writeFileSync(
    join(folder, 'old.json'),
    JSON.stringify({ study: 's', result: 'r', conditions: [], findings: [], samples: [] }),
  );
  const { code, error } = await runCli(['report', 'old.json'], folder);
  expect(error).toBe(
    `error[RESULTS_FORMAT] old.json: was written by another version of tracelab; expected format ${RESULTS_FORMAT}, got 1 (hint: the same \`tracelab study\` command makes it again from its finished cells)\n`,
  );
  expect(code).toBe(2);
});

it('a failure of our own is one line and exit 70; --debug adds the stack', async () => {
  writeFileSync(
    join(folder, 'odd.json'),
    // Whole by its hash, so nothing is damaged: a table meets what no study writes.
    JSON.stringify(sealed({ ...smokeResults(), format: RESULTS_FORMAT, lengths: { analysis: {}, shown: [] } })),
  );
  const { code, error } = await runCli(['report', 'odd.json'], folder);
  expect(error).toMatch(
    /^error\[BUG\] tracelab: TypeError: .* \(hint: this is our fault; run again with --debug for the stack, and report it\)\n$/,
  );
  expect(code).toBe(70);
  expect((await runCli(['--debug', 'report', 'odd.json'], folder)).error).toMatch(
    /^error\[BUG\] tracelab: TypeError: .*\nTypeError: [^]*\n {4}at /,
  );
});

it('control characters of a name do not reach the terminal', async () => {
  const { error } = await runCli(['study', '\u001b[31mred\u0007.yaml'], folder);
  expect(error).toBe(
    'error[FILE_MISSING] \ufffd[31mred\ufffd.yaml: no such file; expected a file, got none (hint: check the path)\n',
  );
});

it.each(['null', '5', '[null]', '"x"', '{"a": null}', '{"a": ', ''])(
  'a cache of tiles that holds %j is made anew without a fault',
  async (text) => {
    const cache = mkdtempSync(join(tmpdir(), 'tracelab-cache-'));
    vi.stubEnv('XDG_CACHE_HOME', cache);
    mkdirSync(join(cache, 'tracelab'));
    writeFileSync(join(cache, 'tracelab/tiles.json'), text);
    const { code, error } = await runCli(['doctor', '--json'], folder);
    expect([code, error]).toEqual([0, '']);
    const found = JSON.parse(readFileSync(join(cache, 'tracelab/tiles.json'), 'utf8')) as Record<string, string>;
    expect(Object.values(found)).toEqual([expect.stringMatching(/^\d+x\d+$/)]);
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true });
  },
);

it('doctor tells of every part and exits 0 where a study can run', async () => {
  const { code, out } = await runCli(['doctor', '--json'], folder);
  const { healthy, checks } = JSON.parse(out) as {
    healthy: boolean;
    checks: { name: string; verdict: string; words: string }[];
  };
  expect(checks.map(({ name }) => name)).toEqual(['node', 'cores', 'memory', 'core', 'disk']);
  expect(checks.find(({ name }) => name === 'core')?.words).toContain('checked against scalar results');
  expect([healthy, code]).toEqual([true, 0]);
  vi.stubEnv('TRACELAB_KERNEL_PATH', 'portable');
  const forced = await runCli(['doctor'], folder);
  vi.unstubAllEnvs();
  expect(forced.out).toMatch(
    /^core +slow +portable module .*; portable: checked against scalar results; tile \dx\d, .*; TRACELAB_KERNEL_PATH asks for portable$/m,
  );
  writeFileSync(join(folder, 'file'), '');
  const broken = await runCli(['doctor', '--runs-dir', 'file/runs'], folder);
  expect(broken.out).toMatch(/^disk +FAIL +.*file: a part of the path is not a folder$/m);
  expect(broken.code).toBe(4);
});

describe('the commands alone, on files', () => {
  const last = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

  beforeAll(async () => {
    const { error } = await runCli(['generate', 'smoke', ...TINY, '--out', 'data'], folder);
    expect(error).toMatch(/^start {6}data {2}1 thread\ndone {7}data {2}\d+ s; 1 of 1 done\n$/);
    const trained = await runCli(
      ['train', 'smoke', ...TINY, '--data', 'data', '--condition', 'swapped', '--out', 'run'],
      folder,
    );
    expect(trained.error).toMatch(/^done {7}train-swapped-seed1 {2}\d+ s; 1 of 1 done\n$/m);
    expect(last(trained.out)).toMatch(/^result [0-9a-f]{64}$/);
  });

  it('generate gives the same bytes again, and refuses other settings in the same folder', async () => {
    const again = await runCli(['generate', 'smoke', ...TINY, '--out', 'again'], folder);
    expect(last(again.out)).toBe(last((await runCli(['generate', 'smoke', ...TINY, '--out', 'data'], folder)).out));
    const other = await runCli(['generate', 'smoke', ...TINY, '--set', 'data.seed=2', '--out', 'data'], folder);
    expect(other.error).toMatch(/^error\[CELL_OTHER\] data: holds the result of other settings \(config\.seed\)/);
    expect(other.code).toBe(2);
  });

  it('generate refuses more mazes than exist and makes no folder', async () => {
    const { code, error } = await runCli(
      ['generate', 'smoke', '--set', 'data.train=1000000', '--out', 'toomany'],
      folder,
    );
    expect(error).toMatch(
      /^error\[TOO_FEW_PROBLEMS\] train \(wilson, 6x6\): .*; expected at most 104,448, got 1,000,060 in all/,
    );
    expect(code).toBe(2);
    expect(readdirSync(folder)).not.toContain('toomany');
  });

  it('generate stops at Ctrl-C and leaves no data', async () => {
    const args = ['generate', 'smoke', ...TINY, '--out', 'interrupted'];
    // Far more mazes than are drawn while the signal is on its way.
    const running = startCli([...args, '--set', 'data.size=20', '--set', 'data.train=5000000'], folder);
    // The command listens before it marks the folder as begun.
    await vi.waitUntil(() => existsSync(join(folder, 'interrupted/cell.json')), { timeout: 60_000 });
    running.kill('SIGINT');
    const { code, out, error } = await running.finished;
    expect([code, out]).toEqual([130, '']);
    expect(error).toContain('stopping at the next safe point');
    expect(error.trimEnd().split('\n').at(-1)).toBe('stopped; run the same command to resume');
    // A stop before the work begins takes the folder away, too.
    const left = existsSync(join(folder, 'interrupted')) ? readdirSync(join(folder, 'interrupted')) : [];
    expect(left.filter((name) => /jsonl|dataset|README/.test(name))).toEqual([]);
  });

  it('train on rows without size and generator asks for them, and gives the same weights with them', async () => {
    const rows = readFileSync(join(folder, 'data/train.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { prompt: string; completion: string });
    writeFileSync(
      join(folder, 'foreign.jsonl'),
      rows.map(({ prompt, completion }) => `${JSON.stringify({ prompt, completion })}\n`).join(''),
    );
    const bare = await runCli(
      ['train', 'smoke', ...TINY, '--data', 'foreign.jsonl', '--condition', 'swapped', '--out', 'foreign'],
      folder,
    );
    expect(bare.error).toBe(
      'error[ROW] foreign.jsonl:1:1: the size of the maze is not given; expected a whole number `size`, got nothing (hint: give --size)\n',
    );
    const told = await runCli(
      [
        'train',
        'smoke',
        ...TINY,
        '--data',
        'foreign.jsonl',
        '--size',
        '6',
        '--generator',
        'wilson',
        '--condition',
        'swapped',
        '--out',
        'foreign',
      ],
      folder,
    );
    expect(told.code).toBe(0);
    const [checkpoint] = readdirSync(join(folder, 'run/checkpoints'));
    const weights = (run: string): Buffer =>
      readFileSync(join(folder, run, 'checkpoints', checkpoint, 'model.safetensors'));
    expect(weights('foreign').equals(weights('run'))).toBe(true);
  });

  it('evaluate writes every completion, prints shares with counts, and gives the same result again', async () => {
    const first = await runCli(['evaluate', '--checkpoint', 'run', '--data', 'data', '--out', 'test'], folder);
    expect(first.out).toMatch(/ Drunkard.*\n.* n 4.*\nValid plans +[\d.]+ \[[\d.]+, [\d.]+\] /);
    expect(readFileSync(join(folder, 'test/completions-drunkard.jsonl'), 'utf8').trim().split('\n')).toHaveLength(4);
    expect(readFileSync(join(folder, 'test/model-card.md'), 'utf8')).toMatch(/^\| drunkard \| 4 \| [\d.]+ \[/m);
    const again = await runCli(
      ['evaluate', '--checkpoint', 'run', '--data', 'data', '--out', 'test', '--threads', '1'],
      folder,
    );
    expect(again).toEqual({ code: 0, out: first.out, error: 'reused     evaluate\n' });
  });

  it('analyse lengths correlates the completions of an evaluation, with and without distances', async () => {
    const plain = await runCli(['analyse', 'lengths', 'test'], folder);
    expect(plain).toMatchObject({ code: 0, error: '' });
    expect(plain.out).toMatch(/Swapped traces, seed 1[^]*Drunkard[^]*A\*’s own traces[^]*Free space +4 /);
    expect(last(plain.out)).toBe('lengths test/lengths.json');
    const measured = await runCli(
      ['analyse', 'lengths', 'test', '--checkpoint', 'run', '--out', 'far.json', '--html', 'far.html', '--json'],
      folder,
    );
    expect(measured.code).toBe(0);
    const { groups, bins } = JSON.parse(readFileSync(join(folder, 'far.json'), 'utf8')) as {
      groups: { n: number; mean_distance: number | null }[];
      bins: { n: number }[];
    };
    expect(groups).toHaveLength(6);
    // A model that has learned nothing is near ln 56, the vocabulary of 6x6.
    expect(
      groups.every(
        ({ n, mean_distance }) => n === 4 && mean_distance !== null && mean_distance > 1 && mean_distance < 6,
      ),
    ).toBe(true);
    expect(bins.reduce((sum, { n }) => sum + n, 0)).toBe(24);
    expect(readFileSync(join(folder, 'far.html'), 'utf8')).toContain('Free space apart');
    const nothing = await runCli(['analyse', 'lengths', 'data', '--no-distance'], folder);
    expect([nothing.code, nothing.error]).toEqual([
      2,
      'error[FILE_MISSING] data/evaluation.json: no such file; expected a file, got none (hint: check the path)\n',
    ]);
  });

  it('intervene gives the same result on any number of threads and a second time, and refuses what it cannot do', async () => {
    const args = [
      'intervene',
      'run',
      '--data',
      'data',
      '--distribution',
      'wilson',
      'free',
      '--mazes',
      '3',
      '--interventions',
      'gold,swapped,truncated@0.5,early@1',
    ];
    const first = await runCli([...args, '--threads', '1'], folder);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(
      /^Wilson\nNo intervention +3 .*\nReference +3 .*\nSwapped +3 [^]*^Free space\nNo intervention +3 .*\nReference +3 /m,
    );
    expect(readdirSync(join(folder, 'run-interventions'))).toEqual(['cells']);
    // A cell for the completions without intervention, and one for each intervention.
    const cells = readdirSync(join(folder, 'run-interventions/cells'));
    expect(cells).toHaveLength(5);
    for (const cell of cells) expect(cell).toMatch(/^interventions-[0-9a-f]{16}$/);
    const forced = cells
      .map((cell) => join(folder, 'run-interventions/cells', cell, 'forced-wilson-gold.jsonl'))
      .filter((file) => existsSync(file));
    expect(forced).toHaveLength(1);
    const rows = readFileSync(forced[0], 'utf8').trim().split('\n');
    expect(rows).toHaveLength(3);
    const again = await runCli([...args, '--threads', '2'], folder);
    expect(last(again.out)).toBe(last(first.out));
    const fresh = await runCli([...args, '--threads', '2', '--out', 'fresh', '--html', 'interventions.html'], folder);
    expect(last(fresh.out)).toBe(last(first.out));
    expect(readFileSync(join(folder, 'interventions.html'), 'utf8')).toContain('Does the model use its trace?');
    // With another list, only what is new is computed, and all of it is compared.
    const other = await runCli([...args.slice(0, -1), 'empty,swapped', '--threads', '2'], folder);
    expect(
      other.error
        .match(/^(?:reused|start) .*/gm)
        ?.map((line) => line.replaceAll(/ +/g, ' '))
        .sort(),
    ).toEqual(['reused own', 'reused swapped', 'start empty 2 threads']);
    expect(other.out).toMatch(/^Wilson\nNo intervention +3 .*\nEmpty +3 .*\nSwapped +3 /m);
    const alone = await runCli([...args.slice(0, -1), 'empty,swapped', '--out', 'alone'], folder);
    expect(alone.out).toBe(other.out);
    // Another seed swaps and corrupts otherwise.
    expect(last((await runCli([...args, '--seed', '2'], folder)).out)).not.toBe(last(first.out));
    const refused = async (...more: string[]): Promise<string> =>
      (await runCli(['intervene', 'run', '--data', 'data', ...more], folder)).error;
    expect(await refused('--interventions', 'golden')).toMatch(
      /^error\[INTERVENTION\] --interventions: unknown intervention; expected some of gold, swapped, .*, got golden \(hint: .+\)\n$/,
    );
    expect(await refused('--interventions', 'other')).toMatch(
      /^error\[OTHER_MISSING\] intervention other: no evaluation of another model was given/,
    );
    expect(await refused('--interventions', 'other', '--other', 'data')).toMatch(
      /error\[FILE_MISSING\] data\/completions-wilson\.jsonl/,
    );
    expect(await refused('--mazes', '1', '--interventions', 'swapped', '--out', 'single')).toMatch(
      /error\[TOO_FEW_EXAMPLES\]/,
    );
  });

  it('intervene --information gives the same result on any number of threads and a second time', async () => {
    const args = ['intervene', 'run', '--data', 'data', '--distribution', 'wilson', '--mazes', '3', '--information'];
    const first = await runCli([...args, '--threads', '1', '--out', 'informed'], folder);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/^Wilson\nOwn, 0 % +3 [^]*^Swapped, 100 % +3 [^]*^Reference, close on plan +\d+ /m);
    const [cell] = readdirSync(join(folder, 'informed/cells'));
    expect(cell).toMatch(/^information-[0-9a-f]{16}$/);
    for (const source of ['own', 'gold', 'swapped']) {
      const file = join(folder, 'informed/cells', cell, `information-wilson-${source}.jsonl`);
      expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(3);
    }
    const again = await runCli([...args, '--out', 'informed'], folder);
    expect(again.error).toMatch(/^reused +information/m);
    expect(again.out).toBe(first.out);
    const html = ['--html', 'information.html'];
    const two = await runCli([...args, '--threads', '2', '--out', 'informed-2', ...html], folder);
    expect(last(two.out)).toBe(last(first.out));
    expect(readFileSync(join(folder, 'information.html'), 'utf8')).toContain('Information of the trace about the plan');
    // Another sample of events.
    expect(last((await runCli([...args, '--events', '1', '--out', 'informed'], folder)).out)).not.toBe(last(first.out));
    const refused = async (...more: string[]): Promise<string> =>
      (await runCli(['intervene', 'run', '--data', 'data', ...more], folder)).error;
    expect(await refused('--events', '3')).toBe(
      'error[OPTION_IDLE] --events: no effect without --information; expected --information --events N, got --events 3 (hint: add --information, or leave --events out)\n',
    );
    expect(await refused('--information', '--interventions', 'gold')).toMatch(/--information.*--interventions/);
    expect(await refused('--information', '--mazes', '1', '--out', 'lonely')).toMatch(/^error\[TOO_FEW_EXAMPLES\]/);
    expect(existsSync(join(folder, 'lonely'))).toBe(false);
  });

  it('evaluate judges completions from elsewhere', async () => {
    const { code, out } = await runCli(['evaluate', '--completions', 'data/dev.jsonl', '--json'], folder);
    const { summaries } = JSON.parse(out) as {
      summaries: { n: number; plan_valid: { count: number }; trace_valid: { exact: { count: number } } }[];
    };
    expect([
      code,
      summaries.length,
      summaries[0].n,
      summaries[0].plan_valid.count,
      summaries[0].trace_valid.exact.count,
    ]).toEqual([0, 1, 4, 4, 4]);
    // Whether a cap cut them off and what their model was trained on is not known.
    expect(summaries[0]).toMatchObject({ truncated: { count: 0, n: 0 }, walls_seen: { count: 0, n: 0 } });
    const text = await runCli(['evaluate', '--completions', 'data/dev.jsonl', '--out', 'judged'], folder);
    expect(text.out).toMatch(/^Truncated +-$/m);
    expect(text.out).toMatch(/^Layouts seen in training +-$/m);
    const kept = JSON.parse(readFileSync(join(folder, 'judged/evaluation.json'), 'utf8')) as { summaries: unknown };
    expect(kept.summaries).toEqual(summaries);
  });

  it('analyse lengths of completions from elsewhere claims no condition', async () => {
    await runCli(['evaluate', '--completions', 'data/dev.jsonl', '--out', 'theirs'], folder);
    const { code, out } = await runCli(['analyse', 'lengths', 'theirs', '--html', 'theirs.html'], folder);
    expect(code).toBe(0);
    expect(out).toMatch(/^Completions of theirs$/m);
    const page = readFileSync(join(folder, 'theirs.html'), 'utf8');
    expect(page).toContain('<h3>Completions of theirs</h3>');
    for (const text of [out, page]) expect(text).not.toContain('Correct traces');
    expect(JSON.parse(readFileSync(join(folder, 'theirs/lengths.json'), 'utf8'))).toMatchObject({
      condition_known: false,
    });
  });

  it('a cut checkpoint and a cut dataset are damaged artefacts: exit 3', async () => {
    const [checkpoint] = readdirSync(join(folder, 'foreign/checkpoints'));
    truncateSync(join(folder, 'foreign/checkpoints', checkpoint, 'model.safetensors'), 9000);
    const weights = await runCli(
      ['evaluate', '--checkpoint', `foreign/checkpoints/${checkpoint}`, '--data', 'data/dev.jsonl', '--out', 'cut'],
      folder,
    );
    expect(weights.error).toMatch(/^error\[CELL_DAMAGED\] foreign\/checkpoints\/.*\n$/);
    expect(weights.code).toBe(3);
    truncateSync(join(folder, 'again/test-free.jsonl'), 1000);
    const data = await runCli(['evaluate', '--checkpoint', 'run', '--data', 'again', '--out', 'cut2'], folder);
    expect(data.error).toMatch(/error\[CELL_DAMAGED\] again\/test-free\.jsonl: was changed after it was written/);
    expect(data.code).toBe(3);
  });
});
