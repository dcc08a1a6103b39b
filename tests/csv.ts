// A small reader of CSV (RFC 4180), which shares nothing with the writer.

/** All of a text that comes in pieces. */
export async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** Records of a CSV text by the names in its first line; all fields are texts. */
export function readCsv(text: string): Record<string, string>[] {
  const [head, ...records] = recordsOf(text);
  return records.map((record) => Object.fromEntries(head.map((name, i) => [name, record[i]])));
}

function recordsOf(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (let at = 0; at < text.length;) {
    const quoted = /"((?:[^"]|"")*)"/y;
    const plain = /[^",\r\n]*/y;
    const pattern = text[at] === '"' ? quoted : plain;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) throw new Error(`no field at ${at}`);
    record.push(match.length > 1 ? match[1].replaceAll('""', '"') : match[0]);
    at += match[0].length;
    if (text[at] === ',') at += 1;
    else if (text.startsWith('\r\n', at)) {
      at += 2;
      records.push(record);
      record = [];
    } else throw new Error(`neither a comma nor the end of a line at ${at}`);
  }
  if (record.length > 0) throw new Error('the last line has no end');
  return records;
}
