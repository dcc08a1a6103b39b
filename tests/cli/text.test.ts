// Terminal text: control characters, columns, line breaks, units.
import { describe, expect, it } from 'vitest';
import { alignColumns, bytesText, flopsText, printable, wrap, wrapLastColumn } from '../../src/render/terminal-text.ts';

describe('printable', () => {
  it('lets no control character and no bidirectional override through, and keeps tab, line end and other scripts', () => {
    expect(printable('a\u001b]0;title\u0007b\rc\u0000\u009bd\u202ee\u2066')).toBe(
      'a\ufffd]0;title\ufffdb\ufffdc\ufffd\ufffdd\ufffde\ufffd',
    );
    expect(printable('x\ty\nz é 迷宮 \u2588')).toBe('x\ty\nz é 迷宮 \u2588');
  });
});

describe('alignColumns', () => {
  it('pads to the widest cell, first column to the left, without blanks at the end', () => {
    expect(
      alignColumns([
        ['a', '1', 'x'],
        ['bbb', '22', ''],
      ]),
    ).toEqual(['a     1  x', 'bbb  22']);
    expect(
      alignColumns(
        [
          ['a', '1'],
          ['b', '22'],
        ],
        'left',
      ),
    ).toEqual(['a  1', 'b  22']);
  });
});

describe('alignColumns in a narrow terminal', () => {
  const rows = [
    ['task', 'cell', 'time'],
    ['data', 'data-1', '0 s'],
    ['train-correct', 'train-2', '1 min'],
  ];

  it('gives long cells of the first column a line of their own', () => {
    expect(alignColumns(rows, 'left', 30)).toEqual([
      'task           cell     time',
      'data           data-1   0 s',
      'train-correct  train-2  1 min',
    ]);
    expect(alignColumns(rows, 'left', 24)).toEqual([
      'task      cell     time',
      'data      data-1   0 s',
      'train-correct',
      '          train-2  1 min',
    ]);
  });
});

it('wrapLastColumn breaks words within their column', () => {
  expect(
    wrapLastColumn(
      [
        ['disk', 'ok', 'the folder is writable'],
        ['memory', 'FAIL', ''],
      ],
      24,
    ),
  ).toEqual(['disk    ok    the folder', '              is', '              writable', 'memory  FAIL']);
});

describe('wrap', () => {
  it('breaks at blanks within the width, and leaves a longer word whole', () => {
    expect(wrap('aa bb cc dd', 7, 1)).toEqual([' aa bb', ' cc dd']);
    expect(wrap('a verylongword b', 6)).toEqual(['a', 'verylongword', 'b']);
  });
});

it('numbers carry their units', () => {
  expect([bytesText(300_000), bytesText(3 * 2 ** 30)]).toEqual(['0.3 MiB', '3.00 GiB']);
  expect([flopsText(2.1e14), flopsText(5.2e11), flopsText(5.2e10)]).toEqual([
    '0.21 PFLOP',
    '0.52 TFLOP',
    '52.00 GFLOP',
  ]);
});
