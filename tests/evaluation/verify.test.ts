// Verification of whole inputs: the golden verdicts, the same answer for every form of the input and number of threads,
// and hostile rows.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { ParquetTable, writeParquet } from '../../src/data/parquet.ts';
import { SOKOBAN } from '../../src/domain/sokoban/domain.ts';
import type { Verdict } from '../../src/domain/types.ts';
import { withVerdictFile } from '../../src/evaluation/verdict-file.ts';
import type { Refusal } from '../../src/evaluation/refusals.ts';
import { verify, type Verified, type VerifyHooks, type VerifyOptions } from '../../src/evaluation/verify.ts';
import type { GroupSummary } from '../../src/evaluation/verify-tally.ts';

// Threads of a busy machine are slow to start.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

interface GoldenRow {
  readonly id: string;
  readonly generator: string;
  readonly size: number;
  readonly prompt: string;
  readonly completion: string;
  readonly verdict: Verdict;
}

const GOLDEN = join(import.meta.dirname, '../golden/verdicts.jsonl');
const golden = readFileSync(GOLDEN, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as GoldenRow);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-verify-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function* stream(...pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

interface Outcome {
  readonly groups: GroupSummary[] | null;
  readonly refused: readonly Refusal[];
  readonly special: Verified['special'];
  readonly rows: { file: string; line: number; verdict: Verdict }[];
}

/** Without examples, which name the input. */
function counts(group: GroupSummary): object {
  return { ...group, examples: undefined };
}

async function run(options: Partial<VerifyOptions>, hooks: Partial<VerifyHooks> = {}): Promise<Outcome> {
  const lines: string[] = [];
  const verified = await verify(
    { files: ['-'], stdin: stream(), threads: 1, ...options },
    {
      progress: () => undefined,
      verdicts: (more) => {
        lines.push(more);
      },
      ...hooks,
    },
  );
  return {
    groups: verified?.groups ?? null,
    refused: verified?.refused ?? [],
    special: verified?.special ?? { count: 0, n: 0 },
    rows: lines
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Outcome['rows'][number]),
  };
}

describe('the golden verdicts', () => {
  it('row by row, in their order, counted by generator', async () => {
    const { groups, rows } = await run({ files: [GOLDEN], threads: 2 });
    expect(rows.map(({ verdict }) => verdict)).toEqual(golden.map(({ verdict }) => verdict));
    expect(rows.map(({ line }) => line)).toEqual(golden.map((_, i) => i + 1));
    const byGenerator = Map.groupBy(golden, ({ generator }) => generator);
    expect(groups?.map(({ name, n }) => [name, n])).toEqual([...byGenerator].map(([name, of]) => [name, of.length]));
    for (const { name, plan_valid, trace_valid, quadrants, first_errors, examples } of groups ?? []) {
      const verdicts = (byGenerator.get(name) ?? []).map(({ verdict }) => verdict);
      expect(plan_valid.count).toBe(verdicts.filter(({ plan }) => plan.valid).length);
      expect(trace_valid.strict.count).toBe(verdicts.filter(({ strict }) => strict.valid).length);
      expect(quadrants.paper.plan_only).toBe(verdicts.filter(({ plan, paper }) => plan.valid && !paper.valid).length);
      for (const [rule, count] of Object.entries(first_errors.strict))
        expect(count).toBe(verdicts.filter(({ strict }) => strict.rule === rule).length);
      for (const [rule, example] of Object.entries(examples.strict)) {
        const first = golden.findIndex((row) => row.generator === name && row.verdict.strict.rule === rule);
        expect(example).toMatchObject({
          file: GOLDEN,
          line: first + 1,
          id: golden[first].id,
          record: golden[first].verdict.strict.record,
        });
      }
    }
  });

  it('the same from text, texts in a field, standard input in small pieces, and Parquet, with any number of threads', async () => {
    const { groups } = await run({ files: [GOLDEN] });
    const counted = groups?.map(counts);
    const whole = readFileSync(GOLDEN);
    const pieces = Array.from({ length: Math.ceil(whole.length / 999_983) }, (_, i) =>
      whole.subarray(i * 999_983, (i + 1) * 999_983),
    );
    for (const threads of [1, 3]) {
      expect((await run({ stdin: stream(...pieces), threads })).groups?.map(counts)).toEqual(counted);
    }
    const asText = join(folder, 'text.jsonl');
    writeFileSync(
      asText,
      golden
        .map(
          ({ prompt, completion, ...row }) =>
            `${JSON.stringify({ generator: row.generator, size: row.size, text: `${prompt} ${completion}` })}\n`,
        )
        .join(''),
    );
    expect((await run({ files: [asText], threads: 2 })).groups?.map(counts)).toEqual(counted);
    const table = join(folder, 'golden.parquet');
    await writeParquet<GoldenRow>(
      table,
      [
        { name: 'generator', type: 'text', value: ({ generator }) => generator },
        { name: 'size', type: 'integer', value: ({ size }) => size },
        { name: 'prompt', type: 'text', value: ({ prompt }) => prompt },
        { name: 'completion', type: 'text', value: ({ completion }) => completion },
      ],
      golden,
    );
    const { groups: fromTable, rows } = await run({ files: [table], threads: 2 });
    expect(fromTable?.map(counts)).toEqual(counted);
    expect(rows.at(-1)).toMatchObject({ file: table, line: golden.length });
  });
});

describe('rows that cannot be read', () => {
  const good = JSON.stringify({ prompt: 'query start 0 0 goal 1 0 reasoning', completion: '', size: 4 });

  it('the first one is told, with its line in the whole input, whatever other threads find', async () => {
    const lines = Array.from({ length: 300_000 }, () => good);
    lines[150_000] = '{"prompt"';
    lines[250_000] = 'x';
    await expect(run({ stdin: stream(lines.join('\n')), threads: 3, strict: true })).rejects.toMatchObject({
      code: 'JSON_SYNTAX',
      where: 'stdin:150001:10',
      exitCode: 2,
    });
  });

  it('a file that is not there is told before anything is judged', async () => {
    const path = join(folder, 'good.jsonl');
    writeFileSync(path, good);
    await expect(run({ files: [path, join(folder, 'none.jsonl')] })).rejects.toMatchObject({
      code: 'FILE_MISSING',
      where: join(folder, 'none.jsonl'),
    });
  });

  it('a row of a table has its number', async () => {
    const path = join(folder, 'bad.parquet');
    await writeParquet(
      path,
      [{ name: 'text', type: 'text', value: (text: string) => text }],
      ['query start 0 0 goal 1 0 reasoning', 'no prompt'],
    );
    await expect(run({ files: [path], size: 4, strict: true })).rejects.toThrow(
      `error[PROMPT_SYNTAX] ${path}:2: not a prompt`,
    );
  });

  it('are left out one by one, counted by reason, without strict', async () => {
    const lines = Array.from({ length: 200_000 }, (_, i) =>
      i % 1000 === 7 ? '{"prompt"' : i % 1000 === 9 ? 'x' : good,
    );
    const { groups, refused, rows } = await run({ stdin: stream(lines.join('\n')), size: 4, threads: 3 });
    expect(groups?.map(({ n }) => n)).toEqual([200_000 - 400]);
    expect(rows).toHaveLength(200_000 - 400);
    expect(refused.map(({ count, first }) => [count, first.code, first.where])).toEqual([
      [200, 'JSON_SYNTAX', 'stdin:8:10'],
      [200, 'PROMPT_SYNTAX', 'stdin:10:1'],
    ]);
  });

  it('where none can be read, the reason is that of the first', async () => {
    await expect(run({ stdin: stream('x\n{"prompt"\n'), size: 4 })).rejects.toMatchObject({
      code: 'PROMPT_SYNTAX',
      where: 'stdin:1:1',
    });
  });

  it('nothing to judge', async () => {
    await expect(run({ stdin: stream('\n \n') })).rejects.toMatchObject({ code: 'NO_ROWS', exitCode: 2 });
  });
});

it('a stop ends it without a result', async () => {
  expect((await run({ files: [GOLDEN] }, { signal: AbortSignal.abort() })).groups).toBeNull();
});

it.each([1, 2, 4])('a refused row ends it while the input says nothing more, with %d threads', async (threads) => {
  const silent = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x\n'.repeat(1 << 22));
    await new Promise(() => undefined);
  };
  await expect(run({ stdin: silent(), size: 4, threads, strict: true })).rejects.toMatchObject({
    code: 'PROMPT_SYNTAX',
    where: 'stdin:1:1',
  });
});

it('progress ends at the whole input; a stream has no total', async () => {
  const seen: (readonly [number, number | null])[] = [];
  const progress = (done: number, total: number | null): void => {
    seen.push([done, total]);
  };
  await run({ files: [GOLDEN, GOLDEN] }, { progress });
  const bytes = 2 * readFileSync(GOLDEN).length;
  expect(seen.at(-1)).toEqual([bytes, bytes]);
  await run({ stdin: stream(readFileSync(GOLDEN)) }, { progress });
  expect(seen.at(-1)).toEqual([bytes / 2, null]);
});

it('labels beyond the first two hundred are counted together', async () => {
  const rows = Array.from({ length: 1000 }, (_, i) =>
    JSON.stringify({ generator: `g${i}`, prompt: 'query start 0 0 goal 1 0 reasoning', completion: '', size: 4 }),
  );
  const { groups } = await run({ stdin: stream(rows.join('\n')) });
  expect([groups?.length, groups?.at(-1)?.name, groups?.at(-1)?.n]).toEqual([201, '(other)', 800]);
});

describe('rows of another domain', () => {
  const boards = Array.from({ length: 3 }, (_, index) => {
    const board = SOKOBAN.draw('sokoban', 7, new RandomSequence(1, 1, index), SOKOBAN.settings);
    return { domain: 'sokoban', generator: 'sokoban', size: 7, ...SOKOBAN.solve(board) };
  });
  const wrong = { ...boards[2], completion: boards[2].completion.replace(/ c\d+ c\d+ /, ' c0 c99 ') };
  const rows = [golden[0], boards[0], boards[1], wrong].map((row) => `${JSON.stringify(row)}\n`).join('');

  it.each([1, 2])('are judged by its validator, apart from mazes, on %d threads', async (threads) => {
    const { groups, rows: verdicts } = await run({ stdin: stream(rows), threads });
    expect(groups?.map(({ name, domain, n }) => [name, domain, n])).toEqual([
      [golden[0].generator, undefined, 1],
      ['sokoban', 'sokoban', 3],
    ]);
    const [, found] = groups ?? [];
    expect([found.trace_valid.exact.count, found.plan_valid.count]).toEqual([2, 3]);
    const [rule] = Object.keys(found.examples.strict);
    expect(found.examples.strict[rule]).toMatchObject({ line: 4, record: 0 });
    expect(verdicts.map((row) => [row.line, 'domain' in row ? row.domain : undefined])).toEqual([
      [1, undefined],
      [2, 'sokoban'],
      [3, 'sokoban'],
      [4, 'sokoban'],
    ]);
  });

  it('without a size are refused one by one', async () => {
    const { refused } = await run({ stdin: stream(`${JSON.stringify({ ...boards[0], size: undefined })}\n${rows}`) });
    expect(refused.map(({ count }) => count)).toEqual([1]);
  });
});

describe('verdict files', () => {
  it('hold the verdicts of all rows, as lines or as a table', async () => {
    const write = (path: string): Promise<GroupSummary[] | null> =>
      withVerdictFile(path, async (verdicts) => (await run({ files: [GOLDEN] }, { verdicts })).groups);
    await write(join(folder, 'v.jsonl'));
    const lines = readFileSync(join(folder, 'v.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual(
      golden.map(({ id, generator, size, verdict }, i) => ({
        file: GOLDEN,
        line: i + 1,
        id,
        generator,
        size,
        verdict,
      })),
    );
    await write(join(folder, 'v.parquet'));
    const table = await ParquetTable.open(join(folder, 'v.parquet'));
    const rows = await table.rows(0, golden.length, [
      'id',
      'line',
      'plan_valid',
      'plan_error',
      'strict_rule',
      'strict_record',
      'exact',
    ]);
    expect(rows).toEqual(
      golden.map(({ id, verdict: { plan, strict, exact } }, i) => ({
        id,
        line: i + 1,
        plan_valid: plan.valid,
        plan_error: plan.error ?? null,
        strict_rule: strict.rule ?? null,
        strict_record: strict.record ?? null,
        exact,
      })),
    );
  });

  it('number several completions of one row', async () => {
    const prompt = 'query start 0 0 goal 1 0 reasoning';
    const [right, wrong] = ['solution plan 0 0 plan 1 0 end', 'solution plan 0 0 end'];
    const rows = [
      { id: 'a', size: 4, prompt, completions: [right, wrong] },
      { size: 4, prompt, rollouts: [wrong, null, right] },
    ];
    const {
      rows: verdicts,
      groups,
      refused,
    } = await run({ stdin: stream(rows.map((row) => `${JSON.stringify(row)}\n`).join('')) }, {});
    expect(verdicts).toMatchObject([
      { line: 1, id: 'a#1', part: 1, verdict: { plan: { valid: true } } },
      { line: 1, id: 'a#2', part: 2, verdict: { plan: { valid: false } } },
      { line: 2, part: 1, verdict: { plan: { valid: false } } },
      { line: 2, part: 3, verdict: { plan: { valid: true } } },
    ]);
    expect(groups?.map(({ n }) => n)).toEqual([4]);
    expect(refused.map(({ count, first }) => [count, first.where])).toEqual([[1, 'stdin:2:1, completion 2']]);
  });

  it('that cannot be written end the command with the reason', async () => {
    await expect(
      run(
        { files: [GOLDEN], threads: 2 },
        {
          verdicts: () => {
            throw new Error('the disk is full');
          },
        },
      ),
    ).rejects.toThrow('the disk is full');
  });

  it('are not left behind by a failure or a stop', async () => {
    const before = readdirSync(folder);
    for (const name of ['x.jsonl', 'x.parquet']) {
      await expect(
        withVerdictFile(join(folder, name), async () => {
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(
        await withVerdictFile(join(folder, name), async (verdicts) => {
          verdicts('{}\n');
          return null;
        }),
      ).toBeNull();
    }
    expect(readdirSync(folder)).toEqual(before);
  });
});
