// The lint rule that keeps functions with engine-dependent bits out of numeric paths: it must bite where it should, and
// leave alone what is exact.
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

// Types would take half a minute, and neither rule asks for them.
const eslint = new ESLint({
  cwd: new URL('..', import.meta.url).pathname,
  overrideConfig: [tseslint.configs.disableTypeChecked],
});

/** Messages about Math and powers when `code` is in the file. */
async function complaints(filePath: string, code: string): Promise<string[]> {
  const [{ messages }] = await eslint.lintText(code, { filePath });
  return messages.filter(({ ruleId }) => ruleId?.startsWith('no-restricted-')).map(({ message }) => message);
}

const INEXACT = [
  'Math.cos(x)',
  'Math.pow(x, 2)',
  'Math.exp(x)',
  'Math.log2(x)',
  'Math.hypot(x, x)',
  "Math['tanh'](x)",
  'x ** 2',
  '2 ** -x',
  '2 ** 0.5',
];

describe('numeric paths', () => {
  it.each([
    'src/model/place.ts',
    'src/training/schedule.ts',
    'src/rl/step.ts',
    'src/core/self-check.ts',
    'src/domain/splits.ts',
    'src/data/batches.ts',
    'src/base/random.ts',
    'src/base/portable-math.ts',
  ])('%s', async (path) => {
    const code = `export const f = (x: number): number[] => [${INEXACT.join(', ')}];\nexport const { sin } = Math;\n`;
    const found = await complaints(path, code);
    expect(found.length).toBe(INEXACT.length + 1);
    for (const message of found) expect(message).toContain('src/base/portable-math.ts');
    expect(await complaints(path, 'export let x = 3;\nx **= 2;\n')).toHaveLength(1);
    const exact =
      'export const f = (x: number): number => Math.sqrt(x) + Math.fround(x) + Math.round(x) + 2 ** 32 + 1_024 ** 3;\n';
    expect(await complaints(path, exact)).toEqual([]);
    // What the rule replaces there is still in force.
    expect(await complaints(path, 'export const f = (): number => Math.random() + Number(new Date());\n')).toHaveLength(
      2,
    );
  });

  it('do not include statistics', async () => {
    expect(
      await complaints('src/base/probability.ts', 'export const f = (x: number): number => Math.exp(x);\n'),
    ).toEqual([]);
  });
});
