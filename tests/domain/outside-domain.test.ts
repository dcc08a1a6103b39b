// Domains from outside: a module that a configuration or a command names. What it must hold, what its identity is, and
// that processes and threads of every kind find it. The module is written here; examples/countdown is a real one.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 240_000 });

const CLI = join(import.meta.dirname, '../../src/cli/bin.ts');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-outside-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/**
 * The smallest domain: a number is counted up to another one.
 * @param judged the validator's word on plans
 */
const source = (judged: string): string => `
import { events } from './events.mjs';
const NUMBERS = Array.from({ length: 30 }, (_, i) => String(i));
const KEYWORDS = ['from', 'to', 'create', 'close', 'plan', 'query', 'reasoning', 'solution', 'end'];
const WORDS = [...NUMBERS, ...KEYWORDS, '<pad>', '<unk>', '<bos>', '<eos>'];
const idOf = (word) => { const at = WORDS.indexOf(word); return at < 0 ? WORDS.indexOf('<unk>') : at; };
const vocabulary = (size) => ({
  size, words: WORDS, length: WORDS.length, idOf,
  pad: idOf('<pad>'), unk: idOf('<unk>'), bos: idOf('<bos>'), eos: idOf('<eos>'),
  encode: (text) => Uint16Array.from(text.split(' ').filter(Boolean), idOf),
  decode: (ids) => Array.from(ids, (id) => WORDS[id]).join(' '),
});
const parse = (prompt, size) => {
  const match = /^query from (\\d+) to (\\d+) reasoning$/.exec(prompt);
  if (!match) throw new Error('not a count');
  return { size, from: Number(match[1]), to: Number(match[2]) };
};
const cells = ({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const solve = (count) => ({
  prompt: 'query from ' + count.from + ' to ' + count.to + ' reasoning',
  completion: [...cells(count).map((n) => 'create ' + n), 'solution', ...cells(count).map((n) => 'plan ' + n), 'end'].join(' '),
});
const text = 'some words';
export default {
  name: 'counts', version: '1.2.3', sizes: { least: 4, most: 30 }, settings: {}, eventWords: 2,
  distributions: [
    { name: 'counts', stream: 2000, label: 'Counts', meaning: 'upward', far: false },
    { name: 'counts-far', stream: 2001, label: 'Far', meaning: 'upward from ten', far: true },
  ],
  words: { problem: 'count', problems: 'counts', validPlan: text, planClause: text, paperLevel: text, search: 'counting', heuristic: text,
    distance: 'far', identity: text, near: text, far: text, freeOrder: text, grammar: text, events: text, pictures: text,
    traceRules: { other: text }, planErrors: { other: text } },
  vocabulary,
  draw: (name, size, random) => {
    const from = random.below(10) + (name === 'counts' ? 0 : 10);
    return { size, from, to: from + 1 + random.below(9) };
  },
  count: () => null, key: ({ from, to }) => from + ' ' + to, solve, parse,
  events: ({ completion }) => events(completion),
  lengths: (completion) => ({ events: events(completion).length, planCells: completion.split('plan').length - 1 }),
  layout: ({ prompt }) => prompt,
  judge: ({ prompt, size, completion }) => {
    const isRight = completion === solve(parse(prompt, size)).completion;
    const trace = isRight ? { valid: true } : { valid: false, rule: 'other', record: 0 };
    const valid = ${judged};
    return { format: isRight, records: events(completion).length, paper: trace, strict: trace, exact: isRight,
      plan: valid ? { valid, optimal: isRight } : { valid, error: 'other', optimal: false } };
  },
  conditions: {}, picture: ({ prompt }) => prompt,
};
`;
const EVENTS = `export const events = (text) => text.split(' solution')[0].split(/ (?=create)/).filter((one) => one.startsWith('create'));\n`;

/** Writes the module into a folder of its own. */
function write(name: string, text: string): string {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'events.mjs'), EVENTS);
  const file = join(folder, name, 'counts.mjs');
  writeFileSync(file, text);
  return file;
}

const RIGHT = source('isRight');

/** A new process's table of domains: a process has one module. */
async function load(file: string, expected?: { readonly sha256: string }) {
  vi.resetModules();
  const { loadDomainModule } = await import('../../src/data/domain-module.ts');
  return loadDomainModule(file, 'data.domain', expected);
}

const messageOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error as Error).message,
  );

describe('a broken module is refused in one line', () => {
  test.each([
    ['no file', null, /error\[DOMAIN_MODULE\] data\.domain: no such file;/],
    ['a module that cannot be read', 'export default {', /error\[DOMAIN_MODULE\] data\.domain: .*cannot import it;/],
    ['no default export', 'export const name = 1;', /this is no domain: no domain; expected a domain as the default/],
    ['another value', 'export default 7;', /this is no domain: no domain; expected .*, got 7/],
    ['no version', RIGHT.replace("version: '1.2.3',", ''), /no domain: version; expected a text, got nothing/],
    ['a missing function', RIGHT.replace('count: () => null,', ''), /member count; expected a function, got nothing/],
    ['a missing word', RIGHT.replace('identity: text,', ''), /words\.identity; expected a text/],
    [
      'a stream of the built-in domains',
      RIGHT.replace('stream: 2000', 'stream: 3'),
      /stream of counts; expected a whole/,
    ],
    ['a name with a slash', RIGHT.replace("name: 'counts', v", "name: '../counts', v"), /name; expected small letters/],
    ['two distributions of one stream', RIGHT.replace('2001', '2000'), /error\[DOMAIN_CLASH\]/],
    ['the name of a built-in domain', RIGHT.replace("name: 'counts', v", "name: 'maze', v"), /DOMAIN_CLASH.*got maze/],
    ['a validator that refuses the solution', source('false'), /judge; expected its own solution to be valid at every/],
    [
      'a word that the vocabulary lacks',
      RIGHT.replace("'from', ", ''),
      /vocabulary; expected all words .*, got no word from/,
    ],
    ['a parser of other problems', RIGHT.replace('Number(match[1])', '0'), /parse; expected the problem of the prompt/],
    [
      'a generator that throws',
      RIGHT.replace('random.below(10)', 'random.no()'),
      /DOMAIN_FAILED\] domain counts, draw:/,
    ],
  ])('%s', async (name, text, expected) => {
    const file = text === null ? join(folder, 'none.mjs') : write(name.replaceAll(' ', '-'), text);
    const message = await messageOf(load(file));
    expect(message).toMatch(expected);
    expect(message).toMatch(/^error\[\w+\] [^\n]* \(hint: [^\n]*\)$/);
  });

  it('and a second one in the same process', async () => {
    await load(write('first', RIGHT));
    const { loadDomainModule } = await import('../../src/data/domain-module.ts');
    expect(await messageOf(loadDomainModule(write('second', RIGHT), '--domain-module'))).toMatch(/DOMAIN_CLASH/);
  });

  it('and a prompt that its parser refuses, with the place', async () => {
    await load(write('prompt', RIGHT));
    const { domainOf } = await import('../../src/domain/domains.ts');
    expect(() => domainOf('counts').parse('query up', 5, 'rows.jsonl:3')).toThrow(
      'error[PROMPT_SYNTAX] rows.jsonl:3: not a count; expected a prompt of the domain counts, got query up',
    );
  });
});

describe('its identity', () => {
  it('is name, version and a hash of all its files, wherever they are', async () => {
    const first = await load(write('identity', RIGHT));
    expect(first).toMatchObject({ name: 'counts', version: '1.2.3' });
    expect(first.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await load(write('moved', RIGHT))).sha256).toBe(first.sha256);
    expect((await load(write('changed', `${RIGHT}\n// a change`))).sha256).not.toBe(first.sha256);
    const imported = write('imported', RIGHT);
    writeFileSync(join(imported, '../events.mjs'), `${EVENTS}// a change\n`);
    expect((await load(imported)).sha256).not.toBe(first.sha256);
  });

  it('is compared with the one that a graph names', async () => {
    const file = write('compared', RIGHT);
    const { sha256 } = await load(file);
    await load(file, { sha256 });
    expect(await messageOf(load(file, { sha256: '0'.repeat(64) }))).toMatch(/error\[DOMAIN_CHANGED\]/);
  });

  it('is part of keys; those of built-in domains have no trace of it', async () => {
    const { keyOf } = await import('../../src/work/key.ts');
    const { dataKind } = await import('../../src/tasks/data.ts');
    const task = { id: 'data', kind: 'data', config: {}, needs: {} };
    const core = { module_sha256: 'a', kernel_path: 'fused' } as const;
    const domain = { module: '/a.mjs', name: 'counts', version: '1', sha256: 'b' };
    expect(keyOf(task, dataKind, {}, core)).not.toHaveProperty('domain');
    const key = keyOf(task, dataKind, {}, core, domain);
    expect(key.domain).toEqual({ name: 'counts', version: '1', sha256: 'b' });
    expect(keyOf(task, dataKind, {}, core, { ...domain, module: '/b.mjs' })).toEqual(key);
  });
});

/** Runs the command line in the folder. */
function tracelab(...args: readonly string[]): {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

const config = (module: string): string => `
study: counts
data: {domain: ${module}, size: 5, train: 40, dev: 4, test: 8, distributions: [counts]}
conditions: [correct]
model: {d_model: 16, n_layer: 1, n_head: 2, d_ff: 16, context: 96}
train: {epochs: 1, batch_tokens: 512, lr: 1e-3, warmup_steps: 2, checkpoints: 1}
rl: {from: [correct], steps: 2, prompts: 4, group: 3, curve_mazes: 4, curve_prompts: 2, checkpoint_every: 2}
`;

describe('through the command line', () => {
  it('a study with reinforcement learning, in child processes and threads; the verdicts are its own', () => {
    // Whoever judges, these two differ in nothing but the validator's word on wrong plans.
    const shares = ['isRight', 'true'].map((judged) => {
      write(`study-${judged}`, source(judged));
      writeFileSync(join(folder, `${judged}.yaml`), config(`./study-${judged}/counts.mjs`));
      const runs = `runs-${judged}`;
      const study = tracelab('study', `${judged}.yaml`, '--runs-dir', runs, '--threads', '2');
      expect(study.err).not.toContain('error[');
      expect([study.status, /^result [0-9a-f]{64}$/m.test(study.out)]).toEqual([0, true]);
      const again = tracelab('study', join(runs, 'counts/config.yaml'), '--runs-dir', runs, '--threads', '1');
      expect(again.out).toContain(/^result [0-9a-f]{64}$/m.exec(study.out)?.[0]);
      // Results are data: no path in them is imported.
      const alone = tracelab('report', join(runs, 'counts'), '--text');
      expect([alone.status, alone.err]).toEqual([2, expect.stringContaining('--domain-module MODULE')]);
      const module = `./study-${judged}/counts.mjs`;
      const report = tracelab('report', join(runs, 'counts'), '--text', '--domain-module', module);
      expect([report.status, report.out]).toEqual([0, expect.stringContaining('counts')]);
      const [metrics] = globSync(`${runs}/cells/rl-*/metrics.jsonl`, { cwd: folder });
      const rows = readFileSync(join(folder, metrics), 'utf8').trim().split('\n');
      return rows.map((row) => {
        const { plan_valid, completions } = JSON.parse(row) as { plan_valid: number; completions: number };
        return plan_valid / completions;
      });
    });
    // An untrained model counts nothing right.
    expect(shares).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it('a dataset, a row explained, and a task of the graph by hand', () => {
    const module = './study-isRight/counts.mjs';
    const data = tracelab('generate', 'isRight.yaml', '--out', 'data');
    expect([data.err.includes('error['), data.status]).toEqual([false, 0]);
    const refused = tracelab('explain', 'data/train.jsonl');
    expect([refused.status, refused.err]).toEqual([2, expect.stringContaining('error[DOMAIN_UNKNOWN]')]);
    const explained = tracelab('explain', 'data/train.jsonl', '--domain-module', module);
    expect([explained.status, explained.out]).toEqual([0, expect.stringMatching(/Event 1 of \d+ {2}create \d+/)]);
    const page = tracelab('explain', 'data/train.jsonl:2', '--html', 'page.html', '--domain-module', module);
    expect(page.status).toBe(0);
    expect(readFileSync(join(folder, 'page.html'), 'utf8')).toContain('<h2>Events</h2>');
    const verified = tracelab('verify', 'data/train.jsonl', '--threads', '2', '--domain-module', module);
    expect([verified.status, verified.err]).toEqual([0, '']);
    expect(verified.out).toMatch(/Valid plans +100\.0/);
    expect(verified.out).toMatch(/a faithful\s+counting\s+run/);
    const drawn = tracelab(
      'generate',
      '--domain',
      module,
      '--set',
      'data.train=40',
      '--set',
      'data.test=8',
      '--set',
      'data.dev=4',
      '--out',
      'drawn',
    );
    expect([drawn.status, drawn.err.includes('error[')]).toEqual([0, false]);
    const example = JSON.parse(readFileSync(join(folder, 'drawn/train.jsonl'), 'utf8').split('\n', 1)[0]) as object;
    expect(example).toMatchObject({ domain: 'counts' });
    const task = tracelab('task', 'runs-isRight/counts/graph.json', 'data');
    expect([task.status, task.out]).toEqual([0, expect.stringMatching(/^result /)]);
  });

  it('a changed module is refused where a graph names it, and gives new cells where a configuration does', () => {
    const file = write('study-isRight', `${RIGHT}// changed\n`);
    const task = tracelab('task', 'runs-isRight/counts/graph.json', 'data');
    expect([task.status, task.err]).toEqual([2, expect.stringContaining('error[DOMAIN_CHANGED]')]);
    const before = globSync('runs-isRight/cells/*', { cwd: folder }).length;
    const study = tracelab('study', 'isRight.yaml', '--runs-dir', 'runs-isRight', '--replace', '--set', 'rl=null');
    expect(study.status).toBe(0);
    expect(globSync('runs-isRight/cells/*', { cwd: folder }).length).toBe(before + 4);
    write('study-isRight', RIGHT);
    expect(file).toContain('counts.mjs');
  });
});
