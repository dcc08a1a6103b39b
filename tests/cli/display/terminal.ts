// A terminal without a window: what a person would see after all that was written, and the raw text.
import { Writable } from 'node:stream';
import xterm from '@xterm/headless';
import type { DisplayStream } from '../../../src/cli/display/display.ts';

export interface FakeTerminal {
  readonly stream: DisplayStream;
  /** Everything that was written. */
  readonly raw: () => string;
  /** Lines of scrollback and screen, without blank ones at the end. */
  readonly lines: () => Promise<string[]>;
  readonly isCursorShown: () => boolean;
  /** As a window manager does it: new size first, then the event. */
  readonly resize: (columns: number, rows: number) => Promise<void>;
}

/** @param hasColours whether the terminal says that it has some */
export function fakeTerminal(columns: number, rows: number, hasColours = false): FakeTerminal {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 10_000,
    allowProposedApi: true,
    convertEol: true,
  });
  const raw: string[] = [];
  const size = { isTTY: true, columns, rows, hasColors: () => hasColours };
  const stream = Object.assign(
    new Writable({
      decodeStrings: false,
      write: (text: string, _encoding, done) => {
        raw.push(text);
        terminal.write(text);
        done();
      },
    }),
    size,
  );
  const flushed = (): Promise<void> => new Promise((resolve) => terminal.write('', resolve));
  return {
    stream,
    raw: () => raw.join(''),
    lines: async () => {
      await flushed();
      const { active } = terminal.buffer;
      const lines = Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? '');
      while (lines.at(-1) === '') lines.pop();
      return lines;
    },
    isCursorShown: () => {
      const text = raw.join('');
      return text.lastIndexOf('\u001b[?25h') >= text.lastIndexOf('\u001b[?25l');
    },
    resize: async (newColumns, newRows) => {
      await flushed();
      terminal.resize(newColumns, newRows);
      Object.assign(stream, { columns: newColumns, rows: newRows });
      stream.emit('resize');
      await flushed();
    },
  };
}

/** A stream that is no terminal. */
export function fakePipe(): { readonly stream: DisplayStream; readonly text: () => string } {
  const written: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      written.push(text);
      done();
    },
  });
  return { stream, text: () => written.join('') };
}
