// Files appear whole or not at all, and what cannot be read is named by file and line.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { readJson, readJsonl, readWhole, systemReason, writeFileAtomic, writeJsonl } from '../../src/base/files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-files-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

describe('writeFileAtomic', () => {
  it('creates the folder, writes the bytes and leaves nothing else behind', async () => {
    await writeFileAtomic(join(folder, 'a/b.bin'), new Uint8Array([1, 0, 255]));
    expect([...readFileSync(join(folder, 'a/b.bin'))]).toEqual([1, 0, 255]);
    expect(readdirSync(join(folder, 'a'))).toEqual(['b.bin']);
  });

  it('keeps the old content when the rows fail half way, and leaves no temporary file', async () => {
    const path = join(folder, 'rows.jsonl');
    writeFileSync(path, 'old\n');
    function* failing(): Generator<unknown> {
      yield { row: 1 };
      throw new Error('the source broke');
    }
    await expect(writeJsonl(path, failing())).rejects.toThrow('the source broke');
    expect(readFileSync(path, 'utf8')).toBe('old\n');
    expect(readdirSync(folder)).toEqual(['rows.jsonl']);
  });

  it('replaces a file by many writers at once with one full content', async () => {
    const path = join(folder, 'shared.txt');
    const contents = Array.from({ length: 12 }, (_, i) => String(i).repeat(50_000));
    await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
    expect(contents).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(folder)).toEqual(['shared.txt']);
  });

  it('is not held up by what an earlier process of the same number left behind', async () => {
    for (let count = 0; count < 100; count++) writeFileSync(join(folder, `.b.bin.${process.pid}-${count}.tmp`), 'cut');
    await writeFileAtomic(join(folder, 'b.bin'), 'whole');
    expect(readFileSync(join(folder, 'b.bin'), 'utf8')).toBe('whole');
  });

  it('tells a file that is there already from a path through a file', () => {
    const fault = (syscall: string): NodeJS.ErrnoException =>
      Object.assign(new Error('EEXIST'), { code: 'EEXIST', syscall });
    expect(systemReason(fault('open'))).toBe('there is one already');
    expect(systemReason(fault('mkdir'))).toBe('a part of the path is not a folder');
  });

  it('explains a path that goes through a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    const error = await writeFileAtomic(join(folder, 'file/inside.txt'), 'x').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TracelabError);
    expect((error as TracelabError).exitCode).toBe(2);
    expect((error as TracelabError).message).toBe(
      `error[FILE_WRITE] ${join(folder, 'file/inside.txt')}: cannot write (a part of the path is not a folder); expected a place that can be written to, got ENOTDIR (hint: check the path)`,
    );
  });
});

describe('readWhole', () => {
  it('puts a file together from pieces', async () => {
    const path = join(folder, 'bytes');
    for (const length of [0, 1, 6, 7]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i + 1);
      writeFileSync(path, bytes);
      expect(await readWhole(path, 3)).toEqual(bytes);
    }
  });

  it('tells a file that is missing from a folder and from one that cannot be read', async () => {
    await expect(readWhole(join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE_MISSING', exitCode: 2 });
    await expect(readWhole(folder)).rejects.toThrow('is a folder; expected a file');
    writeFileSync(join(folder, 'file'), '');
    await expect(readWhole(join(folder, 'file/inside'))).rejects.toMatchObject({ code: 'FILE_MISSING', exitCode: 2 });
  });
});

describe('readJsonl', () => {
  it('gives back what writeJsonl wrote, over chunk borders and with U+2028 inside a text', async () => {
    const rows = Array.from({ length: 3_000 }, (_, i) => ({ i, text: `é\u2028${'x'.repeat(i % 400)}` }));
    await writeJsonl(join(folder, 'rows.jsonl'), rows);
    expect(await collect(readJsonl(join(folder, 'rows.jsonl')))).toEqual(rows);
  });

  it('reads \\r\\n, empty lines and a last line without an end, and counts lines from 1 for parse', async () => {
    writeFileSync(join(folder, 'rows.jsonl'), '{"a":1}\r\n\n{"a":2}');
    const places = await collect(
      readJsonl(join(folder, 'rows.jsonl'), (value, where) => `${where} ${JSON.stringify(value)}`),
    );
    expect(places).toEqual([`${join(folder, 'rows.jsonl')}:1 {"a":1}`, `${join(folder, 'rows.jsonl')}:3 {"a":2}`]);
  });

  it('names file and line of a cut row', async () => {
    const path = join(folder, 'rows.jsonl');
    writeFileSync(path, '{"a":1}\n{"a":2}\n{"a":');
    const error = await collect(readJsonl(path)).catch((e: unknown) => e);
    expect((error as TracelabError).message).toBe(
      `error[JSONL_SYNTAX] ${path}:3: not valid JSON; expected one JSON document per line, got 5 characters ending in "{\\"a\\":" (hint: it may be cut short: put the file back as it was written, or delete what it belongs to and make it again)`,
    );
    expect((error as TracelabError).exitCode).toBe(3);
  });

  it('names a missing file', async () => {
    await expect(collect(readJsonl(join(folder, 'none.jsonl')))).rejects.toThrow(
      `error[FILE_MISSING] ${join(folder, 'none.jsonl')}: no such file`,
    );
  });
});

describe('readJson', () => {
  it('refuses a cut document as a damaged artefact', async () => {
    const path = join(folder, 'manifest.json');
    writeFileSync(path, '{"a": [1, 2');
    await expect(readJson(path)).rejects.toMatchObject({ code: 'JSON_SYNTAX', kind: 'damaged_artifact' });
  });

  it('says that a folder is not a file', async () => {
    await expect(readJson(folder)).rejects.toMatchObject({ code: 'FILE_MISSING', kind: 'refused_input' });
  });
});
