// Text that fits a terminal: lines that are too long break at blanks. A pipe or a file gets every line whole.
import { stripVTControlCharacters } from 'node:util';
import { printableStyled, wrap } from '../render/terminal-text.ts';

/** Columns of further lines behind the beginning of the first. */
const HANG = 2;
const EXAMPLE = '  ';

/** The stream of a terminal, a pipe or a test. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** @returns Infinity where the text does not go to a terminal, or to one without a size */
export function columnsOf({ isTTY, columns }: Screen): number {
  return isTTY === true && columns !== undefined && columns > 0 ? columns : Infinity;
}

/** Columns that tables may take: those of the terminal; 80 in a pipe or a file. */
export function tableWidth(screen: Screen = process.stdout): number {
  const columns = columnsOf(screen);
  return Number.isFinite(columns) ? columns : 80;
}

/**
 * Breaks each line at blanks where it is wider than `width`; a longer word stays whole. Blanks inside a line stay.
 * Colours take no columns.
 */
export function fit(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => fitLine(line, width))
    .join('\n');
}

/**
 * Writes text to a stream, fitted to its terminal. The one place where text for people is printed: control characters
 * of data, of paths and of names are marked here, and colours stay.
 */
export function print(text: string, stream: NodeJS.WritableStream & Screen = process.stdout): void {
  stream.write(fit(printableStyled(text), columnsOf(stream)));
}

/** Writes text as print does, but keeps its lines: tables and drawings that have their own width. */
export function printLines(text: string, stream: NodeJS.WritableStream = process.stdout): void {
  stream.write(printableStyled(text));
}

/** Writes help as wide as commander makes its own part: the terminal, elsewhere 80 columns. */
export function printHelp(text: string, stream: NodeJS.WritableStream & Screen): void {
  const columns = columnsOf(stream);
  stream.write(fitHelp(text, Number.isFinite(columns) ? columns : 80));
}

/**
 * Help as commander and addHelpText give it. Neighbouring lines without indent are one paragraph. An indented line is
 * an example for a shell: it breaks before options, with a backslash, and its comment moves above it.
 */
export function fitHelp(text: string, width: number): string {
  const lines = text.split('\n');
  const commentsFit = lines.every((line) => line.length <= width || !COMMENT.test(line));
  const fitted: string[] = [];
  let paragraph: string[] = [];
  const endParagraph = (): void => {
    if (paragraph.length > 0) fitted.push(...wrap(paragraph.join(' '), width));
    paragraph = [];
  };
  for (const line of lines) {
    if (line !== '' && !line.startsWith(' ')) {
      paragraph.push(line);
      continue;
    }
    endParagraph();
    fitted.push(...fitExample(line, width, commentsFit));
  }
  endParagraph();
  return fitted.join('\n');
}

const COMMENT = /\s+# (.*)$/;

function fitExample(line: string, width: number, commentsFit: boolean): string[] {
  if (!/^ {2}\S/.test(line)) return [line];
  const comment = commentsFit ? undefined : COMMENT.exec(line)?.[1];
  const above = comment === undefined ? [] : wrap(comment, width - 4).map((part) => `${EXAMPLE}# ${part}`);
  const example = comment === undefined ? line : line.replace(COMMENT, '');
  if (example.length <= width || !example.includes(' --')) return [...above, example];
  const [first, ...options] = example.split(/ (?=--)/);
  const parts = [first];
  for (const option of options) {
    const last = parts.length - 1;
    // ' \' follows every part but the last.
    if (`${parts[last]} ${option} \\`.length <= width) parts[last] += ` ${option}`;
    else parts.push(`${EXAMPLE}  ${option}`);
  }
  return [...above, ...parts.map((part, i) => (i === parts.length - 1 ? part : `${part} \\`))];
}

function fitLine(line: string, width: number): string[] {
  const columns = (text: string): number => Array.from(stripVTControlCharacters(text)).length;
  if (columns(line) <= width) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const [, blanks, word] of line.slice(indent.length).matchAll(/( *)([^ ]+)/g)) {
    if (current.trim() === '' || columns(current) + columns(blanks) + columns(word) <= width) current += blanks + word;
    else {
      lines.push(current);
      current = indent + ' '.repeat(HANG) + word;
    }
  }
  return [...lines, current];
}
